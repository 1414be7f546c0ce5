"""The demo's own material: what it is made of before anything is sent."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from comanda.cli.demo.goods import SHELVES, SOLD_OUT
from comanda.cli.demo.history import recorded_orders
from comanda.cli.demo.marker import Marker
from comanda.cli.demo.people import ACCOUNTS, PEOPLE, VIPS
from comanda.cli.demo.shop import ORDERS, RECORDED, SEED
from comanda.cli.environment import is_production, read_env_file
from comanda.cli.installation import CommandError

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
EVENING = NOON + timedelta(hours=8)


def test_the_shop_is_as_large_as_it_is_said_to_be() -> None:
    goods = [good for shelf in SHELVES for good in shelf.goods]
    assert (len(SHELVES), len({good.sku for good in goods}), len(PEOPLE), ORDERS) == (8, 60, 40, 300)
    assert {shelf.currency for shelf in SHELVES} == {"EUR", "GBP", "USD"}
    assert [good.sku for good in goods if good.pieces == 0] == [SOLD_OUT]
    assert len({person.email for person in PEOPLE}) == 40
    assert {*ACCOUNTS, *VIPS} <= set(PEOPLE)


def test_the_same_seed_makes_the_same_orders_all_day() -> None:
    customers = {person.email: f"id-{person.email}" for person in PEOPLE}
    first = list(recorded_orders(RECORDED, SEED, NOON, customers))
    assert first == list(recorded_orders(RECORDED, SEED, EVENING, customers))
    assert first != list(recorded_orders(RECORDED, SEED + 1, NOON, customers))
    assert len({order["reference"] for order in first}) == RECORDED
    times = [datetime.fromisoformat(order["created_at"]) for order in first]
    assert times == sorted(times)
    assert NOON - timedelta(days=91) < times[0] and times[-1] < NOON


def test_some_order_rests_in_every_state() -> None:
    states = {order["status"] for order in recorded_orders(RECORDED, SEED, NOON, {})}
    assert states == {
        *("created", "reserved", "paid", "shipping_scheduled", "completed"),
        *("shipped", "delivered", "canceled", "failed"),
    }


def test_a_directory_without_a_whole_mark_is_no_demo(tmp_path: Path) -> None:
    assert Marker.read(tmp_path) is None
    Marker(generation=3, filled=True).write(tmp_path)
    assert Marker.read(tmp_path) == Marker(generation=3, filled=True)
    (tmp_path / "demo.json").write_text('{"generation": 3')
    assert Marker.read(tmp_path) is None


def test_the_environment_wins_over_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("COMANDA_ENV", "COMANDA_HOST", "UNRELATED_SECRET"):
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
    monkeypatch.setenv("COMANDA_PORT_BASE", "19000")
    file = tmp_path / ".env"
    file.write_text("COMANDA_ENV=production\nCOMANDA_PORT_BASE=20000\nUNRELATED_SECRET=x\n")
    read_env_file(file)
    assert is_production()
    assert os.environ["COMANDA_PORT_BASE"] == "19000"
    assert "UNRELATED_SECRET" not in os.environ
    os.environ["COMANDA_ENV"] = "staging"
    with pytest.raises(CommandError, match="not 'staging'"):
        is_production()
