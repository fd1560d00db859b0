"""What a backtest is asked to do, checked: every fault is found and named before anything runs."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from backtesting.models import Backtest, Optimization
from backtesting.services import fields, kind_plans
from backtesting.services.kind_plans import KindAsked
from backtesting.services.settings import PLAIN_SETTINGS, SETTING_NAMES, Settings
from backtesting.services.settings import read as read_settings
from bots.core.strategy.reading import load
from bots.core.strategy.spec import Spec, fingerprint, parse, to_json
from exchanges.core.candles import TIMEFRAME_MS, bucket_start, divides
from exchanges.models import Market
from exchanges.selectors import candles as candle_selectors
from exchanges.selectors.candles import Coverage
from foundation.lib import moments
from foundation.lib.errors import BadInput, FieldFault

CANDLES_PER_BACKTEST_MAX = 6_000_000  # of all symbols together: eleven years of minutes
# Candles of one symbol times indicators; all are in memory at once, 8 bytes each and some more.
INDICATOR_VALUES_MAX = 80_000_000
SYMBOLS_SHOWN_MAX = 8
DEFAULT_CASH, DEFAULT_FEE, DEFAULT_SLIPPAGE = Decimal(10_000), Decimal("0.0004"), Decimal(0)


@dataclass(frozen=True, slots=True)
class Plan:
    """One run, ready to go. Candles open in [start_ms, end_ms).

    kind: instead of a strategy; the spec then only names markets and candles.
    """

    spec: Spec
    venue: str
    start_ms: int
    end_ms: int
    cash: Decimal
    fee_rate: Decimal
    slippage: Decimal
    settings: Settings = PLAIN_SETTINGS
    refuse_gaps: bool = False
    kind: KindAsked | None = None

    @classmethod
    def of(cls, backtest: Backtest | Optimization) -> Plan:
        """The plan that a stored backtest, or a search, was made from."""
        kept = backtest.spec
        bot = kind_plans.of_stored(kept) if "kind" in kept else None
        return cls(
            spec=parse(kept) if bot is None else bot[0],
            kind=None if bot is None else bot[1],
            venue=backtest.venue,
            start_ms=backtest.start_ms,
            end_ms=backtest.end_ms,
            cash=backtest.cash,
            fee_rate=backtest.fee_rate,
            slippage=backtest.slippage,
            settings=Settings.of(backtest.settings),
            refuse_gaps=backtest.refuse_gaps,
        )

    @property
    def fingerprint(self) -> str:
        """The same for equal strategies, or equal kinds with equal parameters."""
        return fingerprint(self.spec) if self.kind is None else self.kind.fingerprint(self.spec)

    def columns(self) -> dict[str, Any]:
        """As `Backtest` keeps it."""
        return {
            "name": self.spec.name,
            "spec": to_json(self.spec) if self.kind is None else self.kind.to_json(self.spec),
            "spec_fingerprint": self.fingerprint,
            "venue": self.venue,
            "symbols": list(self.spec.symbols),
            "timeframe": self.spec.timeframe,
            "start_ms": self.start_ms,
            "end_ms": self.end_ms,
            "cash": self.cash,
            "fee_rate": self.fee_rate,
            "slippage": self.slippage,
            "settings": self.settings.to_json(),
            "refuse_gaps": self.refuse_gaps,
        }


def plan(
    *,
    venue: object,
    spec: object = None,
    kind: object = None,
    params: object = None,
    events: object = None,
    symbols: object = None,
    timeframe: object = None,
    start: object = None,
    end: object = None,
    **money: object,
) -> Plan:
    """The run that was asked for, or BadInput with all faults; paths are those of the request.

    A spec, or a kind of bot with its params and, where it acts on some, events. symbols and
    timeframe replace the spec's. start, end: ISO text, milliseconds or datetime;
    None is the first or last stored candle. money: cash, fee, slippage and `SETTING_NAMES`, each a
    number or its text; None or missing is the default.
    """
    faults: list[FieldFault] = []
    if kind is None:
        parsed, bot = _spec(spec, symbols, timeframe, faults), None
    else:
        parsed, bot = kind_plans.asked_of(kind, params, events, symbols, timeframe, faults)
    known_venue = fields.venue(venue, faults)
    start_ms, end_ms = fields.span(start, end, faults)
    terms = _money(money, None if parsed is None else parsed.timeframe, faults)
    if parsed is not None and known_venue is not None:
        first_ms, after_ms = _stored_span(parsed, known_venue, start_ms, end_ms, faults)
        if detail := terms["settings"].detail:
            faults += _detail_faults(parsed, known_venue, detail, after_ms - first_ms)
    if faults or parsed is None or known_venue is None:
        raise BadInput(_headline(faults), faults)
    planned = Plan(
        spec=parsed, venue=known_venue, start_ms=first_ms, end_ms=after_ms, kind=bot, **terms
    )
    if bot is not None:
        kind_plans.values_of(planned, bot)
    return planned


def _money(
    asked: dict[str, object], timeframe: str | None, faults: list[FieldFault]
) -> dict[str, Any]:
    """Cash, costs and how orders fill, as `Plan` takes them."""
    known = {"cash", "fee", "slippage", "refuse_gaps", *SETTING_NAMES}
    assert set(asked) <= known, f"unknown: {set(asked) - known}"
    fee_rate = fields.fraction("fee", asked.get("fee"), DEFAULT_FEE, faults)
    slippage = fields.fraction("slippage", asked.get("slippage"), DEFAULT_SLIPPAGE, faults)
    return {
        "cash": fields.amount("cash", asked.get("cash"), DEFAULT_CASH, faults),
        "fee_rate": fee_rate,
        "slippage": slippage,
        "refuse_gaps": fields.flag("refuse_gaps", asked.get("refuse_gaps"), faults),
        "settings": read_settings(
            asked, timeframe=timeframe, fee_rate=fee_rate, slippage=slippage, faults=faults
        ),
    }


def _spec(
    spec: object, symbols: object, timeframe: object, faults: list[FieldFault]
) -> Spec | None:
    """The spec with the asked symbols and timeframe, read as one: they must suit each other."""
    asked = {} if timeframe is None else {"timeframe": timeframe}
    if symbols is not None:
        asked["symbols"] = fields.symbols(symbols)
    try:
        data = copy(load(spec))
        if isinstance(data, dict):
            data.update(asked)  # a new dict would forget which keys were written twice
        parsed = parse(data)
    except BadInput as fault:
        faults.extend(fault.faults or [FieldFault("spec", fault.message)])
        return None
    if not parsed.symbols:
        faults.append(FieldFault("symbols", "name at least one symbol, like BTC/USDT"))
        return None
    return parsed


def _stored_span(
    spec: Spec, venue: str, start_ms: int | None, end_ms: int | None, faults: list[FieldFault]
) -> tuple[int, int]:
    """First open time and end of the candles that are there, over all symbols."""
    found: list[tuple[int, int]] = []
    for number, symbol in enumerate(spec.symbols):
        path = f"symbols[{number}]"
        stored = candle_selectors.coverage(venue, symbol)
        usable = [one for one in stored if divides(one.timeframe, spec.timeframe)]
        if not stored:
            faults.append(FieldFault(path, _unknown(venue, symbol)))
        elif not usable:
            faults.append(FieldFault("timeframe", _not_made(venue, symbol, spec, stored)))
        elif (span := _overlap(usable, spec.timeframe, start_ms, end_ms)) is None:
            faults.append(FieldFault(path, _none_in_range(venue, symbol, spec, usable)))
        else:
            found.append(span)
    lengths = [(after - first) // TIMEFRAME_MS[spec.timeframe] for first, after in found]
    count = sum(lengths)
    if max(lengths, default=0) * len(spec.indicators) > INDICATOR_VALUES_MAX:
        faults.append(FieldFault("start", _too_wide(max(lengths), len(spec.indicators))))
    if count > CANDLES_PER_BACKTEST_MAX:
        faults.append(
            FieldFault(
                "start",
                f"about {count:,} candles; a backtest may have {CANDLES_PER_BACKTEST_MAX:,}: "
                "ask for a shorter range, fewer symbols or a longer timeframe",
            )
        )
    if not found:
        return 0, 0
    return min(first for first, _ in found), max(after for _, after in found)


def _detail_faults(spec: Spec, venue: str, detail: str, span_ms: int) -> list[FieldFault]:
    """Finer candles that are not there, or too many."""
    faults = []
    for symbol in spec.symbols:
        stored = candle_selectors.coverage(venue, symbol)
        if not any(divides(one.timeframe, detail) for one in stored):
            words = f"{symbol} on {venue} has no candles that make {detail}"
            faults.append(FieldFault("detail", f"{words}; stored: {_described(stored) or 'none'}"))
    count = span_ms // TIMEFRAME_MS[detail] * len(spec.symbols)
    if count > CANDLES_PER_BACKTEST_MAX:
        words = f"about {count:,} finer candles; a backtest may have {CANDLES_PER_BACKTEST_MAX:,}"
        faults.append(FieldFault("detail", words))
    return faults


def _too_wide(candles: int, indicators: int) -> str:
    return (
        f"about {candles:,} candles with {indicators} indicators do not fit into memory together: "
        "ask for a shorter range, a longer timeframe or fewer indicators"
    )


def _overlap(
    usable: Sequence[Coverage], timeframe: str, start_ms: int | None, end_ms: int | None
) -> tuple[int, int] | None:
    """The part of [start_ms, end_ms) that has candles of these series.

    A side that was not asked for ends where the timeframe's own candles do, if there are any:
    finer ones of another time, imported for another purpose, must not change a run unasked.
    """
    own = [one for one in usable if one.timeframe == timeframe] or usable
    first_ms = min(one.first_open_ms for one in (own if start_ms is None else usable))
    after_ms = max(_after(one) for one in (own if end_ms is None else usable))
    first_ms = max(first_ms, first_ms if start_ms is None else start_ms)
    after_ms = min(after_ms, after_ms if end_ms is None else end_ms)
    opens_ms = bucket_start(first_ms + TIMEFRAME_MS[timeframe] - 1, timeframe)
    return (opens_ms, after_ms) if opens_ms < after_ms else None


def _after(one: Coverage) -> int:
    return one.last_open_ms + TIMEFRAME_MS[one.timeframe]


def _unknown(venue: str, symbol: str) -> str:
    known = Market.objects.filter(venue=venue, candle_series__candle_count__gt=0)
    names = list(known.values_list("symbol", flat=True).distinct()[: SYMBOLS_SHOWN_MAX + 1])
    if not names:
        return f"{venue} has no stored candles; import or download some first"
    shown = ", ".join(names[:SYMBOLS_SHOWN_MAX]) + (", …" if len(names) > SYMBOLS_SHOWN_MAX else "")
    return f"{symbol} has no stored candles on {venue}; there are: {shown}"


def _not_made(venue: str, symbol: str, spec: Spec, stored: Sequence[Coverage]) -> str:
    return (
        f"{symbol} on {venue} has no candles that make {spec.timeframe}; "
        f"stored: {_described(stored)}"
    )


def _none_in_range(venue: str, symbol: str, spec: Spec, usable: Sequence[Coverage]) -> str:
    return (
        f"no {spec.timeframe} candles of {symbol} on {venue} in this range; "
        f"stored: {_described(usable)}"
    )


def _described(stored: Sequence[Coverage]) -> str:
    return "; ".join(
        f"{one.timeframe} from {moments.told(one.first_open_ms)}"
        f" to {moments.told(one.last_open_ms)}"
        for one in stored
    )


def _headline(faults: Sequence[FieldFault]) -> str:
    count = len(faults)
    head = "The backtest has a fault" if count == 1 else f"The backtest has {count} faults"
    where = f"{faults[0].path}: " if faults[0].path else ""
    return f"{head}; {where}{faults[0].message}"
