"""What other contexts may import of paying."""
