"""What other contexts may import of notifying."""
