"""The paper venue by its promises: what fills when, what is kept, who is liquidated, who pays."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from accounts.models import LedgerAccount
from exchanges.core.margin import DEFAULT_TIERS, Tier, liquidation_price
from exchanges.core.margin_account import Exposure, cross_slack, cross_watch, level_at
from exchanges.core.refusals import Refused
from exchanges.models import Liquidation, Order
from exchanges.selectors import audit, margin, trading
from exchanges.services.paper import (
    closing,
    frames,
    funding,
    insurance,
    placing,
    wallets,
    working,
)
from exchanges.tests.paper.world import SPOT, SWAP, D, PaperWorld, fund
from foundation.lib.errors import AppError

pytestmark = pytest.mark.django_db
GOLDEN = Path(__file__).parents[4] / "shared" / "golden" / "trading_tables.json"


def statuses(owner: Any) -> dict[str, str]:
    """Type -> status of each of the owner's orders."""
    return dict(Order.objects.filter(owner=owner).values_list("type", "status"))


@pytest.mark.skipif(not GOLDEN.exists(), reason="the published tables are not here")
def test_isolated_liquidation_prices_are_the_published_ones() -> None:
    rows = json.loads(GOLDEN.read_text())["liquidation_price_binance_isolated"]["rows"]
    assert rows
    for row in rows:
        side = -1 if row["is_short"] else 1
        found = liquidation_price(
            side,
            D(row["open_rate"]),
            D(row["amount"]),
            D(row["wallet_balance"]),
            D(row["mm_ratio"]),
            D(row["maintenance_amt"]),
        )
        assert round(found, 2) == D(row["expected"])


def test_the_liquidation_price_takes_the_tier_of_its_own_notional() -> None:
    tiers = (Tier(D(1000), D("0.01"), D(0), D(50)), Tier(D(10**9), D("0.05"), D(40), D(10)))
    held = Exposure(1, D(10), D(105), D(105), tiers, 10, D(105))
    # At 105 the notional is in the second tier, where it is liquidated in the first.
    assert level_at(held, held.margin) == (D(1050) - D(105)) / (D(10) * (1 - D("0.01")))


@pytest.mark.parametrize("side", [1, -1])
def test_a_cross_account_is_not_over_before_a_watch_price_is_reached(side: int) -> None:
    held = Exposure(side, D(3), D(100), D(100), DEFAULT_TIERS, 20)
    slack = cross_slack(D(50), [held, held])
    watch = cross_watch(held, slack, 2)
    assert watch is not None
    at_watch = Exposure(side, D(3), D(100), watch, DEFAULT_TIERS, 20)
    assert cross_slack(D(50), [at_watch, at_watch]) >= 0


def test_a_market_order_walks_the_book(world: PaperWorld, rich_alice: Any) -> None:
    order = world.place(rich_alice, quantity="6")
    prices = list(order.fills.order_by("pk").values_list("price", "quantity"))
    assert prices == [(D("100.1"), D(5)), (D("100.2"), D(1))]
    assert (order.status, order.fee) == ("filled", (D("500.5") + D("100.2")) * D("0.0004"))


def test_a_market_order_larger_than_the_book_expires_with_what_it_got(
    world: PaperWorld, rich_alice: Any
) -> None:
    world.asks = [[100.1, 2]]
    world.show()
    order = world.place(rich_alice, quantity="3")
    assert (order.status, order.filled_quantity) == ("expired", D(2))


@pytest.mark.parametrize(
    ("price", "to", "status", "why"),
    [
        (99, 99, "open", "touched only: others stand before it in the queue"),
        (99, 98.9, "filled", "traded through"),
        (99, 99.5, "open", "not reached"),
    ],
)
def test_a_resting_order_fills_as_maker_when_the_market_trades_through(
    world: PaperWorld, rich_alice: Any, price: float, to: float, status: str, why: str
) -> None:
    order = world.place(rich_alice, type="limit", quantity="1", price=price)
    world.move(to)
    order.refresh_from_db()
    assert order.status == status, why
    if status == "filled":
        fill = order.fills.get()
        assert (fill.price, fill.is_maker, fill.fee) == (D(99), True, D(99) * D("0.0002"))


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"quantity": "0.0005"}, "lot_size"),
        ({"quantity": "1.00001"}, "lot_size"),
        ({"quantity": "0.001"}, "min_notional"),
        ({"quantity": "1000000"}, "insufficient_balance"),
        ({"quantity": "-1"}, "bad_input"),
        ({"quantity": "NaN"}, "bad_input"),
        ({"quantity": "1e400"}, "bad_input"),
        ({"quantity": "1." + "0" * 39 + "1"}, "bad_input"),
        ({"quantity": "1", "type": "limit", "price": "99.05"}, "price_filter"),
        ({"quantity": "1", "type": "limit", "price": "101", "time_in_force": "PO"}, "would_take"),
        ({"quantity": "1", "type": "stop_loss", "trigger_price": "90"}, "would_trigger"),
        ({"quantity": "1", "symbol": SWAP, "reduce_only": True}, "reduce_only"),
        ({"quantity": "1", "symbol": "NO/USDT"}, "unknown_symbol"),
        ({"quantity": "1", "symbol": SWAP, "leverage": 126}, "bad_leverage"),
        ({"quantity": "900", "symbol": SWAP, "leverage": 125}, "leverage_cap"),
        ({"quantity": "400", "symbol": SWAP, "leverage": 2}, "insufficient_margin"),
    ],
)
def test_a_refusal_says_why_and_leaves_the_books_alone(
    world: PaperWorld, rich_alice: Any, fields: dict[str, Any], code: str
) -> None:
    before = trading.spot_balances(rich_alice), margin.futures_account(rich_alice)
    with pytest.raises(Refused) as refusal:
        world.place(rich_alice, **fields)
    assert refusal.value.code == code
    assert refusal.value.faults
    assert (trading.spot_balances(rich_alice), margin.futures_account(rich_alice)) == before
    assert not Order.objects.exists()


def test_the_first_of_a_pair_ends_the_other_and_coins_are_kept_once(
    world: PaperWorld, alice: Any
) -> None:
    fund(alice, btc=2)
    pair = placing.Pair(
        limit=world.ticket(SPOT, "sell", type="limit", quantity="2", price="110"),
        stop=world.ticket(SPOT, "sell", type="stop_loss", quantity="2", trigger_price="90"),
    )
    placing.place_pair(owner=alice, pair=pair)
    assert [(b.free, b.locked) for b in trading.spot_balances(alice) if b.asset == "BTC"] == [
        (0, 2)
    ]
    world.move(89)
    assert statuses(alice) == {"limit": "cancelled", "stop_loss": "filled"}
    assert audit.faults() == []


def test_a_trailing_stop_follows_and_fires(world: PaperWorld, alice: Any) -> None:
    fund(alice, btc=1)
    order = world.place(alice, side="sell", type="trailing_stop", quantity="1", callback_rate="0.1")
    world.move(120)
    order.refresh_from_db()
    assert (order.best_price, order.acts_at, order.status) == (D(120), D(108), "open")
    world.move(109)
    world.move(107)
    order.refresh_from_db()
    assert order.status == "filled"


def test_a_bracket_protects_the_position_it_opens(world: PaperWorld, rich_alice: Any) -> None:
    levels = {"stop_loss_price": "95", "take_profit_price": "120"}
    world.place(rich_alice, SWAP, quantity="10", leverage=10, **levels)
    assert statuses(rich_alice) == {"market": "filled", "take_profit": "open", "stop_loss": "open"}
    world.move(121)
    assert statuses(rich_alice)["take_profit"] == "filled"
    assert statuses(rich_alice)["stop_loss"] == "cancelled"
    assert world.position(rich_alice) is None


def test_margin_is_called_for_once_and_then_the_position_is_over(
    world: PaperWorld, rich_alice: Any
) -> None:
    insurance.seed("USDT")
    world.place(rich_alice, SWAP, quantity="10", leverage=50)
    held = world.position(rich_alice)
    assert held is not None
    world.move(98.6)
    held.refresh_from_db()
    assert (held.is_warned, held.watch_price) == (True, held.liquidation_price)
    world.move(98.4)
    held.refresh_from_db()
    ended = Liquidation.objects.get()
    assert (held.exit_reason, held.margin) == ("liquidation", 0)
    left = held.quantity + (ended.price - held.entry_price) * 10 + D("20.03")
    assert ended.to_fund == left
    assert ended.fee == min(left, ended.price * 10 * D("0.005"))
    assert insurance.balance("USDT") == D(100_000) + ended.to_fund
    assert audit.faults() == []


def test_an_empty_fund_takes_from_the_winner_at_the_bankruptcy_price(
    world: PaperWorld, rich_alice: Any, rich_bob: Any
) -> None:
    world.place(rich_alice, SWAP, quantity="10", leverage=50)
    world.place(rich_bob, SWAP, "sell", quantity="4", leverage=20)
    held = world.position(rich_alice)
    assert held is not None
    bankruptcy = held.entry_price - held.margin / held.quantity
    world.move(90)
    ended = Liquidation.objects.get()
    assert (ended.price, ended.to_fund, ended.deleveraged) == (bankruptcy, 0, 4)
    assert world.position(rich_bob) is None
    order = Order.objects.get(owner=rich_bob, reason="deleveraging")
    assert order.fills.get().price == bankruptcy
    assert audit.faults() == []


def test_funding_is_paid_once_out_of_the_margin(world: PaperWorld, rich_alice: Any) -> None:
    world.place(rich_alice, SWAP, quantity="10", leverage=10)
    held = world.position(rich_alice)
    assert held is not None
    later = held.opened_at_ms + funding.EVERY_MS
    assert [funding.settle(world.venue, later) for _ in range(2)] == [1, 0]
    before = held.margin
    held.refresh_from_db()
    assert held.funding == D(1000) * D("0.0001")
    assert held.margin == before - held.funding
    assert audit.faults() == []


def test_begun_anew_both_wallets_are_as_on_the_first_day(
    world: PaperWorld, rich_alice: Any
) -> None:
    world.place(rich_alice, quantity="1")
    world.place(rich_alice, SWAP, quantity="5")
    world.place(rich_alice, type="limit", quantity="1", price="90")
    wallets.reset(owner=rich_alice)
    balances = {one.asset: one.free for one in trading.spot_balances(rich_alice) if one.total}
    assert balances == {"USDT": 10_000}
    assert margin.futures_account(rich_alice).available == 10_000
    assert audit.faults() == []


@pytest.mark.django_db(transaction=True)
def test_sixteen_threads_on_one_wallet_lose_nothing(world: PaperWorld, rich_alice: Any) -> None:
    faults: list[BaseException] = []

    def hammer(number: int) -> None:
        try:
            for turn in range(6):
                try:
                    order = world.place(
                        rich_alice,
                        SWAP if (number + turn) % 2 else SPOT,
                        "buy" if turn % 3 else "sell",
                        type="limit" if turn % 2 else "market",
                        quantity="0.5",
                        **({"price": "95"} if turn % 2 else {}),
                    )
                    if turn == 5:
                        working.cancel(owner=rich_alice, order_id=order.pk)
                except AppError:
                    continue  # a refusal is an answer
        except BaseException as fault:
            faults.append(fault)
        finally:
            connection.close()

    threads = [threading.Thread(target=hammer, args=(number,)) for number in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    assert audit.faults() == []
    assert not LedgerAccount.objects.filter(owner=rich_alice, balance__lt=0).exists()


def test_half_a_position_closes_and_half_stays(world: PaperWorld, rich_alice: Any) -> None:
    world.place(rich_alice, SWAP, quantity="4", leverage=10)
    held = world.position(rich_alice)
    assert held is not None
    before = held.margin
    closing.close(owner=rich_alice, position_id=held.pk, quantity=D(2))
    held.refresh_from_db()
    assert (held.quantity, held.margin) == (2, before / 2)


def test_the_wallet_is_told_before_the_position(
    world: PaperWorld, rich_alice: Any, monkeypatch: Any, django_capture_on_commit_callbacks: Any
) -> None:
    """A Binance client waits for its balance and is woken by any update of the account."""
    told: list[Any] = []
    monkeypatch.setattr(frames.publish, "to_users", told.extend)
    with django_capture_on_commit_callbacks(execute=True):
        world.place(rich_alice, SWAP, quantity="1")
    channels = [channel for _, channel, _ in told]
    assert channels.index("wallet") < channels.index("positions")
