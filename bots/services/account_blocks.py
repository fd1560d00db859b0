"""What kept a bot on a connected account from an order that it wanted."""

from __future__ import annotations

from bots.core.account_view import NOT_NOW, REFUSALS, AccountView
from bots.core.blocks import WORDS
from bots.core.kinds.base import Trader
from bots.core.strategy.rule_trader import RuleTrader
from bots.models import BotRun, Decision
from bots.services import blocks
from bots.services.account_books import Books
from exchanges.models import AccountOrder

NOT_TAKEN = (AccountOrder.Status.REJECTED, AccountOrder.Status.DENIED)


def note(run: BotRun, trader: Trader, view: AccountView, closing_only: str) -> None:
    """Orders that were not even written at this close. closing_only: why nothing may be opened."""
    found = [
        blocks.block(run, view.time_ms, closing_only, one.symbol)
        if one.refusal == NOT_NOW
        else blocks.block(run, view.time_ms, REFUSALS[one.refusal], f"{one.symbol}: {one.refusal}")
        for one in view.asked
        if one.refusal
    ]
    if isinstance(trader, RuleTrader) and trader.held_back in WORDS:
        found.append(blocks.block(run, view.time_ms, trader.held_back))
    blocks.write(found)


def note_refused(books: Books) -> None:
    """Orders that were written, and then refused by us or by the venue; each is told once."""
    fresh = {one.client_order_id: one for one in fresh_refusals(books)}
    if not fresh:
        return
    rows = Decision.objects.filter(client_order_id__in=fresh)
    blocks.write(
        blocks.block(books.run, at_ms, "refused", fresh[key].detail)
        for key, at_ms in rows.values_list("client_order_id", "decided_at_ms")
    )
    for key in fresh:
        books.notes[key]["refusal_told"] = True


def fresh_refusals(books: Books, symbol: str = "", side: str = "") -> list[AccountOrder]:
    """Orders that were refused since the bot was looked at last; symbol, side: "" for any."""
    return [
        one
        for one in books.orders
        if one.status in NOT_TAKEN
        and symbol in ("", one.symbol)
        and side in ("", one.side)
        and not books.notes.setdefault(one.client_order_id, {}).get("refusal_told")
    ]
