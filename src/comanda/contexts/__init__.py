"""The business, one folder a context. A context reaches another only through its `contract`."""
