"""What other contexts may import of cataloging."""
