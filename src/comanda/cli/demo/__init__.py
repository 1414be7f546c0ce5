"""The demo shop: goods, people and 300 orders from a fixed seed, put into an empty installation over its own API.

`goods` and `people` say what and who there is, `history` makes the orders of the last 90 days that are recorded,
`scenes` the managed ones that really run, `shop` opens the shop and fills it, `marker` remembers in the data directory
that this installation is a demo, and `commands` is `comanda demo reset`.
"""
