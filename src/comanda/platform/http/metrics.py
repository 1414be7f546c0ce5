"""Prometheus metrics of the HTTP side, one label a route template."""

from prometheus_client import REGISTRY, Counter, Histogram, generate_latest
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Scope

REQUESTS = Counter("comanda_http_requests_total", "Requests answered.", ["service", "method", "route", "status"])
SECONDS = Histogram(
    "comanda_http_request_seconds",
    "Time to answer.",
    ["service"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)


class Measured:
    """Counts the requests of one service and how long they take."""

    def __init__(self, service: str) -> None:
        self._service = service
        self._seconds = SECONDS.labels(service)
        self._counters: dict[tuple[str, str, int], Counter] = {}

    def answered(self, scope: Scope, status: int, seconds: float) -> None:
        """A request was answered."""
        self._seconds.observe(seconds)
        key = (scope["method"], getattr(scope.get("route"), "path", "other"), status)
        counter = self._counters.get(key)
        if counter is None:
            counter = self._counters[key] = REQUESTS.labels(self._service, key[0], key[1], str(status))
        counter.inc()


async def metrics(_: Request) -> Response:
    """All metrics of the process in Prometheus' text format."""
    return Response(generate_latest(REGISTRY), media_type="text/plain; version=0.0.4; charset=utf-8")
