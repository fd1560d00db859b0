"""A bot's part of a connected account, from the orders it sent and the trades they became."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import takewhile
from typing import Any

from bots.core import run_rules
from bots.core.account_view import Asked, Heard
from bots.core.engine.orders import Bracket, Kind
from bots.core.guarding import exit_reason
from bots.core.sub_account import Holding, SubAccount
from bots.models import BotRun
from bots.selectors.executions import executed
from exchanges.core.market import MarketRules
from exchanges.core.symbols import parse_symbol
from exchanges.models import AccountOrder
from foundation.lib import clock

ZERO = Decimal(0)
STOP_TAG = "stop"
KINDS_OF = {
    "market": Kind.MARKET,
    "limit": Kind.LIMIT,
    "stop_loss": Kind.STOP,
    "take_profit": Kind.TAKE_PROFIT,
}


@dataclass(slots=True)
class Books:
    """orders: all of the run, oldest first. notes: what the bot remembers of each, by our id.

    is_settled: every fill is known from the venue's own trades, fees included.
    """

    run: BotRun
    orders: Sequence[AccountOrder]
    rules: dict[str, MarketRules]
    part: SubAccount
    is_settled: bool
    notes: dict[str, dict[str, Any]]

    def is_home(self, symbol: str) -> bool:
        """Whether the market is quoted in what the bot counts in."""
        return parse_symbol(symbol).quote == self.part.home

    def working(self) -> list[AccountOrder]:
        return [order for order in self.orders if order.is_working]

    def stops(self, symbol: str) -> list[AccountOrder]:
        """The working stops that guard a position."""
        return [one for one in self.working() if one.symbol == symbol and self.is_stop(one)]

    def is_stop(self, order: AccountOrder) -> bool:
        return bool(self.notes.get(order.client_order_id, {}).get("tag") == STOP_TAG)

    def asked(self) -> list[Asked]:
        """Working orders as their trader sees them; the stops are not its own."""
        return [self.asked_of(one) for one in self.working() if not self.is_stop(one)]

    def heard(self) -> list[Heard]:
        """What was filled since the trader was told last; it counts as told from now on."""
        found = []
        for order in self.orders:
            note = self.notes.setdefault(order.client_order_id, {})
            told, quote = Decimal(note.get("told", 0)), Decimal(note.get("quote", 0))
            more = order.filled_quantity - told
            if more <= 0:
                continue
            note["told"] = f"{order.filled_quantity:f}"
            note["quote"] = f"{order.filled_quote:f}"
            price = (order.filled_quote - quote) / more
            sells = order.side == "sell"
            rate = self.rules[order.symbol].fee_taker
            found.append(
                Heard(
                    order.symbol,
                    None if self.is_stop(order) else self.asked_of(order),
                    -1 if sells else 1,
                    price,
                    more,
                    more * price * rate,
                    exit_reason(order.target_price, price, note.get("reason", "")) if sells else "",
                    clock.now_ms(),
                )
            )
        return found

    def asked_of(self, order: AccountOrder) -> Asked:
        note = self.notes.get(order.client_order_id, {})
        bracket = note.get("bracket")
        return Asked(
            number=note.get("number", 0), symbol=order.symbol,
            side=1 if order.side == "buy" else -1, kind=KINDS_OF[order.type],
            quantity=order.quantity - order.filled_quantity,
            price_exact=order.price or order.trigger_price, tag=note.get("tag", ""),
            oco=note.get("oco", ""), key=order.client_order_id,
            expires_ms=note.get("expires_ms", 0), reduce_only=note.get("reduce_only", False),
            with_position=note.get("with_position", False),
            bracket=None if bracket is None else Bracket(*bracket[:3]),
        )  # fmt: skip


def read(run: BotRun, *, lock: bool = True) -> Books:
    """Lock the run's orders, unless they are only to be looked at, and count them up.

    In the caller's transaction.
    """
    assert run.state is not None
    state = run.state
    rows = AccountOrder.objects.filter(wallet=run.bot.wallet, pk__gt=state["after_order"])
    orders = list(rows.order_by("pk").select_for_update() if lock else rows.order_by("pk"))
    rules = {symbol: run_rules.from_json(row)[0] for symbol, row in run.markets.items()}
    part = _begun(run)
    fills, is_settled = executed(orders, rules)
    for fill in fills:
        part.take(fill)
    notes = state["orders"]
    return Books(run, orders, rules, part, is_settled, notes)


def compact(books: Books) -> None:
    """Count the oldest orders that are over and settled into what the run begins with.

    So a run of years is not read from its first order on each time.
    """
    state = books.run.state
    assert state is not None
    waiting = {row["key"] for row in state.get("heard", [])}
    over = list(
        takewhile(
            lambda one: _is_told(books, one) and one.client_order_id not in waiting, books.orders
        )
    )
    fills, is_settled = executed(over, books.rules)
    if over and is_settled:
        part = _begun(books.run)
        for fill in fills:
            part.take(fill)
        state |= {
            "cash": f"{part.cash:f}", "realised": f"{part.realised:f}", "fees": f"{part.fees:f}",
            "kept": kept(part), "after_order": over[-1].pk,
        }  # fmt: skip
        books.orders = books.orders[len(over) :]
    there = {one.client_order_id for one in books.orders}
    state["orders"] = {key: note for key, note in books.notes.items() if key in there}


def kept(part: SubAccount) -> dict[str, list[str]]:
    """Holdings as JSON: symbol -> [quantity, cost, gross]."""
    return {
        symbol: [f"{one.quantity:f}", f"{one.cost:f}", f"{one.gross:f}"]
        for symbol, one in part.holdings.items()
        if one.quantity > 0
    }


def _is_told(books: Books, order: AccountOrder) -> bool:
    told = Decimal(books.notes.get(order.client_order_id, {}).get("told", 0))
    return not order.is_working and told == order.filled_quantity


def _begun(run: BotRun) -> SubAccount:
    state = run.state
    assert state is not None
    part = SubAccount(
        Decimal(state["cash"]), realised=Decimal(state["realised"]), fees=Decimal(state["fees"]),
        home=parse_symbol(run.symbol).quote,
    )  # fmt: skip
    for symbol, amounts in state["kept"].items():
        quantity, cost, gross = (Decimal(one) for one in amounts)
        part.holdings[symbol] = Holding(quantity, cost, gross)
    return part


def claims(part: SubAccount, symbol: str) -> dict[str, Decimal]:
    """What a bot counts on, by asset. symbol: any of its markets, for the quote."""
    found: dict[str, Decimal] = defaultdict(Decimal)
    found[parse_symbol(symbol).quote] += part.cash
    for held_symbol, held in part.holdings.items():
        found[parse_symbol(held_symbol).base] += held.quantity
    return found
