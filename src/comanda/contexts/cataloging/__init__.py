"""Cataloging: what the shop sells, in which category, at what price, and how it is found.

Owns products, categories and the search over them. A product of a suspended seller stays in the catalogue and cannot
be bought; a retired one is not shown any more, while orders that name it go on.

Publishes ProductCreated, ProductChanged, ProductRetired.
Reacts to administering's SellerSuspended and SellerReinstated.
Port 9002.
"""
