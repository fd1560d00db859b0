"""What users have at risk at exchanges: the last readings, and what was sent since."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Count, F, Q, Sum

from exchanges.core.symbols import parse_symbol
from exchanges.models import AccountHoldings, AccountOrder, AccountTrade
from exchanges.selectors import worth
from exchanges.selectors.risk_books import DAY_MS, ZERO, Book, marked, sum_up
from foundation.lib import clock

HOUR = timedelta(hours=1)
# A reading comes at least hourly; what was over before that is in it.
LOOKED_BACK = timedelta(hours=3)


def accounts(owner_ids: Sequence[int], *, now_ms: int, is_testnet: bool) -> dict[int, Book]:
    """Of each user all connected accounts together, by hand and by bots; test networks apart."""
    books = {owner_id: Book() for owner_id in owner_ids}
    held = list(
        AccountHoldings.objects.filter(
            credential__owner__in=owner_ids, credential__is_testnet=is_testnet
        ).select_related("credential")
    )
    orders = list(_orders(owner_ids, is_testnet=is_testnet))
    trades = _trades(owner_ids, now_ms // DAY_MS * DAY_MS, is_testnet=is_testnet)
    _price(books, held, [*(one.symbol for one in orders), *(row["symbol"] for row in trades)])
    for one in held:
        _take_reading(books[one.credential.owner_id], one)
    read_at = {one.pk: one.read_at for one in held}
    for order in orders:
        _take_order(books[order.owner_id], order, read_at.get(order.credential_id))
    for row in trades:
        book = books[row["owner_id"]]
        book.result += marked(book, parse_symbol(row["symbol"]), row, ZERO)
    counts = _counts(owner_ids, is_testnet=is_testnet)
    for owner_id, book in books.items():
        book.facts = sum_up(book, counts.get(owner_id, 0))
    return books


def _orders(owner_ids: Sequence[int], *, is_testnet: bool) -> Any:
    looked = Q(looked_at__gte=clock.now() - LOOKED_BACK, filled_quantity__gt=0)
    rows = AccountOrder.objects.filter(
        looked | Q(status__in=AccountOrder.WORKING),
        owner__in=owner_ids, credential__is_testnet=is_testnet,
    )  # fmt: skip
    return rows.order_by("pk")


def _trades(owner_ids: Sequence[int], midnight_ms: int, *, is_testnet: bool) -> list[Any]:
    rows = AccountTrade.objects.filter(
        credential__owner__in=owner_ids, credential__is_testnet=is_testnet,
        time_ms__gte=midnight_ms,
    ).order_by()  # fmt: skip
    found = rows.values("symbol", "side", owner_id=F("credential__owner_id")).annotate(
        size=Sum("quantity"), cost=Sum(F("quantity") * F("price"))
    )
    # Contracts tell their own profit, with their positions.
    return [row for row in found if parse_symbol(row["symbol"]).kind == "spot"]


def _counts(owner_ids: Sequence[int], *, is_testnet: bool) -> dict[int, int]:
    rows = AccountOrder.objects.filter(
        owner__in=owner_ids, credential__is_testnet=is_testnet, closes=False,
        created_at__gt=clock.now() - HOUR,
    ).exclude(status__in=["denied", "rejected"])  # fmt: skip
    spot_sales = Q(side="sell") & ~Q(symbol__contains=":")
    found = rows.exclude(spot_sales).order_by().values_list("owner_id").annotate(Count("pk"))
    return dict(found)


def _price(books: dict[int, Book], held: Iterable[AccountHoldings], symbols: Iterable[str]) -> None:
    assets = {row["asset"] for one in held for row in one.balances}
    names = {*symbols, *(row["symbol"] for one in held for row in one.positions)}
    for pair in map(parse_symbol, names):
        assets |= {pair.base, pair.quote}
    known = worth.prices(assets)
    for book in books.values():
        book.prices = known


def _take_reading(book: Book, one: AccountHoldings) -> None:
    for row in one.balances:
        amount = Decimal(row["free"]) + Decimal(row["held"])
        book.money[row["asset"]] += amount
        book.coins[row["asset"]] += amount
    for row in one.positions:
        venue = one.credential.venue
        book.lines[venue, row["symbol"]].held += Decimal(row["quantity"])
        if row.get("mark_price"):
            book.marks[venue, row["symbol"]] = Decimal(row["mark_price"])
        profit = Decimal(row.get("unrealised_pnl") or 0)
        book.equity_more += profit
        book.result += profit


def _take_order(book: Book, order: AccountOrder, read_at: Any) -> None:
    """What is on its way, and what was bought since the reading.

    A purchase that is perhaps in the reading already counts again until the next one: rather too
    much at risk than too little.
    """
    pair, buys = parse_symbol(order.symbol), order.side == "buy"
    is_spot = pair.kind == "spot"
    line = book.lines[order.credential.venue, order.symbol]
    left = order.quantity - order.filled_quantity if order.is_working else ZERO
    opens = not order.closes and not (is_spot and not buys)
    if opens and buys:
        line.buys += left
        line.by_hand += left
    elif opens:
        line.sells += left
    is_new = read_at is None or (order.looked_at is not None and order.looked_at > read_at)
    if not is_new or not order.filled_quantity:
        return
    if is_spot and buys:
        book.money[pair.base] += order.filled_quantity
        book.coins[pair.base] += order.filled_quantity
        book.money[pair.quote] -= order.filled_quote
    elif not is_spot and order.sent_at is not None and (read_at is None or order.sent_at > read_at):
        line.held += order.filled_quantity if buys else -order.filled_quantity
