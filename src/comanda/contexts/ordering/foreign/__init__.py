"""Stages of an order that a foreign service keeps: cart, inventory, payment, shipping, mail.

Where a foreign service is set for a stage, Comanda's own service leaves that stage of new orders alone, and ordering
asks the foreign one over REST: an intent is written with the change it follows from, the worker asks with a key that
is the same for every try, and the answer is recorded with its events in one transaction. What the order is asked to do
next follows from its own states, the same as with Comanda's own services.
"""
