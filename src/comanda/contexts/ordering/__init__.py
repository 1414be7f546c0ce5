"""Ordering: takes an order from the click to completed, or undoes it.

Owns orders, their state and facets, timeline, notes, cancellation, returns, the checkout quote.
Publishes OrderCreated, OrderConfirmed, OrderShippingScheduled, OrderCompleted, OrderShipped, OrderDelivered,
OrderCancelRequested, OrderCanceled, OrderFailed, ReturnRequested, ReturnApproved, ReturnRejected, OrderRecorded,
OrderRecordChanged, OrderRecordDeleted, StageSettled. Reacts to what stocking, paying, billing, shipping and notifying
publish about an order, and to CustomerErased and CustomerStatusChanged. Asks the foreign services that keep stages of
orders. Port 9005.
"""
