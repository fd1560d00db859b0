"""Bots go from paper to real money by steps, and back by themselves.

A step stops the bot, waits until it holds nothing, and starts it with the other money: `moving_to`
says where to, so that a crash in between is finished by the next review.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from django.db import transaction

from accounts.services import audit, mfa
from bots.core.lifecycle import BotStatus
from bots.core.promotion import Move, Stage, from_json, grown, missing, next_move, percent, read
from bots.models import Bot, BotPromotion
from bots.selectors.promotion import facts_of
from bots.services import bots, journal
from exchanges.models import ExchangeCredential, Market
from foundation.lib import clock
from foundation.lib.decimals import quantize
from foundation.lib.errors import AppError, BadInput, Conflict, FieldFault, NotFound


class NotNow(Conflict):
    """The bot is not where it could take this step."""

    code = "not_now"


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
    if not Market.objects.filter(venue=credential.venue, symbol=bot.symbol).exists():
        words = f"{bot.symbol} of {credential.venue} is not followed here; choose another account"
        raise BadInput(f"credential: {words}", [FieldFault("credential", words)])
    if not credential.is_testnet:
        mfa.require(bot.owner, "trading with real money")
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
    row = _locked_of(bot)
    if row is not None:
        _say(row, "Its owner took it off its way; it stays what it is now.")
        audit.record(None, "bot.promotion", row.bot, after={"to": None})
        row.delete()


def advance(*, bot: Bot) -> BotPromotion:
    """The next step now, whatever is still to be shown: its owner's decision. NotNow else."""

    def asked(row: BotPromotion) -> Move:
        plan, stage = from_json(row.plan), Stage(row.stage)
        if stage is Stage.FULL:
            raise NotNow(f"{row.bot.name} trades with all of its money already.")
        told = missing(stage, plan, facts_of(row))
        early = f" before {', '.join(told)}" if told else ""
        move = grown(stage, row.share, plan)
        words = (
            f"Its owner let it go on{early}; it trades with {percent(move.share)} of its money now."
        )
        return Move(move.stage, move.share, words[:300])

    return _move_by_hand(bot, asked)


def step_back(*, bot: Bot) -> BotPromotion:
    """To paper money now; the days there count anew. NotNow if it is there."""

    def asked(row: BotPromotion) -> Move:
        if row.stage == Stage.PAPER:
            raise NotNow(f"{row.bot.name} trades paper money already.")
        return Move(Stage.PAPER, Decimal(0), "Its owner sent it back to paper.")

    return _move_by_hand(bot, asked)


def _move_by_hand(bot: Bot, asked: Callable[[BotPromotion], Move]) -> BotPromotion:
    with transaction.atomic():
        row = _locked_of(bot)
        if row is None:
            raise NotFound("this bot is not on its way to an account")
        if row.moving_to is not None:
            raise NotNow(f"{bot.name} is on its way to the next step already.")
        if row.bot.status != BotStatus.RUNNING:
            raise NotNow(f"{bot.name} is {row.bot.status}; start it first.")
        _leave(row, asked(row))
    _go_on(row.pk)
    return BotPromotion.objects.get(pk=row.pk)


def _leave(row: BotPromotion, move: Move) -> None:
    """Let go of what it holds; where it goes is kept."""
    row.moving_to = {"stage": move.stage, "share": str(move.share), "words": move.words}
    row.save(update_fields=["moving_to"])
    bots.stop(bot=row.bot)


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
            _leave(row, move)
    return _go_on(promotion_id)


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
    _say(row, move.words, level=journal.Level.INFO if live else journal.Level.WARNING)
    _start(row)
    return True


def _start(row: BotPromotion) -> None:
    """A bot that cannot start stays stopped and says why; its owner decides."""
    try:
        with transaction.atomic():
            bots.start(bot=row.bot, is_counted=False)
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


def _locked_of(bot: Bot) -> BotPromotion | None:
    pk = BotPromotion.objects.filter(bot=bot).values_list("pk", flat=True).first()
    return None if pk is None else _locked(pk)


def _say(row: BotPromotion, words: str, *, level: str = journal.Level.INFO) -> None:
    journal.write([journal.entry(None, row.bot, "promotion", words, level=level)])
