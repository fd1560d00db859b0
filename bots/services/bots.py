"""Create, change, start, stop and delete bots."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.db import transaction

from accounts.models import User
from bots.core.lifecycle import ACTIVE, BotStatus, before
from bots.core.strategy.spec import Spec, parse
from bots.core.strategy.spot_faults import spot_faults
from bots.models import Bot, BotRun, Strategy
from bots.services import decisions, journal, manual, runs
from exchanges.core.orders import Leg, Side
from exchanges.models import Market, Order, Position
from exchanges.selectors import markets
from exchanges.services import orders
from foundation.lib import clock
from foundation.lib.decimals import parse_amount
from foundation.lib.errors import BadInput, Conflict, FieldFault, NotFound
from foundation.lib.queue import enqueue

NAME_CHARS_MAX = 100
BOTS_PER_USER_MAX = 20_000
SLIPPAGE_MAX = Decimal("0.1")
RUNNING_FIXED = ("strategy", "symbol", "venue", "allocation", "slippage")


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
    strategy: Strategy | None,
    venue: str,
    symbol: str,
    allocation: Any,
    slippage: Any = 0,
) -> Bot:
    """A stopped bot. Every fault of the request is told at once."""
    if Bot.objects.owned_by(owner).count() >= BOTS_PER_USER_MAX:
        raise BadInput(f"You have {BOTS_PER_USER_MAX} bots; delete one first.")
    bot = Bot(owner=owner, strategy=strategy, venue=venue, symbol=symbol)
    _check_and_set(bot, name=name, allocation=allocation, slippage=slippage)
    bot.save()
    journal.write([journal.entry(None, bot, "created", f"Created for {bot.symbol}.")])
    return bot


@transaction.atomic
def update(*, bot: Bot, **changes: Any) -> Bot:
    """Change a bot; while it is active only its name, for everything else it is stopped first."""
    bot = Bot.objects.select_for_update().get(pk=bot.pk)
    different = [key for key in RUNNING_FIXED if key in changes and _differs(bot, key, changes)]
    if different and (bot.status != BotStatus.STOPPED or _position(bot)):
        raise StillActive(
            f"Stop {bot.name} and let it sell before you change its {', '.join(different)}."
        )
    for key in ("strategy", "venue", "symbol"):
        setattr(bot, key, changes.get(key, getattr(bot, key)))
    texts = {key: changes.get(key, getattr(bot, key)) for key in ("name", "allocation", "slippage")}
    _check_and_set(bot, **texts)
    bot.save()
    journal.show(bot, None)
    return bot


def _differs(bot: Bot, key: str, changes: dict[str, Any]) -> bool:
    old, new = getattr(bot, key), changes[key]
    if key in ("allocation", "slippage"):
        return bool(_number([], key, new) != old)
    return bool(new != old)


def _check_and_set(bot: Bot, *, name: str, allocation: Any, slippage: Any) -> None:
    faults: list[FieldFault] = []
    bot.name = name.strip()
    if not 1 <= len(bot.name) <= NAME_CHARS_MAX or not bot.name.isprintable():
        faults.append(FieldFault("name", f"must have 1 to {NAME_CHARS_MAX} printable characters"))
    bot.allocation = _number(faults, "allocation", allocation)
    if bot.allocation <= 0 and not faults:
        faults.append(FieldFault("allocation", "must be above 0"))
    bot.slippage = _number(faults, "slippage", slippage)
    if not 0 <= bot.slippage <= SLIPPAGE_MAX:
        faults.append(FieldFault("slippage", f"must be from 0 to {SLIPPAGE_MAX}"))
    faults += _market_faults(bot)
    if bot.strategy is None:
        faults.append(FieldFault("strategy", "choose a strategy"))
    else:
        faults += spec_faults(parse(bot.strategy.spec))
    if faults:
        raise BadInput("; ".join(f"{one.path} {one.message}" for one in faults), faults)


def _number(faults: list[FieldFault], path: str, value: Any) -> Decimal:
    try:
        return parse_amount(value)
    except ValueError as fault:
        faults.append(FieldFault(path, str(fault)))
        return Decimal(0)


def _market_faults(bot: Bot) -> list[FieldFault]:
    try:
        market = markets.get(bot.venue, bot.symbol)
    except NotFound as fault:
        return [FieldFault("symbol", fault.message)]
    except BadInput as fault:
        return list(fault.faults)
    bot.symbol = market.symbol
    if market.kind != Market.Kind.SPOT:
        return [FieldFault("symbol", "is a contract; bots trade spot markets")]
    return []


def spec_faults(spec: Spec) -> list[FieldFault]:
    """What of a strategy a spot bot cannot do."""
    return [FieldFault("strategy", message) for message in spot_faults(spec)]


@transaction.atomic
def start(*, bot: Bot) -> Bot:
    """Start a stopped bot, or go on with a paused or failed one. Two clicks, one start."""
    bot = Bot.objects.select_for_update().get(pk=bot.pk)
    if bot.status not in before(BotStatus.RUNNING) or bot.deleted_at is not None:
        raise NotStartable(f"{bot.name} is {bot.status}; it can be started when it is stopped.")
    run = BotRun.objects.filter(bot=bot, ended_at__isnull=True).first()
    if run is None:
        _check_and_set(bot, name=bot.name, allocation=bot.allocation, slippage=bot.slippage)
        assert bot.strategy is not None, "checked above"
        spec = parse(bot.strategy.spec)
        run = runs.open_run(bot=bot, spec=spec, market=markets.get(bot.venue, bot.symbol))
        said = f"Started on {run.symbol} {run.timeframe} with {bot.allocation.normalize():f}."
    else:
        BotRun.objects.filter(pk=run.pk).update(errors_in_row=0)
        said = "Goes on; what it missed is caught up."
    bot.status, bot.status_reason = BotStatus.RUNNING, ""
    bot.save(update_fields=["status", "status_reason", "updated_at"])
    journal.write([journal.entry(run, bot, "start", said)])
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
    journal.write([journal.entry(None, bot, "pause", "Paused: it opens nothing new.")])
    journal.show(bot, None)
    return bot


def stop(*, bot: Bot, close_position: bool = True) -> Bot:
    """Stop a bot; its position is sold at the market unless its owner wants to keep it.

    Without a price right now it stays `stopping` until the next tick sells. A second click while
    it does changes nothing.
    """
    bot = _begin_stop(bot, close_position)
    return manual.sell_now(bot) if bot.status == BotStatus.STOPPING else bot


@transaction.atomic
def _begin_stop(bot: Bot, close_position: bool) -> Bot:
    bot = Bot.objects.select_for_update().get(pk=bot.pk)
    if bot.status == BotStatus.STOPPING:
        return bot
    if bot.status not in ACTIVE | {BotStatus.ERROR}:
        raise NotStoppable(f"{bot.name} is {bot.status}; there is nothing to stop.")
    run = BotRun.objects.select_for_update().get(bot=bot, ended_at__isnull=True)
    entries = Order.objects.working().filter(wallet=bot.wallet, side=Side.BUY)
    # Before the position is read: an entry that fills at this moment holds its row until then.
    orders.cancel(list(entries), at_ms=run.last_candle_ms, why="bot stopped")
    position = _position(bot)
    if position is None or not close_position:
        return runs.finish(bot.pk)
    if not Order.objects.working().filter(wallet=bot.wallet).exists():
        order = decisions.exit_order(bot, run, position, run.last_candle_ms, Leg.MANUAL, "manual")
        decisions.write([(bot, run, order, {})])
    bot.status, bot.status_reason = BotStatus.STOPPING, "Selling its position."
    bot.save(update_fields=["status", "status_reason", "updated_at"])
    journal.show(bot, run)
    return bot


@transaction.atomic
def delete(*, bot: Bot) -> None:
    """Hide a stopped bot. Its orders, fills and ledger entries stay."""
    bot = Bot.objects.select_for_update().get(pk=bot.pk)
    if bot.status != BotStatus.STOPPED:
        raise StillActive(f"{bot.name} is {bot.status}; stop it first.")
    if _position(bot):
        raise StillActive(
            f"{bot.name} still holds a position; start it again, or stop it with close_position."
        )
    bot.deleted_at = clock.now()
    bot.save(update_fields=["deleted_at", "updated_at"])


def _position(bot: Bot) -> Position | None:
    return Position.objects.open().filter(wallet=bot.wallet).first()
