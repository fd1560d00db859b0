"""Bots go from paper to real money by steps, and back by themselves.

A step stops the bot, waits until it holds nothing, and starts it with the other money: `moving_to`
says where to, so that a crash in between is finished by the next review.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.db import transaction

from accounts.services import audit
from bots.core.lifecycle import BotStatus
from bots.core.promotion import Facts, Move, Stage, from_json, missing, next_move, read
from bots.models import Bot, BotParity, BotPromotion, BotRun
from bots.services import bots, journal
from exchanges.models import ExchangeCredential
from foundation.lib import clock
from foundation.lib.decimals import quantize
from foundation.lib.errors import AppError, BadInput, Conflict, FieldFault

DAY_S = Decimal(86_400)


@transaction.atomic
def begin(
    *, bot: Bot, credential: ExchangeCredential, plan: Mapping[str, Any] | None = None
) -> BotPromotion:
    """Put a bot on paper on its way to an account. A second call changes account and plan."""
    bot = Bot.objects.select_for_update().get(pk=bot.pk)
    if bot.credential_id is not None:
        raise Conflict(f"{bot.name} trades real money already.")
    if credential.owner_id != bot.owner_id:
        words = "there is no such exchange account"
        raise BadInput(f"credential: {words}", [FieldFault("credential", words)])
    values = {
        "credential": credential, "plan": read(plan or {}).to_json(), "stage": Stage.PAPER,
        "share": 0, "allocation": bot.allocation, "paper_venue": bot.venue, "since": clock.now(),
        "words": "", "moving_to": None,
    }  # fmt: skip
    row, _ = BotPromotion.objects.update_or_create(bot=bot, defaults=values)
    audit.record(None, "bot.promotion", bot, after={"to": credential.label, "plan": row.plan})
    _say(row, f"On its way to {credential.label}: first {row.plan['paper_days']} days on paper.")
    return row


@transaction.atomic
def end(*, bot: Bot) -> None:
    """The bot stays what it is now."""
    if BotPromotion.objects.filter(bot=bot).delete()[0]:
        audit.record(None, "bot.promotion", bot, after={"to": None})


def review_all() -> int:
    """Look at every bot on its way; how many moved."""
    pks = BotPromotion.objects.filter(bot__deleted_at__isnull=True).values_list("pk", flat=True)
    return sum(review(pk) for pk in list(pks))


def review(promotion_id: int) -> bool:
    """One step, if the facts call for it, or the rest of one that was begun."""
    with transaction.atomic():
        row = _locked(promotion_id)
        if row is None:
            return False
        if row.moving_to is None:
            plan, stage = from_json(row.plan), Stage(row.stage)
            move = next_move(stage, row.share, plan, facts_of(row))
            if move is None or row.bot.status != BotStatus.RUNNING:
                row.words = _waits(row)
                row.save(update_fields=["words"])
                return False
            row.moving_to = {"stage": move.stage, "share": str(move.share), "words": move.words}
            row.save(update_fields=["moving_to"])
            bots.stop(bot=row.bot)
    return _go_on(promotion_id)


def facts_of(row: BotPromotion) -> Facts:
    """What the newest run has shown in this stage."""
    run = BotRun.objects.filter(bot=row.bot, ended_at__isnull=True).order_by("-pk").first()
    seconds = Decimal(int((clock.now() - row.since).total_seconds()))
    found = BotParity.objects.filter(run=run).first() if run else None
    parity = None if found is None or found.score is None else Decimal(str(found.score))
    lost = Decimal(0)
    if run is not None and run.peak_equity > 0:
        lost = (run.peak_equity - run.equity) / run.peak_equity
    return Facts(seconds / DAY_S, parity, found.expected if found else 0, lost)


def _waits(row: BotPromotion) -> str:
    if row.stage == Stage.FULL:
        return "It trades with all of its money."
    told = missing(Stage(row.stage), from_json(row.plan), facts_of(row))
    return f"Before the next step: {', '.join(told)}."[:300] if told else "It must be running."


@transaction.atomic
def _go_on(promotion_id: int) -> bool:
    """Start with the other money, once the bot has let go of what it held."""
    row = _locked(promotion_id)
    if row is None or row.moving_to is None or row.bot.status != BotStatus.STOPPED:
        return False
    move = Move(
        Stage(row.moving_to["stage"]), Decimal(row.moving_to["share"]), row.moving_to["words"]
    )
    bot, live = row.bot, move.stage is not Stage.PAPER
    bot.credential = row.credential if live else None
    bot.venue = row.credential.venue if live else row.paper_venue
    bot.allocation = quantize(row.allocation * (move.share if live else 1))
    bot.save(update_fields=["credential", "venue", "allocation", "updated_at"])
    row.stage, row.share, row.since, row.moving_to = move.stage, move.share, clock.now(), None
    row.words = move.words
    row.save()
    told = {"stage": move.stage, "share": move.share, "allocation": bot.allocation}
    audit.record(None, "bot.promotion", bot, after=told)
    _say(row, move.words)
    _start(row)
    return True


def _start(row: BotPromotion) -> None:
    """A bot that cannot start stays stopped and says why; its owner decides."""
    try:
        with transaction.atomic():
            bots.start(bot=row.bot)
    except AppError as fault:
        row.words = f"It could not start: {fault.message}"[:300]
        row.save(update_fields=["words"])
        _say(row, row.words, level=journal.Level.ERROR)


def _locked(promotion_id: int) -> BotPromotion | None:
    """Bots first, as everywhere."""
    bot = Bot.objects.select_for_update().filter(promotion__pk=promotion_id).first()
    row = BotPromotion.objects.select_for_update().filter(pk=promotion_id).first()
    if bot is None or row is None:
        return None
    row.bot = bot
    return row


def _say(row: BotPromotion, words: str, *, level: str = journal.Level.INFO) -> None:
    journal.write([journal.entry(None, row.bot, "promotion", words, level=level)])
