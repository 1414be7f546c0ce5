"""What other contexts may import of billing."""
