"""HTTP, everywhere the same: problem details, authorization, idempotency, limits, pages, health and metrics."""
