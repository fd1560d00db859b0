"""One indicator over stored candles, for charts and programs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bots.core.indicators import INDICATORS, Column, ParamValue, compute
from bots.core.strategy.beside import columns_of_indicator
from bots.core.strategy.indicator_specs import IndicatorSpec, read_source
from bots.core.strategy.params import read_params
from bots.core.strategy.reading import Faults
from bots.core.strategy.signals import warmup_of
from bots.selectors import beside
from exchanges.core.candles import TIME_MS_MAX, TIMEFRAME_MS, Candles
from exchanges.selectors import candles as stored
from exchanges.selectors import klines, markets
from exchanges.selectors.moments import parse_moment
from foundation.lib import moments
from foundation.lib.errors import BadInput, FieldFault, NotFound

ROWS_DEFAULT, ROWS_MAX = 500, 5000
FIELDS = (
    "venue", "symbol", "timeframe", "type", "params", "source", "start", "end", "limit",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Calculated:
    """The indicator's columns beside the open times of the candles they stand on."""

    asked: Asked
    candles: Candles
    columns: Mapping[str, Column]


@dataclass(frozen=True, slots=True)
class Asked:
    """A checked request; end_ms is exclusive."""

    venue: str
    symbol: str
    timeframe: str
    indicator: IndicatorSpec
    start_ms: int | None
    end_ms: int
    limit: int


def calculate(body: object) -> Calculated:
    """BadInput with every fault, NotFound without candles, or at most `limit` rows.

    From `start` on where it is given, otherwise the newest before `end`.
    """
    asked = read(body)
    indicator = asked.indicator
    names = columns_of_indicator(indicator)
    candles = beside.with_columns(names, asked.venue, asked.symbol, _with_warmup(asked))
    columns = compute(indicator.type, candles, dict(indicator.params), indicator.source or "close")
    first = 0
    if asked.start_ms is not None:
        first = int(candles.open_time_ms.searchsorted(asked.start_ms))
        last = min(len(candles), first + asked.limit)
    else:
        last = len(candles)
        first = max(0, last - asked.limit)
    if first >= last:
        raise BadInput(
            f"There are no {asked.timeframe} candles of {asked.symbol} in that range",
            [FieldFault("start", f"stored: {_stored_range(asked)}")],
        )
    shown = {name: column[first:last] for name, column in columns.items()}
    return Calculated(asked, candles.slice(first, last), shown)


def read(body: object) -> Asked:
    """The request with every field checked, or BadInput with every fault."""
    faults = Faults()
    fields = faults.fields("", body, FIELDS, required=("venue", "symbol", "timeframe", "type"))
    names = {key: faults.text(key, fields[key], 70) for key in ("venue", "symbol") if key in fields}
    timeframe = faults.choice("timeframe", fields.get("timeframe"), TIMEFRAME_MS, "timeframe")
    indicator = _read_indicator(faults, fields)
    limit = faults.whole("limit", fields.get("limit", ROWS_DEFAULT), 1, ROWS_MAX)
    start_ms, end_ms = (_read_time(faults, key, fields.get(key)) for key in ("start", "end"))
    if start_ms is not None and end_ms is not None and start_ms >= end_ms:
        faults.add("end", "must be after start")
    faults.raise_if_any("request")
    assert timeframe and indicator and limit
    venue, symbol = markets.clean_name(str(names["venue"]), str(names["symbol"]))
    return Asked(venue, symbol, timeframe, indicator, start_ms, end_ms or TIME_MS_MAX, limit)


def _read_indicator(faults: Faults, fields: Mapping[str, object]) -> IndicatorSpec | None:
    if "type" not in fields:
        return None
    key = faults.choice("type", fields["type"], INDICATORS, "indicator type")
    if key is None:
        return None
    kind = INDICATORS[key]
    params: dict[str, ParamValue] = read_params(faults, "params", fields.get("params"), kind)
    source = read_source(faults, "source", fields.get("source"), kind, {})
    return IndicatorSpec(key, key, tuple(params.items()), source, None)


def _read_time(faults: Faults, key: str, value: object) -> int | None:
    if value is None:
        return None
    try:
        return parse_moment(value)
    except ValueError as fault:
        faults.add(key, str(fault))
        return None


def _with_warmup(asked: Asked) -> Candles:
    """The candles asked for and those before them that the indicator needs to settle."""
    market = (asked.venue, asked.symbol, asked.timeframe)
    if stored.newest_closed(*market) is None:
        markets.get(asked.venue, asked.symbol)
        raise NotFound(f"there are no {asked.timeframe} candles of {asked.symbol}")
    warmup = warmup_of(asked.indicator, asked.timeframe)
    if warmup is None:  # a running total: from the very first candle
        return stored.load(*market, end_ms=asked.end_ms)
    if asked.start_ms is not None:
        from_ms = asked.start_ms - warmup * TIMEFRAME_MS[asked.timeframe]
        return stored.load(*market, start_ms=from_ms, end_ms=asked.end_ms)
    return klines.last(*market, end_ms=asked.end_ms, limit=warmup + asked.limit)


def _stored_range(asked: Asked) -> str:
    parts = [
        f"{moments.told(one.first_open_ms)} to {moments.told(one.last_open_ms)} ({one.timeframe})"
        for one in stored.coverage(asked.venue, asked.symbol)
    ]
    return ", ".join(parts)
