"""Words that mean the same everywhere. No I/O."""
