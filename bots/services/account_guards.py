"""Guarding positions on connected accounts: stops follow fills at once, and sales wait for them."""

from __future__ import annotations

from decimal import Decimal

from bots.core.guarding import Guard, Levels, from_json
from bots.services import account_blocks, account_sends, journal
from bots.services.account_books import Books
from exchanges.core.market import floor_to_step
from exchanges.models import AccountOrder
from exchanges.venues.capabilities import all_venues
from foundation.lib import clock


def look(books: Books, prices: dict[str, Decimal]) -> None:
    """Each position once: sold if it is to be, else its stop made to fit what is held.

    prices: the newest of each symbol, where one is known. In the caller's transaction.
    """
    state = books.run.state
    assert state is not None
    guards = {symbol: from_json(row) for symbol, row in state["guards"].items()}
    for symbol in set(books.part.holdings) | set(guards):
        guard = guards.setdefault(symbol, Guard())
        if _sellable(books, symbol) <= 0:
            account_sends.cancel(books, books.stops(symbol))
            del guards[symbol]
            continue
        # A pair that was refused is followed by its stop alone, and at once.
        if not all(one.is_pair for one in account_blocks.fresh_refusals(books, symbol, "sell")):
            guard.refused_ms = clock.now_ms()
        _look_at(books, symbol, guard, prices.get(symbol))
    state["guards"] = {symbol: one.to_json() for symbol, one in guards.items()}


def _look_at(books: Books, symbol: str, guard: Guard, price: Decimal | None) -> None:
    held, rules = books.part.holdings[symbol], books.rules[symbol]
    levels = guard.levels(held.entry_price, rules)
    if not guard.exit_reason and price is not None:
        if levels.target > 0 and price >= levels.target and not _rests(books, symbol, levels):
            guard.exit_reason = "take_profit"
        elif levels.stop > 0 and price <= levels.stop and not _has_stops(books):
            guard.exit_reason = levels.stop_reason
    if guard.exit_reason:
        _leave(books, symbol, guard)
    elif guard.wants_stop and _has_stops(books):
        _protect(books, symbol, guard, levels)


def _leave(books: Books, symbol: str, guard: Guard) -> None:
    """Sell once no stop holds the coins any more; what was sent is not sent again."""
    stops = books.stops(symbol)
    if stops:
        account_sends.cancel(books, stops)
    if books.stops(symbol) or _sales(books, symbol) or not guard.may_send(clock.now_ms()):
        return
    account_sends.sell(books, symbol, _sellable(books, symbol), guard.exit_reason)


def _protect(books: Books, symbol: str, guard: Guard, levels: Levels) -> None:
    _see_refusal(books, symbol, guard, levels)
    stops, quantity = books.stops(symbol), _sellable(books, symbol) - _resting(books, symbol)
    price, target = levels.stop, _native_target(books, levels)
    alone = any(_fits(one, price, None, quantity) for one in stops)
    if target == guard.refused_target and (alone or quantity == guard.refused_quantity):
        target = None  # it is watched from here, until there are other coins to ask for
    fits = [one for one in stops if _fits(one, price, target, quantity)]
    account_sends.cancel(books, [one for one in stops if one not in fits[:1]])
    may_send = guard.may_send(clock.now_ms())
    if not books.stops(symbol) and quantity > 0 and may_send:
        account_sends.stop(books, symbol, quantity, price, levels.stop_reason, target)
    confirmed = any(one.status == AccountOrder.Status.OPEN for one in fits[:1])
    said = guard.note(confirmed=confirmed, now_ms=clock.now_ms())
    if said:
        _raise_alarm(books, symbol, guard, is_over=said == "deadline")


def _fits(one: AccountOrder, price: Decimal, target: Decimal | None, quantity: Decimal) -> bool:
    """A pair of which a part has traded has lost its other leg: both are made anew."""
    if one.trigger_price != price or one.target_price != target:
        return False
    left = one.quantity - one.filled_quantity
    return left == quantity and not (one.is_pair and one.filled_quantity)


def _native_target(books: Books, levels: Levels) -> Decimal | None:
    """The target that goes with the stop where the venue lets one cancel the other, else None."""
    trading = all_venues()[books.run.venue].trading
    if trading is None or not trading.pairs or levels.target <= 0:
        return None
    return levels.target


def _see_refusal(books: Books, symbol: str, guard: Guard, levels: Levels) -> None:
    refused = (AccountOrder.Status.REJECTED, AccountOrder.Status.DENIED)
    for one in books.orders:
        if one.symbol == symbol and one.target_price == levels.target and one.status in refused:
            guard.refused_target, guard.refused_quantity = levels.target, one.quantity


def _rests(books: Books, symbol: str, levels: Levels) -> bool:
    """Whether the venue itself sells at the target."""
    return any(
        one.target_price == levels.target and one.status == AccountOrder.Status.OPEN
        and one.cancel_asked_at is None
        for one in books.stops(symbol)
    )  # fmt: skip


def _raise_alarm(books: Books, symbol: str, guard: Guard, *, is_over: bool) -> None:
    run, why = books.run, account_sends.last_refusal(books.run)
    words = f"{symbol} is held without a confirmed stop."
    if is_over:
        guard.exit_reason = "stop_loss"
        words = f"{words} It is sold at the market."
    line = f"{words} {why}".strip()
    journal.write([journal.entry(run, run.bot, "alarm", line, level=journal.Level.ERROR)])


def _sales(books: Books, symbol: str) -> list[AccountOrder]:
    """Working market sales of it."""
    return [
        one
        for one in books.working()
        if one.symbol == symbol and one.side == "sell" and one.type == "market"
    ]


def _resting(books: Books, symbol: str) -> Decimal:
    """Coins that resting sales of the trader's own hold already."""
    rows = [
        one
        for one in books.working()
        if one.symbol == symbol and one.side == "sell" and not books.is_stop(one)
    ]
    return sum((one.quantity - one.filled_quantity for one in rows), Decimal(0))


def _has_stops(books: Books) -> bool:
    """Whether the venue keeps stops on spot markets itself; else closes and prices decide."""
    trading = all_venues()[books.run.venue].trading
    return trading is not None and trading.keeps_spot_stops


def _sellable(books: Books, symbol: str) -> Decimal:
    held = books.part.holdings.get(symbol)
    if held is None:
        return Decimal(0)
    rules = books.rules[symbol]
    steps = rules.numbers(Decimal)
    size = floor_to_step(held.quantity, steps.amount_num, steps.amount_den)
    return size if not rules.amount_min or size >= rules.amount_min else Decimal(0)


def holds(books: Books) -> bool:
    """Whether anything is held that can be sold."""
    return any(_sellable(books, symbol) > 0 for symbol in books.part.holdings)
