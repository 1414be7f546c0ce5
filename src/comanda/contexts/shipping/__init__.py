"""Shipping: carriers, rates, shipments, tracking, returns. Port 9008.

Publishes ShipmentScheduled, ShipmentFailed, ShipmentDispatched, ShipmentDelivered, ShipmentCanceled,
ShipmentCancelRefused, ReturnReceived. Reacts to OrderConfirmed (book), OrderCancelRequested (decide), OrderCanceled and
OrderFailed (undo), ReturnApproved (wait for the return).
"""
