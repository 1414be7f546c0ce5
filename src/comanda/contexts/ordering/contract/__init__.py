"""What other contexts may import of ordering."""
