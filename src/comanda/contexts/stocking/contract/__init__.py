"""What other contexts may import of stocking."""
