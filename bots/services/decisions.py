"""A decision and its order: rows first. The client order id follows from (bot, candle, leg)."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from bots.models import Bot, BotRun, Decision
from bots.models.bot import BotLog
from bots.services import journal
from bots.services.columns import Tape
from bots.services.members import Member
from exchanges.core.orders import Leg, OrderStatus, Side
from exchanges.core.symbols import parse_symbol
from exchanges.models import Order, Position
from exchanges.services import orders
from exchanges.services.booked import Booked
from foundation.lib import moments
from foundation.lib.decimals import quantize
from foundation.lib.ids import client_order_id

WORDS = {
    "signal": "the strategy's conditions",
    "stop_loss": "the stop-loss was touched",
    "take_profit": "the take-profit was reached",
    "trailing_stop": "the trailing stop was touched",
    "max_drawdown": "the drawdown limit was reached",
    "manual": "stopped by hand",
}
SKIPS = {
    "no_cash": "there is no money left",
    "below_minimum_amount": "less than the market's smallest amount",
    "below_minimum_notional": "worth less than the market's smallest order",
}


def entry_order(member: Member, decided_at_ms: int, budget: Decimal) -> Order:
    """Buy for an amount of money at the next open, and protect what was bought."""
    plan = member.plan
    order = _order(member.bot, member.run, Side.BUY, decided_at_ms, Leg.ENTRY, "signal")
    order.amount_quote = quantize(budget)
    order.stop_loss = plan.stop_loss or None
    order.take_profit = plan.take_profit or None
    order.trailing_stop = plan.trailing_stop or None
    order.slippage = member.terms.slippage
    return order


def exit_order(
    bot: Bot, run: BotRun, position: Position, decided_at_ms: int, leg: str, reason: str
) -> Order:
    """Sell everything at the market."""
    order = _order(bot, run, Side.SELL, decided_at_ms, leg, reason)
    order.symbol = position.symbol
    order.quantity, order.reduce_only = position.quantity, True
    order.slippage = bot.slippage
    return order


def protective_order(
    member: Member, position: Position, touched_at_ms: int, reason: str, price: Decimal
) -> Order:
    """What a touched stop or target becomes; `reason` is its type as well."""
    order = exit_order(member.bot, member.run, position, touched_at_ms, Leg.EXIT, reason)
    order.type, order.trigger_price = reason, quantize(price)
    return order


def _order(bot: Bot, run: BotRun, side: Side, decided_at_ms: int, leg: str, reason: str) -> Order:
    return Order(
        owner_id=bot.owner_id,
        venue=run.venue,
        symbol=run.symbol,
        wallet=bot.wallet,
        client_order_id=client_order_id(bot.pk, decided_at_ms, leg),
        type="market",
        side=side,
        leg=leg,
        reason=reason,
        decided_at_ms=decided_at_ms,
    )


def write(
    drafts: Sequence[tuple[Bot, BotRun, Order, dict[str, Any]]], *, tell: bool = True
) -> list[Order]:
    """Decisions, orders and log lines in the caller's transaction; sending comes after it.

    tell: a line for each; of a grid's orders that would be noise.
    """
    if not drafts:
        return []
    rows = orders.write([order for _, _, order, _ in drafts])
    Decision.objects.bulk_create(
        Decision(
            bot=bot,
            run=run,
            decided_at_ms=order.decided_at_ms,
            leg=order.leg,
            side=order.side,
            reason=order.reason,
            client_order_id=order.client_order_id,
            inputs=inputs,
        )
        for bot, run, order, inputs in drafts
    )
    if tell:
        journal.write(_line(bot, run, order, inputs) for bot, run, order, inputs in drafts)
    return rows


def inputs_at(member: Member, tape: Tape, i: int) -> dict[str, Any]:
    """What the strategy saw at the close of candle i: prices, indicator values, money."""
    signals, at = member.signals_at(tape, i)
    values = {name: float(column[at]) for name, column in signals.columns.items()}
    bar = tape.bar(i)
    return {
        "open": f"{bar.open:f}",
        "high": f"{bar.high:f}",
        "low": f"{bar.low:f}",
        "close": f"{bar.close:f}",
        "cash": f"{member.cash:f}",
        "quantity": f"{member.held:f}",
        # JSON has no NaN; an indicator that is still warming up has no value.
        "values": {name: None if value != value else value for name, value in values.items()},
    }


def _line(bot: Bot, run: BotRun, order: Order, inputs: dict[str, Any]) -> BotLog:
    verb = "Buy" if order.side == Side.BUY else "Sell"
    close = f" at a close of {inputs['close']}" if "close" in inputs else ""
    when = moments.told(order.decided_at_ms)
    message = (
        f"{verb} {order.symbol}: {WORDS.get(order.reason, order.reason)} (candle {when}{close})."
    )
    return journal.entry(
        run, bot, "decision", message, candle_ms=order.decided_at_ms, data={"inputs": inputs}
    )


def stale_line(bot: Bot, run: BotRun, candle_ms: int) -> BotLog:
    """Why the strategy's entry was let go."""
    message = f"Nothing was bought: the prices of {run.symbol} are stale, its feed is silent."
    level = journal.Level.WARNING
    return journal.entry(run, bot, "skip", message, level=level, candle_ms=candle_ms)


def outcome_line(bot: Bot, run: BotRun, booked: Booked) -> BotLog | None:
    """What became of an order, in words; None for a mere acceptance."""
    order, fill = booked.order, booked.fill
    pair = parse_symbol(order.symbol)
    if fill is not None and booked.position is not None:
        verb = "Bought" if fill.side == Side.BUY else "Sold"
        message = f"{verb} {plain(fill.quantity)} {pair.base} at {plain(fill.price)} {pair.quote}"
        message += f", fee {plain(fill.fee)} {pair.quote}."
        if booked.position.closed_at_ms is not None:
            message += f" Result: {plain(booked.position.realised_pnl)} {pair.quote}."
        return journal.entry(run, bot, "fill", message, candle_ms=fill.time_ms)
    if order.status in (OrderStatus.REJECTED, OrderStatus.EXPIRED):
        message = f"Nothing was bought: {SKIPS.get(order.detail, order.detail)}."
        level = journal.Level.WARNING
        return journal.entry(run, bot, "skip", message, level=level, candle_ms=order.decided_at_ms)
    return None


def plain(amount: Decimal) -> str:
    """Eight places at most, without trailing zeros: for people, never for arithmetic."""
    text = f"{amount:.8f}".rstrip("0").rstrip(".")
    return "0" if text in ("", "-0") else text
