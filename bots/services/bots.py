"""Create, change, start, stop and delete bots."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from accounts.models import User
from accounts.services import audit, mfa, staying
from bots.core.lifecycle import ACTIVE, BotStatus, before
from bots.models import Bot, BotRun, Strategy
from bots.models.bot import RULES
from bots.services import account_runs, journal, manual, plan_limits, promotions_gate, runs
from bots.services.bot_checks import check_and_set, number, work_of
from exchanges.core.orders import Side
from exchanges.models import ExchangeCredential, Order, Position
from exchanges.services import orders, risk_gate
from foundation.lib.errors import BadInput, Conflict
from foundation.lib.queue import enqueue

BOTS_PER_USER_MAX = 20_000
RUNNING_FIXED = (
    "strategy", "kind", "params", "timeframe", "symbol", "venue", "credential", "allocation",
    "slippage",
)  # fmt: skip


class NotStartable(Conflict):
    """The bot is not in a state from which it can be started."""

    code = "not_startable"


class NotStoppable(Conflict):
    """The bot is not running."""

    code = "not_stoppable"


class StillActive(Conflict):
    """The bot must be stopped, without a position, before this."""

    code = "bot_active"


def create(
    *,
    owner: User,
    name: str,
    venue: str,
    symbol: str,
    allocation: Any,
    strategy: Strategy | None = None,
    kind: str = RULES,
    params: Mapping[str, Any] | None = None,
    timeframe: str = "",
    credential: ExchangeCredential | None = None,
    slippage: Any = 0,
    risk: Any = None,
    skip_gate: bool = False,
) -> Bot:
    """A stopped bot. Every fault of the request is told at once.

    A bot of kind "rules" has a strategy, one of another kind parameters and a timeframe. An
    owner's first bot with real money begins on paper, unless they skip that gate.
    """
    if credential is not None and not skip_gate:
        promotions_gate.check(owner, credential)
    if Bot.objects.owned_by(owner).count() >= BOTS_PER_USER_MAX:
        raise BadInput(f"You have {BOTS_PER_USER_MAX} bots; delete one first.")
    bot = Bot(owner=owner, strategy=strategy, venue=venue, symbol=symbol)
    bot.kind, bot.params, bot.timeframe = kind, dict(params or {}), timeframe
    bot.credential, bot.risk = credential, risk or {}
    check_and_set(bot, name=name, allocation=allocation, slippage=slippage)
    bot.save()
    journal.write([journal.entry(None, bot, "created", f"Created for {bot.symbol}.")])
    return bot


@transaction.atomic
def update(*, bot: Bot, **changes: Any) -> Bot:
    """Change a bot; while it is active only its name, for everything else it is stopped first."""
    bot = Bot.objects.select_for_update().get(pk=bot.pk)
    had_account = bot.credential_id is not None
    different = [key for key in RUNNING_FIXED if key in changes and _differs(bot, key, changes)]
    if different and (bot.status != BotStatus.STOPPED or _position(bot)):
        raise StillActive(
            f"Stop {bot.name} and let it sell before you change its {', '.join(different)}."
        )
    names = ("strategy", "kind", "params", "timeframe", "credential", "venue", "symbol", "risk")
    for key in names:
        setattr(bot, key, changes.get(key, getattr(bot, key)))
    if bot.credential is not None and not had_account:
        promotions_gate.check(bot.owner, bot.credential)
    texts = {key: changes.get(key, getattr(bot, key)) for key in ("name", "allocation", "slippage")}
    check_and_set(bot, **texts)
    bot.save()
    journal.show(bot, None)
    return bot


def _differs(bot: Bot, key: str, changes: dict[str, Any]) -> bool:
    old, new = getattr(bot, key), changes[key]
    if key in ("allocation", "slippage"):
        return bool(number([], key, new) != old)
    return bool(new != old)


@transaction.atomic
def start(*, bot: Bot, is_counted: bool = True) -> Bot:
    """Start a stopped bot, or go on with a paused or failed one. Two clicks, one start.

    PlanLimit where its owner has as many that are not stopped as the plan allows. is_counted:
    False for a bot that was stopped only to start again, or that starts only to sell.
    """
    bot = Bot.objects.select_for_update().get(pk=bot.pk)
    if bot.status not in before(BotStatus.RUNNING) or bot.deleted_at is not None:
        raise NotStartable(f"{bot.name} is {bot.status}; it can be started when it is stopped.")
    if bot.delete_asked_at is not None:
        raise NotStartable(f"{bot.name} is being deleted.")
    if risk_gate.is_killed(bot.owner_id):
        raise NotStartable("Your kill switch is on: lift it before you start a bot.")
    staying.check(bot.owner, "start a bot")
    if bot.credential is not None and not bot.credential.is_testnet:
        mfa.require(bot.owner, "trading with real money")
    run = BotRun.objects.filter(bot=bot, ended_at__isnull=True).first()
    if run is None:
        if is_counted:
            plan_limits.check_start(bot)
        check_and_set(bot, name=bot.name, allocation=bot.allocation, slippage=bot.slippage)
        run = runs.open_run(bot=bot, work=work_of(bot))
        said = f"Started on {run.symbol} {run.timeframe} with {bot.allocation.normalize():f}."
    else:
        BotRun.objects.filter(pk=run.pk).update(errors_in_row=0)
        said = "Goes on; what it missed is caught up."
    bot.status, bot.status_reason = BotStatus.RUNNING, ""
    bot.save(update_fields=["status", "status_reason", "updated_at"])
    journal.write([journal.entry(run, bot, "start", said, candle_ms=run.last_candle_ms)])
    audit.record(None, "bot.started", bot, after=told(bot))
    journal.show(bot, run)
    enqueue("bots.recover")
    return bot


@transaction.atomic
def pause(*, bot: Bot) -> Bot:
    """Open nothing new; a position stays protected, and is sold when the strategy says so."""
    bot = Bot.objects.select_for_update().get(pk=bot.pk)
    if bot.status not in before(BotStatus.PAUSED):
        raise NotStoppable(f"{bot.name} is {bot.status}; only a running bot can be paused.")
    bot.status, bot.status_reason = BotStatus.PAUSED, "Paused by its owner."
    bot.save(update_fields=["status", "status_reason", "updated_at"])
    run = BotRun.objects.filter(bot=bot, ended_at__isnull=True).first()
    at_ms = run.last_candle_ms if run else None
    words = "Paused: it opens nothing new."
    journal.write([journal.entry(run, bot, "pause", words, candle_ms=at_ms)])
    journal.show(bot, None)
    return bot


def stop(*, bot: Bot, close_position: bool = True) -> Bot:
    """Stop a bot; its position is sold at the market unless its owner wants to keep it.

    Without a price right now it stays `stopping` until the next tick sells. A second click while
    it does changes nothing.
    """
    bot = begin_stop(bot, close_position=close_position)
    is_paper = bot.credential_id is None
    return manual.sell_now(bot) if is_paper and bot.status == BotStatus.STOPPING else bot


@transaction.atomic
def begin_stop(bot: Bot, *, close_position: bool) -> Bot:
    """`stop` without its first attempt to sell: for callers with a transaction around it."""
    bot = Bot.objects.select_for_update().get(pk=bot.pk)
    if bot.status == BotStatus.STOPPING:
        return bot
    if bot.status not in ACTIVE | {BotStatus.ERROR}:
        raise NotStoppable(f"{bot.name} is {bot.status}; there is nothing to stop.")
    audit.record(None, "bot.stopped", bot, told(bot), {"close_position": close_position})
    run = BotRun.objects.select_for_update().get(bot=bot, ended_at__isnull=True)
    if run.runner == BotRun.Runner.ACCOUNT:
        return account_runs.stop(bot, run, close_position=close_position)
    is_batch = run.runner == BotRun.Runner.BATCH
    open_orders = Order.objects.working().filter(wallet=bot.wallet)
    # Before positions are read: an entry that fills at this moment holds its row until then. The
    # exit of a rule bot that is on its way is the very thing wanted.
    gone = open_orders.filter(side=Side.BUY) if is_batch else open_orders
    orders.cancel(list(gone), at_ms=run.last_candle_ms, why="bot stopped")
    if not (close_position and Position.objects.open().filter(wallet=bot.wallet).exists()):
        return runs.finish(bot.pk)
    manual.commit_exits(bot, run, at_ms=run.last_candle_ms)
    bot.status, bot.status_reason = BotStatus.STOPPING, "Selling its position."
    bot.save(update_fields=["status", "status_reason", "updated_at"])
    journal.show(bot, run)
    return bot


def told(bot: Bot) -> dict[str, Any]:
    """For the audit log: what it trades, with what, and whose money."""
    names = ("status", "kind", "venue", "symbol", "allocation", "credential_id", "strategy_id")
    return {name: getattr(bot, name) for name in names}


def _position(bot: Bot) -> Position | None:
    return Position.objects.open().filter(wallet=bot.wallet).first()
