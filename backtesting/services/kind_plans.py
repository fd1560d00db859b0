"""A backtest of a kind of bot instead of a strategy: what is asked, checked, and kept."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from backtesting.services import fields
from bots.core.kinds import KINDS
from bots.core.kinds.base import Kind, market_of, read
from bots.core.strategy.spec import Risk, Spec, is_symbol
from exchanges.core.candles import TIMEFRAME_MS
from exchanges.core.market import NO_RULES
from exchanges.selectors import rules as rule_selectors
from foundation.lib.errors import BadInput, FieldFault

if TYPE_CHECKING:
    from backtesting.services.plans import Plan

EVENTS_MAX = 10_000
EVENT_CHARS_MAX = 4000
TIME_MS_MAX = 2**53
Faults = list[FieldFault]


@dataclass(frozen=True, slots=True, eq=False)
class KindAsked:
    """A kind with its parameters, and the events that come in while it runs."""

    kind: Kind
    params: Mapping[str, Any]
    events: Sequence[Mapping[str, Any]] = ()

    def to_json(self, spec: Spec) -> dict[str, Any]:
        """As a backtest keeps it in the place of a spec."""
        kept = {"kind": self.kind.name, "params": dict(self.params), "symbols": list(spec.symbols)}
        kept["timeframe"] = spec.timeframe
        return kept | ({"events": list(self.events)} if self.events else {})

    def fingerprint(self, spec: Spec) -> str:
        """SHA-256: equal for equal questions."""
        canonical = json.dumps(self.to_json(spec), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(canonical.encode()).hexdigest()


def of_stored(kept: Mapping[str, Any]) -> tuple[Spec, KindAsked]:
    """What `KindAsked.to_json` made."""
    kind = _kind(kept["kind"], [])
    if kind is None:
        words = f"this version of the program knows no bots of the kind {kept['kind']}"
        raise BadInput(words, [FieldFault("kind", words)])
    asked = KindAsked(kind, kept["params"], kept.get("events", ()))
    return _bare(kind, tuple(kept["symbols"]), kept["timeframe"]), asked


def asked_of(
    kind: object, params: object, events: object, symbols: object, timeframe: object,
    faults: Faults,
) -> tuple[Spec | None, KindAsked | None]:  # fmt: skip
    """(a spec that only names markets and candles, the kind); None where faults are in the way."""
    before, found = len(faults), _kind(kind, faults)
    given = _object(params, faults)
    named = _symbols(symbols, faults)
    if not isinstance(timeframe, str) or timeframe not in TIMEFRAME_MS:
        faults.append(FieldFault("timeframe", f"must be one of: {', '.join(TIMEFRAME_MS)}"))
    if found is None or len(faults) > before:
        return None, None
    heard = _events(found, events, faults)
    traded = _traded(found, given, named, faults)
    if len(faults) > before or not traded:
        return None, None
    return _bare(found, traded, str(timeframe)), KindAsked(found, given, heard)


def values_of(planned: Plan, asked: KindAsked) -> dict[str, Any]:
    """The parameters, held against money and market; BadInput with every fault, at params.…"""
    symbols = planned.spec.symbols
    rules = rule_selectors.rules_at(planned.venue, symbols, planned.start_ms)
    market = market_of(rules.get(symbols[0], NO_RULES))
    market = replace(market, fee=float(planned.fee_rate))
    values, faults = read(asked.kind, asked.params, allocation=planned.cash, market=market)
    if faults:
        raise BadInput(f"{faults[0].path}: {faults[0].message}", faults)
    return values


def _bare(kind: Kind, symbols: tuple[str, ...], timeframe: str) -> Spec:
    return Spec(
        name=kind.title, description="", category="custom", symbols=symbols, timeframe=timeframe,
        indicators=(), buy_conditions=None, sell_conditions=None, short_conditions=None,
        cover_conditions=None, risk=Risk(),
    )  # fmt: skip


def _kind(name: object, faults: Faults) -> Kind | None:
    found = KINDS.get(name) if isinstance(name, str) else None
    if found is None:
        faults.append(FieldFault("kind", f"must be one of: {', '.join(KINDS)}"))
    elif found.backtests:
        faults.append(FieldFault("kind", found.backtests))
    return found


def _object(params: object, faults: Faults) -> Mapping[str, Any]:
    if params is None:
        return {}
    if not isinstance(params, dict) or not all(isinstance(key, str) for key in params):
        faults.append(FieldFault("params", "must be an object of the kind's parameters"))
        return {}
    return params


def _symbols(symbols: object, faults: Faults) -> tuple[str, ...]:
    listed = fields.symbols(symbols) or []
    if not isinstance(listed, list | tuple):
        faults.append(FieldFault("symbols", 'must be a list like ["BTC/USDT"]'))
        return ()
    wrong = [n for n, one in enumerate(listed) if not is_symbol(one)]
    faults += [FieldFault(f"symbols[{n}]", "must be like BTC/USDT") for n in wrong]
    return tuple(str(one) for one in listed)


def _traded(
    kind: Kind, given: Mapping[str, Any], named: tuple[str, ...], faults: Faults
) -> tuple[str, ...]:
    """What it trades; the symbols asked for must be among them, several in full."""
    values, wrong = read(kind, given, allocation=Decimal("Infinity"))
    if wrong:
        faults += wrong
        return ()
    own = named[0] if named else ""
    traded = tuple(one for one in kind.symbols(values, own) if one)
    faults += [
        FieldFault("params", f"{one} is not a symbol like BTC/USDT")
        for one in traded
        if not is_symbol(one)
    ]
    contracts = [one for one in traded if ":" in one]
    if contracts:
        words = f"{contracts[0]} is a contract; a bot of this kind trades spot, like BTC/USDT"
        faults.append(FieldFault("symbols", words))
    if not traded:
        faults.append(FieldFault("symbols", "name a symbol, like BTC/USDT"))
    elif len(named) > 1 and set(named) != set(traded):
        words = f"a bot of this kind trades {', '.join(traded)} and nothing else"
        faults.append(FieldFault("symbols", words))
    return traded


def _events(kind: Kind, events: object, faults: Faults) -> list[Mapping[str, Any]]:
    if not kind.inputs:
        if events:
            faults.append(FieldFault("events", f"a bot of the kind {kind.name} hears of none"))
        return []
    if not isinstance(events, list) or not 1 <= len(events) <= EVENTS_MAX:
        words = f"a bot of this kind acts on events only: give a list of 1 to {EVENTS_MAX:,}"
        faults.append(FieldFault("events", words))
        return []
    for number, event in enumerate(events):
        time_ms = event.get("time_ms") if isinstance(event, dict) else None
        if type(time_ms) is not int or not 0 <= time_ms < TIME_MS_MAX:
            words = "must be an object with time_ms, when it came in: milliseconds since 1970"
            faults.append(FieldFault(f"events[{number}]", words))
        elif not _storable(event):
            words = f"must be plain JSON of at most {EVENT_CHARS_MAX:,} characters"
            faults.append(FieldFault(f"events[{number}]", words))
        else:
            continue
        break
    return events


def _storable(event: Mapping[str, Any]) -> bool:
    """PostgreSQL keeps neither NaN nor a zero byte in JSON."""
    try:
        text = json.dumps(event, allow_nan=False)
    except ValueError:
        return False
    return len(text) <= EVENT_CHARS_MAX and "\\u0000" not in text
