"""`comanda replay`: sends the sales of a file as managed orders over HTTP and accounts for every one."""
