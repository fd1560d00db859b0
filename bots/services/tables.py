"""The venue in memory as one run needs it: its candles, signals, rules and costs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from bots.core import run_rules
from bots.core.engine.series import Series, Task, pack_codes, timeline
from bots.core.engine.session import Session, in_float, kind_session, rule_session
from bots.core.engine.volatility import annual_volatility
from bots.core.engine.wallet_session import WalletSession, wallet_session
from bots.core.kinds import KINDS
from bots.core.strategy.options import NO_OPTIONS, option_numbers
from bots.core.strategy.risk import Plan, plan_numbers
from bots.core.strategy.signals import Signals
from bots.core.strategy.spec import Spec, parse
from bots.models import BotRun
from bots.models.bot import RULES
from bots.services.columns import Group, Tape, closed_candles
from exchanges.core.candles import Candles
from exchanges.core.margin import tier_rows
from exchanges.core.market import MarketRules
from exchanges.models import Position

# More than any cooldown or history that a bot looks back on needs; the rest costs time a tick.
CANDLES_KEPT = 5_000


class Table(NamedTuple):
    """A session, and what it was made of. times: candles of any symbol that are to be traded."""

    session: Session | WalletSession
    times: list[int]
    rules: Mapping[str, MarketRules]
    signals: Signals | None


def lay(run: BotRun, tape: Tape) -> Table | None:
    """Where the run stands, ready for the candles behind its cursor; None: there is none yet.

    A candle is traded when every symbol has one as late, or when the run's own has moved on.
    """
    rules = {symbol: run_rules.from_json(row)[0] for symbol, row in run.markets.items()}
    found: Signals | None = None
    if run.kind == RULES:
        spec = parse(run.spec)
        found, _ = tape.signals(spec, run.fingerprint, run.anchor_ms)
        series = [_rule_series(run, spec, found, rules[run.symbol])]
        plan, options = plan_numbers(spec.risk, float), option_numbers(spec.risk)
    else:
        # JSON in the database keeps no order, and the markets share the cash in theirs.
        symbols = KINDS[run.kind].symbols(run.params, run.symbol)
        series = [_plain(run, symbol, tape, rules[symbol]) for symbol in symbols]
        plan, options = Plan(0.0, 0.0, 0.0, 1.0, 0.0, 1.0, len(series), 0), NO_OPTIONS
    if not all(len(one.candles) for one in series):
        return None
    _, costs = run_rules.from_json(run.rules)
    task = Task(series, in_float(run.bot.allocation), plan, costs.numbers(float), None, options)
    session: Session | WalletSession
    if run.kind == RULES:
        session = rule_session(task, run.state, run.last_candle_ms)
    else:
        kind = KINDS[run.kind]
        open_session = wallet_session if kind.wallet else kind_session
        session = open_session(kind, run.params, task, run.state, run.last_candle_ms)
    if run.state is None:
        _bring(run, session)
    return Table(session, _due(run, series), rules, found)


def _due(run: BotRun, series: list[Series]) -> list[int]:
    newest = [int(one.candles.open_time_ms[-1]) for one in series]
    late_by = series[0].candles.timeframe_ms
    until = max(min(newest), newest[0] - late_by)
    times = timeline(series)
    return [int(one) for one in times[(times > run.last_candle_ms) & (times <= until)]]


def _rule_series(run: BotRun, spec: Spec, found: Signals, rules: MarketRules) -> Series:
    sizing = spec.risk.sizing
    by_volatility = sizing is not None and sizing.method == "volatility_target"
    window = sizing.window if sizing is not None and by_volatility else 0
    whole = Series(
        symbol=run.symbol,
        candles=found.candles,
        codes=pack_codes(found.buy, found.sell, found.short, found.cover),
        funding=np.empty(0),
        steps=rules.numbers(float),
        tiers=tier_rows(rules.tiers, float),
        volatility=annual_volatility(found.candles, window) if window else np.empty(0),
    )
    first = _first(run, found.candles)
    return replace(
        whole,
        candles=whole.candles.slice(first, len(whole.candles)),
        codes=whole.codes[first:],
        volatility=whole.volatility[first:],
    )


def _plain(run: BotRun, symbol: str, tape: Tape, rules: MarketRules) -> Series:
    candles = tape.candles
    if symbol != tape.group.symbol:
        group = Group(run.venue, symbol, run.timeframe)
        candles = closed_candles(group, run.anchor_ms)
    return Series(
        symbol=symbol,
        candles=candles.slice(_first(run, candles), len(candles)),
        codes=np.empty(0, np.uint8),
        funding=np.empty(0),
        steps=rules.numbers(float),
        tiers=tier_rows(rules.tiers, float),
    )


def _first(run: BotRun, candles: Candles) -> int:
    """Index of the first candle that the run trades, or of one that is old enough."""
    begin = int(np.searchsorted(candles.open_time_ms, run.trade_from_ms, side="left"))
    seen = int(np.searchsorted(candles.open_time_ms, run.last_candle_ms, side="right"))
    return max(begin, seen - CANDLES_KEPT)


def _bring(run: BotRun, session: Session | WalletSession) -> None:
    """A run begins with the money that was put in, and with what the run before it kept."""
    kept = Position.objects.open().filter(opened_at_ms__lt=run.trade_from_ms)  # none of its own
    for row in kept.filter(wallet=run.bot.wallet):
        session.bring(row.symbol, row.quantity, row.entry_price, row.cost_held)
