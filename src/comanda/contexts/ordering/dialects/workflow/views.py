"""Ce que le dialecte `workflow` répond."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from comanda.contexts.ordering.contract.views import OrderView
from comanda.contexts.ordering.dialects.workflow.words import WORDS
from comanda.kernel.money import Money

Status = Literal["CREATED", "RESERVED", "PAID", "SHIPPING_SCHEDULED", "COMPLETED", "CANCELED", "FAILED"]


class Ligne(BaseModel):
    """Une ligne de commande ; `unit_price` est le prix d'une pièce, taxes comprises."""

    sku: str
    name: str
    quantity: int
    unit_price: Money
    net: Money
    tax: Money
    gross: Money


class Totaux(BaseModel):
    """Ce que coûte la commande ; la taxe est comprise dans les autres montants."""

    subtotal: Money
    shipping: Money
    tax: Money
    total: Money


class Adresse(BaseModel):
    """Une adresse postale ; le pays en ISO 3166 alpha-2."""

    recipient: str
    street: str
    city: str
    postal_code: str
    country: str
    number: str = ""
    line2: str = ""
    state: str = ""
    phone: str = ""
    company: str = ""
    vat_id: str = ""


class Paiement(BaseModel):
    """Où en est le paiement."""

    status: str
    method: str | None


class Inventaire(BaseModel):
    """Où en est la réservation d'inventaire."""

    status: str


class Livraison(BaseModel):
    """Où en est le colis."""

    status: str
    tracking_number: str | None
    method: str | None


class Facture(BaseModel):
    """La facture et son numéro, une fois émise."""

    status: str
    number: str | None


class Confirmation(BaseModel):
    """Si le client a reçu la confirmation."""

    status: str


class Commande(BaseModel):
    """Une commande. `reason` dit pourquoi elle a échoué ou a été annulée."""

    id: str
    number: int
    reference: str
    kind: Annotated[Literal["managed", "recorded"], Field(description="Suivie ici, ou seulement consignée.")]
    status: Status
    reason: str | None
    cancel_requested: bool
    customer_id: str | None
    email: str | None
    lines: list[Ligne]
    totals: Totaux
    shipping_address: Adresse | None
    billing_address: Adresse | None
    payment: Paiement
    inventory: Inventaire
    fulfillment: Livraison
    invoice: Facture
    confirmation: Confirmation
    metadata: dict[str, Any]
    created_at: datetime
    updated_at: datetime
    completed_at: datetime | None
    version: int


class Commandes(BaseModel):
    """Une page de commandes. `next_cursor` est nul sur la dernière."""

    items: list[Commande]
    next_cursor: str | None = None


class Etape(BaseModel):
    """Un statut que la commande a atteint : quand, par quel événement, de qui, dans quelle trace."""

    status: Status
    at: datetime
    cause: str
    actor: str | None
    trace: str | None


class Historique(BaseModel):
    """Les statuts d'une commande, du plus ancien au plus récent."""

    items: list[Etape]
    next_cursor: str | None = None


def commande_of(order: OrderView) -> Commande:
    """Une commande dans les mots de ce dialecte."""
    return Commande.model_validate(order.model_dump(exclude={"access_token"}) | {"status": WORDS.of(order)})
