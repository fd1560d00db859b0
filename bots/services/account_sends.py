"""Orders of bots on connected accounts: decision and order in one transaction, then the worker."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from bots.core.account_view import TYPES, Asked
from bots.core.engine.orders import Kind
from bots.models import BotRun, Decision
from bots.services import blocks, journal, risk_accounts
from bots.services.account_books import STOP_TAG, Books
from exchanges.models import AccountOrder
from exchanges.services import account_orders
from foundation.lib import clock
from foundation.lib.errors import AppError
from foundation.lib.ids import client_order_id


def send(books: Books, asked: Asked, *, at_ms: int, reason: str) -> AccountOrder | None:
    """Write the decision and its order; None, and a line in the log, where we refuse it ourselves.

    at_ms: open time of the candle whose close decided it.
    """
    run, leg = books.run, f"o{asked.number}"
    ours = client_order_id(run.bot_id, at_ms, leg)
    given = _ticket(asked)
    # A coin that is exchanged for another one only carries on with what was bought.
    closes = asked.side < 0 or not books.is_home(asked.symbol)
    if not closes and risk_accounts.is_refused(books, asked.symbol, at_ms):
        return None
    try:
        order, is_new = account_orders.request(
            owner=run.bot.owner, credential_id=run.bot.credential_id or 0, client_order_id=ours,
            wallet=run.bot.wallet, closes=closes,
            held=risk_accounts.held(books, asked.symbol), **given,
        )  # fmt: skip
    except AppError as fault:
        words = f"An order was not sent: {fault.message}"
        level = journal.Level.WARNING
        journal.write([journal.entry(run, run.bot, "refused", words, level=level, candle_ms=at_ms)])
        blocks.write([blocks.block(run, at_ms, "refused", fault.message)])
        return None
    if is_new:
        Decision.objects.create(
            bot=run.bot, run=run, decided_at_ms=at_ms, leg=leg, side=given["side"],
            reason=reason[:24], client_order_id=ours, inputs=_inputs(books, asked),
        )  # fmt: skip
    books.notes[ours] = _note(asked, reason)
    books.orders = [*books.orders, order]
    return order


def _ticket(asked: Asked) -> dict[str, Any]:
    """What it asks an exchange for."""
    given: dict[str, Any] = {
        "symbol": asked.symbol,
        "type": TYPES[asked.kind],
        "side": "buy" if asked.side > 0 else "sell",
        "quantity": asked.quantity,
    }
    if asked.kind is Kind.LIMIT:
        given["price"] = asked.price_exact
    elif asked.kind is not Kind.MARKET:
        given |= {"trigger_price": asked.price_exact, "target_price": asked.target_exact}
    return given


def cancel(books: Books, orders: Iterable[AccountOrder]) -> None:
    """Ask for them to be taken back; those that are over, or asked for already, are left alone."""
    for order in orders:
        if order.is_working and order.cancel_asked_at is None:
            row = account_orders.cancel(owner=books.run.bot.owner, order_id=order.pk)
            order.cancel_asked_at, order.status = row.cancel_asked_at, row.status


def sell(books: Books, symbol: str, quantity: Decimal, reason: str) -> AccountOrder | None:
    """At the market."""
    return _own(books, symbol, quantity, Kind.MARKET, None, "exit", reason)


def stop(
    books: Books, symbol: str, quantity: Decimal, price: Decimal, reason: str,
    target: Decimal | None = None,
) -> AccountOrder | None:  # fmt: skip
    """A stop that guards a position. reason: of the exit that it would be. target: where the
    venue sells instead, of which the stop then knows."""
    return _own(books, symbol, quantity, Kind.STOP, price, STOP_TAG, reason, target)


def _own(
    books: Books, symbol: str, quantity: Decimal, kind: Kind, price: Decimal | None, tag: str,
    reason: str, target: Decimal | None = None,
) -> AccountOrder | None:  # fmt: skip
    run = books.run
    assert run.state is not None
    run.state["sent"] += 1
    asked = Asked(run.state["sent"], symbol, -1, kind, quantity, price, tag, target_exact=target)
    return send(books, asked, at_ms=clock.now_ms(), reason=reason)


def _note(asked: Asked, reason: str) -> dict[str, Any]:
    note: dict[str, Any] = {"number": asked.number, "tag": asked.tag, "reason": reason}
    optional = {
        "oco": asked.oco, "expires_ms": asked.expires_ms, "reduce_only": asked.reduce_only,
        "with_position": asked.with_position,
        "bracket": None if asked.bracket is None else list(asked.bracket[:3]),
    }  # fmt: skip
    return note | {name: value for name, value in optional.items() if value}


def _inputs(books: Books, asked: Asked) -> dict[str, Any]:
    held = books.part.holdings.get(asked.symbol)
    return {
        "cash": f"{books.part.cash:f}",
        "quantity": f"{held.quantity:f}" if held else "0",
        "tag": asked.tag,
    }


def last_refusal(run: BotRun) -> str:
    """Why the newest order came to nothing, "" where it did not."""
    rows = AccountOrder.objects.filter(wallet=run.bot.wallet).order_by("-pk")
    newest = rows.first()
    return newest.detail if newest and newest.status in ("rejected", "denied") else ""
