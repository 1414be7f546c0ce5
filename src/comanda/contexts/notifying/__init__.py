"""Notifying: tells buyers, account owners and staff what happened, once per milestone, channel and cause.

Owns templates (English, French, Portuguese), messages by e-mail and SMS, the delivery log, preferences, the mailbox.
Publishes NotificationSent, NotificationFailed. Reacts to the milestones of orders, payments, shipments and accounts,
and to StockLow. Port 9011.
"""
