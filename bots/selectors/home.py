"""What the first page answers: am I up, and is anything wrong?"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Sum

from bots.core.lifecycle import BotStatus
from bots.models import Bot
from bots.selectors import bots as selector
from bots.selectors.portfolio import QUOTE as QUOTE
from bots.selectors.portfolio import midnight_ms
from exchanges.core.symbols import parse_symbol
from exchanges.models import Fill, Position
from exchanges.models.order import BOT_WALLET
from exchanges.selectors import margin, worth

BOTS_SHOWN, FILLS_SHOWN = 20, 10
ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Figures:
    """The row at the top, in the quote currency of the paper wallet."""

    open_profit: Decimal
    profit_today: Decimal
    trades_today: int
    running: int
    in_error: int


@dataclass(frozen=True, slots=True)
class OpenPosition:
    """With its newest price and profit (None: not known); liquidation and the distance to it, a
    fraction of the price, where there is one."""

    position: Position
    price: Decimal | None
    profit: Decimal | None
    liquidation: Decimal | None = None
    distance: Decimal | None = None


def figures(user: Any, bots: list[Bot]) -> Figures:
    """Of all bots that the user has now."""
    active = [bot for bot in bots if bot.is_active or bot.status == BotStatus.ERROR]
    today = closed_today(user)
    return Figures(
        open_profit=sum((profit_of(bot) for bot in active), ZERO),
        profit_today=today["profit"] or ZERO,
        trades_today=today["count"],
        running=sum(bot.status == BotStatus.RUNNING for bot in bots),
        in_error=sum(bot.status == BotStatus.ERROR for bot in bots),
    )


def profit_of(bot: Any) -> Decimal:
    """What its open position is worth more than it cost, at the newest price the bot knows."""
    run = selector.run_of(bot)
    if run is None or run.last_price is None or bot.position_quantity is None:
        return ZERO
    worth: Decimal = bot.position_quantity * (run.last_price - bot.position_entry_price)
    return worth


def closed_today(user: Any) -> dict[str, Any]:
    """Trades that ended since midnight of the reader's zone."""
    closed = Position.objects.owned_by(user).closed()
    today = closed.filter(closed_at_ms__gte=midnight_ms())
    return {"count": today.count(), "profit": today.aggregate(sum=Sum("realised_pnl"))["sum"]}


def last_fills(user: Any) -> list[Fill]:
    found = Fill.objects.filter(order__owner=user).select_related("order").order_by("-pk")
    return list(found[:FILLS_SHOWN])


def open_positions(user: Any) -> list[OpenPosition]:
    """Of bots and by hand, newest first."""
    by_hand = [
        OpenPosition(
            one.position,
            one.mark,
            one.unrealised_pnl if one.mark else None,
            one.liquidation_price,
            one.distance,
        )
        for one in margin.held_positions(user)
    ]
    rows = Position.objects.owned_by(user).open().filter(wallet__startswith=BOT_WALLET)
    held = list(rows.order_by("-pk")[:BOTS_SHOWN])
    known = worth.prices({base_of(one) for one in held}) if held else {}
    by_bots = [_of_bot(one, known.get(base_of(one))) for one in held]
    found = sorted((*by_hand, *by_bots), key=lambda one: -one.position.pk)
    return found[:BOTS_SHOWN]


def base_of(position: Position) -> str:
    return parse_symbol(position.symbol).base


def _of_bot(held: Position, price: Decimal | None) -> OpenPosition:
    profit = None if price is None else held.quantity * (price - held.entry_price)
    return OpenPosition(held, price, profit)
