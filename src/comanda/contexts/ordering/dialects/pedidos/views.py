"""What the dialect answers: the members of its examples and no others."""

from pydantic import BaseModel, ConfigDict, Field
from pydantic.config import JsonDict

from comanda.contexts.ordering.contract.views import OrderView
from comanda.contexts.ordering.dialects.pedidos.numbers import as_id
from comanda.contexts.ordering.dialects.pedidos.words import WORDS


class PedidoStatusView(BaseModel):
    """Um pedido e seu status."""

    id: int = Field(examples=[456])
    status: str = Field(description="pending, in_progress, paid, completed ou canceled.", examples=["pending"])

    @classmethod
    def of(cls, order: OrderView) -> "PedidoStatusView":
        """An order, as short as it gets."""
        return cls(id=order.number, status=WORDS.of(order))


class PedidoListedView(BaseModel):
    """Um pedido na lista."""

    id: int = Field(examples=[456])
    status: str = Field(examples=["pending"])
    customerId: int | str | None = Field(examples=[123])

    @classmethod
    def of(cls, order: OrderView) -> "PedidoListedView":
        """An order with whose it is."""
        customer = None if order.customer_id is None else as_id(order.customer_id)
        return cls(id=order.number, status=WORDS.of(order), customerId=customer)


class PaymentView(BaseModel):
    """O pagamento."""

    status: str = Field(
        description="pending, approved, outstanding, declined, voided, partially_refunded ou refunded.",
        examples=["approved"],
    )


class InventoryView(BaseModel):
    """O estoque."""

    status: str = Field(description="pending, reserved, insufficient, committed ou released.", examples=["reserved"])


class ItemView(BaseModel):
    """Um item do pedido."""

    id: int | str = Field(description="O produto (sku).", examples=[1])
    quantity: int = Field(examples=[2])


class EventView(BaseModel):
    """O pedido logo após um evento."""

    id: int = Field(examples=[456])
    status: str = Field(examples=["in_progress"])
    payment: PaymentView
    inventory: InventoryView

    @classmethod
    def of(cls, order: OrderView) -> "EventView":
        """An order with how far its payment and its goods are."""
        return cls(
            id=order.number,
            status=WORDS.of(order),
            payment=PaymentView(status=order.payment.status),
            inventory=InventoryView(status=order.inventory.status),
        )


_EXAMPLE: JsonDict = {
    "id": 456,
    "status": "in_progress",
    "payment": {"status": "approved"},
    "inventory": {"status": "reserved"},
    "itens": [{"id": 1, "quantity": 2}, {"id": 2, "quantity": 1}],
}


class PedidoView(BaseModel):
    """O status de um pedido."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    id: int = Field(examples=[456])
    status: str = Field(examples=["in_progress"])
    payment: PaymentView
    inventory: InventoryView
    itens: list[ItemView]

    @classmethod
    def of(cls, order: OrderView) -> "PedidoView":
        """An order with how far its payment and its goods are, and what was ordered."""
        return cls(
            id=order.number,
            status=WORDS.of(order),
            payment=PaymentView(status=order.payment.status),
            inventory=InventoryView(status=order.inventory.status),
            itens=[ItemView(id=as_id(line.sku), quantity=line.quantity) for line in order.lines],
        )
