"""What a market's figures are computed from, and the registry they enter.

To add a figure, write one decorated function in a file of this folder; page, REST and the test of
the documentation read the registry, and the rows keep figures by key, so no migration is due.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal, NamedTuple

import numpy as np

from bots.core.indicators import ParamValue, compute
from exchanges.core.candles import DAY_MS, Candles
from foundation.lib.registry import Registry

# What the longest figure reads: 720 volatilities, each of 24 returns, and the close before them.
HOURS_KEPT = 24 + 720 + 1
CALM_MOST, RESTLESS_LEAST = 25.0, 75.0
SPARK_HOURS, SPARK_STEP = 168, 6

Unit = Literal["ratio", "fraction", "percentile", "percent_per_day", "percent_per_year"]
Scale = Literal["times", "dollars", "percent_per_million"]


class Quoted(NamedTuple):
    """The best bid and ask of one venue."""

    venue: str
    bid: float
    ask: float


@dataclass(frozen=True, slots=True, eq=False)
class Facts:
    """What is known of one market. candles: closed hours, ascending. None: not known.

    bitcoin: the same of bitcoin in dollars. dollars: for one of the quote currency. bid, ask,
    mark, spot: live prices in the quote currency, mark and spot of contracts only. funding: the
    rate longs pay at the next funding. quotes: of the same pair, on each venue that tells one.
    """

    candles: Candles
    bitcoin: Candles | None = None
    dollars: float | None = None
    bid: float | None = None
    ask: float | None = None
    mark: float | None = None
    spot: float | None = None
    funding: float | None = None
    quotes: tuple[Quoted, ...] = ()

    def newest(self, key: str, output: str = "value", **params: ParamValue) -> float | None:
        """An indicator's value on the newest candle: the same one that strategies read."""
        if not len(self.candles):
            return None
        return finite(compute(key, self.candles, params)[output][-1])


Formula = Callable[[Facts], Any]


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure. doc: what it means, its formula and source; needs: without what it is unknown."""

    key: str
    label: str
    unit: Unit | Scale
    needs: str
    formula: Formula
    doc: str

    def of(self, facts: Facts) -> float | None:
        """Its value on these facts; None where it has none."""
        return finite(self.formula(facts))

    @property
    def anchor(self) -> str:
        """Where page and documentation explain it."""
        return self.key.replace("_", "-")


FIGURES: Registry[Figure] = Registry("figure")


def figure(label: str, *, unit: Unit | Scale, needs: str) -> Callable[[Formula], Formula]:
    """Registers a formula under its own name; its docstring says what it means and whose it is."""

    def register(formula: Formula) -> Formula:
        key = formula.__name__
        doc = " ".join((formula.__doc__ or "").split())
        FIGURES.add(key, Figure(key, label, unit, needs, formula, doc))
        return formula

    return register


def finite(value: Any) -> float | None:
    """A number that JSON knows, or None."""
    try:
        number = None if value is None else float(value)
    except (TypeError, ValueError):
        return None
    return number if number is not None and math.isfinite(number) else None


def positive(value: Any) -> float | None:
    """A price, or None for what cannot be one."""
    number = finite(value)
    return number if number is not None and number > 0 else None


def make_facts(
    candles: Candles,
    *,
    bitcoin: Candles | None = None,
    dollars: Decimal | None = None,
    ticker: Mapping[str, Any] | None = None,
    spot: Any = None,
    funding: Decimal | None = None,
    is_contract: bool = False,
    quotes: tuple[Quoted, ...] = (),
) -> Facts:
    """Facts of amounts as they are stored and told; what is no price is not known."""
    told = ticker or {}
    return Facts(
        candles=candles,
        bitcoin=bitcoin,
        dollars=positive(dollars),
        bid=positive(told.get("bid")),
        ask=positive(told.get("ask")),
        mark=positive(told.get("mark") or told.get("last")) if is_contract else None,
        spot=positive(spot) if is_contract else None,
        funding=finite(funding) if is_contract else None,
        quotes=quotes,
    )


def quoted(venue: str, ticker: Mapping[str, Any]) -> Quoted | None:
    """A venue's best bid and ask, where it tells both and they do not cross."""
    bid, ask = positive(ticker.get("bid")), positive(ticker.get("ask"))
    return Quoted(venue, bid, ask) if bid and ask and bid <= ask else None


def recent(candles: Candles) -> Candles:
    """The last hours that figures read; what came before a hole of more than a day is left out."""
    holes = np.flatnonzero(np.diff(candles.open_time_ms) > DAY_MS)
    first = int(holes[-1]) + 1 if holes.size else 0
    return candles.slice(max(first, len(candles) - HOURS_KEPT), len(candles))


def regime(percentile: float | None) -> str:
    """low, normal or high by the volatility percentile; "" where that is not known."""
    if percentile is None:
        return ""
    return "low" if percentile < CALM_MOST else "high" if percentile > RESTLESS_LEAST else "normal"


def spark_of(candles: Candles) -> list[float]:
    """Every sixth close of the last week, the newest last: a line for a table."""
    closes: list[float] = candles.close[-SPARK_HOURS:][::-SPARK_STEP][::-1].tolist()
    return closes
