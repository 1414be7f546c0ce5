"""Carting: what somebody is about to buy.

Owns        carts, of guests (whoever knows the id) and of customers (one open cart each)
Publishes   CartCheckedOut, CartAbandoned
Reacts to   OrderCreated, OrderFailed (the cart opens again), CustomerErased
Port        9004
"""
