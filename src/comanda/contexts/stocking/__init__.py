"""Stocking: what is on the shelf, what is set aside for whom, and how it came to be so.

Owns stock levels, reservations, the ledger of movements, alerts. For an order it sets every line aside or none, takes
the goods off the shelf when the payment is certain, and puts back what the order gave up, never more than it took.

Publishes StockReserved, StockInsufficient, StockCommitted, StockReleased, StockLow, StockReplenished.
Reacts to ordering's OrderCreated, OrderConfirmed, OrderCanceled, OrderFailed; to paying's PaymentRefunded and
shipping's ReturnReceived where they name pieces to restock; to cataloging's ProductCreated.
Port 9003.
"""
