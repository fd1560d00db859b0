"""Fills on a connected account: told to the trader, and guarded from the first one on."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from bots.core.account_view import AccountView, Heard
from bots.core.guarding import from_json, guard_of
from bots.core.kinds.base import Trader
from bots.models import BotLog, BotRun
from bots.services import account_sends, journal, risk_accounts
from bots.services.account_books import Books


def hear(books: Books, trader: Trader | None, view: AccountView | None) -> None:
    """New fills: told to the trader at a close, and kept for it until then.

    A bought position is guarded from its first fill on.
    """
    run = books.run
    assert run.state is not None
    heard = books.heard()
    risk_accounts.see_losses(books)
    for one in heard:
        _guard(books, one)
        _cancel_others(books, one)
    journal.write([_line(run, one) for one in heard])
    waiting = run.state.setdefault("heard", [])
    if trader is None or view is None:
        waiting += [_heard_json(one) for one in heard]
        return
    run.state["heard"] = []
    for one in [*(_heard(books, row) for row in waiting), *heard]:
        trader.on_fill(view, one)


def _line(run: BotRun, one: Heard) -> BotLog:
    verb = "Bought" if one.side > 0 else "Sold"
    words = f"{verb} {one.quantity_exact.normalize():f} {one.symbol} at {one.price_exact:.8g}."
    return journal.entry(run, run.bot, "fill", words)


def _heard_json(one: Heard) -> dict[str, Any]:
    amounts = {name: f"{getattr(one, f'{name}_exact'):f}" for name in ("price", "quantity", "fee")}
    key = one.order.key if one.order else ""
    rest = {"symbol": one.symbol, "side": one.side, "reason": one.reason, "time_ms": one.time_ms}
    return amounts | rest | {"key": key}


def _heard(books: Books, row: Mapping[str, Any]) -> Heard:
    orders = {one.client_order_id: one for one in books.orders}
    order = orders.get(row["key"])
    return Heard(
        row["symbol"], None if order is None else books.asked_of(order), row["side"],
        Decimal(row["price"]), Decimal(row["quantity"]), Decimal(row["fee"]), row["reason"],
        row["time_ms"],
    )  # fmt: skip


def _guard(books: Books, one: Heard) -> None:
    """The bracket of an entry becomes the guard of what it bought."""
    state = books.run.state
    assert state is not None
    bracket = one.order.bracket if one.order else None
    if one.side < 0 or bracket is None:
        return
    row = state["guards"].get(one.symbol)
    guard = guard_of(bracket)
    if row is not None:
        before = from_json(row)
        guard.best, guard.bare_since_ms = before.best, before.bare_since_ms
        guard.refused_target = before.refused_target
        guard.refused_quantity = before.refused_quantity
    guard.best = max(guard.best, one.price_exact)
    state["guards"][one.symbol] = guard.to_json()


def _cancel_others(books: Books, one: Heard) -> None:
    """The first of a group that fills takes the others back."""
    group = one.order.oco if one.order else ""
    if not group:
        return
    others = [
        order
        for order in books.working()
        if books.notes.get(order.client_order_id, {}).get("oco") == group
        and order.client_order_id != (one.order.key if one.order else "")
    ]
    account_sends.cancel(books, others)
