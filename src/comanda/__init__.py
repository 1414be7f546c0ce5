"""Comanda, an order platform: from the cart to the delivered parcel."""

__version__ = "0.1.0"
