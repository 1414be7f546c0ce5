"""Paying, port 9006: what each order is to be paid with, and what became of the money.

Owns: payment intents (one an order), refunds, the calls to the payment provider, the built-in provider's own ledger.
Publishes: PaymentIntentCreated, PaymentSucceeded, PaymentCaptured, PaymentFailed, PaymentVoided, PaymentRefunded,
PaymentRefundFailed.
Reacts to: OrderCreated (know what is to be paid), StockReserved (take it), OrderCanceled and OrderFailed (void it or
send it back), ShipmentDelivered (what was due on delivery has been paid), ReturnReceived (pay for what came back),
StageSettled (a foreign service has reserved the goods, or delivered the parcel).
"""
