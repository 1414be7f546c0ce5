"""What a pedido may carry, and what is refused."""

import json
from typing import Any

import pytest

from tests.contexts.ordering.dialects.pedidos.conftest import JSON, Balcao
from tests.contexts.ordering.dialects.pedidos.seed import BODY, body

pytestmark = pytest.mark.asyncio(loop_scope="module")


def _with(path: str, value: Any) -> str:
    """The first example, with one member written anew; `itens.0.id` names one."""
    document: Any = body()
    *way, last = path.split(".")
    target = document
    for step in way:
        target = target[int(step) if step.isdigit() else step]
    target[last] = value
    return json.dumps(document)


ADDRESS = "delivery.address"


@pytest.mark.parametrize(
    "broken",
    [
        BODY.replace("}\n  }\n", "}\n  "),
        BODY.replace('"zipcode": 00000000', '"zipcode": 00000000.5'),
        BODY.replace('"zipcode": 00000000', '"zipcode": 000 000'),
        BODY.replace('"zipcode": 00000000', '"zipcode": -00000000'),
        BODY.replace('"quantity": 2', '"quantity": 02'),
        BODY.replace('"customerId": 123', '"customerId": 0123'),
        BODY.replace('"Rua Exemplo"', '"Rua "zipcode": 00, Exemplo"'),
        BODY.replace('"10A"', "10A"),
        "zipcode",
        '{"zipcode": 00',
    ],
)
async def test_what_is_not_json_otherwise_stays_400(balcao: Balcao, broken: str) -> None:
    answer = await balcao.post(broken)
    assert answer.status_code == 400, answer.text
    assert answer.headers["content-type"] == "application/problem+json"


async def test_bytes_that_are_no_text_are_400(balcao: Balcao) -> None:
    for sent in (BODY.encode("latin-1"), b"\xff\xfe", BODY.encode("utf-16")):
        assert (await balcao.post(sent)).status_code == 400
    surrogates = BODY.encode().replace("São".encode(), b"S\xed\xa0\x80o")
    assert (await balcao.post(surrogates)).status_code == 422


async def test_text_that_looks_like_a_zipcode_is_kept_word_for_word(balcao: Balcao) -> None:
    street = r"Rua \"zipcode\": 007, \\\"zipcode\": 0}"
    number = await balcao.order(BODY.replace("Rua Exemplo", street))
    address = (await balcao.canonical(number))["shipping_address"]
    assert address["street"] == json.loads(f'"{street}"')
    assert address["postal_code"] == "00000000"


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("00000000", "00000000"),
        ("01310100", "01310100"),
        ("12345678", "12345678"),
        ("0", "0"),
        ('"01310-100"', "01310-100"),
        ('""', ""),
    ],
)
async def test_zipcodes_keep_their_zeros_in_quotes_or_not(balcao: Balcao, written: str, kept: str) -> None:
    number = await balcao.order(BODY.replace("00000000", written))
    assert (await balcao.canonical(number))["shipping_address"]["postal_code"] == kept


@pytest.mark.parametrize(
    ("country", "code"),
    [
        ("Brazil", "BR"),
        ("Brésil", "BR"),
        ("Brasil", "BR"),
        ("BRASIL", "BR"),
        ("bresil", "BR"),
        ("BR", "BR"),
        ("pt", "PT"),
        ("Germany", "DE"),
        ("Allemagne", "DE"),
        ("Alemanha", "DE"),
        ("Estados Unidos", "US"),
        ("Sao Tome e Principe", "ST"),
    ],
)
async def test_countries_have_names_in_three_languages(balcao: Balcao, country: str, code: str) -> None:
    number = await balcao.order(_with(f"{ADDRESS}.country", country))
    assert (await balcao.canonical(number))["shipping_address"]["country"] == code


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (f"{ADDRESS}.country", "Deutschland"),
        (f"{ADDRESS}.country", "Atlantis"),
        (f"{ADDRESS}.country", "EU"),
        (f"{ADDRESS}.country", ""),
        (f"{ADDRESS}.country", 55),
        (f"{ADDRESS}.zipcode", "0" * 21),
        (f"{ADDRESS}.zipcode", -1),
        (f"{ADDRESS}.zipcode", 1.5),
        (f"{ADDRESS}.zipcode", None),
        (f"{ADDRESS}.street", ""),
        (f"{ADDRESS}.street", "a\0b"),
        (f"{ADDRESS}.planet", "Earth"),
        ("itens", []),
        ("itens.0.id", True),
        ("itens.0.id", 1.5),
        ("itens.0.id", None),
        ("itens.0.quantity", 0),
        ("itens.0.quantity", -1),
        ("itens.0.quantity", 1.5),
        ("itens.0.quantity", "1"),
        ("itens.0.quantity", 2**63),
        ("itens.0.price", 1),
        ("customerId", -1),
        ("customerId", ""),
        ("customerId", "x" * 51),
        ("status", "paid"),
        ("price", 1),
        ("payment", {"type": "gold"}),
        ("payment", {"type": "bank_transfer", "token": "tok_approved"}),
        ("payment", {"type": "card", "number": "4242424242424242"}),
        ("delivery", {}),
    ],
)
async def test_what_makes_no_sense_is_422(balcao: Balcao, path: str, value: Any) -> None:
    answer = await balcao.post(_with(path, value))
    assert answer.status_code == 422, answer.text
    assert answer.headers["content-type"] == "application/problem+json"


async def test_an_unknown_product_is_refused_and_no_order_exists(balcao: Balcao) -> None:
    before = await _newest(balcao)
    answer = await balcao.post(_with("itens.0.id", "NOT-ON-SALE"))
    assert answer.status_code in (409, 422), answer.text
    assert await _newest(balcao) == before


async def _newest(balcao: Balcao) -> list[int]:
    return [pedido["id"] for pedido in (await balcao.staff.get("/orders", params={"limit": 1})).json()]


async def test_products_and_customers_with_names_keep_them(balcao: Balcao) -> None:
    sku = await balcao.shop.product(5)
    number = await balcao.order(json.dumps(body(customerId="ana", itens=[{"id": sku, "quantity": 1}])))
    assert (await balcao.until(number, "completed"))["itens"] == [{"id": sku, "quantity": 1}]
    listed = (await balcao.staff.get("/orders", params={"limit": 1})).json()
    assert listed == [{"id": number, "status": "completed", "customerId": "ana"}]


async def test_two_itens_of_one_product_are_its_sum(balcao: Balcao) -> None:
    number = await balcao.order(_with("itens", [{"id": 1, "quantity": 2}, {"id": "1", "quantity": 3}]))
    assert (await balcao.seen(number))["itens"] == [{"id": 1, "quantity": 5}]


async def test_a_pedido_without_a_customer_is_nobodys(balcao: Balcao) -> None:
    document = body()
    del document["customerId"]
    number = await balcao.order(json.dumps(document))
    assert (await balcao.staff.get("/orders", params={"limit": 1})).json()[0] | {"status": ""} == {
        "id": number,
        "status": "",
        "customerId": None,
    }


async def test_the_payment_is_an_approving_card_unless_another_is_chosen(balcao: Balcao) -> None:
    for payment, method, status in (
        (None, "card", "completed"),
        ({"type": "card"}, "card", "completed"),
        ({"type": "card", "token": "tok_declined"}, "card", "canceled"),
        ({"type": "bank_transfer"}, "bank_transfer", "in_progress"),
        ({"type": "on_delivery"}, "on_delivery", "completed"),
    ):
        number = await balcao.order(json.dumps(body(payment=payment)))
        await balcao.until(number, status)
        assert (await balcao.canonical(number))["payment"]["method"] == method


async def test_the_same_key_is_one_pedido(balcao: Balcao) -> None:
    answers = [await balcao.post(BODY, **{"Idempotency-Key": "um"}) for _ in range(3)]
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["id"] for answer in answers}) == 1
    other = await balcao.post(_with("customerId", 7), **{"Idempotency-Key": "um"})
    assert other.status_code == 422


async def test_a_list_goes_on_where_its_link_says(balcao: Balcao) -> None:
    numbers = [await balcao.order(BODY) for _ in range(5)]
    answer = await balcao.staff.get("/orders", params={"limit": 2})
    seen = [pedido["id"] for pedido in answer.json()]
    while "next" in answer.links and len(seen) < 5:
        answer = await balcao.staff.get(answer.links["next"]["url"])
        assert answer.status_code == 200
        seen += [pedido["id"] for pedido in answer.json()]
    assert seen[:5] == numbers[::-1]
    assert (await balcao.staff.get("/orders", params={"limit": 201})).status_code == 422
    assert (await balcao.staff.get("/orders", params={"skip": 1})).status_code == 422
    assert (await balcao.staff.get("/orders", params={"cursor": "nonsense"})).status_code == 422


async def test_an_id_that_is_no_number_is_no_pedido(balcao: Balcao) -> None:
    for id in ("0", "-1", "abc", "1.0", "9" * 30, "01999999-0000-7000-8000-000000000000", "999999999"):
        for method, path in (("GET", ""), ("POST", "/cancel"), ("GET", "/events")):
            answer = await balcao.staff.request(method, f"/orders/{id}{path}", headers=JSON)
            assert answer.status_code == 404, (id, method, path)
