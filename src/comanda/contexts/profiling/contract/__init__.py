"""What other contexts may import of profiling."""
