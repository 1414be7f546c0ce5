"""The only place that knows the topology: settings, all in one process, start and stop."""
