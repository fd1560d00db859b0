"""The optional parts of `risk`: sizing, entry orders, scaling in and out, protections.

Each is a table of numbers with their ranges; reading, writing and refusing follow from it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from bots.core.strategy.reading import Faults, join, shown

if TYPE_CHECKING:
    from bots.core.strategy.spec import Risk

SCALE_STEPS_MAX = 20
PROTECTIONS_MAX = 10
# What float64 leaves of parts like 0.1 + 0.2 + 0.7.
PARTS_SLACK = 1e-9
FRACTION_HINT = "; a fraction: 0.02 is 2 %"


class Bounds(NamedTuple):
    """What a number may be. default None: it must be given. fraction: people say it in percent."""

    least: float
    most: float
    above: bool = False
    whole: bool = False
    default: float | None = None
    fraction: bool = False


FRACTION = Bounds(0, 1, above=True, fraction=True)
CANDLES = Bounds(1, 100_000, whole=True)
WINDOW = Bounds(2, 1_000, whole=True)
SIZINGS: dict[str, dict[str, Bounds]] = {
    "fixed_fraction": {"risk": FRACTION},
    "volatility_target": {
        "volatility": Bounds(0, 100, above=True, fraction=True),
        "window": WINDOW,
    },
    "kelly": {
        "window": WINDOW,
        "fraction": FRACTION._replace(default=0.5),
        "cap": FRACTION._replace(default=0.25),
    },
}
ENTRY_ORDERS: dict[str, dict[str, Bounds]] = {
    "limit": {
        "offset": Bounds(0, 0.5, fraction=True),
        "expires_after": Bounds(1, 10_000, whole=True),
    },
}
SCALE_IN = {
    "at": Bounds(-0.99, 10, fraction=True), "size": Bounds(0, 100, above=True, fraction=True),
}  # fmt: skip
SCALE_OUT = {"at": Bounds(0, 1000, above=True, fraction=True), "part": FRACTION}
_TRADES = Bounds(1, 10_000, whole=True, default=1)
_PROFIT = Bounds(-10, 1000, default=0.0, fraction=True)
_SPAN = {"lookback_candles": CANDLES, "stop_candles": CANDLES}
PROTECTIONS: dict[str, dict[str, Bounds]] = {
    "stoploss_guard": {
        **_SPAN, "trade_limit": _TRADES._replace(default=10), "required_profit": _PROFIT,
    },
    "max_drawdown": {
        **_SPAN, "trade_limit": _TRADES, "max_drawdown": Bounds(0, 10, above=True, fraction=True),
    },
    "low_profit": {**_SPAN, "trade_limit": _TRADES, "required_profit": _PROFIT},
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sizing:
    """How much an entry takes. What a method does not use is 0."""

    method: str
    risk: float = 0.0
    volatility: float = 0.0
    window: int = 0
    fraction: float = 0.0
    cap: float = 0.0


@dataclass(frozen=True, slots=True)
class EntryOrder:
    """A limit order at close x (1 -+ offset), cancelled after so many candles."""

    type: str
    offset: float
    expires_after: int


@dataclass(frozen=True, slots=True)
class ScaleIn:
    """Add size x the first quantity once a close is `at` from the first entry price."""

    at: float
    size: float


@dataclass(frozen=True, slots=True)
class ScaleOut:
    """Close part x the bought quantity at entry x (1 + at)."""

    at: float
    part: float


@dataclass(frozen=True, slots=True)
class Protection:
    """Stops entries for a while after bad trades. What a type does not use is 0."""

    type: str
    lookback_candles: int
    stop_candles: int
    trade_limit: int
    only_per_symbol: bool = False
    max_drawdown: float = 0.0
    required_profit: float = 0.0


def read_options(
    faults: Faults, fields: Mapping[str, Any], risk: Mapping[str, Any]
) -> dict[str, Any]:
    """The optional parts that are there. risk: the limits read before, to check against."""
    found: dict[str, Any] = {}
    if fields.get("sizing") is not None:
        found["sizing"] = _read_sizing(faults, fields["sizing"], risk)
    if fields.get("entry_order") is not None:
        path = "risk.entry_order"
        kind, values = read_kind(faults, path, fields["entry_order"], "type", ENTRY_ORDERS)
        found["entry_order"] = None if values is None else EntryOrder(kind, **values)
    for key, read in (
        ("scale_in", _read_scale_in), ("scale_out", _read_scale_out),
        ("protections", _read_protections),
    ):  # fmt: skip
        if fields.get(key) is not None:
            found[key] = tuple(one for one in read(faults, fields[key], risk) if one is not None)
    return found


def _read_sizing(faults: Faults, value: object, risk: Mapping[str, Any]) -> Sizing | None:
    kind, values = read_kind(faults, "risk.sizing", value, "method", SIZINGS)
    if kind == "fixed_fraction" and risk.get("stop_loss") is None:
        faults.add("risk.sizing", "fixed_fraction needs risk.stop_loss: the loss is counted at it")
    return None if values is None else Sizing(kind, **values)


def _read_scale_in(
    faults: Faults, value: object, _risk: Mapping[str, Any]
) -> Sequence[ScaleIn | None]:
    steps = []
    for i, one in enumerate(faults.sequence("risk.scale_in", value, SCALE_STEPS_MAX)):
        path = f"risk.scale_in[{i}]"
        values = read_numbers(faults, path, one, SCALE_IN)
        if values is not None and values["at"] == 0:
            faults.add(f"{path}.at", "must not be 0; -0.02 adds 2 % against the position")
        steps.append(None if values is None else ScaleIn(**values))
    return steps


def _read_scale_out(
    faults: Faults, value: object, risk: Mapping[str, Any]
) -> Sequence[ScaleOut | None]:
    target = risk.get("take_profit")
    steps, parts = [], 0.0
    for i, one in enumerate(faults.sequence("risk.scale_out", value, SCALE_STEPS_MAX)):
        path = f"risk.scale_out[{i}]"
        values = read_numbers(faults, path, one, SCALE_OUT)
        if values is not None:
            parts += values["part"]
            if target is not None and values["at"] > target:
                words = f"is beyond risk.take_profit {target:g}; it would never fill"
                faults.add(f"{path}.at", words)
        steps.append(None if values is None else ScaleOut(**values))
    if parts > 1 + PARTS_SLACK:
        faults.add("risk.scale_out", f"the parts add up to {parts:g}; at most 1 can be closed")
    return steps


def _read_protections(
    faults: Faults, value: object, _risk: Mapping[str, Any]
) -> Sequence[Protection | None]:
    found: list[Protection | None] = []
    for i, one in enumerate(faults.sequence("risk.protections", value, PROTECTIONS_MAX)):
        path = f"risk.protections[{i}]"
        rest, alone = _read_alone(faults, path, one)
        kind, values = read_kind(faults, path, rest, "type", PROTECTIONS)
        found.append(None if values is None else Protection(kind, **values, only_per_symbol=alone))
    return found


def _read_alone(faults: Faults, path: str, one: object) -> tuple[object, bool]:
    """What is left of a protection, and its only_per_symbol, which a stoploss guard may have."""
    key = "only_per_symbol"
    if not (isinstance(one, dict) and one.get("type") == "stoploss_guard" and key in one):
        return one, False
    alone = one[key]
    if not isinstance(alone, bool):
        faults.add(f"{path}.{key}", f"must be true or false, not {shown(alone)}")
    return {name: one[name] for name in one if name != key}, alone is True


def read_kind(
    faults: Faults, path: str, value: object, key: str, kinds: Mapping[str, dict[str, Bounds]]
) -> tuple[str, dict[str, Any] | None]:
    """An object whose `key` names which numbers it has: (kind, numbers), or ("", None)."""
    if not isinstance(value, dict):
        faults.add(path, f"must be an object {{...}}, not {shown(value)}")
        return "", None
    if key not in value:
        faults.add(join(path, key), f"is missing; known: {', '.join(kinds)}")
        return "", None
    kind = faults.choice(join(path, key), value[key], kinds, key)
    if kind is None:
        return "", None
    return kind, read_numbers(faults, path, value, kinds[kind], also=key)


def read_numbers(
    faults: Faults, path: str, value: object, table: Mapping[str, Bounds], also: str = ""
) -> dict[str, Any] | None:
    """The object's numbers with defaults filled in; None where one is at fault."""
    before = len(faults.found)
    required = [key for key, bounds in table.items() if bounds.default is None]
    known = (also, *table) if also else tuple(table)
    fields = faults.fields(path, value, known, required)
    read: dict[str, Any] = {}
    for key, bounds in table.items():
        given, where = fields.get(key, bounds.default), join(path, key)
        if bounds.whole and given is not None:
            read[key] = faults.whole(where, given, int(bounds.least), int(bounds.most))
        elif key in fields or given is not None:
            hint = FRACTION_HINT if bounds.fraction else ""
            read[key] = faults.number(
                where, given, bounds.least, bounds.most, above=bounds.above, hint=hint
            )
    return read if len(faults.found) == before else None


def options_to_json(risk: Risk) -> dict[str, Any]:
    """The optional parts that are used; an unused one is not written, as before there were any."""
    data: dict[str, Any] = {}
    if risk.sizing is not None:
        data["sizing"] = _written(risk.sizing, "method", SIZINGS[risk.sizing.method])
    if risk.entry_order is not None:
        data["entry_order"] = _written(risk.entry_order, "type", ENTRY_ORDERS["limit"])
    for key, table in (("scale_in", SCALE_IN), ("scale_out", SCALE_OUT)):
        if steps := getattr(risk, key):
            data[key] = [_written(step, "", table) for step in steps]
    if risk.protections:
        data["protections"] = [_written(p, "type", PROTECTIONS[p.type]) for p in risk.protections]
        for written, one in zip(data["protections"], risk.protections, strict=True):
            if one.only_per_symbol:
                written["only_per_symbol"] = True
    return data


def _written(one: object, kind: str, table: Mapping[str, Bounds]) -> dict[str, Any]:
    names = (kind, *table) if kind else tuple(table)
    return {name: getattr(one, name) for name in names}


OPTION_KEYS = ("sizing", "entry_order", "scale_in", "scale_out", "protections")


def options_used(risk: Risk) -> list[str]:
    """The optional parts this strategy uses, by their keys in `risk`."""
    return [key for key in OPTION_KEYS if getattr(risk, key)]


def option_table() -> dict[str, Any]:
    """The tables of this file as JSON, for forms: {"sizing": {method: [number, …]}, …}."""

    def numbers(table: Mapping[str, Bounds]) -> list[dict[str, Any]]:
        return [{"name": name, **bounds._asdict()} for name, bounds in table.items()]

    def kinds(table: Mapping[str, Mapping[str, Bounds]]) -> dict[str, Any]:
        return {kind: numbers(one) for kind, one in table.items()}

    return {
        "sizing": kinds(SIZINGS),
        "entry_order": kinds(ENTRY_ORDERS),
        "scale_in": numbers(SCALE_IN),
        "scale_out": numbers(SCALE_OUT),
        "protections": kinds(PROTECTIONS),
    }
