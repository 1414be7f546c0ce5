"""The same orders in older words.

Each dialect is a small application on a port of its own: one table of words (`words.py`), thin routes (`api.py`), no
rules and no tables. It asks ordering in the name of whoever asks it, so that ordering decides who may see and do what.
"""
