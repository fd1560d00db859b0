"""What a bot did, held against what its strategy does on the candles as they are stored now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from backtesting.core.compare import first_difference
from backtesting.core.result import Trade
from backtesting.core.run import run as simulate
from backtesting.services import replay_sessions
from bots.core import run_rules
from bots.core.strategy.signals import signals
from bots.core.strategy.spec import Spec, parse
from bots.models import BotRun, Decision
from bots.selectors import beside, holds, performance
from exchanges.core.candles import Candles
from exchanges.models import Order, Position
from exchanges.selectors import candles as stored
from foundation.lib import clock
from foundation.lib.errors import BadInput, Conflict

MONEY_TOLERANCE = 1e-9  # relative: Decimal on one side, float64 on the other
MARKET_REASONS = ("signal", "max_drawdown")
BY_HAND = "manual"


class Decided(NamedTuple):
    """One decision. time_ms: open time of the candle whose close, or touch, decided it."""

    time_ms: int
    leg: str
    reason: str

    def __str__(self) -> str:
        return f"{clock.from_ms(self.time_ms):%Y-%m-%d %H:%M} {self.leg} ({self.reason})"


@dataclass(frozen=True, slots=True)
class Replay:
    """difference: the first one in words, or None: every decision and fill came out the same."""

    candles: int
    decisions: tuple[Decided, ...]
    trades: int
    difference: str | None


def replay(run: BotRun) -> Replay:
    """Simulate the run on stored candles and compare, decision by decision, fill by fill.

    A position that was open at the end counts as open on both sides, whatever closed it there.
    """
    if run.runner == BotRun.Runner.VENUE:
        return _replay_session(run)
    if run.runner == BotRun.Runner.ACCOUNT:
        raise BadInput("a run on an exchange is compared by its parity, not replayed")
    spec, candles = parse(run.spec), recorded_candles(run)
    expected, times = simulated(run, spec, candles), candles.open_time_ms.tolist()
    live = live_trades(run, times[-1])
    decided = live_decisions(run, times)
    difference = (
        _indicator_difference(run, spec, candles)
        or _decision_difference(decided, decisions_of(expected, times, run.trade_from_ms))
        or _trade_difference(live, expected)
    )
    worked_off = int(np.count_nonzero(candles.open_time_ms >= run.trade_from_ms))
    return Replay(worked_off, tuple(decided), len(live), difference)


def _replay_session(run: BotRun) -> Replay:
    """On the venue in memory: every order, and every fill to the last digit."""
    _check_begun_flat(run)
    steps = replay_sessions.replayed(run, gated=True)
    orders = [Decided(one.time_ms, one.leg, one.side) for one in replay_sessions.sent(steps)]
    fills = sum(len(step.fills) for step in steps)
    return Replay(len(steps), tuple(orders), fills, replay_sessions.difference(run, steps))


def recorded_candles(run: BotRun) -> Candles:
    """What the run's indicators and decisions were made of."""
    found = stored.load(
        run.venue, run.symbol, run.timeframe, run.anchor_ms, run.last_candle_ms + 1
    )  # fmt: skip
    if not len(found) or found.open_time_ms[-1] < run.trade_from_ms:
        raise Conflict("this run has not worked off a candle yet: there is nothing to replay")
    return beside.attached(parse(run.spec), run.venue, run.symbol, found)


def simulated(run: BotRun, spec: Spec, candles: Candles) -> list[Trade]:
    """The reference simulator's trades under the run's own rules and costs; what was shut is."""
    _check_begun_flat(run)
    rules, costs = run_rules.from_json(run.rules)
    result = simulate(
        spec,
        {run.symbol: candles},
        cash=float(run.equity_start),
        costs=costs,
        rules={run.symbol: rules},
        engine="reference",
        trade_from_ms=run.trade_from_ms,
        shut_ms=holds.of_run(run).among(candles.open_time_ms.tolist()),
    )
    return [_left_open(trade) for trade in result.trades]


def _check_begun_flat(run: BotRun) -> None:
    if performance.kept_before(run):
        raise BadInput("this run began with a position of the run before it; replay that one")


def live_trades(run: BotRun, last_ms: int) -> list[Trade]:
    """The run's trades as the simulator would tell them: the last candle opens nothing, and what
    filled after it, or was sold by hand, is still open."""
    fills = performance.fills_of(run)
    positions = {fill.position_id: fill.position for fill in fills}
    trades = [_trade(position, last_ms) for position in positions.values() if position]
    return [trade for trade in trades if trade.entry_time_ms < last_ms]


def live_decisions(run: BotRun, times: list[int]) -> list[Decided]:
    """What was decided and filled: not by hand, not on the last candle or to be opened on it.

    Entries that bought nothing are left out on both sides; the simulator only counts them.
    """
    ordered = Order.objects.filter(wallet=run.bot.wallet, filled_quantity__gt=0)
    rows = Decision.objects.filter(
        run=run, client_order_id__in=ordered.values("client_order_id")
    ).exclude(reason=BY_HAND)
    found = [Decided(*row) for row in rows.values_list("decided_at_ms", "leg", "reason")]
    # The simulator's data end: an entry decided on the last but one candle never opens.
    before_ms = {"entry": times[-2:][0], "exit": times[-1]}
    return sorted(one for one in found if one.time_ms < before_ms[one.leg])


def decisions_of(trades: Sequence[Trade], times: list[int], from_ms: int) -> list[Decided]:
    """The decisions that led to these trades. Entries that bought nothing leave none."""
    before = dict(zip(times[1:], times, strict=False))
    decided = []
    for trade in trades:
        decided.append(Decided(before[trade.entry_time_ms], "entry", "signal"))
        if not trade.exit_reason:
            continue
        is_market = trade.exit_reason in MARKET_REASONS
        at_ms = before[trade.exit_time_ms] if is_market else trade.exit_time_ms
        decided.append(Decided(at_ms, "exit", trade.exit_reason))
    return sorted(one for one in decided if from_ms <= one.time_ms < times[-1])


def _left_open(trade: Trade) -> Trade:
    """A trade that only the end of the data closed has no exit yet."""
    return _open_trade(trade) if trade.exit_reason == "end_of_data" else trade


def _open_trade(trade: Trade) -> Trade:
    return trade._replace(
        exit_time_ms=0, exit_price=0.0, pnl=0.0, fees=0.0, return_fraction=0.0, exit_reason=""
    )


def _trade(position: Position, last_ms: int) -> Trade:
    trade = Trade(
        symbol=position.symbol,
        side=position.side,
        entry_time_ms=position.opened_at_ms,
        entry_price=float(position.entry_price),
        exit_time_ms=position.closed_at_ms or 0,
        exit_price=float(position.exit_price or 0),
        quantity=float(position.entry_quantity),
        pnl=float(position.realised_pnl),
        fees=float(position.fees),
        funding=0.0,
        return_fraction=0.0,
        exit_reason=position.exit_reason,
    )
    is_open = position.closed_at_ms is None or position.closed_at_ms > last_ms
    return _open_trade(trade) if is_open or position.exit_reason == BY_HAND else trade


def _decision_difference(live: Sequence[Decided], expected: Sequence[Decided]) -> str | None:
    for one, other in zip(live, expected, strict=False):
        if one != other:
            return f"live decided {one}, the replay {other}"
    if len(live) > len(expected):
        return f"live decided {live[len(expected)]}, the replay nothing"
    if len(live) < len(expected):
        return f"live decided nothing, the replay {expected[len(live)]}"
    return None


def _trade_difference(live: Sequence[Trade], expected: Sequence[Trade]) -> str | None:
    found = first_difference(
        live, expected, step_tolerance=MONEY_TOLERANCE, money_tolerance=MONEY_TOLERANCE
    )
    return f"live against replay, {found}" if found else None


def _indicator_difference(run: BotRun, spec: Spec, candles: Candles) -> str | None:
    """Recorded indicator values that come out otherwise today: then the candles were changed."""
    now = signals(spec, candles).columns
    index = {time_ms: i for i, time_ms in enumerate(candles.open_time_ms.tolist())}
    rows = Decision.objects.filter(run=run).order_by("decided_at_ms")
    for decided_at_ms, inputs in rows.values_list("decided_at_ms", "inputs"):
        for name, value in inputs.get("values", {}).items():
            at = float(now[name][index[decided_at_ms]]) if decided_at_ms in index else None
            shown = None if at is None or at != at else at
            if shown != value:
                when = f"{clock.from_ms(decided_at_ms):%Y-%m-%d %H:%M}"
                return f"at {when} {name} was {value} live and is {shown} on the stored candles"
    return None
