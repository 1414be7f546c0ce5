"""`comanda replay`: sends the sales of a file as managed orders over HTTP and accounts for every one.

Read it in this order: `plan` (file → sales, products, demand), `journal` (what was sent and answered), `stockroom`
(products and stock into the shop), `place` (the sales over HTTP), `outcome` (what became of them), `commands`.
"""
