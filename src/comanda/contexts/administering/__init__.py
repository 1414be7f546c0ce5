"""Administering: sellers, the settings of the whole system in one table, and the audit log of what staff did.

Owns sellers, setting values, the audit log. Publishes SellerAdded, SellerSuspended, SellerReinstated, SettingChanged.
Reacts to every event that staff may cause, and keeps those they did. Port 9009.
"""
