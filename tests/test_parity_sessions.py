"""A bot that is put away as JSON after every close trades as one that was never interrupted."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import numpy as np
from hypothesis import HealthCheck, assume, event, given, settings

from backtesting.core.run import make_series, make_task, order_of, run
from backtesting.tests.core.drawing_options import option_runs
from bots.core.engine.orders import Filled
from bots.core.engine.series import Series, timeline
from bots.core.engine.session import rule_session
from exchanges.core.costs import Costs
from exchanges.core.market import NO_RULES
from exchanges.core.matching import EXIT_REASONS

KEPT = 400  # candles


def until(series: Series, time_ms: int) -> Series:
    """What is known at the close of this candle, the newest candles of it."""
    end = int(np.searchsorted(series.candles.open_time_ms, time_ms, side="right"))
    first = max(0, end - KEPT)
    return replace(
        series,
        candles=series.candles.slice(first, end),
        codes=series.codes[first:end],
        funding=series.funding[first:end],
        volatility=series.volatility[first:end],
    )


def played(arguments: dict[str, Any]) -> list[Filled]:
    """Fills of a session that is taken up anew at every candle."""
    spec, rules = arguments["spec"], arguments.get("rules") or {}
    candles = arguments["candles"]
    whole = [
        make_series(spec, symbol, candles[symbol], rules.get(symbol, NO_RULES), None)
        for symbol in sorted(candles, key=lambda name: order_of(spec, name))
    ]
    times = timeline(whole).tolist()
    fills: list[Filled] = []
    state, seen_ms = None, times[0] - 1
    for time_ms in times:
        known = [until(one, time_ms) for one in whole]
        if not all(len(one.candles) for one in known):
            return []
        costs = arguments.get("costs") or Costs()
        task = make_task(spec, known, arguments["cash"], costs, lambda _: None)
        session = rule_session(task, state, seen_ms, contracts=True)
        step = session.candle(time_ms)
        fills += step.fills
        state, seen_ms = json.loads(json.dumps(session.state())), time_ms
    return fills


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(option_runs())
def test_put_away_after_every_close_it_trades_the_same(arguments: dict[str, Any]) -> None:
    arguments = {**arguments, "funding": None, "detail": None}
    assume(sum(len(one) for one in arguments["candles"].values()) < 400)
    fills = played(arguments)
    assume(fills)
    expected = run(engine="events", **arguments)
    columns = expected.fill_columns
    last = {symbol: int(one.open_time_ms[-1]) for symbol, one in arguments["candles"].items()}
    mine = [
        (one.symbol, one.time_ms, one.side, one.reason, one.price, one.quantity, one.fee)
        for one in fills
        if one.time_ms < min(last.values())
    ]
    assert columns is not None
    theirs = []
    for at in range(len(columns)):
        symbol = expected.symbols[int(columns.symbol[at])]
        time_ms = int(arguments["candles"][symbol].open_time_ms[int(columns.index[at])])
        reason = EXIT_REASONS[int(columns.reason[at])]
        numbers = (float(columns.price[at]), float(columns.quantity[at]), float(columns.fee[at]))
        if time_ms < min(last.values()):
            theirs.append((symbol, time_ms, int(columns.direction[at]), reason, *numbers))
    assert mine == theirs
    for reason in {one.reason for one in fills}:
        event(reason)
