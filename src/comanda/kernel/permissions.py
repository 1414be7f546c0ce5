"""What staff may be allowed to do: every permission there is. Roles of staff are made of these.

Admins and our own services have them all; `*` in a staff token stands for all of them.
"""

from collections.abc import Mapping

ORDERS_READ = "orders.read"
ORDERS_WRITE = "orders.write"
STOCK_READ = "stock.read"
STOCK_WRITE = "stock.write"
PAYMENTS_READ = "payments.read"
PAYMENTS_WRITE = "payments.write"
PAYMENTS_REFUND = "payments.refund"
INVOICES_READ = "invoices.read"
SHIPMENTS_READ = "shipments.read"
SHIPMENTS_WRITE = "shipments.write"
CARRIERS_WRITE = "carriers.write"
CATALOG_WRITE = "catalog.write"
SELLERS_READ = "sellers.read"
SELLERS_WRITE = "sellers.write"
CUSTOMERS_READ = "customers.read"
CUSTOMERS_WRITE = "customers.write"
CUSTOMERS_EXPORT = "customers.export"
CUSTOMERS_ERASE = "customers.erase"
STAFF_READ = "staff.read"
SETTINGS_READ = "settings.read"
SETTINGS_WRITE = "settings.write"
AUDIT_READ = "audit.read"
NOTIFICATIONS_READ = "notifications.read"
NOTIFICATIONS_WRITE = "notifications.write"
MAILBOX_READ = "mailbox.read"
TEMPLATES_READ = "templates.read"
TEMPLATES_WRITE = "templates.write"
REPORTS_READ = "reports.read"
REPORTS_REBUILD = "reports.rebuild"
DEAD_LETTERS_READ = "dead_letters.read"
DEAD_LETTERS_WRITE = "dead_letters.write"

PERMISSIONS: Mapping[str, str] = {
    ORDERS_READ: "See everybody's orders, carts, returns and their history, the tasks of staff and the figures.",
    ORDERS_WRITE: "Place, change, cancel, record and import orders; open carts for customers; decide on returns.",
    STOCK_READ: "See stock levels with what is on hand and reserved, movements, reservations, alerts.",
    STOCK_WRITE: "Adjust stock, set aside and release pieces.",
    PAYMENTS_READ: "See everybody's payments and refunds.",
    PAYMENTS_WRITE: "Open, confirm, capture and cancel payments; compare them with the provider's list.",
    PAYMENTS_REFUND: "Give money back.",
    INVOICES_READ: "See everybody's invoices and credit notes.",
    SHIPMENTS_READ: "See everybody's parcels.",
    SHIPMENTS_WRITE: "Schedule, dispatch, deliver, cancel and take back parcels; print labels.",
    CARRIERS_WRITE: "Change carriers and what they cost.",
    CATALOG_WRITE: "Change products, prices and categories; see those that are not for sale.",
    SELLERS_READ: "See sellers.",
    SELLERS_WRITE: "Add, change, suspend and reinstate sellers.",
    CUSTOMERS_READ: "See everybody's account, addresses and preferences.",
    CUSTOMERS_WRITE: "Change customers' status, addresses and preferences.",
    CUSTOMERS_EXPORT: "Gather all that is held about a customer in one file.",
    CUSTOMERS_ERASE: "Erase a customer's personal data for good.",
    STAFF_READ: "See the accounts and roles of staff.",
    SETTINGS_READ: "See the system settings.",
    SETTINGS_WRITE: "Change the system settings.",
    AUDIT_READ: "See what staff did.",
    NOTIFICATIONS_READ: "See which messages were sent to whom, and whether they arrived.",
    NOTIFICATIONS_WRITE: "Send messages, and send them again.",
    MAILBOX_READ: "Read the messages themselves, links to orders and accounts included.",
    TEMPLATES_READ: "See the wording of messages.",
    TEMPLATES_WRITE: "Change the wording of messages.",
    REPORTS_READ: "See sales and other reports.",
    REPORTS_REBUILD: "Compute the reports anew from the event log.",
    DEAD_LETTERS_READ: "See the events that a service could not handle.",
    DEAD_LETTERS_WRITE: "Handle such events again, or give them up.",
}
"""Each permission and what it allows."""
