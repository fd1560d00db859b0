"""A strategy's spec: JSON -> Spec, or every fault with its JSON path (docs/semantics.md)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bots.core.strategy.conditions import (
    Condition,
    ConditionReader,
    condition_to_json,
)
from bots.core.strategy.indicator_specs import (
    IndicatorSpec,
    indicator_to_json,
    read_indicators,
)
from bots.core.strategy.reading import Faults, join, load, shown
from bots.core.strategy.risk_options import (
    FRACTION_HINT,
    OPTION_KEYS,
    EntryOrder,
    Protection,
    ScaleIn,
    ScaleOut,
    Sizing,
    options_to_json,
    read_options,
)
from exchanges.core.candles import TIMEFRAME_MS
from exchanges.core.symbols import parse_symbol
from foundation.lib.errors import FieldFault

VERSION = 1
NAME_CHARS_MAX = 200
DESCRIPTION_CHARS_MAX = 4000
SYMBOLS_MAX = 50
LEVERAGE_MAX = 125
# Above 0 and at most (or, where True, below) this.
FRACTIONS = {
    "stop_loss": (1, True),
    "take_profit": (1000, True),
    "trailing_stop": (1, True),
    "max_position_size": (1, False),
    "max_drawdown": (1, False),
}
WHOLE_NUMBERS = {"max_open_positions": (1, SYMBOLS_MAX), "cooldown_candles": (0, 100_000)}
CATEGORIES = ("trend", "momentum", "mean_reversion", "arbitrage", "custom")
# Only what is stored needs a name; a spec that is run once does not.
NAMELESS = FieldFault("name", "give the strategy a name")
SIDES = ("buy_conditions", "sell_conditions", "short_conditions", "cover_conditions")
KEYS = (
    "version", "name", "description", "category", "symbols", "timeframe", "indicators", *SIDES,
    "risk",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Risk:
    """Limits, as fractions (0.02 is 2 %); None where there is none."""

    stop_loss: float | None = None
    take_profit: float | None = None
    trailing_stop: float | None = None
    max_position_size: float = 1.0
    max_open_positions: int = 1
    max_drawdown: float | None = None
    leverage: float = 1.0
    cooldown_candles: int = 0
    sizing: Sizing | None = None
    entry_order: EntryOrder | None = None
    scale_in: tuple[ScaleIn, ...] = ()
    scale_out: tuple[ScaleOut, ...] = ()
    protections: tuple[Protection, ...] = ()


@dataclass(frozen=True, slots=True)
class Spec:
    """One strategy, checked. A missing tree of conditions never acts."""

    name: str
    description: str
    category: str
    symbols: tuple[str, ...]
    timeframe: str
    indicators: tuple[IndicatorSpec, ...]
    buy_conditions: Condition | None
    sell_conditions: Condition | None
    short_conditions: Condition | None
    cover_conditions: Condition | None
    risk: Risk
    version: int = VERSION

    def conditions(self) -> dict[str, Condition | None]:
        """The four trees by their keys."""
        return {side: getattr(self, side) for side in SIDES}


def parse(data: object) -> Spec:
    """JSON text, bytes or data -> Spec. BadInput carries every fault with its JSON path."""
    faults = Faults()
    fields = faults.fields("", load(data), KEYS, required=("timeframe",))
    if "version" in fields and faults.whole("version", fields["version"], VERSION, VERSION) is None:
        fields.pop("version")
    texts = _read_texts(faults, fields)
    symbols = _read_symbols(faults, fields.get("symbols", []))
    timeframe = "1m"
    if "timeframe" in fields:
        timeframe = faults.choice("timeframe", fields["timeframe"], TIMEFRAME_MS, "timeframe") or ""
    indicators, outputs = read_indicators(faults, fields.get("indicators", []), timeframe)
    trees = _read_trees(faults, fields, outputs)
    risk = _read_risk(faults, fields.get("risk", {}))
    faults.raise_if_any()
    return Spec(
        **texts, symbols=symbols, timeframe=timeframe, indicators=indicators, **trees, risk=risk
    )


def _read_texts(faults: Faults, fields: Mapping[str, Any]) -> dict[str, Any]:
    limits = {"name": NAME_CHARS_MAX, "description": DESCRIPTION_CHARS_MAX}
    texts: dict[str, Any] = {
        key: faults.text(key, fields[key], most) if key in fields else ""
        for key, most in limits.items()
    }
    category = fields.get("category", "custom")
    return texts | {"category": faults.choice("category", category, CATEGORIES, "category")}


def _read_symbols(faults: Faults, value: object) -> tuple[str, ...]:
    """Symbols in the order in which they share the cash; an empty list: chosen at each run."""
    good: list[str] = []
    for i, symbol in enumerate(faults.sequence("symbols", value, SYMBOLS_MAX)):
        path = f"symbols[{i}]"
        if not is_symbol(symbol):
            faults.add(path, f"must be like BTC/USDT or BTC/USDT:USDT, not {shown(symbol)}")
        elif symbol in good:
            faults.add(path, f"{symbol} is listed twice; keep one")
        else:
            good.append(symbol)
    return tuple(good)


def is_symbol(value: object) -> bool:
    """BASE/QUOTE or BASE/QUOTE:SETTLE, written with a slash."""
    if not isinstance(value, str):
        return False
    try:
        return str(parse_symbol(value)) == value
    except ValueError:
        return False


def _read_trees(
    faults: Faults, fields: Mapping[str, Any], outputs: Mapping[str, tuple[str, ...]]
) -> dict[str, Any]:
    reader = ConditionReader(faults, outputs)
    if fields.get("buy_conditions") is None and fields.get("short_conditions") is None:
        faults.add("buy_conditions", "say when to buy, or give short_conditions")
    return {
        side: None if fields.get(side) is None else reader.read(side, fields[side])
        for side in SIDES
    }


def _read_risk(faults: Faults, value: object) -> Risk:
    fields = faults.fields("risk", value, Risk.__slots__)
    made: dict[str, Any] = {}
    for key, (most, below) in FRACTIONS.items():
        may_be_none = getattr(Risk(), key) is None
        if key in fields and not (may_be_none and fields[key] is None):
            path, hint = join("risk", key), FRACTION_HINT
            made[key] = faults.number(
                path, fields[key], 0, most, above=True, below=below, hint=hint
            )
    if "leverage" in fields:
        made["leverage"] = faults.number("risk.leverage", fields["leverage"], 1, LEVERAGE_MAX)
    for key, (least, most_whole) in WHOLE_NUMBERS.items():
        if key in fields:
            made[key] = faults.whole(join("risk", key), fields[key], least, most_whole)
    return Risk(**made, **read_options(faults, fields, made))


def to_json(spec: Spec) -> dict[str, Any]:
    """Plain data that parse() reads back as the same Spec; defaults are written out."""
    return {
        "version": spec.version,
        "name": spec.name,
        "description": spec.description,
        "category": spec.category,
        "symbols": list(spec.symbols),
        "timeframe": spec.timeframe,
        "indicators": [indicator_to_json(one) for one in spec.indicators],
        **{side: condition_to_json(tree) for side, tree in spec.conditions().items()},
        "risk": {key: getattr(spec.risk, key) for key in Risk.__slots__ if key not in OPTION_KEYS}
        | options_to_json(spec.risk),
    }


def fingerprint(spec: Spec) -> str:
    """SHA-256 of what the strategy does: equal for equal decisions, whatever its name and texts."""
    data = to_json(spec)
    for text in ("name", "description", "category"):
        del data[text]
    canonical = json.dumps(data, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()
