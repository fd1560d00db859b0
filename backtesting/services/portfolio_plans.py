"""A portfolio as it is asked for: which assets, of when, and how to weigh them; all checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from accounts.models import User
from backtesting.models import Backtest, PortfolioOptimization
from backtesting.selectors import curves
from bots.core.allocation import Assets, Settings, align, read_settings
from bots.core.allocation.assets import ASSETS_MAX, Floats, Ints, check_count
from bots.core.strategy.reading import Faults
from exchanges.core.candles import TIMEFRAME_MS, bucket_starts
from exchanges.selectors import candles as stored
from exchanges.selectors.markets import clean_name
from exchanges.selectors.moments import parse_moment
from foundation.lib.errors import BadInput, FieldFault

NAME_CHARS_MAX = 200
SETTINGS = (
    "method", "timeframe", "window", "step", "fee", "min_weight", "max_weight", "limits",
)  # fmt: skip
FIELDS = ("name", "venue", "symbols", "backtests", "start", "end", *SETTINGS)
Series = dict[str, tuple[Ints, Floats]]


@dataclass(frozen=True, slots=True)
class Plan:
    """assets: what to load, by name in `name`; end_ms is exclusive, None leaves a side open."""

    name: str
    venue: str
    assets: list[dict[str, Any]]
    settings: Settings
    start_ms: int | None
    end_ms: int | None

    @classmethod
    def of(cls, row: PortfolioOptimization) -> Plan:
        names = tuple(one["name"] for one in row.assets)
        settings = read_settings(row.settings, names)
        return cls(row.name, row.venue, row.assets, settings, row.start_ms, row.end_ms)

    def columns(self) -> dict[str, Any]:
        """As the row keeps it."""
        return {
            "name": self.name, "venue": self.venue, "assets": self.assets,
            "settings": self.settings.to_json(), "start_ms": self.start_ms, "end_ms": self.end_ms,
        }  # fmt: skip


def read(owner: User, body: object) -> Plan:
    """BadInput with every fault, by field: symbols of one venue, or the owner's backtests."""
    faults = Faults()
    fields = faults.fields("", body, FIELDS)
    name = faults.text("name", fields.get("name", ""), NAME_CHARS_MAX)
    start_ms, end_ms = (_moment(faults, key, fields.get(key)) for key in ("start", "end"))
    if start_ms is not None and end_ms is not None and start_ms >= end_ms:
        faults.add("end", "must be after start")
    if ("symbols" in fields) == ("backtests" in fields):
        faults.add("symbols", "give symbols, or backtests: one of the two")
    faults.raise_if_any("portfolio")
    if "symbols" in fields:
        venue, assets = _symbols(faults, fields)
    else:
        venue, assets = "", _backtests(faults, owner, fields["backtests"])
    faults.raise_if_any("portfolio")
    check_count(len(assets), "symbols" if "symbols" in fields else "backtests")
    asked = {key: fields[key] for key in SETTINGS if key in fields}
    settings = read_settings(asked, tuple(one["name"] for one in assets))
    title = str(name).strip() or _title([one["name"] for one in assets])
    return Plan(title, venue, assets, settings, start_ms, end_ms)


def _title(names: list[str]) -> str:
    title = ", ".join(names)
    return title if len(title) <= NAME_CHARS_MAX else f"{title[: NAME_CHARS_MAX - 1]}…"


def _moment(faults: Faults, key: str, value: object) -> int | None:
    if value in (None, ""):
        return None
    try:
        return parse_moment(value)
    except ValueError as fault:
        faults.add(key, str(fault))
        return None


def _symbols(faults: Faults, fields: Mapping[str, Any]) -> tuple[str, list[dict[str, Any]]]:
    venue = str(fields.get("venue", ""))
    assets: list[dict[str, Any]] = []
    for i, written in enumerate(faults.sequence("symbols", fields["symbols"], ASSETS_MAX)):
        try:
            venue, symbol = clean_name(venue, written if isinstance(written, str) else "")
        except BadInput as fault:
            for one in fault.faults:
                path = f"symbols[{i}]" if one.path == "symbol" else one.path
                faults.add(path, one.message)
            continue
        if any(one["symbol"] == symbol for one in assets):
            faults.add(f"symbols[{i}]", f"{symbol} is listed twice; keep one")
        assets.append({"name": symbol, "symbol": symbol})
    return venue, assets


def _backtests(faults: Faults, owner: User, value: object) -> list[dict[str, Any]]:
    """The owner's completed ones, named by strategy; two of a name are told apart by number."""
    ids = faults.sequence("backtests", value, ASSETS_MAX)
    good = [one for one in ids if isinstance(one, int) and not isinstance(one, bool)]
    done = Backtest.objects.owned_by(owner).filter(status=Backtest.Status.COMPLETED)
    # Numbers no column can hold find nothing, as any other that is none of theirs.
    rows = done.filter(pk__in=[one for one in good if 0 < one < 2**63]).values_list("pk", "name")
    names = dict(rows)
    assets: list[dict[str, Any]] = []
    for i, one in enumerate(ids):
        if one not in good or one not in names:
            faults.add(f"backtests[{i}]", "is no completed backtest of yours")
        elif any(other["backtest"] == one for other in assets):
            faults.add(f"backtests[{i}]", "is listed twice; keep one")
        else:
            assets.append({"name": f"{names[one] or 'Unnamed'} #{one}", "backtest": one})
    return assets


def load(plan: Plan, owner_id: int) -> Assets:
    """The values of every asset on common closes; BadInput names what is missing."""
    timeframe = plan.settings.timeframe
    if plan.venue:
        series = {one["name"]: _closes(plan, one["symbol"]) for one in plan.assets}
    else:
        ids = [one["backtest"] for one in plan.assets]
        found = Backtest.objects.filter(owner_id=owner_id, pk__in=ids).in_bulk()
        gone = [i for i, one in enumerate(ids) if one not in found]
        if gone:
            words = "was deleted"
            raise BadInput(
                "A backtest was deleted", [FieldFault(f"backtests[{i}]", words) for i in gone]
            )
        series = {
            one["name"]: _equity(found[one["backtest"]], timeframe, plan) for one in plan.assets
        }
    field = "symbols" if plan.venue else "backtests"
    return align(series, timeframe, plan.settings.least_returns, field)


def _closes(plan: Plan, symbol: str) -> tuple[Ints, Floats]:
    timeframe = plan.settings.timeframe
    found = stored.load(plan.venue, symbol, timeframe, plan.start_ms, plan.end_ms)
    return found.open_time_ms + TIMEFRAME_MS[timeframe], found.close


def _equity(backtest: Backtest, timeframe: str, plan: Plan) -> tuple[Ints, Floats]:
    """Equity at the end of each whole span of the timeframe: its last mark."""
    whole = curves.curves(backtest)
    closes_ms = whole.open_time_ms + TIMEFRAME_MS[backtest.timeframe]
    ends_ms = bucket_starts(closes_ms - 1, timeframe) + TIMEFRAME_MS[timeframe]
    last = np.append(ends_ms[1:] != ends_ms[:-1], closes_ms[-1:] == ends_ms[-1:])
    kept = last & (ends_ms > (plan.start_ms or 0)) & (ends_ms <= (plan.end_ms or 2**62))
    return ends_ms[kept], whole.equity[kept]
