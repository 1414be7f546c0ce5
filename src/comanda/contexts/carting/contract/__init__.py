"""What other contexts may import of carting."""
