"""What a running paying has at hand: its provider, and the worker that calls it."""

from dataclasses import dataclass
from typing import Any

from comanda.contexts.paying.built_in_provider import BuiltInProvider
from comanda.contexts.paying.payments import Loader, Provision
from comanda.contexts.paying.provider import Provider
from comanda.contexts.paying.provider_calls import ProviderCalls
from comanda.messaging.intent_worker import IntentWorker, Pace
from comanda.messaging.reactions import Load
from comanda.messaging.service import Service


@dataclass(frozen=True, slots=True)
class Till:
    """The provider, the worker, and what working sets are given of them."""

    provider: Provider
    worker: IntentWorker[Any, Any, Any]
    provision: Provision


def open_till(service: Service, provider: Provider | None = None, pace: Pace | None = None) -> Till:
    """Equip a service, with the built-in provider unless another is given."""
    asked = provider or BuiltInProvider(service.database)
    provision = Provision(asked.decides, lambda: worker.wake())
    worker: IntentWorker[Any, Any, Any] = IntentWorker(service, ProviderCalls(asked, provision), pace)
    till = Till(asked, worker, provision)
    service.state["till"] = till
    return till


def till_of(service: Service) -> Till:
    """What a service has been equipped with."""
    till: Till | None = service.state.get("till")
    return till or open_till(service)


def make_load(service: Service) -> Load:
    """How the batches of this service load their payments."""
    return Loader(till_of(service).provision).load


async def call_the_provider(service: Service) -> None:
    """Make the calls that are due, until the service stops."""
    await till_of(service).worker.run()
