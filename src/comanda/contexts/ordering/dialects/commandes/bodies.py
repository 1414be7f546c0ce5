"""What requests to `commandes` carry, and what it answers."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Any

import msgspec
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, JsonValue, WithJsonSchema

from comanda.contexts.ordering.contract.glances import Glance
from comanda.contexts.ordering.contract.shades import shade
from comanda.contexts.ordering.contract.views import OrderView
from comanda.contexts.ordering.dialects.commandes.amounts import as_decimal, in_minor_units
from comanda.contexts.ordering.dialects.commandes.words import GUEST, WORDS, Statut
from comanda.platform.http.fields import Body, ShortText

EXAMPLE: dict[str, JsonValue] = {
    "order_id": "CMD001",
    "customer_id": "CLIENT123",
    "total_amount": 150.50,
    "status": "pending",
}
ANSWERED: dict[str, JsonValue] = {
    "id": 1,
    **EXAMPLE,
    "created_at": "2025-07-18T21:54:31.000000Z",
    "updated_at": "2025-07-18T21:54:31.000000Z",
}


def _number(value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise ValueError("un nombre est attendu")
    return value


def _text(value: Any) -> Any:
    if not isinstance(value, str):
        raise ValueError("une date (ISO 8601) est attendue")
    return value


def _in_utc(moment: datetime) -> datetime:
    """A column of type `timestamp` has no offset: its times are UTC."""
    try:
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except OverflowError as error:
        raise ValueError("date hors limites") from error


Montant = Annotated[
    Decimal,
    BeforeValidator(_number),
    Field(strict=False, ge=0, description="Montant total, dans la devise du service", examples=[150.50]),
    WithJsonSchema({"type": "number", "minimum": 0}),
]
Moment = Annotated[datetime, BeforeValidator(_text), Field(strict=False), AfterValidator(_in_utc)]
OrderId = Annotated[ShortText, Field(description="Référence de la commande, unique", examples=["CMD001"])]
CustomerId = Annotated[
    ShortText,
    Field(description=f"Référence vers le microservice Clients ; `{GUEST}` : aucun client", examples=["CLIENT123"]),
]


class CommandeBody(Body):
    """Une commande à créer."""

    model_config = ConfigDict(title="CommandeCreation", json_schema_extra={"examples": [EXAMPLE]})

    order_id: OrderId
    customer_id: CustomerId
    total_amount: Montant
    status: Statut = Field(default="pending", description="Statut de la commande")
    created_at: Moment | None = Field(default=None, description="Date de la commande ; à défaut, maintenant")


class CommandeChanges(Body):
    """Les champs à modifier ; ceux qui manquent, ou sont `null`, restent ce qu'ils sont."""

    model_config = ConfigDict(title="CommandeModification", json_schema_extra={"examples": [{"total_amount": 99.90}]})

    order_id: OrderId | None = None
    customer_id: CustomerId | None = None
    total_amount: Montant | None = None
    status: Statut | None = Field(default=None, description="Statut de la commande")
    created_at: Moment | None = Field(default=None, description="Date de la commande")

    @property
    def only_status(self) -> bool:
        """Whether nothing but the status is to change."""
        return all(value is None for name, value in self if name != "status")


def recorded(body: CommandeBody | CommandeChanges, currency: str) -> dict[str, Any]:
    """The members of a request to ordering for those that were given. Raises Invalid."""
    members: dict[str, Any] = {}
    if body.order_id is not None:
        members["reference"] = body.order_id
    if body.customer_id is not None:
        members["customer_id"] = None if body.customer_id == GUEST else body.customer_id
    if body.total_amount is not None:
        members |= {"total": in_minor_units(body.total_amount, currency), "currency": currency}
    if body.status is not None:
        members["status"] = WORDS.meaning(body.status)
    if body.created_at is not None:
        members["created_at"] = body.created_at
    return members


class Commande(msgspec.Struct, frozen=True):
    """An order as a row of the table `commandes`."""

    id: int
    order_id: str
    customer_id: str
    created_at: datetime
    status: str
    total_amount: Decimal | None
    updated_at: datetime

    @classmethod
    def of(cls, order: OrderView | Glance, currency: str) -> "Commande":
        """The row of an order; its amount is unknown in another currency."""
        total = order.totals.total
        return cls(
            id=order.number,
            order_id=order.reference,
            customer_id=order.customer_id or GUEST,
            created_at=order.created_at,
            status=WORDS.shown[shade(order.kind, order.status, order.inventory.status, order.fulfillment.status)],
            total_amount=as_decimal(total) if total.currency == currency else None,
            updated_at=order.updated_at,
        )


class CommandeView(BaseModel):
    """Une commande."""

    model_config = ConfigDict(title="Commande", json_schema_extra={"examples": [ANSWERED]})

    id: int
    order_id: str = Field(description="Référence de la commande")
    customer_id: str = Field(description=f"Référence vers le microservice Clients ; `{GUEST}` : aucun client")
    created_at: datetime
    status: Statut = Field(description="Statut de la commande")
    total_amount: float | None = Field(description="Montant total ; `null` pour une autre devise que celle du service")
    updated_at: datetime


class StatsView(BaseModel):
    """Statistiques des commandes."""

    model_config = ConfigDict(title="Statistiques")

    total_commandes: int = Field(examples=[3])
    total_amount: float = Field(description="Somme des montants, dans la devise du service", examples=[451.50])
    par_statut: dict[Statut, int] = Field(
        description="Nombre de commandes par statut",
        examples=[{"pending": 1, "processing": 1, "completed": 1, "cancelled": 0}],
    )


class InformationView(BaseModel):
    """Le microservice."""

    model_config = ConfigDict(title="Information")

    service: str = Field(examples=["Microservice Commandes"])
    version: str = Field(examples=["3.0.0"])
    status: str = Field(examples=["ok"])


encode = msgspec.json.Encoder(decimal_format="number").encode
