"""What other contexts may import of shipping."""
