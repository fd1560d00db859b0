"""When and at which price things fill: a row per rule of docs/semantics.md, section 3."""

from __future__ import annotations

from typing import Any

import pytest

from backtesting.tests.core.playing import Row, minute_of, mirrored, play
from exchanges.core.costs import Costs

FLAT = (100, 100, 100, 100, "")
BUY = (100, 100, 100, 100, "b")

# risk, candles from the second on (the first one buys at its close, the entry is at 100),
# trades: (entry candle, exit candle, exit price, reason), why.
Case = tuple[dict[str, Any], list[Row], list[tuple[int, int, float, str]], str]
STOP: dict[str, Any] = {"stop_loss": 0.02}
TARGET: dict[str, Any] = {"take_profit": 0.04}
BOTH = STOP | TARGET
TRAIL: dict[str, Any] = {"trailing_stop": 0.02}
CASES: list[Case] = [
    ({}, [FLAT, (100, 100, 100, 100, "s"), (103, 104, 102, 103, ""), FLAT],
     [(1, 3, 103, "signal")], "what a close decides fills at the next open"),
    ({}, [FLAT, FLAT, (100, 105, 99, 104, "")],
     [(1, 3, 104, "end_of_data")], "still open: closed at the last close"),
    ({}, [FLAT, (100, 105, 99, 104, "s")],
     [(1, 2, 104, "end_of_data")], "a decision at the last close is too late"),
    ({}, [(100, 101, 99, 104, "")], [], "the last candle opens nothing"),
    ({}, [(100, 101, 99, 100, "s"), FLAT, FLAT],
     [(1, 2, 100, "signal")], "the entry candle's close may already decide the exit"),
    (STOP, [FLAT, (99, 99, 98, 99, ""), FLAT],
     [(1, 2, 98, "stop_loss")], "low at the stop: touched"),
    (STOP, [FLAT, (99, 99, 98.01, 99, ""), FLAT],
     [(1, 3, 100, "end_of_data")], "low just above the stop: not touched"),
    (STOP, [FLAT, (97, 97.5, 96, 97, ""), FLAT],
     [(1, 2, 97, "stop_loss")], "gap below the stop: at the open"),
    (STOP, [(100, 100, 97, 98, ""), FLAT, FLAT],
     [(1, 1, 98, "stop_loss")], "the stop is live on the entry candle"),
    (TARGET, [FLAT, (101, 104, 101, 102, ""), FLAT],
     [(1, 2, 104, "take_profit")], "high at the target: touched"),
    (TARGET, [FLAT, (105, 106, 104.5, 105, ""), FLAT],
     [(1, 2, 105, "take_profit")], "gap above the target: at the better open"),
    (TARGET, [(100, 104.5, 100, 101, ""), FLAT, FLAT],
     [(1, 1, 104, "take_profit")], "the target is live on the entry candle"),
    (BOTH, [FLAT, (100, 105, 97, 100, ""), FLAT],
     [(1, 2, 98, "stop_loss")], "both touched: counts as stopped"),
    (BOTH, [FLAT, (105, 106, 97, 100, ""), FLAT],
     [(1, 2, 98, "stop_loss")], "open beyond the target, low at the stop: the stop is asked first"),
    (BOTH, [FLAT, (100, 100, 100, 100, "s"), (97, 105, 96, 100, ""), FLAT],
     [(1, 3, 97, "signal")], "a pending exit fills at the open before anything else"),
    (STOP, [FLAT, (99, 99, 97, 98, "b"), (100, 100, 100, 100, ""), FLAT],
     [(1, 2, 98, "stop_loss"), (3, 4, 100, "end_of_data")],
     "after a stop the same candle's close may decide an entry"),
    ({}, [FLAT, (100, 100, 100, 100, "s"), (100, 100, 100, 100, "b"), FLAT, FLAT],
     [(1, 3, 100, "signal"), (4, 5, 100, "end_of_data")],
     "the candle of the exit at the open may decide the next entry"),
    ({}, [(100, 100, 100, 100, "bs"), FLAT, FLAT],
     [(1, 2, 100, "signal")], "in a position only the exit condition counts"),
    (STOP, [FLAT, (99, 99, 97, 98, "")],
     [(1, 2, 98, "stop_loss")], "protective orders work in the last candle"),
    ({}, [FLAT, (100, 100, 100, 100, "s"), (103, 104, 102, 103, "")],
     [(1, 3, 103, "signal")], "a pending exit fills in the last candle"),
    (TRAIL, [FLAT, (100, 110, 100, 110, ""), (110, 110, 107.8, 108, ""), FLAT],
     [(1, 3, 107.8, "trailing_stop")], "trails the highest high before this candle"),
    (TRAIL, [(100, 110, 98.5, 109, ""), (109, 109, 107.8, 108, ""), FLAT],
     [(1, 2, 107.8, "trailing_stop")], "the entry candle's high counts afterwards"),
    (TRAIL, [(100, 130, 98.1, 120, ""), (127, 128, 127, 128, ""), FLAT],
     [(1, 2, 127, "trailing_stop")], "on the entry candle itself only the fill price counts"),
    (TRAIL, [(100, 100, 98, 99, ""), FLAT, FLAT],
     [(1, 1, 98, "trailing_stop")], "the trailing stop is live on the entry candle"),
    (TRAIL, [FLAT, (100, 110, 100, 110, ""), (107, 107, 106, 107, ""), FLAT],
     [(1, 3, 107, "trailing_stop")], "gap below the trailing stop: at the open"),
    ({"stop_loss": 0.01, "trailing_stop": 0.05}, [FLAT, (100, 100, 98, 99, ""), FLAT],
     [(1, 2, 99, "stop_loss")], "the nearer of both stops, and its reason"),
    ({"stop_loss": 0.01, "trailing_stop": 0.05},
     [FLAT, (100, 120, 100, 120, ""), (120, 120, 110, 115, ""), FLAT],
     [(1, 3, 114, "trailing_stop")], "the trailing stop once it is nearer"),
    ({"stop_loss": 0.02, "trailing_stop": 0.02}, [FLAT, (100, 100, 98, 99, ""), FLAT],
     [(1, 2, 98, "stop_loss")], "equal prices: the stop-loss"),
]  # fmt: skip

# A fraction of a best price that has moved is not its mirror image; SHORT_TRAILS has those.
MIRRORED = [c for c in CASES if "trailing_stop" not in c[0] or c[2][0][2] < 100]


def check(rows: list[Row], risk: dict[str, Any], wanted: list[Any], side: str, why: str) -> None:
    result = play({"BTC/USDT": rows}, **risk)
    found = [
        (minute_of(t.entry_time_ms), minute_of(t.exit_time_ms), t.exit_price, t.exit_reason)
        for t in result.trades
    ]
    assert len(found) == len(wanted), why
    for trade, (entry, leave, price, reason) in zip(found, wanted, strict=True):
        assert trade == (entry, leave, pytest.approx(price, abs=1e-9), reason), why
    assert {t.side for t in result.trades} <= {side}


@pytest.mark.parametrize(("risk", "rows", "wanted", "why"), CASES, ids=[case[3] for case in CASES])
def test_long(risk: dict[str, Any], rows: list[Row], wanted: list[Any], why: str) -> None:
    check([BUY, *rows], risk, wanted, "long", why)


@pytest.mark.parametrize(("risk", "rows", "wanted", "why"), MIRRORED, ids=[c[3] for c in MIRRORED])
def test_short_mirrors_it(
    risk: dict[str, Any], rows: list[Row], wanted: list[Any], why: str
) -> None:
    turned = [(entry, leave, 200 - price, reason) for entry, leave, price, reason in wanted]
    check(mirrored([BUY, *rows]), risk, turned, "short", why)


SHORT = (100, 100, 100, 100, "h")
SHORT_TRAILS: list[Case] = [
    (TRAIL, [FLAT, (100, 100, 90, 90, ""), (90, 91.8, 90, 91, ""), FLAT],
     [(1, 3, 91.8, "trailing_stop")], "trails the lowest low before this candle"),
    (TRAIL, [(100, 101.9, 80, 81, ""), (81.5, 81.6, 81, 81, ""), FLAT],
     [(1, 2, 81.6, "trailing_stop")], "the entry candle's low counts afterwards"),
    (TRAIL, [FLAT, (100, 100, 90, 90, ""), (93, 94, 93, 94, ""), FLAT],
     [(1, 3, 93, "trailing_stop")], "gap above the trailing stop: at the open"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("risk", "rows", "wanted", "why"), SHORT_TRAILS, ids=[c[3] for c in SHORT_TRAILS]
)
def test_short_trails(risk: dict[str, Any], rows: list[Row], wanted: list[Any], why: str) -> None:
    check([SHORT, *rows], risk, wanted, "short", why)


# first signal, risk, candles after it, entry price, exit price: slippage is 1 %.
SLIPS = [
    ("b", {}, [FLAT, (100, 100, 100, 100, "s"), FLAT, FLAT], 101, 99, "market orders slip"),
    ("h", {}, [FLAT, (100, 100, 100, 100, "c"), FLAT, FLAT], 99, 101, "short: sells, then buys"),
    ("b", STOP, [FLAT, (100, 100, 90, 95, ""), FLAT], 101, 98.98 * 0.99, "a stop slips"),
    ("b", STOP, [FLAT, (100, 100, 98.5, 99, ""), FLAT], 101, 98.5, "but never below the low"),
    ("h", STOP, [FLAT, (100, 110, 100, 105, ""), FLAT], 99, 100.98 * 1.01, "short: slips up"),
    ("h", STOP, [FLAT, (100, 101.5, 100, 101, ""), FLAT], 99, 101.5, "but never above the high"),
    ("b", STOP, [FLAT, (98, 98, 90, 95, ""), FLAT], 101, 98, "a gap fills at the very open"),
    ("b", TARGET, [FLAT, (100, 110, 100, 105, ""), FLAT], 101, 105.04, "a target never slips"),
    ("b", {}, [FLAT, FLAT], 101, 100, "the end of the data does not slip"),
]


@pytest.mark.parametrize(
    ("signal", "risk", "rows", "entry", "leave", "why"), SLIPS, ids=[s[5] for s in SLIPS]
)
def test_slippage(
    signal: str, risk: dict[str, Any], rows: list[Row], entry: float, leave: float, why: str
) -> None:
    first = (100, 100, 100, 100, signal)
    costs = Costs(fee_rate=0.0, slippage=0.01)
    (trade,) = play({"BTC/USDT": [first, *rows]}, costs=costs, **risk).trades
    assert trade.entry_price == pytest.approx(entry), why
    assert trade.exit_price == pytest.approx(leave), why


# conditions at the first close while flat -> side of the trade, if any.
FLAT_DECISIONS = [
    ("b", "long"), ("h", "short"), ("bs", None), ("hc", None), ("bh", None), ("bhc", None),
    ("bc", "long"), ("hs", "short"), ("s", None), ("c", None), ("bshc", None), ("bsh", None),
]  # fmt: skip


@pytest.mark.parametrize(("codes", "side"), FLAT_DECISIONS)
def test_contradicting_conditions_open_nothing(codes: str, side: str | None) -> None:
    result = play({"BTC/USDT": [(100, 100, 100, 100, codes), FLAT, FLAT]})
    assert [trade.side for trade in result.trades] == ([side] if side else [])


# cooldown, minute of the second entry: stopped in candle 2, buy at every close.
@pytest.mark.parametrize(("cooldown", "entry"), [(0, 3), (1, 4), (2, 5), (3, 6)])
def test_cooldown(cooldown: int, entry: int) -> None:
    calm, fall = (100, 100, 100, 100, "b"), (99, 99, 97, 98, "b")
    rows = [calm, calm, fall, *[calm] * 6]
    trades = play({"BTC/USDT": rows}, stop_loss=0.02, cooldown_candles=cooldown).trades
    assert [minute_of(trade.entry_time_ms) for trade in trades] == [1, entry]
