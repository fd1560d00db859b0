"""A price tick: each thing once, at the price it waited for, whoever else's order fails."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from exchanges.feed.venue import Clockwork
from exchanges.models import Market, Order
from exchanges.selectors import audit
from exchanges.services import markets
from exchanges.services.paper import catalogue, crossing, margins, working_off
from exchanges.tests.paper.world import SPOT, SWAP, PaperWorld, fund

pytestmark = pytest.mark.django_db
WIDE = {"bids": [[99.0, 5]], "asks": [[101.0, 5]]}


@pytest.fixture
def rounds(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The symbol of each time that a tick asked what was crossed."""
    asked: list[str] = []
    real = crossing.crossed

    def count(venue: str, symbol: str, *rest: Any) -> Any:
        asked.append(symbol)
        return real(venue, symbol, *rest)

    monkeypatch.setattr(crossing, "crossed", count)
    return asked


def widen(world: PaperWorld) -> None:
    """The last price stays in the middle of a wide book."""
    world.bids, world.asks = WIDE["bids"], WIDE["asks"]
    world.show()


def hear(world: PaperWorld, kind: str, data: dict[str, Any]) -> None:
    """One frame of the feed, and the tick that follows, for all that was ordered before."""
    Order.objects.update(decided_at_ms=0)
    clockwork = Clockwork(world.venue)
    frame = orjson.dumps({"type": kind, "channel": kind, "data": data, "ts": 1})
    clockwork._hear(f"{kind}:{SPOT}@{world.venue}\n".encode() + frame[1:])
    clockwork._tick()


def test_a_dip_to_the_warning_price_is_looked_at_once(
    world: PaperWorld, rich_alice: Any, rounds: list[str]
) -> None:
    margins.set_leverage(owner=rich_alice, venue=world.venue, symbol=SWAP, leverage=20)
    world.place(rich_alice, SWAP, quantity="1")
    held = world.position(rich_alice)
    assert held is not None and held.watch_price is not None
    world.move(float(held.watch_price) - 0.05, 99)
    assert rounds.count(SWAP) == 2, "once with the position, once without"
    held = world.position(rich_alice)
    assert held is not None and not held.is_warned


def test_a_dip_that_a_cross_account_survives_is_looked_at_once(
    world: PaperWorld, rich_alice: Any, rounds: list[str]
) -> None:
    other = markets.ensure(venue=world.venue, symbol="BTC/USDT:USDT-271231")
    other.feed_symbol = SPOT
    other.save()
    for symbol in (SWAP, other.symbol):
        margins.set_terms(
            owner=rich_alice, venue=world.venue, symbol=symbol, leverage=20, margin_mode="cross"
        )
    world.place(rich_alice, SWAP, quantity="300")
    world.place(rich_alice, other.symbol, side="sell", quantity="300")
    held = world.position(rich_alice)
    assert held is not None and held.watch_price is not None
    world.move(float(held.watch_price) - 5, 99)
    assert rounds.count(SWAP) == 2
    assert world.position(rich_alice) is not None


def test_a_moving_book_fills_no_order_inside_the_spread(world: PaperWorld, rich_alice: Any) -> None:
    widen(world)
    order = world.place(rich_alice, type="limit", price="100.5", quantity="1")
    hear(world, "orderbook", WIDE)
    order.refresh_from_db()
    assert order.status == "open"
    world.asks = [[100.4, 5]]
    world.show()
    hear(world, "orderbook", {"bids": world.bids, "asks": world.asks})
    order.refresh_from_db()
    assert (order.status, order.filled_quantity) == ("filled", 1)


def test_a_moving_book_triggers_no_stop_at_its_bid(world: PaperWorld, rich_alice: Any) -> None:
    fund(rich_alice, btc=1)
    widen(world)
    stop = world.place(
        rich_alice, side="sell", type="stop_loss", trigger_price="99.5", quantity="1"
    )
    hear(world, "orderbook", WIDE)
    stop.refresh_from_db()
    assert stop.status == "open"
    hear(world, "trades", {"trades": [{"price": 99.4, "time": 1}]})
    stop.refresh_from_db()
    assert stop.status == "filled"


def test_a_moving_book_liquidates_nobody_at_its_bid(world: PaperWorld, rich_alice: Any) -> None:
    margins.set_leverage(owner=rich_alice, venue=world.venue, symbol=SWAP, leverage=125)
    world.place(rich_alice, SWAP, quantity="1")
    widen(world)
    hear(world, "orderbook", WIDE)
    assert world.position(rich_alice) is not None


def test_a_stop_limit_that_was_jumped_over_waits_at_its_limit(
    world: PaperWorld, rich_alice: Any
) -> None:
    fund(rich_alice, btc=1)
    order = world.place(
        rich_alice, side="sell", type="stop_limit", trigger_price="98", price="97", quantity="1"
    )
    world.move(96)  # from 100: that was before the trigger
    order.refresh_from_db()
    assert (order.status, order.filled_quantity) == ("open", 0)
    world.move(97.2)
    order.refresh_from_db()
    assert order.status == "filled"


def test_a_trailing_stop_activated_by_a_tick_is_not_stopped_by_its_other_end(
    world: PaperWorld, rich_alice: Any
) -> None:
    fund(rich_alice, btc=1)
    order = world.place(
        rich_alice,
        side="sell",
        type="trailing_stop",
        callback_rate="0.01",
        activation_price="105",
        quantity="1",
    )
    world.move(99, 106)
    order.refresh_from_db()
    assert (order.status, order.best_price) == ("open", 106)
    world.move(104.9)
    order.refresh_from_db()
    assert order.status == "filled"


def test_a_trailing_stop_nearer_than_a_price_step_still_trails(
    world: PaperWorld, rich_alice: Any
) -> None:
    Market.objects.filter(venue=world.venue).update(price_step=1)
    catalogue.forget()
    world.place(rich_alice, SWAP, quantity="1")
    stop = world.place(
        rich_alice, SWAP, "sell", type="trailing_stop", callback_rate="0.004", quantity="1"
    )
    world.move(100)
    stop.refresh_from_db()
    assert stop.status == "open"


def test_one_users_fault_stops_nobody_else(
    world: PaperWorld, rich_alice: Any, rich_bob: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for who in (rich_alice, rich_bob):
        world.place(who, SWAP, type="limit", price="99", quantity="1")
    real = working_off.come

    def fail_for_alice(scene: Any, order: Order) -> None:
        if order.owner_id == rich_alice.pk:
            raise ZeroDivisionError
        real(scene, order)

    with monkeypatch.context() as patched:
        patched.setattr(working_off, "come", fail_for_alice)
        world.move(98)
    assert Order.objects.get(owner=rich_bob).status == "filled"
    assert Order.objects.get(owner=rich_alice).status == "open"
    world.move(98)
    assert Order.objects.get(owner=rich_alice).status == "filled"


def test_nobody_can_take_the_name_of_the_order_that_liquidates(
    world: PaperWorld, rich_alice: Any
) -> None:
    margins.set_leverage(owner=rich_alice, venue=world.venue, symbol=SWAP, leverage=20)
    world.place(rich_alice, SWAP, quantity="1")
    held = world.position(rich_alice)
    assert held is not None
    world.place(rich_alice, quantity="1", client_order_id=f"liq-{held.pk}")
    world.move(90)
    assert world.position(rich_alice) is None
    assert audit.faults() == []


def test_a_market_that_an_admin_closed_still_looks_after_what_is_open(
    world: PaperWorld, rich_alice: Any
) -> None:
    world.place(rich_alice, SWAP, quantity="1", stop_loss_price="95")
    Market.objects.filter(symbol=SWAP).update(is_active=False)
    catalogue.forget()
    world.move(94)
    assert world.position(rich_alice) is None
