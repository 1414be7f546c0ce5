"""Prometheus metrics of the event path: how far behind consumers are, and whether the event loop keeps up."""

from collections.abc import Iterable

from prometheus_client import Gauge

from comanda.messaging.consumer import Consumer

BACKLOG = Gauge("comanda_consumer_backlog_events", "Events read and not yet worked off.", ["consumer"])
STOPPED = Gauge("comanda_consumer_stopped", "1 when a consumer waits for a person.", ["consumer"])
CONSUMED = Gauge("comanda_consumer_consumed_events", "Events worked off since the process began.", ["consumer"])
PARKED = Gauge("comanda_consumer_parked_subjects", "Subjects parked behind a dead letter.", ["consumer"])
LOOP_LAG = Gauge("comanda_loop_lag_seconds", "How late the event loop ran a task that was due.")


def observe(consumers: Iterable[Consumer], lag_s: float) -> None:
    """Take down how the consumers and the loop are doing."""
    for consumer in consumers:
        BACKLOG.labels(consumer.name).set(consumer.backlog)
        STOPPED.labels(consumer.name).set(consumer.stopped_because is not None)
        CONSUMED.labels(consumer.name).set(consumer.consumed)
        PARKED.labels(consumer.name).set(consumer.parked)
    LOOP_LAG.set(lag_s)
