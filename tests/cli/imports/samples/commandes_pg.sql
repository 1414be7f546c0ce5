--
-- PostgreSQL database dump
--
SET statement_timeout = 0;

CREATE TABLE public.commandes (
    id integer NOT NULL,
    order_id character varying(50) NOT NULL
);

COPY public.commandes (id, order_id, customer_id, created_at, status, total_amount, updated_at) FROM stdin;
1	CMD001	CLIENT123	2025-07-01 09:12:44.12	completed	150.50	2025-07-03 10:00:00
2	CMD002	CLIENT123	2025-07-02 18:30:00	processing	89.90	2025-07-02 18:45:10
3	CMD003	CLIENT456	2025-07-03 08:00:00	pending	0.00	2025-07-03 08:00:00
4	CMD004	guest	2025-07-03 06:05:00	cancelled	1200.00	2025-07-04 09:00:00
5	CMD005	CLIENT789	2025-07-04 11:11:11	pending	12.50	\N
6	CMD006/a	Société Générale, Paris	2025-07-05 12:00:00	completed	99999999.99	\N
7	CMD007	CLIENT123
\.

SELECT pg_catalog.setval('public.commandes_id_seq', 6, true);
