"""Orders and positions: seen by their owner, changed in place, closed; strangers see none."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from exchanges.models import Order, Position
from exchanges.tests.paper.world import SPOT, SWAP, PaperWorld

HTMX = {"HX-Request": "true"}


@pytest.fixture
def order(world: PaperWorld, rich_alice: Any) -> Order:
    return world.place(rich_alice, SPOT, type="limit", quantity="1", price="90")


@pytest.fixture
def position(world: PaperWorld, rich_alice: Any) -> Position:
    world.place(rich_alice, SWAP, quantity="2")
    found = world.position(rich_alice)
    assert found is not None
    return found


def test_the_page_shows_what_is_held_and_what_waits(
    page: Client, world: PaperWorld, order: Order, position: Position
) -> None:
    shown = page.get("/trading/")
    assert f'data-order="{order.pk}"' in shown.text
    assert f'data-position="{position.pk}"' in shown.text
    assert "Sells 2.000 BTC at market, about" in shown.text
    assert shown.context["account"].isolated_margin > 20
    part = page.get("/trading/", headers=HTMX | {"HX-Target": "trading-now"})
    assert ("<html" in part.text, "data-order" in part.text) == (False, True)
    world.move(95)
    moved = page.get("/trading/")
    assert moved.context["positions"][0].pnl < 0


@pytest.mark.parametrize("path", ["/trading/", "/wallet/"])
def test_a_newcomer_finds_the_next_step(
    client: Client, charlie: Any, world: PaperWorld, path: str
) -> None:
    assert client.get(path).status_code == 302
    client.force_login(charlie)
    assert client.get(path).status_code == 200
    assert "Paper money" in client.get(path).text


@pytest.mark.parametrize("tab", ["open", "positions", "history", "trades", "rubbish"])
def test_my_part_of_a_market_is_mine(
    page: Client, world: PaperWorld, order: Order, position: Position, charlie: Any, tab: str
) -> None:
    address = f"/markets/{world.venue}/BTC-USDT:USDT/?mine={tab}"
    part = page.get(address, headers=HTMX | {"HX-Target": "mine"})
    assert part.status_code == 200
    assert "<html" not in part.text
    assert bool(part.context["page"].object_list) is (tab in ("positions", "history", "trades"))
    page.force_login(charlie)
    assert not page.get(address, headers=HTMX).context["page"].object_list


def test_an_order_is_cancelled_from_where_it_stands(page: Client, order: Order) -> None:
    answer = page.post(f"/orders/{order.pk}/cancel/", headers=HTMX)
    assert (answer.status_code, "Cancelled order" in answer["HX-Trigger"]) == (204, True)
    assert Order.objects.get().status == "cancelled"
    again = page.post(f"/orders/{order.pk}/cancel/", follow=True)
    assert "cancelled already" in again.text


def test_all_orders_of_one_market_are_cancelled(
    page: Client, world: PaperWorld, rich_alice: Any, order: Order
) -> None:
    world.place(rich_alice, SWAP, type="limit", quantity="1", price="90")
    sent = {"venue": world.venue, "symbol": SPOT}
    answer = page.post("/orders/cancel-all/", sent, follow=True)
    assert "Cancelled 1 order." in answer.text
    page.post("/orders/cancel-all/", {"venue": world.venue, "symbol": ""})
    assert not Order.objects.working().exists()


def test_an_order_is_changed_in_place(page: Client, order: Order) -> None:
    address = f"/orders/{order.pk}/change/"
    assert 'name="price" value="90"' in page.get(address).text.replace("\n", " ")
    wrong = page.post(address, {"price": "90.05", "quantity": "1"})
    assert (wrong.status_code, 'value="90.05"' in wrong.text) == (400, True)
    assert "multiple of 0.1" in wrong.text
    alone = page.post(address, {"price": "90.05", "quantity": "1"}, headers=HTMX)
    assert ("<html" in alone.text, "multiple of 0.1" in alone.text) == (False, True)
    assert page.post(address, {"price": "91", "quantity": "2"}, headers=HTMX).status_code == 204
    order.refresh_from_db()
    assert (order.price, order.quantity) == (91, 2)


def test_a_position_is_protected_and_closed(
    page: Client, rich_alice: Any, world: PaperWorld, position: Position
) -> None:
    address = f"/positions/{position.pk}"
    wrong = page.post(f"{address}/protect/", {"take_profit": "50", "stop_loss": ""}, headers=HTMX)
    assert (wrong.status_code, "Take profit at:" in wrong.text) == (400, True)
    page.post(f"{address}/protect/", {"take_profit": "120", "stop_loss": "90"})
    position.refresh_from_db()
    assert (position.take_profit_price, position.stop_price) == (120, 90)
    before = position.margin
    page.post(f"{address}/margin/", {"amount": "10", "way": "add"})
    position.refresh_from_db()
    assert position.margin == before + 10
    too_much = page.post(f"{address}/margin/", {"amount": "1000000", "way": "add"})
    assert (too_much.status_code, 'value="1000000"' in too_much.text) == (400, True)
    part = page.post(f"{address}/close/", {"quantity": "0.5"}, headers=HTMX)
    assert "Sold 0.500 BTC" in part["HX-Trigger"]
    assert page.post(f"{address}/close/", {"quantity": ""}).status_code == 302
    position.refresh_from_db()
    assert position.closed_at_ms
    assert page.post(f"{address}/close/", {"quantity": ""}).status_code == 404


def test_strangers_find_nothing(
    client: Client, charlie: Any, order: Order, position: Position
) -> None:
    client.force_login(charlie)
    for path in ("cancel", "change"):
        assert client.post(f"/orders/{order.pk}/{path}/").status_code == 404
    for path in ("close", "margin", "protect"):
        assert client.post(f"/positions/{position.pk}/{path}/").status_code == 404
    assert client.post("/orders/99999999999999999999/cancel/").status_code == 404
    assert Order.objects.working().filter(pk=order.pk).exists()


def test_what_is_over_is_filtered_and_saved(
    page: Client, world: PaperWorld, rich_alice: Any, position: Position
) -> None:
    world.place(rich_alice, SPOT, side="sell", quantity="1")
    spot = page.get(f"/trading/?symbol={SPOT}")
    assert [row.symbol for row in spot.context["page"].object_list] == [SPOT]
    assert not page.get("/trading/?side=buy&status=cancelled").context["page"].object_list
    assert page.get("/trading/?side=rubbish&symbol=%27&page=x&tab=y").status_code == 200
    trades = page.get("/trading/?tab=trades", headers=HTMX | {"HX-Target": "trading-past"})
    assert len(trades.context["page"].object_list) == 2
    file = page.get("/trading/trades.csv?side=sell")
    lines = b"".join(file.streaming_content).decode().splitlines()  # type: ignore[attr-defined] # a stream
    assert (len(lines), lines[1].split(",")[3:6]) == (2, [SPOT, "sell", "99.9"])
    orders = page.get("/trading/history.csv")
    assert len(b"".join(orders.streaming_content).decode().splitlines()) == 3  # type: ignore[attr-defined] # a stream


def test_queries_do_not_grow_with_orders(
    page: Client, world: PaperWorld, rich_alice: Any, django_assert_max_num_queries: Any
) -> None:
    for number in range(12):
        world.place(rich_alice, SPOT, type="limit", quantity="0.1", price=str(60 + number))
        world.place(rich_alice, SPOT, quantity="0.1")
    with django_assert_max_num_queries(16):
        page.get("/trading/?tab=trades")
    with django_assert_max_num_queries(12):
        page.get(f"/markets/{world.venue}/BTC-USDT/")
