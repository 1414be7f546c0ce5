"""What ordering needs before it answers: its secret, its intake, its memory of the orders placed last."""

from functools import partial

from comanda.contexts.ordering import store
from comanda.contexts.ordering.confirmations import RecentOrders
from comanda.contexts.ordering.contract.stages import CART
from comanda.contexts.ordering.foreign.addresses import NONE, ForeignServices
from comanda.contexts.ordering.foreign.calls import make_foreign_calls
from comanda.contexts.ordering.foreign.carts import ForeignCarts
from comanda.contexts.ordering.place_order import OrderPlacer
from comanda.contexts.ordering.pricing import Pricing
from comanda.contexts.ordering.quoting import Quoter
from comanda.contexts.ordering.vip import vips_among
from comanda.contexts.ordering.watching import OrderWatch
from comanda.kernel.ids import new_secret
from comanda.messaging.intake import Admission, Intake
from comanda.messaging.service import Service


async def start(service: Service) -> None:
    """Prepare the service."""
    async with service.begin() as work:
        await work.connection.execute(
            "insert into secrets (name, value) values ('access_token', $1) on conflict do nothing", new_secret()
        )
        await store.free_carts_of_no_order(work.connection)
        secret = await work.connection.fetchval("select value from secrets where name = 'access_token'")
    recent = RecentOrders()
    foreign: ForeignServices = service.state.get("foreign_services", NONE)
    client = await make_foreign_calls(service, foreign)
    carts = ForeignCarts(client) if CART in foreign.addresses else None
    pricing = Pricing(service.outbound, service.settings, carts)
    placer = OrderPlacer(service, pricing, recent, secret, foreign.stages)
    service.state["secret"] = secret
    service.state["recent"] = recent
    service.state["pricing"] = pricing
    service.state["intake"] = Intake(placer.place_group)
    quoter = Quoter(pricing, service.settings, partial(vips_among, service))
    service.state["quotes"] = Intake(quoter.quote_group)
    watch = OrderWatch(service)
    service.state["watch"] = watch
    service.committed = watch.committed
    service.state["admission"] = Admission(
        service.pacing_backlog, lambda: int(service.settings["ordering.backlog_limit"]), service.refuses
    )


async def stop(service: Service) -> None:
    """Answer everything that was let in."""
    await service.state["intake"].drain()
    await service.state["quotes"].drain()
