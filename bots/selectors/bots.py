"""Bots as lists and details, with what belongs to them."""

from __future__ import annotations

from typing import Any

from django.db.models import F, OuterRef, Prefetch, QuerySet, Subquery

from bots.models import Bot, BotLog, BotParity, BotRun, Decision
from bots.models.bot import BotQuerySet, wallet_of
from exchanges.models import Order, Position
from foundation.lib.errors import NotFound

ID_MAX = 2**63 - 1


def owned(user: Any) -> BotQuerySet:
    """The user's bots, newest first, each with its strategy's name, newest run and open position.

    `run_of(bot)` gives the run; `position_quantity` and `position_entry_price` are null when flat;
    `parity_score` while it has not been compared.
    """
    position = Position.objects.open().filter(wallet=wallet_of("pk"))
    parity = BotParity.objects.filter(run__bot=OuterRef("pk")).order_by("-run_id")
    newest = BotRun.objects.defer("spec", "state").order_by("bot_id", "-pk").distinct("bot_id")
    rows: BotQuerySet = Bot.objects.owned_by(user).annotate(
        strategy_name=F("strategy__name"),
        position_quantity=Subquery(position.values("quantity")[:1]),
        position_entry_price=Subquery(position.values("entry_price")[:1]),
        parity_score=Subquery(parity.values("score")[:1]),
    )
    return rows.prefetch_related(Prefetch("runs", queryset=newest, to_attr="newest_runs"))


def get_owned(user: Any, bot_id: int) -> Bot:
    """One of the user's bots, as `owned` gives them; NotFound for strangers as for nobody."""
    found = owned(user).filter(pk=bot_id).first() if 0 < bot_id <= ID_MAX else None
    if found is None:
        raise NotFound("there is no such bot")
    return found


def is_deleted(user: Any, bot_id: int) -> bool:
    """Whether it was one of the user's."""
    rows = Bot.objects.filter(owner=user, pk=bot_id, deleted_at__isnull=False)
    return 0 < bot_id <= ID_MAX and rows.exists()


def run_of(bot: Bot) -> BotRun | None:
    """The bot's newest run, or None before its first start."""
    runs: list[BotRun] | None = getattr(bot, "newest_runs", None)
    if runs is None:
        return BotRun.objects.filter(bot=bot).order_by("-pk").first()
    return runs[0] if runs else None


def position_of(bot: Bot) -> Position | None:
    """What the bot holds now."""
    return Position.objects.open().filter(wallet=bot.wallet).first()


def positions_of(bot: Bot) -> QuerySet[Position]:
    """Everything it holds now, on paper."""
    return Position.objects.open().filter(wallet=bot.wallet).order_by("pk")


def trades(bot: Bot) -> QuerySet[Position]:
    """Closed positions: the bot's trades, newest first."""
    return Position.objects.closed().filter(wallet=bot.wallet).order_by("-pk")


def orders(bot: Bot) -> QuerySet[Order]:
    return Order.objects.filter(wallet=bot.wallet).order_by("-pk")


def decisions(bot: Bot) -> QuerySet[Decision]:
    return Decision.objects.filter(bot=bot).order_by("-pk")


def log(bot: Bot) -> QuerySet[BotLog]:
    """What happened, newest first."""
    return BotLog.objects.filter(bot=bot).order_by("-pk")
