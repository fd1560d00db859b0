"""What happened on the venue in memory, as rows: decisions, orders, fills, money."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from accounts.selectors import ledger
from bots.core.blocks import code_of_refusal
from bots.core.engine.orders import Filled, Kind, Order, Status
from bots.core.engine.session import Step
from bots.core.strategy.sizing import SKIP_REASONS
from bots.models import BotBlock, BotRun
from bots.models.bot import RULES
from bots.services import blocks, decisions, journal
from bots.services.columns import exact
from bots.services.tables import Table
from exchanges.core import orders as core
from exchanges.core.matching import EXIT_REASONS
from exchanges.core.orders import OrderStatus, Side
from exchanges.core.symbols import parse_symbol
from exchanges.models import Order as OrderRow
from exchanges.models import Position
from exchanges.services import fills
from foundation.lib.decimals import quantize
from foundation.lib.ids import client_order_id

TYPES = {
    Kind.MARKET: "market",
    Kind.LIMIT: "limit",
    Kind.STOP: "stop_loss",
    Kind.TAKE_PROFIT: "take_profit",
    Kind.TRAILING_STOP: "trailing_stop",
}
ENDS = {
    Status.CANCELLED: OrderStatus.CANCELLED,
    Status.EXPIRED: OrderStatus.EXPIRED,
    Status.REFUSED: OrderStatus.REJECTED,
}
HAIR = Decimal("1e-9")  # relative: what float64 may differ by from Decimal
LEAST = Decimal("0.00000001")


def cash_of(run: BotRun) -> Decimal:
    """The bot's quote money, by the ledger."""
    asset = parse_symbol(run.symbol).quote
    return ledger.balance(run.bot.owner_id, "paper_bot", asset, run.bot_id)


@dataclass(slots=True)
class Pages:
    """Rows and events of some candles, gathered in the order in which they happened.

    closing_only: why nothing is opened, "paused" or "stale"; "" while it may. In the caller's
    transaction, which holds the bot.
    """

    run: BotRun
    table: Table
    home: str = field(init=False)
    purse: dict[str, Decimal] = field(init=False)  # by currency
    rows: dict[str, OrderRow] = field(init=False)  # by leg
    drafts: list[tuple[OrderRow, dict[str, Any]]] = field(default_factory=list)
    events: list[core.OrderEvent] = field(default_factory=list)
    opened: set[str] = field(default_factory=set)
    blocked: list[BotBlock] = field(default_factory=list)
    closing_only: str = ""

    def __post_init__(self) -> None:
        wallet = self.run.bot.wallet
        working = OrderRow.objects.working().filter(wallet=wallet).order_by("pk")
        self.rows = {row.leg: row for row in working.select_for_update()}
        open_positions = Position.objects.open().filter(wallet=wallet)
        self.home = parse_symbol(self.run.symbol).quote
        self.purse = {parse_symbol(row.symbol).base: row.quantity for row in open_positions}
        self.purse[self.home] = cash_of(self.run)

    def turn(self, step: Step) -> None:
        """Take down a candle, before the next one is traded."""
        self.blocked += [blocks.block(self.run, step.time_ms, code) for code in step.held_back]
        for number, filled in enumerate(step.fills):
            is_last = not any(
                later.order is filled.order and filled.order is not None
                for later in step.fills[number + 1 :]
            )
            self._fill(step, number, filled, is_last=is_last)
        for order in step.ended:
            if order.status in ENDS:
                self._end(order, self.rows[_leg(order)], step.time_ms)
        for order in step.taken:
            self._take(order, step)

    def _take(self, order: Order, step: Step) -> None:
        """An order sent at this close."""
        row = self._row(order.symbol, _leg(order), order.side, step.time_ms, EXIT_REASONS[
            order.reason] if order.side < 0 or order.reduce_only else "signal")  # fmt: skip
        row.type = TYPES[order.kind]
        row.reduce_only = order.reduce_only
        _size(row, order, step)
        if order.kind is Kind.LIMIT:
            row.price = exact(order.price)
        elif order.kind is Kind.TRAILING_STOP:
            row.callback_rate = exact(order.trail)
        elif order.kind is not Kind.MARKET:
            row.trigger_price = exact(order.price)
        if order.bracket is not None:
            row.stop_loss = _fraction(order.bracket.stop_loss)
            row.take_profit = _fraction(order.bracket.take_profit)
            row.trailing_stop = _fraction(order.bracket.trailing_stop)
        self.rows[row.leg] = row
        self.drafts.append((row, self._inputs(order, step)))
        if order.is_open:
            self.opened.add(row.client_order_id)
            self._tell(row, OrderStatus.OPEN, step.time_ms)
        else:
            self._end(order, row, step.time_ms)

    def _fill(self, step: Step, number: int, filled: Filled, *, is_last: bool) -> None:
        order = filled.order
        if order is None:  # a bracket's stop or target: its order is born and filled at once
            leg = f"b{number}"
            row = self._row(filled.symbol, leg, filled.side, step.time_ms, filled.reason)
            row.type, row.reduce_only = filled.reason, True
            row.quantity, row.trigger_price = exact(filled.quantity), exact(filled.price)
            self.drafts.append((row, self._inputs(None, step)))
        else:
            row = self.rows[_leg(order)]
        whole = order is None or (is_last and order.status is Status.FILLED)
        status = OrderStatus.FILLED if whole else OrderStatus.PARTIALLY_FILLED
        fill = self._money(filled, f"{row.client_order_id}-{step.time_ms}.{number}", step.time_ms)
        if order is None:
            row.quantity = fill.quantity
        self.events.append(core.OrderEvent(row.client_order_id, status, step.time_ms, fill))

    def _money(self, filled: Filled, fill_id: str, time_ms: int) -> core.Fill:
        """The fill in Decimal; the last float of a sum buys nothing that is not there."""
        quantity, price = exact(filled.quantity), exact(filled.price)
        pair, fee = parse_symbol(filled.symbol), quantize(exact(filled.fee))
        coins = self.purse.get(pair.base, Decimal(0))
        money = self.purse.get(pair.quote, Decimal(0))
        if filled.side > 0:
            self.purse[pair.base] = coins + quantity
            left = money - quantize(quantity * price)
            if self._is_rest(fee - left, pair.quote, money):
                fee = max(left, Decimal(0))
            self.purse[pair.quote] = left - fee
        else:
            if abs(coins - quantity) <= HAIR * coins:
                quantity = coins
            self.purse[pair.base] = coins - quantity
            self.purse[pair.quote] = money + quantize(quantity * price) - fee
        return core.Fill(fill_id, price, quantity, fee, time_ms)

    def _is_rest(self, missing: Decimal, currency: str, money: Decimal) -> bool:
        """Whether float64 spent a hair more than there is, or left a hair of a coin over."""
        if currency == self.home:
            return bool(0 < missing <= HAIR * self.run.equity_start)
        return bool(abs(missing) <= HAIR * money)

    def _end(self, order: Order, row: OrderRow, time_ms: int) -> None:
        status = ENDS[order.status]
        was_open = row.status != OrderStatus.PENDING or row.client_order_id in self.opened
        if status is OrderStatus.REJECTED and was_open:
            status = OrderStatus.EXPIRED
        detail = order.words or (SKIP_REASONS[order.refusal] if order.refusal else "")
        self._tell(row, status, time_ms, detail)
        if order.status is Status.REFUSED:
            self._block(order, row)

    def _block(self, order: Order, row: OrderRow) -> None:
        """The venue refused it: for its size, or because nothing is opened now."""
        opens = order.side > 0 and not order.reduce_only
        code = code_of_refusal(order.refusal)
        if code == "refused" and opens and self.closing_only and not order.words:
            code = self.closing_only
        self.blocked.append(blocks.block(self.run, row.decided_at_ms, code, order.words))

    def _tell(self, row: OrderRow, status: OrderStatus, time_ms: int, detail: str = "") -> None:
        self.events.append(core.OrderEvent(row.client_order_id, status, time_ms, detail=detail))

    def _row(self, symbol: str, leg: str, side: int, time_ms: int, reason: str) -> OrderRow:
        run, bot = self.run, self.run.bot
        return OrderRow(
            owner_id=bot.owner_id, venue=run.venue, symbol=symbol, wallet=bot.wallet,
            client_order_id=client_order_id(bot.pk, time_ms, leg), leg=leg,
            side=Side.BUY if side > 0 else Side.SELL, reason=reason, decided_at_ms=time_ms,
            slippage=bot.slippage,
        )  # fmt: skip

    def _inputs(self, order: Order | None, step: Step) -> dict[str, Any]:
        """What was known when it was decided."""
        symbol = self.table.session.symbols[0 if order is None else order.place]
        inputs: dict[str, Any] = {"cash": repr(step.cash)}
        bar = self.table.session.bar(symbol, step.time_ms)
        if bar is not None:
            inputs |= {name: repr(getattr(bar, name)) for name in bar._fields}
        if order is not None and order.tag:
            inputs["tag"] = order.tag
        if order is not None and order.words:
            inputs["risk"] = order.words
        if self.table.signals is not None:
            inputs["values"] = values_at(self.table, step.time_ms)
        return inputs

    def write(self) -> None:
        run, bot = self.run, self.run.bot
        lines = run.kind == RULES
        drafts = [(bot, run, row, inputs) for row, inputs in self.drafts]
        new = decisions.write(drafts, tell=lines)
        known = {row.client_order_id: row for row in (*self.rows.values(), *new)}
        told = {event.client_order_id for event in self.events}
        rows = [row for key, row in known.items() if key in told]
        booked = fills.record(
            self.events, orders=rows, rules_of=lambda order: self.table.rules[order.symbol],
            home=self.home,
        )  # fmt: skip
        said = (decisions.outcome_line(bot, run, one) for one in booked if one.fill or lines)
        journal.write(line for line in said if line is not None)
        blocks.write(self.blocked)
        self._show_levels()

    def _show_levels(self) -> None:
        """Stops and targets as they are now, for whoever looks at the position."""
        rows = Position.objects.open().filter(wallet=self.run.bot.wallet)
        by_symbol = {row.symbol: row for row in rows.select_for_update()}
        for symbol, row in by_symbol.items():
            holding = self.table.session.holding(symbol)
            if holding is not None:
                row.stop_price = _fraction(holding.stop_loss)
                row.take_profit_price = _fraction(holding.take_profit)
                row.best_price = exact(holding.best)
        changed = ["stop_price", "take_profit_price", "best_price"]
        Position.objects.bulk_update(by_symbol.values(), changed)


def values_at(table: Table, time_ms: int) -> dict[str, float | None]:
    """Each indicator at the close of the candle that opened then; null while it warms up."""
    assert table.signals is not None
    at = int(table.signals.candles.open_time_ms.searchsorted(time_ms))
    found = {name: float(column[at]) for name, column in table.signals.columns.items()}
    return {name: None if value != value else value for name, value in found.items()}


def _size(row: OrderRow, order: Order, step: Step) -> None:
    """Quantity or money of an order; a strategy's entry takes its part of the money there is."""
    if order.quantity is not None:
        row.quantity = exact(order.quantity)
    elif order.amount is not None:
        row.amount_quote = quantize(exact(order.amount))
    elif order.reduce_only:
        row.close_position = True
    else:
        row.amount_quote = max(quantize(exact(step.cash)), LEAST)


def _fraction(value: float) -> Decimal | None:
    return exact(value) if value else None


def _leg(order: Order) -> str:
    """Names the order among the bot's."""
    return f"o{order.number}"
