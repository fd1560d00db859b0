"""The indicators of a spec: checked parameters, chained sources, higher timeframes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bots.core.formula import indicator_calls
from bots.core.formula import parse as parse_formula
from bots.core.indicators import INDICATORS, SOURCES, Indicator, ParamValue
from bots.core.strategy.operands import resolve
from bots.core.strategy.params import read_params
from bots.core.strategy.reading import Faults, join, shown
from exchanges.core.candles import TIMEFRAME_MS

INDICATORS_MAX = 64
ID = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,31}")
SOURCE = re.compile(r"\s*([A-Za-z_][A-Za-z0-9_]*)(?:\.([A-Za-z0-9_]+))?\s*")


@dataclass(frozen=True, slots=True)
class IndicatorSpec:
    """One indicator of a strategy, with every parameter filled in.

    source: a name of SOURCES or another indicator's column; empty where the type reads fixed
    columns. timeframe: None for the strategy's own.
    """

    id: str
    type: str
    params: tuple[tuple[str, ParamValue], ...]
    source: str
    timeframe: str | None

    @property
    def source_id(self) -> str | None:
        """The id of the indicator it reads, or None when it reads candles."""
        name = self.source.split(".")[0]
        return name if name and name not in SOURCES else None


def read_indicators(
    faults: Faults, value: object, base_timeframe: str
) -> tuple[tuple[IndicatorSpec, ...], dict[str, tuple[str, ...]]]:
    """The indicators; and id -> outputs, empty where the type is unknown, for the conditions."""
    entries = faults.sequence("indicators", value, INDICATORS_MAX)
    outputs: dict[str, tuple[str, ...]] = {}
    for i, entry in enumerate(entries):
        _read_id(faults, f"indicators[{i}]", entry, outputs)
    good: list[tuple[str, IndicatorSpec]] = []
    for i, entry in enumerate(entries):
        path = f"indicators[{i}]"
        made = _read_indicator(faults, path, entry, outputs, base_timeframe)
        if made is not None:
            good.append((path, made))
    _check_sources(faults, good, base_timeframe)
    _check_formulas(faults, [made for _, made in good])
    return tuple(made for _, made in good), outputs


def _read_id(faults: Faults, path: str, entry: object, outputs: dict[str, tuple[str, ...]]) -> None:
    """Ids come first, since a source may name an indicator further down."""
    if not isinstance(entry, dict) or "id" not in entry:
        return
    path, found = join(path, "id"), entry["id"]
    if not isinstance(found, str) or not ID.fullmatch(found):
        faults.add(
            path,
            "must be a name of letters, digits and _ that begins with a letter (32 at most), "
            f"not {shown(found)}",
        )
    elif found in SOURCES:
        faults.add(path, f'"{found}" is the name of a price column; choose another')
    elif found in outputs:
        faults.add(path, f'"{found}" is used twice; give each indicator its own id')
    else:
        kind = entry.get("type")
        known = isinstance(kind, str) and kind in INDICATORS
        outputs[found] = INDICATORS[str(kind)].outputs if known else ()


def _read_indicator(
    faults: Faults,
    path: str,
    entry: object,
    outputs: Mapping[str, tuple[str, ...]],
    base_timeframe: str,
) -> IndicatorSpec | None:
    known = ("id", "type", "params", "source", "timeframe")
    fields = faults.fields(path, entry, known, required=("id", "type"))
    timeframe = _read_timeframe(faults, path, fields.get("timeframe"), base_timeframe)
    if "type" not in fields:
        return None
    key = faults.choice(join(path, "type"), fields["type"], INDICATORS, "indicator type")
    if key is None:
        return None
    kind = INDICATORS[key]
    before = len(faults.found)
    params = read_params(faults, join(path, "params"), fields.get("params"), kind)
    source = read_source(faults, join(path, "source"), fields.get("source"), kind, outputs)
    if len(faults.found) > before or not isinstance(fields.get("id"), str):
        return None
    return IndicatorSpec(fields["id"], key, tuple(params.items()), source, timeframe)


def read_source(
    faults: Faults,
    path: str,
    value: object,
    kind: Indicator,
    outputs: Mapping[str, tuple[str, ...]],
) -> str:
    """The column an indicator reads: a price, a mean of prices, or another indicator's output."""
    if not kind.takes_source:
        # "close" is what every editor sends by default, and changes nothing.
        if value not in (None, "close"):
            reads = ", ".join(kind.inputs)
            faults.add(path, f"{kind.key} always reads {reads}; remove the source")
        return ""
    if value is None:
        return "close"
    match = SOURCE.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        faults.add(
            path,
            f"must be one of {', '.join(SOURCES)} or another indicator's id, not {shown(value)}",
        )
        return ""
    return resolve(faults, path, match[1], match[2], outputs, SOURCES) or ""


def _read_timeframe(faults: Faults, path: str, value: object, base_timeframe: str) -> str | None:
    """None for the strategy's own timeframe; else one that its candles add up to."""
    if value is None:
        return None
    path = join(path, "timeframe")
    timeframe = faults.choice(path, value, TIMEFRAME_MS, "timeframe")
    if timeframe is None or base_timeframe not in TIMEFRAME_MS:
        return timeframe
    span_ms, base_ms = TIMEFRAME_MS[timeframe], TIMEFRAME_MS[base_timeframe]
    if span_ms < base_ms:
        faults.add(path, f"{timeframe} is shorter than the strategy's timeframe {base_timeframe}")
    elif span_ms % base_ms:
        faults.add(path, f"{timeframe} is no multiple of the strategy's timeframe {base_timeframe}")
    return timeframe


def _check_sources(
    faults: Faults, good: list[tuple[str, IndicatorSpec]], base_timeframe: str
) -> None:
    """No indicator may depend on itself, nor read one of another timeframe."""
    by_id = {made.id: made for _, made in good}
    for entry, made in good:
        path = join(entry, "source")
        read = by_id.get(made.source_id or "")
        if read is None:
            continue
        cycle = _cycle(made, by_id)
        if cycle:
            faults.add(path, f"goes round in a circle: {' -> '.join(cycle)}")
        own, other = made.timeframe or base_timeframe, read.timeframe or base_timeframe
        if own != other:
            faults.add(
                path, f'"{read.id}" is on {other} and this indicator on {own}; use one timeframe'
            )


def _check_formulas(faults: Faults, listed: list[IndicatorSpec]) -> None:
    """Behind few formulas many indicators may hide: together no more than could be listed."""
    written = [
        value for one in listed if INDICATORS[one.type].is_formula for _, value in one.params
    ]
    calls = sum(indicator_calls(parse_formula(text)) for text in written)
    if calls > INDICATORS_MAX:
        faults.add(
            "indicators",
            f"the formulas compute {calls} indicators; at most {INDICATORS_MAX} are allowed",
        )


def _cycle(start: IndicatorSpec, by_id: Mapping[str, IndicatorSpec]) -> list[str]:
    """The ids from this one back to itself, or nothing."""
    walked = [start.id]
    current: IndicatorSpec | None = start
    while current is not None and current.source_id:
        walked.append(current.source_id)
        if current.source_id == start.id:
            return walked
        if walked.count(current.source_id) > 1:
            return []
        current = by_id.get(current.source_id)
    return []


def indicator_to_json(made: IndicatorSpec) -> dict[str, Any]:
    """What read_indicators() reads back as the same IndicatorSpec."""
    data: dict[str, Any] = {"id": made.id, "type": made.type, "params": dict(made.params)}
    if made.source:
        data["source"] = made.source
    if made.timeframe is not None:
        data["timeframe"] = made.timeframe
    return data
