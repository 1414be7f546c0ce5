"""The rules of the import: each has a name, which the report shows, and a sentence, which the guide shows."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: its name in reports, and what it says."""

    name: str
    text: str


# Rows that cannot be read
COLUMNS = Rule("columns", "The row has more or fewer columns than the header: rejected.")
UNREADABLE = Rule("unreadable", "The row is not CSV, such as an open quotation mark before 128 KiB: rejected.")
NO_ORDER = Rule("no-order", "The row has no order number: rejected.")
NO_SKU = Rule("no-sku", "The row has no product code: rejected.")
TOO_LONG = Rule("too-long", "An order number, product code or customer longer than 50 characters: rejected.")
QUANTITY = Rule("quantity", "The quantity is missing, zero, no whole number, or beyond ±2,000,000,000: rejected.")
PRICE = Rule("price", "The price is missing, no number, or beyond 10,000,000: rejected.")
TIME = Rule("time", "The time is missing or none: rejected.")
STATUS = Rule("status", "Orders a row: the status is none of the format's words: rejected.")
TOTAL_AMOUNT = Rule(
    "total-amount",
    "Orders a row: the total is missing, no number, negative, or finer than the smallest coin: rejected.",
)
TWICE = Rule("twice", "Orders a row: an earlier row is the same order: rejected.")
WEIGHT = Rule("weight", "Products: the weight is no whole number of grams: rejected.")
NO_PRODUCT = Rule(
    "no-product", "Products: a credit, postage, charge or discount says nothing about products: rejected."
)

# Rows that are no sale
OWN_COSTS = Rule(
    "own-costs", "AMAZONFEE, BANK CHARGES, CRUK: costs of the shop, sold and given back to nobody: rejected."
)
BAD_DEBT = Rule("bad-debt", "B, Adjust bad debt: bookkeeping between the shop and its ledger: rejected.")
SAMPLES = Rule("samples", "S, Samples: goods given away, booked at a price that nobody paid: rejected.")
STOCK_MOVEMENT = Rule(
    "stock-movement",
    "A negative quantity on an invoice that is no credit: damaged, lost or counted stock: rejected.",
)
NO_PRICE = Rule(
    "no-price",
    "The price is zero, or less than half of the smallest coin: a gift or a note about stock, not a sale: rejected.",
)
NEGATIVE_PRICE = Rule("negative-price", "The price is negative: a correction of the books: rejected.")
DISCOUNT = Rule("discount", "D, Discount, on an invoice that is no credit: takes nothing off: rejected.")
CREDIT_QUANTITY = Rule("credit-quantity", "A positive quantity on a credit invoice: gives nothing back: rejected.")
NEGATIVE_QUANTITY = Rule("negative-quantity", "A negative quantity where the format knows no credits: rejected.")

# Rows that do not fit into their order
OTHER_CUSTOMER = Rule("other-customer", "The row names another customer than the first row of its order: rejected.")
SCATTERED = Rule("scattered", "The row stands more than 10,000 rows behind the last one of its order: rejected.")
REFUSED = Rule("refused", "The installation refused the order or credit; its own reason is given: rejected.")

# What becomes of the others
LINE = Rule("line", "A sold product is a line of the order named by its order number.")
TOTAL = Rule("total", "Orders a row: the row is an order of which only the total is known.")
CHARGE = Rule(
    "charge", "M, Manual: a sum that staff typed in and the customer paid: a line, but no product of the catalogue."
)
SHIPPING = Rule("shipping", "POST, DOT and C2 (postage, carriage): quantity × price is the order's shipping.")
ONLY_POSTAGE = Rule("only-postage", "An invoice of nothing but postage: the postage is its line.")
PRODUCT = Rule(
    "product",
    "Products: the row is used. A product has the most frequent description of its rows and the price of its latest"
    " (without times: last) row.",
)
MERGED = Rule("merged", "The same product at the same price twice in an order: one line, quantities added up.")
CREDIT_SET = Rule(
    "credit-set",
    "A credited row (order number with C) is set against the latest earlier sale of that customer and product"
    " with enough pieces left; credited postage likewise, by its sum.",
)
CREDIT_OWN = Rule(
    "credit-own",
    "A credited row without such a sale, or without a customer, and a discount (D) is a credit of its own.",
)

# Remarks: the row is used, with this change
GUEST = Rule("guest", "A row without customer is the sale to a guest: its order has no customer.")
COUNTRY = Rule(
    "country",
    "A country that is none (Unspecified, European Community), more than one (Channel Islands) or unknown:"
    " the order is kept without a country.",
)
PENNY = Rule("penny", "A price finer than the smallest coin is rounded half up.")
UNNAMED = Rule("unnamed", "A row without description: the line is named after the product's code.")
ENCODING = Rule("encoding", "A line that is not UTF-8 is read as Windows-1252.")

REJECTING = (
    *(COLUMNS, UNREADABLE, NO_ORDER, NO_SKU, TOO_LONG, QUANTITY, PRICE, TIME),
    *(STATUS, TOTAL_AMOUNT, TWICE, WEIGHT, NO_PRODUCT),
    *(OWN_COSTS, BAD_DEBT, SAMPLES, STOCK_MOVEMENT, NO_PRICE, NEGATIVE_PRICE, DISCOUNT),
    *(CREDIT_QUANTITY, NEGATIVE_QUANTITY, OTHER_CUSTOMER, SCATTERED, REFUSED),
)
USING = (LINE, TOTAL, SHIPPING, CREDIT_SET, CREDIT_OWN, PRODUCT)
REMARKING = (CHARGE, ONLY_POSTAGE, MERGED, GUEST, COUNTRY, PENNY, UNNAMED, ENCODING)
ALL = (*REJECTING, *USING, *REMARKING)
