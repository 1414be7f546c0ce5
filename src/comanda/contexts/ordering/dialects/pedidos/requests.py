"""What requests to the dialect carry, and what they ask of ordering."""

from typing import Annotated, Any

from pydantic import AfterValidator, ConfigDict, Field, StringConstraints
from pydantic.config import JsonDict

from comanda.contexts.ordering.dialects.pedidos.numbers import LARGEST
from comanda.platform.countries import country_code
from comanda.platform.http.fields import Body, Line, OptionalLine, Printable, Quantity, ShortText, Sku, known_country

MOST_ITENS = 1_000
LANGUAGES = ("en", "fr", "pt")

Number = Annotated[int, Field(ge=0, le=LARGEST)]


def _country(name: str) -> str:
    """The alpha-2 code of a country's code or its name in one of the languages. Raises ValueError for any other."""
    code = country_code(name, LANGUAGES)
    if code is None:
        raise ValueError("país desconhecido: nome em inglês, francês ou português, ou código ISO 3166 alpha-2")
    return known_country(code)


class ItemBody(Body):
    """Um item do pedido."""

    id: Number | Sku = Field(description="O produto (sku).", examples=[1])
    quantity: Quantity = Field(examples=[2])


class AddressBody(Body):
    """O endereço de entrega."""

    street: Line = Field(examples=["Rua Exemplo"])
    number: OptionalLine | Number = Field(default="", examples=["10A"])
    city: Line = Field(examples=["São Paulo"])
    state: OptionalLine = Field(default="", examples=["SP"])
    country: Annotated[str, StringConstraints(max_length=100), AfterValidator(_country)] = Field(
        description="Nome do país em inglês, francês ou português, ou código ISO 3166 alpha-2.", examples=["Brazil"]
    )
    zipcode: Annotated[str, StringConstraints(max_length=20), Printable] | Number = Field(
        default="", description="Com ou sem aspas; os zeros são mantidos.", examples=["00000000"]
    )


class DeliveryBody(Body):
    """A entrega."""

    address: AddressBody


class PaymentBody(Body):
    """O pagamento: `card` com o token do provedor, `bank_transfer` ou `on_delivery`."""

    type: str = Field(pattern="^(card|bank_transfer|on_delivery)$", examples=["card"])
    token: str | None = Field(default=None, max_length=200, pattern=r"^tok_[A-Za-z0-9_]+$", examples=["tok_approved"])


_EXAMPLE: JsonDict = {
    "customerId": 123,
    "itens": [{"id": 1, "quantity": 2}, {"id": 2, "quantity": 1}],
    "delivery": {
        "address": {
            "street": "Rua Exemplo",
            "number": "10A",
            "city": "São Paulo",
            "state": "SP",
            "country": "Brazil",
            "zipcode": "00000000",
        }
    },
}


class PedidoBody(Body):
    """Um novo pedido. Sem `payment`, o pagamento é um cartão que é aprovado."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    customerId: Number | ShortText | None = Field(default=None, description="O cliente.", examples=[123])
    itens: list[ItemBody] = Field(min_length=1, max_length=MOST_ITENS)
    delivery: DeliveryBody
    payment: PaymentBody | None = None

    @property
    def customer(self) -> str | None:
        """Whose order it is, as ordering writes it."""
        return None if self.customerId is None else str(self.customerId)

    def order(self) -> dict[str, Any]:
        """The body of the POST /orders that this is."""
        address = self.delivery.address
        return {
            "customer_id": self.customer,
            "lines": [{"sku": str(item.id), "quantity": item.quantity} for item in self.itens],
            "language": "pt",
            "shipping_address": {
                "street": address.street,
                "number": str(address.number),
                "city": address.city,
                "state": address.state,
                "country": address.country,
                "postal_code": str(address.zipcode),
            },
            "payment_method": self.payment.model_dump(exclude_none=True) if self.payment else {"type": "card"},
        }
