"""Where each bot of a batch stands: rows of the database and what they mean at a close."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from django.db.models import Subquery

from accounts.models import LedgerAccount
from bots.core import run_rules
from bots.core.lifecycle import ACTIVE, MAY_ENTER, BotStatus
from bots.core.strategy.decide import (
    NOTHING,
    AccountState,
    Action,
    Decision,
    Row,
    SymbolState,
    decide,
)
from bots.core.strategy.risk import Plan, drawdown_reached, plan_numbers
from bots.core.strategy.signals import Signals
from bots.core.strategy.spec import Spec, parse
from bots.models import Bot, BotRun
from bots.models.bot import wallet_of
from bots.services.columns import Bar, Tape
from exchanges.core import matching
from exchanges.core.costs import Terms
from exchanges.core.market import MarketRules, Steps
from exchanges.core.symbols import parse_symbol
from exchanges.models import Order, Position

SPECS_MAX = 20_000
LONG = 1
ZERO = Decimal(0)
PAUSED = Decision(Action.NONE, "paused")
_specs: dict[str, Spec] = {}


@dataclass(slots=True, eq=False)
class Member:
    """One running bot at one candle. cash: its quote money; order: the one that is not over."""

    run: BotRun
    bot: Bot
    spec: Spec
    rules: MarketRules
    plan: Plan[Decimal]
    terms: Terms[Decimal]
    steps: Steps[Decimal]
    cash: Decimal
    position: Position | None = None
    order: Order | None = None
    last_exit_ms: int | None = None
    is_gone: bool = False
    best_changed: bool = False
    halts_now: bool = False
    _signals: tuple[Signals, int] | None = field(default=None, repr=False)

    @property
    def held(self) -> Decimal:
        return self.position.quantity if self.position is not None else ZERO

    @property
    def is_done(self) -> bool:
        """Its owner wants it to stop, and nothing is held or on its way any more."""
        return self.bot.status == BotStatus.STOPPING and not (self.order or self.position)

    def signals_at(self, tape: Tape, i: int) -> tuple[Signals, int]:
        """The signals of this bot's strategy, and the index of candle i in them."""
        if self._signals is None:
            run = self.run
            self._signals = tape.signals(self.spec, run.fingerprint, run.anchor_ms)
        found, offset = self._signals
        return found, i - offset

    def protective_hit(self, bar: Bar) -> tuple[str, Decimal] | None:
        """(reason, price) if a stop or the take-profit is touched on this candle."""
        position = self.position
        if position is None or position.closed_at_ms is not None:
            return None
        stop, stop_reason = matching.active_stop(
            LONG,
            position.stop_price or ZERO,
            position.best_price or ZERO,
            position.trailing_stop or ZERO,
            self.steps,
        )
        reason, price = matching.protective_fill(
            LONG, bar.open, bar.high, bar.low, stop, stop_reason,
            position.take_profit_price or ZERO, ZERO, ZERO, self.terms.slippage, self.steps,
        )  # fmt: skip
        if reason == matching.NO_EXIT:
            return None
        return matching.EXIT_REASONS[reason], price

    def mark(self, bar: Bar) -> None:
        """The candle is over: best price, equity, peak, drawdown limit."""
        run, position = self.run, self.position
        if position is not None and position.trailing_stop and position.best_price is not None:
            best = matching.best_price(LONG, position.best_price, bar.high, bar.low)
            self.best_changed |= best != position.best_price
            position.best_price = best
        run.turn_day(bar.open_time_ms)
        run.equity = self.cash + self.held * bar.close
        run.peak_equity = max(run.peak_equity, run.equity)
        run.last_price, run.last_candle_ms = bar.close, bar.open_time_ms
        reached = drawdown_reached(run.equity, run.peak_equity, self.plan.max_drawdown)
        self.halts_now |= reached and not run.is_halted
        run.is_halted |= reached

    def decide(self, tape: Tape, i: int) -> Decision:
        """What the strategy does at the close of candle i."""
        status = BotStatus(self.bot.status)
        if status is BotStatus.STOPPING:
            return NOTHING  # its owner has decided
        signals, at = self.signals_at(tape, i)
        pending_entry = self.order is not None and self.position is None
        side = LONG if self.position is not None else 0
        decision = decide(
            SymbolState(
                side=side,
                pending=self.order is not None,
                candles_since_exit=self._since_exit(tape, i),
            ),
            Row(bool(signals.buy[at]), bool(signals.sell[at]), short=False, cover=False),
            AccountState(
                open_positions=int(pending_entry or (side != 0 and self.order is None)),
                stopped=self.run.is_halted,
            ),
            max_open_positions=self.plan.max_open_positions,
            cooldown_candles=self.plan.cooldown_candles,
        )
        if decision.action is Action.EXIT and self.order is not None:
            return NOTHING  # the exit that is on its way is enough
        if decision.action is Action.ENTER_LONG and status not in MAY_ENTER:
            return PAUSED
        return decision

    def _since_exit(self, tape: Tape, i: int) -> int | None:
        if self.last_exit_ms is None or not self.plan.cooldown_candles:
            return None
        return i - tape.first_at(self.last_exit_ms)


def load(run_ids: Sequence[int], symbol: str) -> list[Member]:
    """The bots of these runs that are still active, in the order of their ids; five queries."""
    rows = BotRun.objects.filter(pk__in=run_ids, ended_at__isnull=True, bot__status__in=ACTIVE)
    runs = list(rows.select_related("bot").defer("spec", "markets").order_by("bot_id"))
    specs = _specs_of(runs)
    members = [_member(run, specs[run.fingerprint]) for run in runs]
    by_wallet = {member.bot.wallet: member for member in members}
    for position in Position.objects.open().filter(wallet__in=by_wallet, symbol=symbol):
        by_wallet[position.wallet].position = position
    for order in Order.objects.working().filter(wallet__in=by_wallet, symbol=symbol).order_by("pk"):
        by_wallet[order.wallet].order = order
    _read_cash(members, parse_symbol(symbol).quote)
    _read_last_exits([member for member in members if member.plan.cooldown_candles])
    return members


def _member(run: BotRun, spec: Spec) -> Member:
    rules, costs = run_rules.from_json(run.rules)
    return Member(
        run=run,
        bot=run.bot,
        spec=spec,
        rules=rules,
        plan=plan_numbers(spec.risk, Decimal),
        terms=costs.numbers(Decimal),
        steps=rules.numbers(Decimal),
        cash=ZERO,
    )


def _specs_of(runs: Sequence[BotRun]) -> dict[str, Spec]:
    """Specs by fingerprint; only those that this process has not read before are fetched."""
    if len(_specs) > SPECS_MAX:
        _specs.clear()
    unknown = {run.fingerprint: run.pk for run in runs if run.fingerprint not in _specs}
    if unknown:
        rows = BotRun.objects.filter(pk__in=unknown.values()).values_list("fingerprint", "spec")
        _specs.update((fingerprint, parse(spec)) for fingerprint, spec in rows)
    return _specs


def _read_cash(members: Sequence[Member], asset: str) -> None:
    by_reference = {str(member.bot.pk): member for member in members}
    # The owners too: the index on accounts begins with them.
    rows = LedgerAccount.objects.filter(
        owner__in={member.bot.owner_id for member in members},
        kind="paper_bot",
        asset=asset,
        reference__in=by_reference,
    )
    for reference, balance in rows.values_list("reference", "balance"):
        by_reference[reference].cash = balance


def _read_last_exits(members: Sequence[Member]) -> None:
    """When each run last got flat, for the cooldown; exits of earlier runs do not count."""
    if not members:
        return
    by_run = {member.run.pk: member for member in members}
    closed = Position.objects.closed().filter(wallet=wallet_of("bot_id")).order_by("-pk")
    rows = BotRun.objects.filter(pk__in=by_run).annotate(
        last_exit_ms=Subquery(closed.values("closed_at_ms")[:1])
    )
    for pk, trade_from_ms, last_exit_ms in rows.values_list("pk", "trade_from_ms", "last_exit_ms"):
        if last_exit_ms is not None and last_exit_ms >= trade_from_ms:
            by_run[pk].last_exit_ms = last_exit_ms
