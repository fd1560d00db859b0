"""Bots whose exchange account refuses its keys: they stand still, and say what is left there."""

from __future__ import annotations

from django.db import transaction

from bots.core.lifecycle import BotStatus, before
from bots.models import Bot, BotRun
from bots.services import journal
from exchanges.models import AccountOrder, ExchangeCredential

ORDERS_NAMED_MAX = 5
REASON_CHARS_MAX = 300
UNSURE: dict[str, str] = {
    AccountOrder.Status.PENDING: ", not sent yet",
    AccountOrder.Status.SENDING: ", if it arrived: there was no answer",
}


@transaction.atomic
def pause_all(credential_id: int) -> int:
    """Pause every running bot of an account that is refused; how many. Safe to run twice."""
    account = ExchangeCredential.objects.filter(pk=credential_id).first()
    if account is None or account.may_send:
        return 0
    running = Bot.objects.filter(credential=account, status__in=before(BotStatus.PAUSED))
    bots = list(running.select_for_update().order_by("pk"))
    for bot in bots:
        run = BotRun.objects.filter(bot=bot, ended_at__isnull=True).first()
        words = f"{account.label} cannot be used: {account.words or 'its keys are refused.'}"
        bot.status, bot.status_reason = BotStatus.PAUSED, words[:REASON_CHARS_MAX]
        bot.save(update_fields=["status", "status_reason", "updated_at"])
        line = f"{words} {_left_there(bot)}"
        journal.write([journal.entry(run, bot, "error", line, level=journal.Level.ERROR)])
        journal.show(bot, run)
    return len(bots)


def pause_refused() -> int:
    """The same for each account that is refused: what a lost message would have told."""
    running = Bot.objects.filter(
        credential__state=ExchangeCredential.State.REFUSED, status__in=before(BotStatus.PAUSED)
    )
    accounts = running.order_by("credential").values_list("credential", flat=True).distinct()
    return sum(pause_all(pk) for pk in accounts)


def _left_there(bot: Bot) -> str:
    """What its owner has to look after at the venue meanwhile."""
    rows = list(AccountOrder.objects.working().filter(wallet=bot.wallet).order_by("pk"))
    if not rows:
        return "No order of the bot is open there."
    named = [
        f"{row.side} {row.quantity.normalize():f} {row.symbol} ({row.type.replace('_', ' ')},"
        f" {row.venue_order_id or row.client_order_id}{UNSURE.get(row.status, '')})"
        for row in rows[:ORDERS_NAMED_MAX]
    ]
    more = len(rows) - len(named)
    return f"Still open there: {', '.join(named)}{f' and {more} more' if more else ''}."
