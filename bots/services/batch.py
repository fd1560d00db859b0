"""A batch of bots worked through closed candles: in memory while nothing happens, else in
two transactions a candle, the orders' rows before the venue hears of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from django.db import transaction

from bots.core import blocks as codes
from bots.core.strategy import sizing
from bots.core.strategy.decide import Action, Decision
from bots.models import BotBlock
from bots.services import blocks, decisions, holds, journal, risk, runs, saving
from bots.services.columns import Bar, Tape
from bots.services.members import LONG, Member
from exchanges.core.market import MarketRules
from exchanges.core.orders import FINAL, Leg, OrderStatus, Side
from exchanges.models import Order
from exchanges.selectors import live
from exchanges.services import fills, orders
from exchanges.services.booked import Booked
from exchanges.services.risk_gate import Gate
from exchanges.venues import paper
from exchanges.venues.paper import Opening, PaperVenue

NOTHING_BOUGHT = (OrderStatus.REJECTED, OrderStatus.EXPIRED)


@dataclass(slots=True)
class Batch:
    """Bots of one group, each with its own cursor."""

    tape: Tape
    members: list[Member]
    _by_wallet: dict[str, Member] = field(init=False)
    _stale: bool | None = None
    _blocked: list[BotBlock] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._by_wallet = {member.bot.wallet: member for member in self.members}

    def work_off(self, end: int | None = None) -> None:
        """Every closed candle behind each bot's cursor, in order; those before index `end`."""
        if not self.members:
            return
        first = min(member.run.last_candle_ms for member in self.members)
        end = len(self.tape.times) if end is None else end
        for i in range(self.tape.first_at(first + 1), end):
            time_ms = self.tape.times[i]
            due = [
                member
                for member in self.members
                if member.run.last_candle_ms < time_ms and not member.is_gone
            ]
            self._candle(i, due)
        present = [member for member in self.members if not member.is_gone]
        # Orders that a crash or a missing price left behind, if their price is known by now.
        waiting = [member for member in present if member.order]
        if waiting and end:
            self._send(waiting, self.tape.opening_after(end - 1))
        self._save(present)
        for member in present:
            if member.is_done:
                runs.finish(member.bot.pk)
        journal.show_all((member.bot, member.run) for member in present if not member.is_done)

    def _candle(self, i: int, due: Sequence[Member]) -> None:
        """One candle: in memory for those to whom it does nothing, else rows first, then send."""
        bar = self.tape.bar(i)
        unsettled, deciding, entering = [], [], []
        for member in due:
            if member.order or member.protective_hit(bar):
                unsettled.append(member)
                continue
            member.mark(bar)
            decision = member.decide(self.tape, i)
            if decision.action is not Action.NONE:
                deciding.append(member)
            elif decision.reason:
                self._block(member, bar.open_time_ms, decision.reason)
            if decision.action is Action.ENTER_LONG:
                entering.append(member)
        if not unsettled and not deciding:
            return
        with transaction.atomic():
            present = saving.lock([*unsettled, *deciding], bar)
            # Before money moves: the gate's locks come before those of the ledger.
            gate = risk.gate_of(present, bar.open_time_ms) if entering else None
            # A marked candle is never settled again: its own high would move its own stop.
            self._settle([member for member in unsettled if not member.is_gone], bar, i)
            self._decide(present, bar, i, gate)
            self._save(present)
        self._send([member for member in present if member.order], self.tape.opening_after(i))

    def _settle(self, unsettled: Sequence[Member], bar: Bar, i: int) -> None:
        """Orders that waited for this candle fill at its open; then its stops and targets."""
        self._send(
            [member for member in unsettled if member.order], Opening(bar.open_time_ms, bar.open)
        )
        drafts, events = [], []
        for member in unsettled:
            hit = member.protective_hit(bar)
            if hit is None or member.position is None:
                continue
            reason, price = hit
            order = decisions.protective_order(
                member, member.position, bar.open_time_ms, reason, price
            )
            drafts.append(
                (member.bot, member.run, order, decisions.inputs_at(member, self.tape, i))
            )
            events.append(paper.filled(order, member.held, price, bar.open_time_ms, member.rules))
        rows = decisions.write(drafts)
        if rows:
            self._take_over(fills.record(events, orders=rows, rules_of=self._rules_of))
        for member in unsettled:
            member.mark(bar)

    def _decide(self, present: Sequence[Member], bar: Bar, i: int, gate: Gate | None) -> None:
        going: list[tuple[Member, Order]] = []
        entries: list[tuple[Member, Order]] = []
        for member in present:
            decision = member.decide(self.tape, i)
            if decision.action is Action.ENTER_LONG and self._is_stale():
                journal.write([decisions.stale_line(member.bot, member.run, bar.open_time_ms)])
                self._block(member, bar.open_time_ms, "stale")
                continue
            if decision.action is Action.NONE and decision.reason:
                self._block(member, bar.open_time_ms, decision.reason)
            order = self._order_for(member, decision, bar)
            if order is not None:
                is_entry = decision.action is Action.ENTER_LONG
                (entries if is_entry else going).append((member, order))
        drafts = []
        for member, order in [*going, *risk.let_through(entries, gate, bar.open_time_ms)]:
            inputs = decisions.inputs_at(member, self.tape, i)
            drafts.append((member.bot, member.run, order, inputs))
            member.order = order
        decisions.write(drafts)

    def _save(self, members: Sequence[Member]) -> None:
        """What blocked them is written with it: behind a saved cursor nobody looks again."""
        if not self._blocked:
            saving.save(members)
            return
        with transaction.atomic():
            blocks.write(self._blocked)
            holds.note_blocked(self._blocked)
            saving.save(members)
        self._blocked.clear()

    def _block(self, member: Member, candle_ms: int, code: str, words: str = "") -> None:
        self._blocked.append(blocks.block(member.run, candle_ms, code, words))

    def _is_stale(self) -> bool:
        """Asked once a batch, and only for entries: exits go whatever the feed says."""
        if self._stale is None:
            self._stale = live.is_stale(self.tape.group.venue, self.tape.group.symbol)
        return self._stale

    def _order_for(self, member: Member, decision: Decision, bar: Bar) -> Order | None:
        if decision.action is Action.ENTER_LONG:
            budget = sizing.entry_budget(member.cash, member.plan.max_position_size)
            return decisions.entry_order(member, bar.open_time_ms, budget)
        if decision.action is Action.EXIT and member.position is not None:
            return decisions.exit_order(
                member.bot,
                member.run,
                member.position,
                bar.open_time_ms,
                Leg.EXIT,
                decision.reason,
            )
        return None

    def _send(self, waiting: Sequence[Member], opening: Opening | None) -> None:
        """Hand the orders in; without a price the venue accepts them and waits."""
        rows = [member.order for member in waiting if member.order]
        if rows:
            venue = PaperVenue(self._rules_of, opening, self._size)
            self._take_over(orders.send(rows, venue, rules_of=self._rules_of))

    def _rules_of(self, order: Order) -> MarketRules:
        return self._by_wallet[order.wallet].rules

    def _size(self, order: Order, price: Decimal) -> tuple[str, Decimal]:
        """Quantity of an entry at its fill price, by the simulator's own function."""
        member = self._by_wallet[order.wallet]
        skip, quantity = sizing.entry_quantity(
            LONG, member.cash, price, member.plan, member.terms, member.steps, ()
        )
        return sizing.SKIP_REASONS[skip], quantity

    def _take_over(self, booked: Sequence[Booked]) -> None:
        """Carry what was booked over to the members, and tell their owners."""
        lines = []
        for one in booked:
            member = self._by_wallet[one.order.wallet]
            if one.order.status in FINAL:
                member.order = None
            if one.fill is not None and one.position is not None:
                way = 1 if one.fill.side == Side.BUY else -1
                member.cash -= way * one.fill.amount_quote + one.fill.fee
                is_closed = one.position.closed_at_ms is not None
                member.position = None if is_closed else one.position
                member.last_exit_ms = one.position.closed_at_ms or member.last_exit_ms
            lines.append(decisions.outcome_line(member.bot, member.run, one))
            if one.fill is None and one.order.status in NOTHING_BOUGHT:
                code = codes.code_of_skip(one.order.detail)
                words = one.order.detail if code == "refused" else ""
                self._block(member, one.order.decided_at_ms, code, words)
        journal.write(line for line in lines if line is not None)
