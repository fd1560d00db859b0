"""Metrics by hand and by tables of others."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots.core.metrics import METRICS, Record, summarise
from bots.core.metrics.base import DAY_MS
from bots.core.metrics.returns import annual_growth

GOLDEN = Path(__file__).parents[4] / "shared" / "golden"
START_MS = 1_704_067_200_000
KEYS = """total_return cagr annual_volatility sharpe sortino calmar max_drawdown
max_drawdown_duration exposure total_trades win_rate profit_factor expectancy sqn average_win
average_loss best_trade worst_trade longest_winning_streak longest_losing_streak fees_paid
funding_paid buy_and_hold_return value_at_risk_95 ulcer_index daily_profit""".split()


def record(
    equity: list[float], *, cash: float = 100.0, every_ms: int = DAY_MS, pnl: Any = (), **rest: Any
) -> Record:
    """Marks at every `every_ms`; trades of 100 margin each."""
    profits = np.array(pnl, np.float64)
    return Record(
        start_ms=START_MS,
        time_ms=START_MS + every_ms * np.arange(1, len(equity) + 1),
        equity=np.array(equity, np.float64),
        cash=cash,
        pnl=profits,
        returns=profits / 100,
        fees=np.full(profits.size, 0.5),
        funding=np.full(profits.size, -0.25),
        **rest,
    )


def value(key: str, *args: Any, **kwargs: Any) -> Any:
    return summarise(record(*args, **kwargs))[key]


def test_every_metric_of_the_semantics_is_there_and_explained() -> None:
    assert sorted(METRICS) == sorted(KEYS)
    assert all(metric.doc and metric.label and metric.unit for metric in METRICS.values())


# key, daily equity from a cash of 100, expected, why
CURVES = [
    ("total_return", [110, 121], 0.21, "last / cash - 1"),
    ("cagr", [121] * 730, 0.1, "two years: the square root"),
    ("cagr", [0] * 10, -1, "all lost"),
    ("annual_volatility", [100, 110, 99], math.sqrt(365 * 0.02), "sample deviation of +-10 %"),
    ("annual_volatility", [100, 100, 100], 0, "no movement is a value"),
    ("annual_volatility", [100, 110], None, "one return has no deviation"),
    ("sharpe", [100, 110, 99, 108.9], math.sqrt(365) * (0.1 / 3) / math.sqrt(0.04 / 3), "by hand"),
    ("sharpe", [100, 110, 121, 133.1], None, "no variance"),
    ("sharpe", [100, 100, 100], None, "no variance"),
    ("sortino", [100, 110, 99, 108.9], math.sqrt(365) * (0.1 / 3) / math.sqrt(0.01 / 3), "by hand"),
    ("sortino", [100, 110, 121], None, "never down"),
    ("max_drawdown", [100, 120, 90, 130, 117], -0.25, "90 after 120"),
    ("max_drawdown", [80, 90], -0.2, "the cash is the first peak"),
    ("max_drawdown", [100, 110], 0, "never down is a value"),
    ("max_drawdown_duration", [100, 120, 90, 110, 120, 100], 3 * DAY_MS, "until it is back"),
    ("max_drawdown_duration", [120, 110, 110, 110], 3 * DAY_MS, "until the end"),
    ("max_drawdown_duration", [90, 100, 110], 2 * DAY_MS, "from the start"),
    ("max_drawdown_duration", [100, 110, 110, 120], 0, "standing still is no drawdown"),
    ("calmar", [50] + [121] * 729, 0.1 / 0.5, "growth by the deepest fall"),
    ("calmar", [110, 121], None, "no fall"),
    ("ulcer_index", [100, 90, 100, 80], math.sqrt((0.01 + 0.04) / 4), "root mean square"),
    ("value_at_risk_95", [100, 90, 99, 99], -0.09, "5th percentile of -0.1, 0, 0.1"),
    ("value_at_risk_95", [100], None, "no return"),
]  # fmt: skip


@pytest.mark.parametrize(("key", "equity", "expected", "why"), CURVES)
def test_curves(key: str, equity: list[float], expected: float | None, why: str) -> None:
    found = value(key, equity)
    assert (found is None) if expected is None else found == pytest.approx(expected, abs=1e-12), why


PROFITS = [100, 200, 50, -150, 300, -100, 80, -30]
# key, profits, expected, why; a margin of 100 each
TRADES = [
    ("total_trades", PROFITS, 8, ""),
    ("total_trades", [], 0, "none is a value"),
    ("win_rate", PROFITS, 5 / 8, ""),
    ("win_rate", [0, 1], 0.5, "nothing won is not won"),
    ("win_rate", [], None, ""),
    ("profit_factor", PROFITS, 730 / 280, ""),
    ("profit_factor", [1, 2], None, "no loss: not infinity"),
    ("profit_factor", [-1, -2], 0, ""),
    ("expectancy", PROFITS, 0.5625, "win rate x average win - loss rate x average loss"),
    ("sqn", [1, 3], math.sqrt(2) * 0.02 / math.sqrt(0.0002), ""),
    ("sqn", [2, 2], None, "no variance"),
    ("average_win", PROFITS, 7.3 / 5, ""),
    ("average_loss", PROFITS, -2.8 / 3, ""),
    ("average_loss", [1], None, ""),
    ("best_trade", PROFITS, 3, ""),
    ("worst_trade", PROFITS, -1.5, ""),
    ("worst_trade", [], None, ""),
    ("longest_winning_streak", PROFITS, 3, ""),
    ("longest_losing_streak", [-1, 0, -1, -1, 2], 2, ""),
    ("longest_losing_streak", [1], 0, ""),
    ("longest_winning_streak", [], None, ""),
    ("fees_paid", [1, 1], 1, ""),
    ("funding_paid", [1, 1], -0.5, ""),
]  # fmt: skip


@pytest.mark.parametrize(("key", "profits", "expected", "why"), TRADES)
def test_trades(key: str, profits: list[float], expected: float | None, why: str) -> None:
    found = value(key, [100, 101], pnl=profits)
    assert (found is None) if expected is None else found == pytest.approx(expected), why


def test_days_end_at_midnight_utc_and_missing_days_stand_still() -> None:
    hour_ms = DAY_MS // 24
    times = np.array([23, 24, 25, 48, 24 * 4 + 1]) * hour_ms + START_MS
    equity = np.array([100.0, 110, 99, 121, 60.5])
    one = record([1] * 5)
    fields = vars(one) | {"time_ms": times, "equity": equity}
    moved = Record(**{key: fields[key] for key in Record.__dataclass_fields__})
    assert moved.daily_equity.tolist() == [110, 121, 121, 121, 60.5]
    assert moved.daily_returns.tolist() == pytest.approx([0.1, 0, 0, -0.5])
    assert summarise(moved)["daily_profit"] == [
        {"date": "2024-01-01", "profit": 10.0},
        {"date": "2024-01-02", "profit": 11.0},
        {"date": "2024-01-05", "profit": -60.5},
    ]


@given(
    st.lists(st.floats(0, 1e6), min_size=1, max_size=40),
    st.lists(st.floats(-1e3, 1e3), max_size=10),
    st.sampled_from([60_000, 3_600_000, DAY_MS, 7 * DAY_MS]),
)
def test_metrics_are_always_plain_json(
    equity: list[float], profits: list[float], every_ms: int
) -> None:
    found = summarise(record(equity, pnl=profits, every_ms=every_ms))
    json.dumps(found, allow_nan=False)
    assert found["max_drawdown"] <= 0
    assert (found["win_rate"] is None) == (not profits)


def test_an_empty_record_has_no_values() -> None:
    assert set(summarise(record([])).values()) == {None}


def golden(name: str) -> Any:
    path = GOLDEN / name
    if not path.exists():
        pytest.skip(f"{path.name} is not beside this checkout")
    return json.loads(path.read_text())


def of_returns(name: str, series: dict[str, Any]) -> Record:
    """A record whose daily returns are the named series; the first day is its first return."""
    returns = [0.0 if one is None else one for one in series[name]["values"]]
    return record((100 * np.cumprod(1 + np.array(returns))).tolist())


def table(metric: str) -> tuple[list[list[Any]], dict[str, Any]]:
    data = golden("return_metrics.json")
    (found,) = (one for one in data["tables"] if one["metric"] == metric)
    return [row for row in found["rows"] if row[-1] is not None], data["series"]


def test_max_drawdown_of_a_published_table() -> None:
    rows, series = table("max_drawdown")
    for name, expected in rows:
        assert summarise(of_returns(name, series))["max_drawdown"] == pytest.approx(
            expected, abs=1e-8
        )


def test_volatility_of_a_published_table() -> None:
    rows, series = table("annual_volatility")
    name, _, expected = next(row for row in rows if row[0] == "mixed_returns")
    # Their year has 252 days, and the first return there is empty, as before our first day.
    found = summarise(of_returns(name, series))["annual_volatility"]
    assert found == pytest.approx(expected * math.sqrt(365 / 252), abs=1e-8)


def test_growth_of_published_tables() -> None:
    rows, series = table("cagr")
    for name, period, expected in rows:
        if period != "daily" or name == "flat_line_1_tz":
            continue
        equity = of_returns(name, series).equity
        days = equity.size * 365 / 252
        assert annual_growth(100, float(equity[-1]), days) == pytest.approx(expected, abs=1e-8)
    for row in golden("trading_tables.json")["cagr"]["rows"]:
        found = annual_growth(row["start"], row["end"], row["days"])
        assert round(found or 0.0, 4) == row["expected"]


def test_expectancy_of_a_published_table() -> None:
    for row in golden("trading_tables.json")["expectancy"]["rows"]:
        found = summarise(record([100], pnl=row["profits"]))["expectancy"]
        assert found * 100 == pytest.approx(row["expectancy"])
