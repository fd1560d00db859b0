"""What users have at risk, as the gate needs it: a handful of questions for any number of users."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db.models import Case, DecimalField, F, Q, Sum, Value, When

from accounts.models import LedgerAccount
from exchanges.core.risk_gate import Facts, at_risk
from exchanges.core.symbols import Symbol, parse_symbol
from exchanges.models import Fill, Order, Position
from exchanges.models.order import FUTURES_WALLET, SPOT_WALLET
from exchanges.selectors import margin, worth
from foundation.lib import prepared
from foundation.lib.decimals import MAX_DIGITS

ZERO = Decimal(0)
DAY_MS = 86_400_000
_AMOUNT = DecimalField(max_digits=2 * MAX_DIGITS, decimal_places=36)
# Newest first along the index of a user's orders, so that nobody's history is read.
_HOUR = """
SELECT who.id, (
    SELECT count(*) FROM (
        SELECT created_at FROM exchanges_order
         WHERE owner_id = who.id AND NOT reduce_only AND NOT close_position
           AND (side = 'buy' OR wallet = 'futures') AND status <> 'rejected'
         ORDER BY id DESC LIMIT %s::bigint
    ) AS newest WHERE created_at > now() - interval '1 hour'
) FROM unnest(%s::bigint[]) AS who(id)
"""


@dataclass(slots=True)
class Line:
    """One market of one book. held: signed; buys, sells: orders on their way that may open.

    by_hand: of the buys, those of the user's own wallets.
    """

    held: Decimal = ZERO
    buys: Decimal = ZERO
    sells: Decimal = ZERO
    by_hand: Decimal = ZERO


@dataclass(slots=True)
class Book:
    """One user's paper money, or their accounts at exchanges.

    coins: in the user's own wallets, by asset. lines: by (venue, symbol). prices: worth.QUOTE for
    one of an asset, of those that are priced. marks: of contracts.
    """

    facts: Facts = field(default_factory=Facts)
    coins: dict[str, Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    lines: dict[tuple[str, str], Line] = field(default_factory=lambda: defaultdict(Line))
    prices: dict[str, Decimal] = field(default_factory=dict)
    marks: dict[tuple[str, str], Decimal] = field(default_factory=dict)
    money: dict[str, Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    result: Decimal = ZERO
    equity_more: Decimal = ZERO

    def rate(self, quote: str) -> Decimal:
        return worth.rate_of(quote, self.prices) or ZERO

    def price(self, venue: str, symbol: str) -> Decimal | None:
        """worth.QUOTE for one of the base of a market."""
        pair = parse_symbol(symbol)
        if pair.kind != "spot" and (mark := self.marks.get((venue, symbol))):
            return mark * self.rate(pair.quote)
        return self.prices.get(pair.base)


def learn(book: Book, venue: str, symbol: str) -> None:
    """Price a market in which nothing is held yet; of books that were read together, for all."""
    pair = parse_symbol(symbol)
    if pair.kind != "spot" and (venue, symbol) not in book.marks:
        book.marks.update(margin.newest_marks([(venue, symbol)]))
    missing = {pair.base, pair.quote} - set(book.prices)
    if missing:
        book.prices.update(worth.prices(missing))


def paper(owner_ids: Sequence[int], *, now_ms: int, hour_max: int) -> dict[int, Book]:
    """Of each user what they trade with play money, by hand and by bots.

    now_ms: a moment of the day whose result is asked for. hour_max: more orders are not counted.
    """
    books = {owner_id: Book() for owner_id in owner_ids}
    _money(books)
    held = _positions(books)
    working = _working(books)
    spot = _traded_by_hand(books, now_ms // DAY_MS * DAY_MS)
    closed = _closed(books, now_ms // DAY_MS * DAY_MS)
    _price(books, [*held, *working, *spot, *closed])
    _take_positions(books, held)
    _take_working(books, working)
    _take_trades(books, spot)
    for row in closed:
        book = books[row["owner_id"]]
        book.result += row["realised"] * book.rate(parse_symbol(row["symbol"]).quote)
    counts = dict(prepared.run(_HOUR, [str(hour_max), prepared.numbers(owner_ids)]))
    for owner_id, book in books.items():
        book.facts = sum_up(book, counts.get(owner_id, 0))
    return books


def sum_up(book: Book, orders_hour: int) -> Facts:
    """The figures that limits are held against."""
    exposure: dict[str, Decimal] = defaultdict(Decimal)
    equity = book.equity_more
    for asset, amount in book.money.items():
        equity += amount * (book.prices.get(asset) or book.rate(asset))
        if asset not in worth.DOLLARS:
            exposure[asset] += amount * book.prices.get(asset, ZERO)
    for (venue, symbol), line in book.lines.items():
        pair, price = parse_symbol(symbol), book.price(venue, symbol) or ZERO
        is_spot = pair.kind == "spot"
        exposure[pair.base] += price * (
            line.buys if is_spot else at_risk(line.held, line.buys, line.sells)
        )
    return Facts(equity, dict(exposure), book.result, orders_hour)


def _money(books: dict[int, Book]) -> None:
    rows = LedgerAccount.objects.filter(
        owner__in=books, kind__in=["paper_wallet", "paper_bot", "paper_futures", "paper_margin"]
    )
    sums = rows.order_by().values_list("owner_id", "kind", "asset").annotate(Sum("balance"))
    for owner_id, kind, asset, balance in sums:
        books[owner_id].money[asset] += balance
        if kind == "paper_wallet":
            books[owner_id].coins[asset] += balance


Row = Mapping[str, Any]


def _positions(books: dict[int, Book]) -> list[Row]:
    """Open ones, bots' and contracts, summed by market and side."""
    rows = Position.objects.open().filter(owner__in=books).order_by()
    return list(
        rows.values("owner_id", "venue", "symbol", "side").annotate(
            held=Sum("quantity"),
            cost=Sum(F("quantity") * F("entry_price"), output_field=_AMOUNT),
            realised=Sum("realised_pnl"),
        )
    )


def _closed(books: dict[int, Book], midnight_ms: int) -> list[Row]:
    """Trades that ended since midnight, summed by market."""
    rows = Position.objects.closed().filter(owner__in=books, closed_at_ms__gte=midnight_ms)
    sums = rows.order_by().values("owner_id", "venue", "symbol")
    return list(sums.annotate(realised=Sum("realised_pnl")))


def _working(books: dict[int, Book]) -> list[Row]:
    """Orders on their way that may open something."""
    rows = Order.objects.working().filter(
        Q(side="buy") | Q(wallet=FUTURES_WALLET),
        owner__in=books, reduce_only=False, close_position=False,
    ).order_by()  # fmt: skip
    is_own = Case(When(wallet__in=[SPOT_WALLET, FUTURES_WALLET], then=Value(1)), default=Value(0))
    return list(
        rows.annotate(own=is_own)
        .values("owner_id", "venue", "symbol", "side", "own")
        .annotate(
            size=Sum(F("quantity") - F("filled_quantity")),
            money=Sum("amount_quote", filter=Q(quantity__isnull=True)),
        )
    )


def _traded_by_hand(books: dict[int, Book], midnight_ms: int) -> list[Row]:
    """Of the day, on the spot wallet, summed by market and side: no position row keeps those."""
    rows = Fill.objects.filter(
        order__owner__in=books, order__wallet=SPOT_WALLET, time_ms__gte=midnight_ms
    ).order_by()
    return list(
        rows.values("venue", "symbol", "side", owner_id=F("order__owner_id")).annotate(
            size=Sum("quantity"), cost=Sum("amount_quote"), fees=Sum("fee")
        )
    )


def _price(books: dict[int, Book], rows: Iterable[Row]) -> None:
    markets = {(row["venue"], row["symbol"]) for row in rows}
    pairs = {key: parse_symbol(key[1]) for key in markets}
    assets = {asset for book in books.values() for asset in book.money}
    assets |= {name for pair in pairs.values() for name in (pair.base, pair.quote)}
    known = worth.prices(assets)
    marks = margin.newest_marks([key for key, pair in pairs.items() if pair.kind != "spot"])
    for book in books.values():
        book.prices, book.marks = known, marks


def _take_positions(books: dict[int, Book], rows: Iterable[Row]) -> None:
    for row in rows:
        book, pair = books[row["owner_id"]], parse_symbol(row["symbol"])
        way = 1 if row["side"] == Position.Side.LONG else -1
        rate, price = book.rate(pair.quote), book.price(row["venue"], row["symbol"])
        open_result = ZERO if price is None else way * (row["held"] * price - row["cost"] * rate)
        book.result += row["realised"] * rate + open_result
        if pair.kind != "spot":
            book.lines[row["venue"], row["symbol"]].held += way * row["held"]
            book.equity_more += open_result


def _take_working(books: dict[int, Book], rows: Iterable[Row]) -> None:
    for row in rows:
        book, symbol = books[row["owner_id"]], row["symbol"]
        line = book.lines[row["venue"], symbol]
        size = row["size"] or ZERO
        if row["money"]:
            price = book.price(row["venue"], symbol)
            size += row["money"] * book.rate(parse_symbol(symbol).quote) / price if price else ZERO
        if row["side"] == "buy":
            line.buys += size
            line.by_hand += size * row["own"]
        else:
            line.sells += size


def _take_trades(books: dict[int, Book], rows: Iterable[Row]) -> None:
    """Marked to market: what they moved, and what is now worth what they changed hands."""
    for row in rows:
        book = books[row["owner_id"]]
        book.result += marked(book, parse_symbol(row["symbol"]), row, row["fees"])


def marked(book: Book, pair: Symbol, row: Row, fees: Decimal) -> Decimal:
    """What trades have made by now: side, size in base and cost in quote of the row."""
    way = 1 if row["side"] == "buy" else -1
    rate, price = book.rate(pair.quote), book.prices.get(pair.base)
    if price is None:
        return -fees * rate
    return Decimal(way * (row["size"] * price - row["cost"] * rate) - fees * rate)
