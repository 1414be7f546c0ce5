"""`comanda audit`: what must hold, whatever fails, checked in SQL on a live installation."""
