"""Bots whose orders go in turn on a connected account: the next one as soon as one is filled."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from bots.core.account_view import AccountView
from bots.core.kinds import KINDS
from bots.core.kinds.declared import Kept
from bots.core.lifecycle import MAY_ENTER
from bots.services.account_books import Books
from bots.services.columns import Group, closed_candles
from foundation.lib import clock


def is_under_way(state: Mapping[str, Any] | None) -> bool:
    """Whether a run is between two of its legs."""
    return bool(((state or {}).get("trader") or {}).get("legs"))


def view_of(books: Books, prices: Mapping[str, Decimal]) -> AccountView | None:
    """The account now, at the newest prices; None before there are candles of every market.

    What buys or exchanges is taken while all prices are fresh; what sells for home always is.
    """
    run = books.run
    assert run.state is not None
    groups = {symbol: Group(run.venue, symbol, run.timeframe) for symbol in run.markets}
    candles = {name: closed_candles(group, run.anchor_ms) for name, group in groups.items()}
    if not all(len(one) for one in candles.values()):
        return None
    account = run.bot.credential
    may_send = account is not None and account.may_send and run.bot.status in MAY_ENTER
    return AccountView(
        run.last_candle_ms, books.part, candles, books.rules, books.asked(), run.state["sent"],
        may_open=may_send and set(prices) >= set(run.markets), newer=prices,
    )  # fmt: skip


def go_on(books: Books, view: AccountView) -> None:
    """Let the trader send what comes next; it is written by the caller, with its new state."""
    run = books.run
    assert run.state is not None
    trader = KINDS[run.kind].make(run.params, run.state["trader"])
    assert isinstance(trader, Kept), "rules decide at closes alone"
    trader.go_on(view, clock.now_ms())
    run.state["trader"] = trader.state()
