"""Selling by hand: at the price of now if there is one, else at the next tick."""

from __future__ import annotations

from decimal import Decimal

from django.db import transaction

from bots.core import run_rules
from bots.core.lifecycle import BotStatus
from bots.models import Bot, BotRun
from bots.services import decisions, journal, runs
from exchanges.core.orders import Leg
from exchanges.models import Order, Position
from exchanges.selectors import live
from exchanges.services import orders
from exchanges.venues.paper import Opening, PaperVenue
from foundation.lib import clock


def sell_now(bot: Bot) -> Bot:
    """Send the exit orders of a stopping bot, committed first; end its run once it is flat."""
    run = BotRun.objects.filter(bot=bot, ended_at__isnull=True).first()
    if run is None:
        return bot
    with transaction.atomic():
        bot = Bot.objects.select_for_update().get(pk=bot.pk)
        if bot.status == BotStatus.STOPPING:
            commit_exits(bot, run, at_ms=clock.now_ms())
    sell_waiting(bot, run)
    if Position.objects.open().filter(wallet=bot.wallet).exists():
        return bot
    return runs.finish(bot.pk)


def commit_exits(bot: Bot, run: BotRun, *, at_ms: int) -> None:
    """Write one market order for each position, unless orders are on their way.

    Under the bot's lock. `at_ms` is a part of the orders' names: the same call writes them once.
    """
    if Order.objects.working().filter(wallet=bot.wallet).exists():
        return
    held = Position.objects.open().filter(wallet=bot.wallet).order_by("pk")
    exits = [
        # The first position's leg has no number: one market is what most bots hold.
        decisions.exit_order(bot, run, one, at_ms, f"{Leg.MANUAL}{number or ''}", "manual")
        for number, one in enumerate(held)
    ]
    decisions.write([(bot, run, order, {}) for order in exits])


def sell_waiting(bot: Bot, run: BotRun) -> None:
    """Send the exit orders that were committed, as far as there is a price."""
    for order in Order.objects.working().filter(wallet=bot.wallet).order_by("pk"):
        _sell(bot, run, order)


def _sell(bot: Bot, run: BotRun, order: Order) -> None:
    opening = _price_now(run, order.symbol)
    if opening is None:
        return
    rules, _ = run_rules.from_json(run.markets.get(order.symbol, run.rules))
    venue = PaperVenue(lambda _: rules, opening, _buys_nothing)
    with transaction.atomic():
        booked = orders.send([order], venue, rules_of=lambda _: rules)
        lines = [decisions.outcome_line(bot, run, one) for one in booked]
        journal.write(line for line in lines if line is not None)


def _price_now(run: BotRun, symbol: str) -> Opening | None:
    """The market's last price; it belongs to the candle that is open now."""
    forming = live.forming(run.venue, symbol, run.timeframe)
    if forming is None or forming.open_time_ms <= run.last_candle_ms:
        return None
    return Opening(forming.open_time_ms, Decimal(repr(forming.close)))


def _buys_nothing(_order: Order, _price: Decimal) -> tuple[str, Decimal]:
    raise AssertionError("a stopping bot has no entry on its way")
