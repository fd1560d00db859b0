"""What bots keep of a person, and what is in the way when one leaves."""

from __future__ import annotations

from collections.abc import Iterator

from accounts.core.belongings import BELONGINGS, Belonging
from accounts.models import LedgerAccount, User
from accounts.services.leaving_parts import PARTS, Part
from bots.core.lifecycle import BotStatus
from bots.models import Bot
from exchanges.models import Position
from exchanges.models.order import BOT_WALLET
from foundation.lib.decimals import plain

SHOWN = 20  # sentences of a kind

# What points to others stands after them.
_OWN = {
    "bots.Strategy": Belonging("owner"),
    "bots.CustomIndicator": Belonging("owner"),
    "bots.PortfolioSnapshot": Belonging("owner"),
    "bots.Bot": Belonging("owner"),
    "bots.BotPromotion": Belonging("bot__owner"),
    "bots.BotHook": Belonging("bot__owner", left_out=("token_hash", "secret_hash")),
    "bots.BotSignal": Belonging("bot__owner"),
    "bots.BotRun": Belonging("bot__owner"),
    "bots.BotParity": Belonging("run__bot__owner"),
    "bots.BotBlock": Belonging("run__bot__owner"),
    "bots.BotEvent": Belonging("run__bot__owner"),
    "bots.BotHold": Belonging("run__bot__owner"),
    "bots.BotLog": Belonging("bot__owner"),
    "bots.Decision": Belonging("bot__owner"),
}


def register() -> None:
    """Called once, when the app is ready."""
    for label, belonging in _OWN.items():
        BELONGINGS.add(label, belonging)
    PARTS.add("bots", Part(obstacles))


def obstacles(user: User) -> Iterator[str]:
    """Bots that are not stopped, what stopped ones still hold, and money that they have."""
    rows = Bot.objects.filter(owner=user)
    busy = rows.filter(deleted_at=None).exclude(status=BotStatus.STOPPED).order_by("pk")
    for name, status in busy.values_list("name", "status")[:SHOWN]:
        yield f"The bot “{name}” is {_words(status)}: stop it."
    at_work = {f"{BOT_WALLET}{pk}" for pk in busy.values_list("pk", flat=True)}
    held = Position.objects.owned_by(user).open().filter(wallet__startswith=BOT_WALLET)
    for position in held.exclude(wallet__in=at_work).order_by("pk")[:SHOWN]:
        name = _name(user, position.wallet.removeprefix(BOT_WALLET))
        yield (
            f"The bot {name} holds {plain(position.quantity)} of {position.symbol}: "
            "delete it, and choose whether that is sold or kept."
        )
        at_work.add(position.wallet)
    money = LedgerAccount.objects.filter(owner=user, kind="paper_bot", balance__gt=0)
    for account in money.order_by("pk")[:SHOWN]:
        if f"{BOT_WALLET}{account.reference}" not in at_work:
            name = _name(user, account.reference)
            yield f"The bot {name} has {plain(account.balance)} {account.asset}: delete it."


def _words(status: str) -> str:
    return "in error" if status == BotStatus.ERROR else status


def _name(user: User, bot_id: str) -> str:
    found = Bot.objects.filter(owner=user, pk=bot_id).first() if bot_id.isdecimal() else None
    return f"“{found.name}”" if found else bot_id
