"""Leveraged positions end where their margin does, never beyond."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from backtesting.tests.core.playing import MINUTE_MS, START_MS, Row, minute_of, play
from bots.core.engine.series import Funding
from exchanges.core.costs import Costs

FLAT: Row = (100, 100, 100, 100, "")
BUY: Row = (100, 100, 100, 100, "b")
SHORT: Row = (100, 100, 100, 100, "h")
BTC = "BTC/USDT"
# 1000 at 10x: 100 pieces at 100, notional 10,000, first tier (0.4 %, amount 0).
LONG_LIQUIDATION = (100 * 100 - 1000) / (100 * (1 - 0.004))
SHORT_LIQUIDATION = (100 * 100 + 1000) / (100 * (1 + 0.004))
LONG_BANKRUPTCY, SHORT_BANKRUPTCY = 90, 110

# first signal, candle, risk -> exit price, reason, why.
CASES: list[tuple[str, Row, dict[str, Any], float, str, str]] = [
    ("b", (95, 95, 90.2, 94, ""), {}, LONG_LIQUIDATION, "liquidation", "low beyond it"),
    ("b", (95, 95, 90.5, 94, ""), {}, 100, "end_of_data", "low above it"),
    ("b", (90.2, 95, 90, 94, ""), {}, 90.2, "liquidation", "gap: at the open"),
    ("b", (80, 95, 80, 94, ""), {}, LONG_BANKRUPTCY, "liquidation", "gap beyond bankruptcy"),
    ("b", (99, 99, 85, 86, ""), {"stop_loss": 0.05}, 95, "stop_loss", "the stop is nearer"),
    ("b", (99, 99, 85, 86, ""), {"stop_loss": 0.2}, LONG_LIQUIDATION, "liquidation",
     "liquidation is nearer"),
    ("b", (85, 99, 85, 86, ""), {"stop_loss": 0.05}, LONG_BANKRUPTCY, "liquidation",
     "open beyond liquidation: liquidated, whatever the stop"),
    ("b", (94, 99, 94, 96, ""), {"stop_loss": 0.05}, 94, "stop_loss", "gap between the two"),
    ("b", (99, 120, 90, 96, ""), {"take_profit": 0.1}, LONG_LIQUIDATION, "liquidation",
     "before the take-profit"),
    ("h", (105, 109.8, 105, 106, ""), {}, SHORT_LIQUIDATION, "liquidation", "short: above"),
    ("h", (105, 109.5, 105, 106, ""), {}, 100, "end_of_data", "short: high below it"),
    ("h", (130, 130, 105, 106, ""), {}, SHORT_BANKRUPTCY, "liquidation", "short: gap"),
    ("h", (101, 115, 101, 106, ""), {"stop_loss": 0.05}, 105, "stop_loss", "short: stop nearer"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("signal", "row", "risk", "price", "reason", "why"), CASES, ids=[case[5] for case in CASES]
)
def test_liquidation(
    signal: str, row: Row, risk: dict[str, Any], price: float, reason: str, why: str
) -> None:
    rows = [(100, 100, 100, 100, signal), FLAT, row, FLAT]
    (trade,) = play({BTC: rows}, leverage=10, **risk).trades
    assert trade.exit_reason == reason, why
    assert trade.exit_price == pytest.approx(price, rel=1e-12), why
    if reason == "liquidation":
        assert trade.pnl == pytest.approx(-1000), "the whole margin"


def test_a_pending_exit_cannot_outrun_the_liquidation() -> None:
    rows = [BUY, FLAT, (100, 100, 100, 100, "s"), (85, 85, 85, 85, ""), FLAT]
    (trade,) = play({BTC: rows}, leverage=10).trades
    assert (trade.exit_reason, minute_of(trade.exit_time_ms)) == ("liquidation", 3)


def test_fees_of_a_liquidation() -> None:
    costs = Costs(fee_rate=0.001)
    result = play({BTC: [BUY, FLAT, (95, 95, 85, 90, ""), FLAT]}, costs=costs, leverage=10)
    (trade,) = result.trades
    quantity = 1000 / (100 * (1 / 10 + 0.001))
    margin, entry_fee = quantity * 10, quantity * 100 * 0.001
    assert trade.quantity == pytest.approx(quantity)
    assert trade.pnl == pytest.approx(-margin - entry_fee)
    left = margin + quantity * (trade.exit_price - 100)
    wanted = min(quantity * trade.exit_price * 0.005, left)
    assert trade.fees == pytest.approx(entry_fee + wanted)
    assert result.final_equity == pytest.approx(0, abs=1e-9)


def test_a_short_without_leverage_can_be_liquidated_a_long_cannot() -> None:
    crash: Row = (100, 100, 0.5, 0.5, "")
    soar: Row = (100, 300, 100, 250, "")
    (long,) = play({BTC: [BUY, FLAT, crash]}).trades
    (short,) = play({BTC: [SHORT, FLAT, soar, FLAT]}).trades
    assert long.exit_reason == "end_of_data"
    assert short.exit_reason == "liquidation"
    assert short.exit_price == pytest.approx(2000 / (10 * 1.004))
    assert short.pnl == pytest.approx(-1000)


def test_slippage_takes_no_more_than_the_margin() -> None:
    rows = [BUY, FLAT, (100, 100, 100, 100, "s"), (91, 91, 91, 91, ""), FLAT]
    result = play({BTC: rows}, leverage=10, costs=Costs(fee_rate=0.0, slippage=0.1))
    assert result.final_equity >= 0
    assert min(result.equity) >= 0


def test_funding_eats_the_margin_and_moves_the_liquidation_price() -> None:
    due = Funding(np.array([START_MS + 3 * MINUTE_MS], np.int64), np.array([0.03]))
    row: Row = (95, 95, 93, 94, "")
    quiet = play({BTC: [BUY, FLAT, FLAT, row, FLAT]}, leverage=10)
    paid = play({BTC: [BUY, FLAT, FLAT, row, FLAT]}, leverage=10, funding={BTC: due})
    assert quiet.trades[0].exit_reason == "end_of_data"
    assert paid.trades[0].exit_reason == "liquidation"
    # 1000 - 0.03 x 10,000 is left as margin.
    assert paid.trades[0].exit_price == pytest.approx((10_000 - 700) / (100 * 0.996))
    assert paid.trades[0].pnl == pytest.approx(-1000)
    assert paid.trades[0].funding == pytest.approx(300)
