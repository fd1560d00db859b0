"""The grid against fills worked out by hand, and what holds on any walk of prices."""

from __future__ import annotations

from typing import Any

import pytest

from backtesting.tests.core.trading import BTC
from bots.core.kinds.base import Market
from bots.core.kinds.grid import line
from bots.tests.core.kinds.playing import Fills, faults_of, fills, flat, play, walk
from exchanges.core.costs import Costs

# Lines 90, 95, 100, 105, 110: four cells of 250.
PLAIN = {"spacing": "arithmetic", "lower": 90.0, "upper": 110.0, "levels": 5}
# At 101 the cell above 105 gets coins, the one around the price and those below wait with money.
START = [(101, 101, 101, 101), (100, 102, 99, 101)]
STARTED = [(1, "buy", 100, 2.5, ""), (1, "buy", 100, 2.5, "")]

CASES: dict[str, tuple[dict[str, Any], Any, Fills]] = {
    "buys at a line, sells one higher, and buys again": (
        PLAIN,
        [*START, (101, 106, 101, 105.5), (105.5, 111, 105, 110.5), (110, 110, 99, 99.5),
         *flat(99.5)],
        [
            *STARTED,
            (2, "sell", 105, 2.5, "take_profit"),
            (3, "sell", 110, 2.5, "take_profit"),
            (4, "buy", 105, 2.381, ""), (4, "buy", 100, 2.5, ""),
            (5, "sell", 99.5, 4.881, "end_of_data"),
        ],
    ),
    "with its profit when it reinvests": (
        PLAIN | {"reinvest": True},
        [*START, (101, 106, 101, 105.5), (105, 105, 99, 99.5), *flat(99.5)],
        [
            *STARTED, (2, "sell", 105, 2.5, "take_profit"), (3, "buy", 100, 2.625, ""),
            (4, "sell", 99.5, 5.125, "end_of_data"),
        ],
    ),
    "starts with money alone above its range, with coins alone below it": (
        PLAIN,
        [*flat(120, 119), (119, 119, 104, 106), *flat(106)],
        [(2, "buy", 110 - 5, 2.381, ""), (3, "sell", 106, 2.381, "end_of_data")],
    ),
    "below the range every cell begins with coins": (
        PLAIN,
        [*flat(80, 80), (80, 96, 80, 95.5), *flat(95.5)],
        [(1, "buy", 80, 12.5, ""), (2, "sell", 95, 3.125, "take_profit"),
         (3, "sell", 95.5, 9.375, "end_of_data")],
    ),
    "a close at the stop price sells everything, and nothing is bought after it": (
        PLAIN | {"stop": 85.0},
        [*START, (101, 101, 84, 85), *flat(84), (84, 112, 84, 112), *flat(95)],
        [
            *STARTED, (2, "buy", 95, 2.6316, ""), (2, "buy", 90, 2.7778, ""),
            (3, "sell", 84, 10.4094, "signal"),
        ],
    ),
    "at a close above the take-profit price it ends": (
        PLAIN | {"take": 112.0},
        [*START, (101, 113, 101, 112), (112, 112, 99, 99), *flat(90)],
        [*STARTED, (2, "sell", 105, 2.5, "take_profit"), (2, "sell", 110, 2.5, "take_profit")],
    ),
    "trailing, the lowest cell moves to the top": (
        PLAIN | {"trailing": True},
        # At 115, a step above 110, the cell from 90 to 95 becomes the one from 110 to 115.
        [*START, (101, 116, 101, 115), (115, 115, 109, 111), (111, 116, 111, 115.5),
         (115.5, 115.5, 88, 89), *flat(89)],
        [
            *STARTED, (2, "sell", 105, 2.5, "take_profit"), (2, "sell", 110, 2.5, "take_profit"),
            (3, "buy", 110, 2.2727, ""), (4, "sell", 115, 2.2727, "take_profit"),
            (5, "buy", 110, 2.2727, ""), (5, "buy", 105, 2.381, ""), (5, "buy", 100, 2.5, ""),
            (5, "buy", 95, 2.6316, ""), (6, "sell", 89, 9.7853, "end_of_data"),
        ],
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_fills_worked_out_by_hand(case: str) -> None:
    given, rows, expected = CASES[case]
    assert fills(play("grid", given, rows)[0]) == expected


def test_lines_of_a_geometric_grid_are_equal_steps_in_percent() -> None:
    values = {"spacing": "geometric", "lower": 100.0, "upper": 400.0, "levels": 3}
    assert [line(values, k) for k in range(4)] == pytest.approx([100, 200, 400, 800])


@pytest.mark.parametrize("seed", range(12))
def test_on_any_walk_cells_are_the_money_and_the_coins(seed: int) -> None:
    given = {
        "spacing": ("arithmetic", "geometric")[seed % 2], "lower": 92.0, "upper": 108.0,
        "levels": 9 + seed % 4, "trailing": seed % 3 == 0, "reinvest": seed % 4 > 1,
        "stop": 70.0 if seed % 5 == 0 else None,
    }  # fmt: skip
    candles = walk(seed, volatility=0.012)
    result, state = play("grid", given, {BTC: candles}, costs=Costs(fee_rate=0.001))
    assert len(result.fills) > 8
    assert "no_cash" not in result.skipped
    money = sum(cell["money"] for cell in state["cells"])
    coins = sum(cell["coins"] for cell in state["cells"])
    assert coins == pytest.approx(0, abs=1e-9)  # sold at the data's end, and its money shared out
    assert money == pytest.approx(result.final_equity)
    cash, held = 1000.0, 0.0
    for fill in sorted(result.fills, key=lambda one: one.time_ms):
        sign = 1 if fill.side == "buy" else -1
        cash -= sign * fill.price * fill.quantity + fill.fee
        held += sign * fill.quantity
        assert cash >= -1e-6
        assert held >= -1e-9


@pytest.mark.parametrize("seed", [3, 4, 11])  # walks on which a position is a float less
def test_no_cell_waits_for_the_last_float_of_a_sale(seed: int) -> None:
    given = {"lower": 90.0, "upper": 106.0, "levels": 14}
    candles = walk(seed, 700, volatility=0.008)
    result, _ = play("grid", given, {BTC: candles}, costs=Costs(fee_rate=0.001))
    assert all(fill.quantity > 1e-6 for fill in result.fills)


def test_a_step_narrower_than_the_fees_is_refused_with_the_numbers() -> None:
    market = Market(fee=0.001)
    found = faults_of("grid", PLAIN | {"levels": 200}, market=market)
    assert "0.091%" in found["params.levels"]  # 110 / (110 - 20 / 199) - 1
    assert "0.200%" in found["params.levels"]
    assert faults_of("grid", PLAIN, market=market) == {}


@pytest.mark.parametrize(
    ("change", "path", "words"),
    [
        ({"lower": 120.0}, "lower", "120 must be below the highest line, 110"),
        ({"stop": 95.0}, "stop", "must be below the lowest line, 90"),
        ({"take": 100.0}, "take", "must be above the highest line, 110"),
        ({"levels": 1}, "levels", "from 2 to 200"),
        ({"levels": 69, "upper": 200.0}, "levels", "none below 15"),
        ({"spacing": "log"}, "spacing", "arithmetic, geometric"),
        ({"upper": float("nan")}, "upper", "must be a number"),
        ({"levels": 60}, "levels", "price step, 0.4;"),
    ],
)
def test_bad_parameters_are_named(change: dict[str, Any], path: str, words: str) -> None:
    market = Market(fee=0.0001, notional_min=15.0, price_step=0.4)
    found = faults_of("grid", PLAIN | change, market=market)
    assert words in found[f"params.{path}"]
