"""The tests of Comanda; docs: CONTRIBUTING.md."""
