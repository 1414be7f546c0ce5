"""What other contexts may import of administering."""
