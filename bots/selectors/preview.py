"""What a strategy that is being written would have said on the newest candles."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from bots.core.indicators import INDICATORS, Column
from bots.core.strategy.signals import Signals, signals
from bots.core.strategy.spec import NAMELESS, Spec, parse
from bots.core.strategy.wording import summary
from bots.selectors import beside
from bots.selectors.custom_indicators import resolved
from exchanges.core.candles import Candles
from exchanges.selectors import charts, klines
from foundation.lib.errors import BadInput

CANDLES_MAX = 5000
MARKERS_MAX = 400
LINES_MAX = 12
# side: what its marker says, and whether it buys.
SIDES = {
    "buy": ("buy", True),
    "sell": ("sell", False),
    "short": ("short", False),
    "cover": ("cover", True),
}


def preview(user: Any, spec: object, venue: str, symbol: str, candles: int) -> dict[str, Any]:
    """Its summary, faults, candles, indicator lines, and where its conditions were true.

    A spec with faults is no error here: it is being written. Nothing is stored.
    """
    try:
        parsed = parse(resolved(user, spec))
    except BadInput as fault:
        return {"faults": [{"path": one.path, "message": one.message} for one in fault.faults]}
    faults = [] if parsed.name.strip() else [{"path": NAMELESS.path, "message": NAMELESS.message}]
    answer: dict[str, Any] = {"faults": faults, "summary": summary(parsed), "candles": []}
    if not symbol:
        return answer | {"reason": "Choose a market to see the signals on its candles."}
    limit = max(1, min(candles, CANDLES_MAX))
    found = klines.last(venue, symbol, parsed.timeframe, end_ms=None, limit=limit)
    if not len(found):
        return answer | {"reason": f"There are no {parsed.timeframe} candles of {symbol} yet."}
    return answer | drawn(parsed, beside.attached(parsed, venue, symbol, found))


def drawn(spec: Spec, candles: Candles) -> dict[str, Any]:
    told = signals(spec, candles)
    sides = [name for name in SIDES if getattr(spec, f"{name}_conditions") is not None]
    return {
        "candles": charts.rows(candles),
        "lines": lines(spec, told),
        "markers": [mark for name in sides for mark in marks(told, name)],
        "counts": {SIDES[name][0]: int(getattr(told, name).sum()) for name in sides},
    }


def lines(spec: Spec, told: Signals) -> list[dict[str, Any]]:
    """Indicator columns to draw: over the price, or each indicator in a pane of its own."""
    times = told.candles.open_time_ms.tolist()
    types: Mapping[str, str] = {one.id: one.type for one in spec.indicators}
    drawn_lines = []
    for name, column in list(told.columns.items())[:LINES_MAX]:
        owner = name.split(".")[0]
        kind = INDICATORS[types[owner]]
        overlay = kind.overlay or (kind.is_formula and lies_on_price(column, told.candles))
        points = zip(times, column.tolist(), strict=True)
        drawn_lines.append(
            {
                "name": name,
                "pane": "" if overlay else owner,
                "points": [list(one) for one in points],
            }
        )
    return drawn_lines


def lies_on_price(column: Column, candles: Candles) -> bool:
    """Whether a formula gives prices: what lies among the candles is drawn over them."""
    known = column[np.isfinite(column)]
    if not known.size:
        return False
    return bool(candles.low.min() <= np.median(known) <= candles.high.max())


def marks(told: Signals, side: str) -> list[dict[str, Any]]:
    """One marker where a condition becomes true; the candles on which it stays true have none."""
    flags = getattr(told, side)
    began = flags & ~np.concatenate(([False], flags[:-1]))
    words, buys = SIDES[side]
    times = told.candles.open_time_ms[began].tolist()[-MARKERS_MAX:]
    return [{"id": f"{side}-{ms}", "time": ms, "text": words, "buys": buys} for ms in times]
