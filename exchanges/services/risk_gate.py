"""The one gate that every order passes before it is written: limits, and the kill switch.

Who has no limits costs one question, whatever the number of orders. Where there are some, a user is
held until the transaction ends, so that two orders at once cannot both take the last room.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal, localcontext
from typing import Any

from exchanges.core import risk_gate as core
from exchanges.core.refusals import Refused
from exchanges.core.risk_gate import Limits, Refusal, Wanted
from exchanges.core.symbols import parse_symbol
from exchanges.models import KillSwitch, RiskRefusal
from exchanges.selectors import risk_accounts, risk_books
from exchanges.selectors.risk_books import ZERO, Book
from foundation.lib import clock, prepared
from foundation.lib.decimals import MONEY
from foundation.lib.errors import FieldFault

LOCK_SPACE = 0x5249534B << 32  # advisory locks of the gate; the user's id is the rest
HOUR_MAX = 100_000
REFUSALS_KEPT = timedelta(days=90)
REFUSALS_KEPT_MAX = 20_000  # of one user
PAPER, REAL, TEST = "paper", "real", "test"

_RULES = """
SELECT owner_id, exposure_coin, leverage, daily_loss, daily_loss_fraction, position, orders_hour,
       ''
  FROM exchanges_risklimits WHERE owner_id = ANY(%s::bigint[]) OR owner_id IS NULL
 UNION ALL
SELECT owner_id, NULL, NULL, NULL, NULL, NULL, NULL, 'killed'
  FROM exchanges_killswitch WHERE owner_id = ANY(%s::bigint[]) AND lifted_at IS NULL
 UNION ALL
SELECT id, NULL, NULL, NULL, NULL, NULL, NULL,
       CASE WHEN leaves_at IS NULL THEN 'suspended' ELSE 'leaving' END
  FROM accounts_user WHERE id = ANY(%s::bigint[]) AND (leaves_at IS NOT NULL OR NOT is_active)
"""
_CLOSED = {"killed": core.killed, "leaving": core.leaving, "suspended": core.suspended}
_LOCK = "SELECT pg_advisory_xact_lock(%s::bigint + id) FROM unnest(%s::bigint[]) AS id"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """An order before it is written. book: PAPER, REAL or TEST. wallet: as RiskRefusal has it.

    quantity in base, or money in quote. reduces: it can only close. price: its own, in quote, for
    markets that nothing else prices. held: base that the wallet's position has or may get already;
    None: what the user's own wallets hold.
    """

    owner_id: int
    book: str
    wallet: str
    venue: str
    symbol: str
    side: str
    quantity: Decimal | None = None
    money: Decimal | None = None
    reduces: bool = False
    price: Decimal | None = None
    held: Decimal | None = None

    @property
    def is_spot(self) -> bool:
        return parse_symbol(self.symbol).kind == "spot"

    @property
    def only_closes(self) -> bool:
        """As far as the order itself says; a contract's position may say so as well."""
        return self.reduces or (self.is_spot and self.side == "sell")


class RiskRefused(Refused):
    """A limit forbids the order; nothing was written. The edges of a service record it."""

    def __init__(self, ask: Ask, found: Sequence[Refusal]) -> None:
        words = " ".join(one.words for one in found)
        super().__init__("risk_limit", words, [FieldFault("risk", one.words) for one in found])
        self.ask, self.found = ask, list(found)


@dataclass(slots=True)
class Gate:
    """What one transaction may open, asked order by order. limits: of users who have some; closed:
    why others may open nothing at all."""

    now_ms: int
    limits: dict[int, Limits]
    closed: dict[int, Refusal]
    _books: dict[tuple[int, str], Book] = field(default_factory=dict)

    @property
    def is_open(self) -> bool:
        """Nobody here has a limit, a switch that is on, or an account that is closed or closing."""
        return not self.limits and not self.closed

    def ask(self, ask: Ask) -> list[Refusal]:
        """What forbids the order, [] if nothing; then it counts for the ones after it."""
        if ask.only_closes or (ask.owner_id not in self.limits and ask.owner_id not in self.closed):
            return []
        if ask.owner_id in self.closed and ask.is_spot:
            return [self.closed[ask.owner_id]]
        with localcontext(MONEY):
            return self._weigh(ask, self._book(ask))

    def check(self, ask: Ask) -> None:
        """RiskRefused where the order is forbidden."""
        if found := self.ask(ask):
            raise RiskRefused(ask, found)

    def _weigh(self, ask: Ask, book: Book) -> list[Refusal]:
        if ask.quantity is not None and _grows(ask, book, ask.quantity)[0] <= 0:
            return []  # a contract's position says that it closes
        pair = parse_symbol(ask.symbol)
        risk_books.learn(book, ask.venue, ask.symbol)
        price, rate = book.price(ask.venue, ask.symbol), book.rate(pair.quote)
        if price is None and ask.price is not None:
            price = ask.price * rate
        if not price:
            return [self.closed.get(ask.owner_id) or core.unpriced(pair.base)]
        size = ask.quantity if ask.quantity is not None else (ask.money or ZERO) * rate / price
        line = book.lines[ask.venue, ask.symbol]
        adds, position = _grows(ask, book, size)
        wanted = Wanted(pair.base, adds * price, position * price)
        if ask.owner_id in self.closed:
            return [self.closed[ask.owner_id]] if wanted.adds > 0 else []
        found = core.refusals(self.limits[ask.owner_id], book.facts, wanted)
        if not found:
            book.facts = core.after(book.facts, wanted)
            if ask.side == "buy":
                line.buys += size
                line.by_hand += size if ask.held is None else ZERO
            else:
                line.sells += size
        return found

    def _book(self, ask: Ask) -> Book:
        key = (ask.owner_id, ask.book)
        if key not in self._books:
            owners = sorted({*self.limits, ask.owner_id})
            for owner_id, book in books(owners, ask.book, self.now_ms).items():
                self._books[owner_id, ask.book] = book
        return self._books[key]


def opened(owner_ids: Iterable[int], *, now_ms: int) -> Gate:
    """The gate for these users, in the caller's transaction; one question, and a lock on those
    with limits. now_ms: of the market's day."""
    ids = prepared.numbers(sorted(set(owner_ids)))
    rows = prepared.run(_RULES, [ids, ids, ids])
    everybody, own, closed = Limits(), dict[int, Limits](), dict[int, Refusal]()
    for owner_id, *values, why in rows:
        if why:
            closed.setdefault(owner_id, _CLOSED[why]())
        elif owner_id is None:
            everybody = Limits(*values)
        else:
            own[owner_id] = Limits(*values)
    merged = {one: core.merge(everybody, own.get(one, Limits())) for one in set(owner_ids)}
    limits = {one: found for one, found in merged.items() if not found.is_empty}
    if limits:
        prepared.run(_LOCK, [str(LOCK_SPACE), prepared.numbers(sorted(limits))])
    return Gate(now_ms, limits, closed)


def books(owner_ids: Sequence[int], book: str, now_ms: int) -> dict[int, Book]:
    """What these users have at risk in one book."""
    with localcontext(MONEY):
        if book == PAPER:
            return risk_books.paper(owner_ids, now_ms=now_ms, hour_max=HOUR_MAX)
        return risk_accounts.accounts(owner_ids, now_ms=now_ms, is_testnet=book == TEST)


def is_killed(owner_id: int) -> bool:
    return KillSwitch.objects.filter(owner_id=owner_id, lifted_at__isnull=True).exists()


def record(refused: Iterable[tuple[Ask, Sequence[Refusal]]]) -> list[RiskRefusal]:
    """Keep what was not let through: a row for each rule, in one statement."""
    rows = [
        RiskRefusal(
            owner_id=ask.owner_id, wallet=ask.wallet, venue=ask.venue, symbol=ask.symbol,
            side=ask.side, rule=one.rule, value=one.value[:60], limit=one.limit[:60],
            words=one.words[:300],
        )
        for ask, found in refused
        for one in found
    ]  # fmt: skip
    return RiskRefusal.objects.bulk_create(rows)


def clear() -> int:
    """Delete refusals past their time, and of each user all but the newest."""
    gone, _ = RiskRefusal.objects.filter(at__lt=clock.now() - REFUSALS_KEPT).delete()
    owners = RiskRefusal.objects.order_by().values_list("owner_id", flat=True).distinct()
    for owner_id in owners:
        rows: Any = RiskRefusal.objects.filter(owner_id=owner_id).order_by("-pk")
        oldest = rows.values_list("pk", flat=True)[REFUSALS_KEPT_MAX : REFUSALS_KEPT_MAX + 1]
        for pk in oldest:
            gone += rows.filter(pk__lte=pk).delete()[0]
    return gone


def _grows(ask: Ask, book: Book, size: Decimal) -> tuple[Decimal, Decimal]:
    """(by how much the order may raise what is at risk, what its position may come to), in base."""
    line = book.lines[ask.venue, ask.symbol]
    if ask.is_spot:
        held = ask.held
        if held is None:
            held = book.coins.get(parse_symbol(ask.symbol).base, ZERO) + line.by_hand
        return size, held + size
    more = (size, ZERO) if ask.side == "buy" else (ZERO, size)
    then = core.at_risk(line.held, line.buys + more[0], line.sells + more[1])
    return then - core.at_risk(line.held, line.buys, line.sells), then
