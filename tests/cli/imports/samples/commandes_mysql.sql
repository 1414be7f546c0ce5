-- MySQL dump 10.13  Distrib 8.0.36, for Linux (x86_64)
/*!40101 SET NAMES utf8 */;
DROP TABLE IF EXISTS `commandes`;
CREATE TABLE `commandes` (
  `id` int NOT NULL AUTO_INCREMENT,
  `order_id` varchar(50) NOT NULL
);
INSERT INTO `clients` VALUES (1,'CLIENT123');
INSERT INTO `commandes` VALUES (1,'CMD001','CLIENT123','2025-07-01 09:12:44.120000','completed',150.50,'2025-07-03 10:00:00'),(2,'CMD002','CLIENT123','2025-07-02 18:30:00','processing',89.90,'2025-07-02 18:45:10'),(3,'CMD003','CLIENT456','2025-07-03 08:00:00','pending',0.00,'2025-07-03 08:00:00');
INSERT INTO `commandes` (`order_id`, `id`, `customer_id`, `status`, `total_amount`, `created_at`, `updated_at`) VALUES
  ('CMD004',4,'guest','cancelled',1200.00,'2025-07-03 06:05:00','2025-07-04 09:00:00'),
  ('CMD005',5,'CLIENT789','pending',12.50,'2025-07-04 11:11:11',NULL),
  ('CMD006/a',6,'Société Générale, Paris','completed',99999999.99,'2025-07-05 12:00:00',NULL);
INSERT INTO `commandes` VALUES (7,'CMD007','CLIENT123');
INSERT INTO `commandes` VALUES (8,'CMD008
