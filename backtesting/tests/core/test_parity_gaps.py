"""Each gap between a live run and its backtest gets its cause and its price."""

from __future__ import annotations

import pytest

from backtesting.core.parity import Cause, Happened, hold

MINUTE = 60_000
BUY = Happened(10 * MINUTE, "BTC/USDT", 1, 100.0, 2.0, 0.08)
SELL = Happened(20 * MINUTE, "BTC/USDT", -1, 110.0, 2.0, 0.088, "signal")

CASES = [
    ("the same", [BUY, SELL], [], None),
    ("bought dearer", [BUY._replace(price=101.0), SELL], [Cause.PRICE], 2.0),
    ("sold dearer", [BUY, SELL._replace(price=111.0)], [Cause.PRICE], -2.0),
    ("a candle later", [BUY._replace(time_ms=11 * MINUTE), SELL], [Cause.TIMING], 0.0),
    ("half of it", [BUY._replace(quantity=1.0, fee=0.04), SELL], [Cause.PRICE], None),
    ("another fee", [BUY._replace(fee=0.1), SELL], [Cause.FEE], 0.02),
    ("not at all", [BUY], [Cause.REJECTION], None),
    ("once too often", [BUY, SELL, SELL._replace(time_ms=50 * MINUTE)], [Cause.SIGNAL], None),
    ("another market", [BUY, SELL._replace(symbol="ETH/USDT")],
     [Cause.REJECTION, Cause.SIGNAL], None),
]  # fmt: skip


@pytest.mark.parametrize(("name", "live", "causes", "cost"), CASES)
def test_a_gap_has_its_cause_and_its_price(name, live, causes, cost):
    found = hold(
        [BUY, SELL], live, candle_ms=MINUTE, why=lambda _: (Cause.REJECTION, "Refused."),
    )  # fmt: skip
    assert [one.cause for one in found.gaps] == causes, name
    assert found.score == (1.0 if not causes else pytest.approx(found.same / max(2, len(live))))
    if cost is not None:
        assert found.gaps[0].cost == pytest.approx(cost)


def test_without_fills_there_is_no_score():
    found = hold([], [], candle_ms=MINUTE, why=lambda _: (Cause.SIGNAL, ""))
    assert found.score is None and found.gaps == ()


def test_a_tolerance_lets_a_real_price_pass():
    live = [BUY._replace(price=100.04), SELL]
    found = hold(
        [BUY, SELL], live, candle_ms=MINUTE, why=lambda _: (Cause.SIGNAL, ""),
        price_tolerance=0.0005,
    )  # fmt: skip
    assert found.gaps == ()
