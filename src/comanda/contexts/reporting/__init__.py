"""Reporting: sales, top products, orders by status and the funnel, from a read model of its own.

Owns one row an order, folded from the log from its first event on, and rebuilt from it on demand. Publishes nothing.
Reacts to the events of orders, payments, shipments, carts and recorded orders. Port 9012.
"""
