"""How an event travels: the log, the reader, consumers, dead letters, outside calls, batched intake."""
