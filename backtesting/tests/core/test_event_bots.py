"""A grid bot and a DCA bot against fills computed by hand."""

from __future__ import annotations

import pytest

from backtesting.tests.core.trading import BTC, play, table
from bots.core.engine.orders import BUY, SELL, Bracket, Filled
from bots.core.engine.view import View
from exchanges.core.costs import Costs


class Grid:
    """Buys one at each level; sells it two higher, and then buys again."""

    def __init__(self, levels: tuple[float, ...]) -> None:
        self.levels, self.started = levels, False

    def on_candle(self, view: View) -> None:
        if not self.started:
            self.started = True
            for level in self.levels:
                self.buy(view, level)

    def on_fill(self, view: View, filled: Filled) -> None:
        assert filled.order is not None
        level = float(filled.order.tag)
        if filled.side == BUY:
            view.send(BTC, SELL, 1.0, kind="limit", price=level + 2, tag=str(level))
        else:
            self.buy(view, level)

    def buy(self, view: View, level: float) -> None:
        view.send(BTC, BUY, 1.0, kind="limit", price=level, tag=str(level))


GRID_CANDLES = [
    (100.0, 100.0, 100.0, 100.0),
    (100.0, 101.0, 97.0, 99.0),  # through 98
    (99.0, 99.5, 95.0, 95.5),  # through 96
    (95.5, 101.0, 95.5, 100.5),  # through both sells, the nearer one first
    (100.5, 100.5, 98.0, 99.0),  # touches 98: not enough
    (97.0, 99.0, 96.5, 98.5),  # opens below 98: filled at the open
    (99.0, 101.0, 99.0, 100.5),
]


def test_a_grid_buys_low_and_sells_two_higher() -> None:
    costs = Costs(fee_rate=0.01, fee_rate_maker=0.001)
    result = play(Grid((98.0, 96.0)), GRID_CANDLES, costs=costs)
    assert table(result) == [
        (1, "buy", 98.0, 1.0, ""),
        (2, "buy", 96.0, 1.0, ""),
        (3, "sell", 98.0, 1.0, "take_profit"),
        (3, "sell", 100.0, 1.0, "take_profit"),
        (5, "buy", 97.0, 1.0, ""),
        (6, "sell", 100.0, 1.0, "take_profit"),
    ]
    first, second = result.trades
    assert (first.entry_price, first.exit_price, first.quantity) == (97.0, 99.0, 2.0)
    assert first.pnl == pytest.approx(4 - (98 + 96 + 98 + 100) * 0.001)
    assert second.pnl == pytest.approx(3 - (97 + 100) * 0.001)
    assert result.final_equity == pytest.approx(1000 + 7 - 0.589)
    # Held at the close of the candle in which two are bought at 97 on average: 2 x (95.5 - 97).
    assert result.equity[2] == pytest.approx(1000 - 3 - (98 + 96) * 0.001)
    assert result.exposure.tolist() == [0, 1, 1, 1, 0, 1, 1]
    assert result.metrics()["total_trades"] == 2


class Dca:
    """Buys one with a target 10 % above the average price, and two more 10 % lower."""

    def on_candle(self, view: View) -> None:
        if view.position(BTC).side == 0 and not view.open_orders(BTC):
            view.send(BTC, BUY, 1.0, bracket=Bracket(take_profit=0.1), tag="base")

    def on_fill(self, view: View, filled: Filled) -> None:
        if filled.order is not None and filled.order.tag == "base":
            lower = filled.price * 0.9
            view.send(BTC, BUY, 2.0, kind="limit", price=lower, with_position=True)


def test_dollar_cost_averaging_lowers_the_target() -> None:
    rows = [
        (100.0, 100.0, 100.0, 100.0),
        (100.0, 100.0, 99.0, 99.0),  # the base order: 1 at 100, target 110
        (95.0, 96.0, 88.0, 89.0),  # 2 at 90: the average is 93 1/3, the target 102 2/3
        (89.0, 103.0, 89.0, 101.0),
        (101.0, 112.0, 100.0, 111.5),  # a new round: 1 at 101, target 111.1; no second order filled
        (112.0, 112.0, 80.0, 80.0),  # the second order went with its position
        (80.0, 80.0, 80.0, 80.0),
    ]
    result = play(Dca(), rows)
    assert table(result) == [
        (1, "buy", 100.0, 1.0, ""),
        (2, "buy", 90.0, 2.0, ""),
        (3, "sell", round(280 * 1.1 / 3, 9), 3.0, "take_profit"),
        (4, "buy", 101.0, 1.0, ""),
        (4, "sell", 111.1, 1.0, "take_profit"),
        (5, "buy", 112.0, 1.0, ""),
        (6, "sell", 80.0, 1.0, "end_of_data"),
    ]
    assert [trade.pnl for trade in result.trades] == pytest.approx([28.0, 10.1, -32.0])
    assert result.trades[0].entry_price == pytest.approx(280 / 3)
