"""Bots at the gate of risk: their own limits first, then those over all that their owner trades."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Count, Max

from bots.core import bot_risk
from bots.core.bot_risk import OwnFacts
from bots.models import Bot, BotBlock, BotLog, BotRun
from bots.models.bot import DAY_MS
from bots.services import blocks, journal
from bots.services.members import Member
from exchanges.core.risk_gate import Refusal
from exchanges.models import Order, Position
from exchanges.services import risk_gate
from exchanges.services.risk_gate import PAPER, Ask, Gate

ZERO = Decimal(0)


@dataclass(slots=True)
class Since:
    """Of one bot: opening orders of the day, and when it last sold at a loss."""

    trades_day: int = 0
    lost_ms: int | None = None


def gate_of(members: Iterable[Member], now_ms: int) -> Gate:
    """For the entries of a batch, in its transaction."""
    return risk_gate.opened({member.bot.owner_id for member in members}, now_ms=now_ms)


def let_through(
    wanted: Sequence[tuple[Member, Order]], gate: Gate | None, now_ms: int
) -> list[tuple[Member, Order]]:
    """The entries that may go; of each of the others a row and a line in its bot's log."""
    if not wanted:
        return []
    gate = gate or gate_of([member for member, _ in wanted], now_ms)
    own = since([member.bot for member, _ in wanted], now_ms)
    passed, refused, lines, blocked = [], [], [], []
    for member, order in wanted:
        ask = Ask(
            owner_id=order.owner_id, book=PAPER, wallet=order.wallet, venue=order.venue,
            symbol=order.symbol, side=order.side, money=order.amount_quote,
            price=member.run.last_price, held=member.held,
        )  # fmt: skip
        found = own_refusals(member.bot, member.run, own, now_ms) or gate.ask(ask)
        if not found:
            passed.append((member, order))
            continue
        refused.append((ask, found))
        lines.append(line(member.bot, member.run, found, order.decided_at_ms))
        blocked.append(block(member.run, found, order.decided_at_ms))
    risk_gate.record(refused)
    blocks.write(blocked)
    journal.write(lines)
    return passed


def own_refusals(bot: Bot, run: BotRun, own: dict[str, Since], now_ms: int) -> list[Refusal]:
    """By the limits that the bot itself has; most have none, and nothing is asked."""
    if not bot.risk:
        return []
    known = own.get(bot.wallet, Since())
    facts = OwnFacts(
        now_ms, run.equity, run.peak_equity, run.day_equity, known.trades_day, known.lost_ms
    )
    return bot_risk.refusals(bot.risk, facts)


def since(bots: Iterable[Bot], now_ms: int) -> dict[str, Since]:
    """By wallet, of paper bots whose limits need it."""
    counted = [bot.wallet for bot in bots if bot.risk and "trades_day" in bot.risk]
    rested = [bot.wallet for bot in bots if bot.risk and "cooldown_minutes" in bot.risk]
    found: dict[str, Since] = {wallet: Since() for wallet in {*counted, *rested}}
    if counted:
        rows = Order.objects.filter(
            wallet__in=counted, side="buy", decided_at_ms__gte=now_ms // DAY_MS * DAY_MS
        ).exclude(status="rejected")
        for wallet, count in rows.order_by().values_list("wallet").annotate(Count("pk")):
            found[wallet].trades_day = count
    if rested:
        lost = Position.objects.closed().filter(wallet__in=rested, realised_pnl__lt=0)
        for wallet, at_ms in lost.order_by().values_list("wallet").annotate(Max("closed_at_ms")):
            found[wallet].lost_ms = at_ms
    return found


def block(run: BotRun, found: Sequence[Refusal], candle_ms: int) -> BotBlock:
    """What the gate said, for whoever asks why the candle brought no order."""
    return blocks.block(run, candle_ms, "refused", " ".join(one.words for one in found))


def line(bot: Bot, run: BotRun, found: Sequence[Refusal], candle_ms: int | None) -> BotLog:
    """What the gate said, for the bot's owner."""
    words = "Nothing was opened: " + " ".join(one.words for one in found)
    level = journal.Level.WARNING
    data = {"risk": [{"rule": one.rule, "value": one.value, "limit": one.limit} for one in found]}
    return journal.entry(run, bot, "risk", words, level=level, candle_ms=candle_ms, data=data)
