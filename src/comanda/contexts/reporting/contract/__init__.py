"""What other contexts may import of reporting."""
