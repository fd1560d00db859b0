"""DCA against deals worked out by hand, and what holds on any walk of prices."""

from __future__ import annotations

from typing import Any

import pytest

from backtesting.tests.core.trading import BTC
from bots.core.kinds.base import Market
from bots.tests.core.kinds.playing import Fills, faults_of, fills, flat, play, walk
from exchanges.core.costs import Costs

PLAIN = {
    "base_amount": 100.0, "safety_amount": 200.0, "safety_count": 2, "deviation": 0.1,
    "volume_scale": 2.0, "take_profit": 0.1,
}  # fmt: skip
BASE = [(100, 100, 100, 100), (100, 100, 99, 99)]

CASES: dict[str, tuple[dict[str, Any], Any, Fills]] = {
    "two safety orders pull the average down; the target is 10 % above it": (
        PLAIN,
        [*BASE, (95, 96, 88, 89), (89, 90, 78, 79), (79, 95, 79, 94), (94, 94, 94, 94)],
        [
            (1, "buy", 100, 1, ""),
            (2, "buy", 90, 2.2222, ""),
            (3, "buy", 80, 5, ""),
            # 700 for 8.2222 is 85.1351 each; x 1.1
            (4, "sell", 93.6486, 8.2222, "take_profit"),
        ],
    ),
    "steps widen by the step scale: 10 %, then 20 % more": (
        PLAIN | {"step_scale": 2.0, "volume_scale": 1.0},
        [*BASE, (90, 90, 71, 72), (72, 72, 69, 70), (70, 70, 70, 70)],
        [
            (1, "buy", 100, 1, ""), (2, "buy", 90, 2.2222, ""), (3, "buy", 70, 2.8571, ""),
            (4, "sell", 70, 6.0794, "end_of_data"),
        ],
    ),
    "with one active at a time the next is sent when the first is filled": (
        PLAIN | {"safety_active": 1},
        [*BASE, (95, 95, 70, 75), (75, 75, 74, 74), (74, 74, 74, 74)],
        [
            (1, "buy", 100, 1, ""), (2, "buy", 90, 2.2222, ""), (3, "buy", 75, 5.3333, ""),
            (4, "sell", 74, 8.5556, "end_of_data"),
        ],
    ),
    "a trailing take-profit begins at the first close at the target": (
        PLAIN | {"trailing": 0.05, "safety_count": 0},
        [*BASE, (99, 112, 99, 109), (109, 111, 109, 110), (111, 120, 111, 119),
         (119, 119, 113, 113), *flat(113, 113, 113)],
        # The highest close is 119; 113 is below 113.05. Sold at the next open, a deal after that.
        [(1, "buy", 100, 1, ""), (6, "sell", 113, 1, "signal"),
         (7, "buy", 113, 0.885, ""), (8, "sell", 113, 0.885, "end_of_data")],
    ),
    "the stop is a fraction of the base price, whatever the average": (
        PLAIN | {"stop_loss": 0.25, "cooldown": 2},
        [*BASE, (95, 95, 88, 89), (89, 89, 74, 74), *flat(74, 74, 74, 74)],
        [
            (1, "buy", 100, 1, ""), (2, "buy", 90, 2.2222, ""), (3, "buy", 80, 5, ""),
            (3, "sell", 75, 8.2222, "stop_loss"),
            # seen at the close of 3; after two candles, at that of 5, the next deal
            (6, "buy", 74, 1.3514, ""), (7, "sell", 74, 1.3514, "end_of_data"),
        ],
    ),
    "the stop lives in the candle of the base order": (
        PLAIN | {"stop_loss": 0.25, "deals_max": 1},
        [(100, 100, 100, 100), (100, 100, 70, 72), *flat(72, 72, 72)],
        [(1, "buy", 100, 1, ""), (1, "sell", 75, 1, "stop_loss")],
    ),
    "no more deals than allowed": (
        PLAIN | {"deals_max": 2, "safety_count": 0},
        [*BASE, (99, 111, 99, 110), (110, 122, 110, 121), *flat(121, 121, 121)],
        [
            (1, "buy", 100, 1, ""), (2, "sell", 110, 1, "take_profit"),
            (3, "buy", 110, 0.9091, ""), (3, "sell", 121, 0.9091, "take_profit"),
        ],
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_a_deal_worked_out_by_hand(case: str) -> None:
    given, rows, expected = CASES[case]
    assert fills(play("dca", given, rows)[0]) == expected


def test_what_a_deal_leaves_is_the_profit_over_the_average() -> None:
    result, _ = play("dca", PLAIN | {"deals_max": 1}, CASES["two safety orders pull the average "
                     "down; the target is 10 % above it"][1])  # fmt: skip
    assert result.final_equity == pytest.approx(1000 + 700 * 0.1)
    assert result.trades[0].entry_price == pytest.approx(700 / (1 + 200 / 90 + 5))


def test_the_stop_stays_where_it_was_though_fees_make_the_coins_fewer() -> None:
    given, rows, _ = CASES["the stop is a fraction of the base price, whatever the average"]
    result, _ = play("dca", given, rows, costs=Costs(fee_rate=0.002))
    stopped = [fill for fill in result.fills if fill.reason == "stop_loss"]
    assert [fill.price for fill in stopped] == [pytest.approx(75.0)]


@pytest.mark.parametrize("seed", range(12))
def test_on_any_walk_no_deal_costs_more_than_was_set_aside(seed: int) -> None:
    given = {
        "base_amount": 50.0, "safety_amount": 60.0, "safety_count": 6, "deviation": 0.01,
        "volume_scale": 1.3, "step_scale": 1.1, "safety_active": 1 + seed % 6,
        "take_profit": 0.01, "trailing": 0.003 * (seed % 2), "stop_loss": 0.2 * (seed % 3 > 0),
    }  # fmt: skip
    costs = Costs(fee_rate=0.001)
    result, state = play("dca", given, {BTC: walk(seed)}, costs=costs)
    assert len(result.trades) > 3
    most = 50 + sum(60 * 1.3**k for k in range(6))
    spent = bought = 0.0
    number = 0
    for fill in sorted(result.fills, key=lambda one: one.time_ms):
        if fill.side == "buy":
            spent += fill.price * fill.quantity + fill.fee
            bought += fill.price * fill.quantity
        else:
            trade = result.trades[number]
            assert trade.entry_price * trade.quantity == pytest.approx(bought)
            spent, bought, number = 0.0, 0.0, number + 1
        assert spent <= most * (1 + 1e-9)
    assert "no_cash" not in result.skipped
    assert state["deals"] == len(result.trades)


def test_safety_orders_beyond_the_allocation_are_refused_with_the_numbers() -> None:
    words = faults_of("dca", PLAIN, allocation=650.0)["params.safety_count"]
    for part in ("2 safety orders", "600.00", "100.00", "700.00", "650.00"):
        assert part in words
    assert faults_of("dca", PLAIN, allocation=700.0) == {}


@pytest.mark.parametrize(
    ("change", "path", "words"),
    [
        ({"deviation": 0.5}, "deviation", "100.0%"),
        ({"stop_loss": 0.2}, "stop_loss", "20.00%"),
        ({"base_amount": 2.0}, "base_amount", "none below 5"),
        ({"take_profit": 0}, "take_profit", "from 0.0005 to 10"),
        ({"safety_count": 1.5}, "safety_count", "whole"),
        ({"base_amount": None}, "base_amount", "missing"),
        ({"martingale": True}, "martingale", "not known"),
    ],
)
def test_bad_parameters_are_named(change: dict[str, Any], path: str, words: str) -> None:
    found = faults_of("dca", PLAIN | change, market=Market(fee=0.001, notional_min=5.0))
    assert words in found[f"params.{path}"]


def test_an_account_that_has_lost_too_much_says_why_it_waits() -> None:
    given = PLAIN | {"safety_count": 0, "base_amount": 1000.0, "stop_loss": 0.5}
    result, state = play("dca", given, [*BASE, (99, 99, 40, 40), *flat(40, 40, 40)])
    assert len(result.fills) == 2
    assert "1,000.00 is more than the cash" in state["said"][-1]["words"]
