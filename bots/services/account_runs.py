"""Bots on connected accounts: decide at closes, look after what they hold in between.

Only rows are written here; the orders worker sends them, and what became of them comes back in the
orders' rows. Everything a run depends on is read anew each time, under the locks of bot and run.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import transaction

from bots.core.account_view import NOT_NOW, AccountView, Asked, exact
from bots.core.guarding import Guard, from_json
from bots.core.lifecycle import ACTIVE, MAY_ENTER, BotStatus
from bots.models import Bot, BotRun
from bots.services import (
    account_blocks,
    account_books,
    account_fills,
    account_guards,
    account_rounds,
    account_sends,
    account_traders,
    events,
    holds,
    journal,
)
from bots.services.account_books import Books
from bots.services.columns import Group, Tape, closed_candles
from exchanges.core.candles import TIMEFRAME_MS, Candles
from exchanges.models import AccountOrder, ExchangeCredential
from exchanges.models.order import BOT_WALLET
from exchanges.selectors import live
from exchanges.services import account_asking
from foundation.lib import clock
from foundation.lib.decimals import quantize
from foundation.lib.queue import enqueue

# A decision that comes later than this after its close opens nothing: the price has moved on.
LATE_MS = 20_000


class Held(NamedTuple):
    """A run under its locks."""

    bot: Bot
    run: BotRun


def begin(run: BotRun) -> None:
    """What a new run starts from: its money, and what the run before it kept."""
    newest = AccountOrder.objects.filter(wallet=run.bot.wallet).order_by("-pk").first()
    last = run.bot.runs.exclude(pk=run.pk).order_by("-pk").first()
    kept = (last.state or {}).get("kept", {}) if last else {}
    cost = sum((Decimal(row[1]) for row in kept.values()), Decimal(0))
    run.state = {
        "cash": f"{run.bot.allocation - cost:f}", "kept": kept, "realised": "0", "fees": "0",
        "after_order": newest.pk if newest else 0, "sent": 0, "orders": {}, "guards": {},
        "trader": None,
    }  # fmt: skip


def work_off(run_id: int, tape: Tape) -> None:
    """The newest closed candle, if it has not been decided on; older ones are passed over."""
    with transaction.atomic():
        held = _held(run_id)
        if held is None or not tape.times or held.run.last_candle_ms >= tape.times[-1]:
            return
        if held.bot.status != BotStatus.STOPPING:
            _decide(held, tape)


def look(run_id: int) -> None:
    """Between closes: fills, stops, and the end of a bot that is being stopped."""
    with transaction.atomic():
        held = _held(run_id)
        if held is None:
            return
        books = account_books.read(held.run)
        account_fills.hear(books, account_traders.trader_of(held.run, None), None)
        prices = _prices(held.run)
        if held.bot.status != BotStatus.STOPPING:
            _go_on(books, prices)
        account_guards.look(books, prices)
        if held.bot.status == BotStatus.STOPPING:
            _finish(held, books)
        _save(held, books, prices)
        if not books.is_settled and held.bot.credential is not None:
            # What came of a fill after its fee is known from its trades alone.
            account_asking.ask(credential=held.bot.credential)


def stop(bot: Bot, run: BotRun, *, close_position: bool) -> Bot:
    """Begin to stop, under the caller's locks; it ends when nothing is on its way any more."""
    assert run.state is not None
    run.state["stopping"] = {"close": close_position}
    run.save(update_fields=["state"])
    bot.status, bot.status_reason = BotStatus.STOPPING, "Taking back its orders."
    bot.save(update_fields=["status", "status_reason", "updated_at"])
    journal.show(bot, run)
    enqueue("bots.look_at_wallet", wallet=bot.wallet)
    return bot


def _held(run_id: int) -> Held | None:
    bot = Bot.objects.select_for_update(of=("self",)).filter(runs__pk=run_id).first()
    run = BotRun.objects.select_for_update().filter(pk=run_id, ended_at__isnull=True).first()
    if bot is None or run is None or bot.status not in ACTIVE:
        return None
    run.bot = bot
    return Held(bot, run)


def _decide(held: Held, tape: Tape) -> None:
    run = held.run
    books, time_ms = account_books.read(run), tape.times[-1]
    assert run.state is not None
    view = AccountView(
        time_ms, books.part, _candles(run, tape), books.rules, books.asked(),
        run.state["sent"], may_open=not (closing_only := _closing_only(held, tape)),
    )  # fmt: skip
    trader = account_traders.trader_of(run, tape)
    assert trader is not None, "there are candles"
    account_fills.hear(books, trader, view)
    for order in view.working:
        if 0 < order.expires_ms <= time_ms:
            view.cancel(order)
    _see(books, view)
    for event in events.due(run, run.last_candle_ms, time_ms):
        trader.on_event(view, event)
    trader.on_candle(view)
    was_halted = bool((run.state["trader"] or {}).get("stopped"))
    run.state["trader"] = trader.state()
    run.is_halted = bool(run.state["trader"].get("stopped"))
    _write(books, view, at_ms=time_ms)
    account_blocks.note(run, trader, view, closing_only)
    holds.note(run, [(time_ms, closing_only)], before_ms=run.last_candle_ms)
    run.last_candle_ms = time_ms
    prices = {symbol: exact(float(one.close[-1])) for symbol, one in view.candle_sets.items()}
    account_guards.look(books, prices)
    _save(held, books, prices)
    if run.is_halted and not was_halted:
        journal.write([journal.halted(run, held.bot)])


def _go_on(books: Books, prices: Mapping[str, Decimal]) -> None:
    """Of a bot whose orders go in turn, the next one."""
    if not account_rounds.is_under_way(books.run.state):
        return
    view = account_rounds.view_of(books, prices)
    if view is not None:
        account_rounds.go_on(books, view)
        _write(books, view, at_ms=clock.now_ms())


def _closing_only(held: Held, tape: Tape) -> str:
    """Why nothing is opened: paused, blind, too late, or keys that may not send; "" if it may."""
    run = held.run
    closed_ms = tape.times[-1] + TIMEFRAME_MS[run.timeframe]
    account: ExchangeCredential | None = held.bot.credential
    if held.bot.status not in MAY_ENTER:
        return "paused"
    if clock.now_ms() - closed_ms > LATE_MS:
        return "late"
    if live.is_stale(run.venue, run.symbol):
        return "stale"
    return "" if account is not None and account.may_send else "refused"


def _candles(run: BotRun, tape: Tape) -> dict[str, Candles]:
    found = {run.symbol: tape.candles}
    for symbol in run.markets:
        if symbol != run.symbol:
            found[symbol] = closed_candles(Group(run.venue, symbol, run.timeframe), run.anchor_ms)
    return {symbol: one for symbol, one in found.items() if len(one)}


def _see(books: Books, view: AccountView) -> None:
    """The candle that closed moves trailing stops."""
    state = books.run.state
    assert state is not None
    for symbol, row in state["guards"].items():
        guard, candles = from_json(row), view.candle_sets.get(symbol)
        if candles is not None:
            guard.saw(exact(float(candles.high[-1])), exact(float(candles.low[-1])))
        state["guards"][symbol] = guard.to_json()


def _write(books: Books, view: AccountView, *, at_ms: int) -> None:
    """What the trader asked for. A sale at the market goes by the guard, which frees the coins."""
    state = books.run.state
    assert state is not None
    state["sent"] = max(state["sent"], view.sent)
    gone = {one.key for one in view.cancelled}
    account_sends.cancel(books, [one for one in books.orders if one.client_order_id in gone])
    for asked in view.asked:
        if not asked.is_open:
            _say_refusal(books.run, asked)
        elif asked.everything:
            row = state["guards"].setdefault(asked.symbol, _unguarded())
            row["exit_reason"] = asked.tag or "signal"
        else:
            reason = asked.tag or "signal"
            account_sends.send(books, asked, at_ms=at_ms, reason=reason)


def _unguarded() -> dict[str, Any]:
    return Guard().to_json()


def _say_refusal(run: BotRun, asked: Asked) -> None:
    if asked.refusal and asked.refusal != NOT_NOW:
        words = f"Nothing was ordered on {asked.symbol}: {asked.refusal}."
        level = journal.Level.WARNING
        journal.write([journal.entry(run, run.bot, "skip", words, level=level)])


def _prices(run: BotRun) -> dict[str, Decimal]:
    found = {}
    for symbol in run.markets:
        forming = live.forming(run.venue, symbol, run.timeframe)
        if forming is not None and not live.is_stale(run.venue, symbol):
            found[symbol] = exact(forming.close)
    return found


def _finish(held: Held, books: Books) -> None:
    """Take back, sell, and end the run once nothing is on its way."""
    state = held.run.state
    assert state is not None
    others = [one for one in books.working() if not books.is_stop(one) and one.type != "market"]
    account_sends.cancel(books, others)
    closing = state.get("stopping", {}).get("close", True)
    for symbol, part in books.part.holdings.items():
        if closing and part.quantity > 0:
            row = state["guards"].setdefault(symbol, _unguarded())
            row["exit_reason"] = "manual"
    account_guards.look(books, {})
    if not closing:
        account_sends.cancel(books, books.working())
    if not books.working() and (not closing or not account_guards.holds(books)):
        account_traders.end(held.bot, held.run, books)


def _save(held: Held, books: Books, prices: Mapping[str, Decimal]) -> None:
    run, state = held.run, held.run.state
    if run.ended_at is not None:
        return
    assert state is not None
    exits = books.part.last_exit_ms.values()
    state["exit_ms"] = max(exits) if exits else state.get("exit_ms")
    account_blocks.note_refused(books)
    account_books.compact(books)
    run.turn_day(clock.now_ms())
    run.equity = quantize(books.part.worth(prices))
    run.peak_equity = max(run.peak_equity, run.equity)
    run.last_price = prices.get(run.symbol, run.last_price)
    run.errors_in_row = 0
    run.save(
        update_fields=[
            "state", "last_candle_ms", "equity", "peak_equity", "last_price", "errors_in_row",
            "day_ms", "day_equity", "is_halted",
        ]
    )  # fmt: skip
    journal.show(held.bot, run)


def look_at(wallet: str) -> None:
    """Something came of an order of this bot's."""
    if run := _running().filter(bot_id=wallet.removeprefix(BOT_WALLET)).first():
        look(run.pk)


def look_at_all() -> int:
    """Every run with something to look after: what a lost message would have told."""
    due = [pk for pk, state in _running().values_list("pk", "state") if _is_busy(state)]
    for pk in due:
        look(pk)
    return len(due)


def _running() -> Any:
    rows = BotRun.objects.filter(runner=BotRun.Runner.ACCOUNT, ended_at__isnull=True)
    return rows.filter(bot__status__in=ACTIVE).order_by("pk")


def _is_busy(state: Mapping[str, Any] | None) -> bool:
    if not state:
        return False
    waits = account_rounds.is_under_way(state)
    return bool(waits or state.get("orders") or state.get("guards") or "stopping" in state)
