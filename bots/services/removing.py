"""Deleting a bot: what it holds is sold or kept first, as its owner chooses, over any crash.

`delete_asked_at` says that it is to go. It goes once it is stopped and flat, in the transaction
that sees it so: at once, with the answer of the exchange, or by the sweep.
"""

from __future__ import annotations

import logging
from enum import StrEnum

from django.db import transaction

from accounts.services import audit
from bots.core.lifecycle import BotStatus
from bots.models import Bot, BotPromotion, BotRun
from bots.selectors.holdings import holdings
from bots.services import bots, handing_over, journal, manual, runs
from exchanges.models import Position
from foundation.lib import clock
from foundation.lib.errors import AppError, Conflict, FieldFault
from foundation.lib.queue import enqueue

log = logging.getLogger(__name__)


class Choice(StrEnum):
    """What becomes of the position."""

    CLOSE = "close"
    KEEP = "keep"


class HoldsPosition(Conflict):
    """Its owner says first what becomes of what it holds."""

    code = "holds_position"


def delete(*, bot: Bot, position: Choice | None = None) -> bool:
    """Delete a bot; True: it is gone, False: it goes once its position is sold or let go of.

    A running one is stopped. Of one that holds something its owner says what becomes of it:
    "close" sells it at the market, "keep" leaves it to the owner: paper coins move to the wallet,
    those at an exchange stay there, and the bot's stops are cancelled. HoldsPosition without an
    answer. Asked again while it still sells, the newest answer counts. Its orders, fills and
    ledger entries stay.
    """
    _begin(bot, position)
    return go_on(bot.pk)


def go_on_all() -> int:
    """Every bot that is to go, once: what a crash or a lost message left; how many went."""
    due = Bot.objects.filter(delete_asked_at__isnull=False, deleted_at__isnull=True)
    return sum(go_on(pk) for pk in due.order_by("pk").values_list("pk", flat=True))


def go_on(bot_id: int) -> bool:
    """The next step of a deletion that was asked for; True once the bot is gone."""
    bot = Bot.objects.filter(pk=bot_id).first()
    if bot is None or bot.deleted_at is not None or bot.delete_asked_at is None:
        return bot is not None and bot.deleted_at is not None
    if bot.status == BotStatus.STOPPING and bot.credential_id is None:
        bot = manual.sell_now(bot)
    try:
        if bot.status == BotStatus.STOPPED and not bot.delete_keeps:
            sell_kept(bot)
        return _hide(bot_id)
    except AppError as fault:
        log.warning("bot %s cannot go yet: %s", bot_id, fault.message)
        return False


@transaction.atomic
def sell_kept(bot: Bot) -> None:
    """Sell what a stopped paper bot kept, as far as there is a price, and give the money back."""
    bot = Bot.objects.select_for_update().get(pk=bot.pk)
    run = bot.runs.order_by("-pk").first()
    if bot.status != BotStatus.STOPPED or run is None or bot.credential_id is not None:
        return
    manual.commit_exits(bot, run, at_ms=clock.now_ms())
    manual.sell_waiting(bot, run)
    newest = Position.objects.filter(wallet=bot.wallet).order_by("-pk").first()
    if newest is not None and not Position.objects.open().filter(wallet=bot.wallet).exists():
        runs.give_back(bot, run.symbol, key=f"kept:{bot.pk}:{newest.pk}:return")


@transaction.atomic
def _begin(bot: Bot, position: Choice | None) -> None:
    """Note what is wanted, and stop the bot if it runs: both or neither."""
    bot = Bot.objects.select_for_update(of=("self",)).get(pk=bot.pk)
    if bot.deleted_at is not None:
        return
    held = holdings(bot)
    if held and position is None:
        raise _asks(bot, held)
    keeps = position == Choice.KEEP
    if held and not keeps and bot.credential_id is not None and bot.status == BotStatus.STOPPED:
        # Only a run sells at an exchange, and guards the coins until they are sold.
        bot = bots.start(bot=bot, is_counted=False)
    is_first = bot.delete_asked_at is None
    bot.delete_asked_at, bot.delete_keeps = bot.delete_asked_at or clock.now(), keeps
    bot.save(update_fields=["delete_asked_at", "delete_keeps", "updated_at"])
    if is_first:
        what = "" if not held else ": it is left to its owner" if keeps else ": it is sold first"
        words = f"To be deleted; it holds {', '.join(held)}{what}." if held else "To be deleted."
        journal.write([journal.entry(None, bot, "delete", words)])
        audit.record(None, "bot.deleted", bot, bots.told(bot), {"keeps": keeps, "holds": held})
    if bot.status == BotStatus.STOPPING:
        _change_stop(bot, keeps)
    elif bot.status != BotStatus.STOPPED:
        bots.begin_stop(bot, close_position=not keeps)


def _change_stop(bot: Bot, keeps: bool) -> None:
    run = BotRun.objects.select_for_update().get(bot=bot, ended_at__isnull=True)
    if bot.credential_id is None:
        if keeps:
            runs.finish(bot.pk)
        return
    assert run.state is not None
    run.state["stopping"] = {"close": not keeps}
    run.save(update_fields=["state"])
    enqueue("bots.look_at_wallet", wallet=bot.wallet)


def _asks(bot: Bot, held: list[str]) -> HoldsPosition:
    told = ", ".join(held)
    kept = (
        "move to your paper wallet; no stop guards them any more"
        if bot.credential_id is None
        else f"stay on {bot.credential}; the bot's orders there, its stop too, are cancelled"
    )
    return HoldsPosition(
        f"{bot.name} holds {told}: say what becomes of it (position=close or position=keep).",
        [
            FieldFault("position", f'"close" sells {told} at the market, then deletes the bot'),
            FieldFault("position", f'"keep" deletes the bot: the coins {kept}'),
        ],
    )


@transaction.atomic
def _hide(bot_id: int) -> bool:
    """Gone from every list, once it is stopped and holds nothing that is to be sold.

    A run on an account ends only when all is sold that can be.
    """
    bot = Bot.objects.select_for_update().get(pk=bot_id)
    if bot.deleted_at is not None or bot.delete_asked_at is None:
        return bot.deleted_at is not None
    if bot.status != BotStatus.STOPPED:
        return False
    if bot.credential_id is None and Position.objects.open().filter(wallet=bot.wallet).exists():
        if not bot.delete_keeps:
            return False
        run = bot.runs.order_by("-pk").first()
        assert run is not None, "what it holds a run bought"
        told = ", ".join(handing_over.hand_over(bot, run))
        words = f"{told} moved to your paper wallet; nothing was sold, no stop guards it."
        journal.write([journal.entry(run, bot, "handed_over", words)])
    BotPromotion.objects.filter(bot=bot).delete()
    bot.deleted_at = clock.now()
    bot.save(update_fields=["deleted_at", "updated_at"])
    journal.write([journal.entry(None, bot, "delete", "Deleted.")])
    return True
