"""A paper venue whose market stands still until a test moves it."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from accounts.models import User
from accounts.services import ledger
from exchanges.core.orders import Side
from exchanges.core.tickets import Ticket
from exchanges.feed import live
from exchanges.models import Market, Order, Position
from exchanges.services import markets
from exchanges.services.paper import catalogue, parameters, placing, quotes, ticking
from exchanges.services.paper.crossing import Move

SPOT, SWAP = "BTC/USDT", "BTC/USDT:USDT"
NOW_MS = 1_704_067_200_000


def D(text: Any) -> Decimal:
    return Decimal(str(text))


@dataclass
class PaperWorld:
    """One spot market and its perpetual on a venue of their own. Levels: [price, amount]."""

    settings: Any
    price: float = 100.0
    asks: list[list[float]] = field(default_factory=lambda: [[100.1, 5], [100.2, 10], [101, 1000]])
    bids: list[list[float]] = field(default_factory=lambda: [[99.9, 5], [99.8, 10], [99, 1000]])
    venue: str = field(default_factory=lambda: f"v{uuid.uuid4().hex[:12]}")

    def __post_init__(self) -> None:
        self.settings.FEED_VENUE = self.venue
        steps = {
            "price_step": D("0.1"),
            "amount_step": D("0.001"),
            "amount_min": D("0.001"),
            "notional_min": D(5),
        }
        self.spot = markets.ensure(venue=self.venue, symbol=SPOT)
        Market.objects.filter(pk=self.spot.pk).update(**steps)
        self.spot.refresh_from_db()
        self.swap = markets.ensure_perpetual(self.spot)
        catalogue.forget()
        parameters.forget()
        self.show()

    def show(self) -> None:
        """Put ticker and book into the live state, as the feed would."""
        batch = live.LiveBatch(self.venue)
        batch.ticker(SPOT, {"symbol": SPOT, "last": self.price})
        batch.orderbook(SPOT, {"bids": self.bids, "asks": self.asks, "time": NOW_MS})
        batch.flush(NOW_MS)
        live.beat(self.venue, source="test", market_ms=NOW_MS)

    def move(self, *prices: float, spread: float = 0.1, depth: float = 1000) -> int:
        """The price goes through these prices; the book follows the last one."""
        before, self.price = self.price, prices[-1]
        self.asks, self.bids = [[self.price + spread, depth]], [[self.price - spread, depth]]
        self.asks = [[round(p, 8), a] for p, a in self.asks]
        self.bids = [[round(max(p, 0.1), 8), a] for p, a in self.bids]
        self.show()
        seen = [D(price) for price in (before, *prices)]
        quote = quotes.quote_of(self.spot)
        return ticking.tick(self.venue, SPOT, Move(min(seen), max(seen), quote))

    def ticket(self, symbol: str = SPOT, side: str = "buy", **fields: Any) -> Ticket:
        """Numbers may be written as text."""
        numbers = {
            name: D(value)
            for name, value in fields.items()
            if isinstance(value, str | int | float)
            and not isinstance(value, bool)
            and name not in {"type", "time_in_force", "client_order_id", "margin_mode", "leverage"}
        }
        return Ticket(venue=self.venue, symbol=symbol, side=Side(side), **{**fields, **numbers})

    def place(self, owner: User, symbol: str = SPOT, side: str = "buy", **fields: Any) -> Order:
        """Place an order; market unless told otherwise."""
        return placing.place(owner=owner, ticket=self.ticket(symbol, side, **fields)).order

    def position(self, owner: User, symbol: str = SWAP) -> Position | None:
        rows = Position.objects.open().filter(owner=owner, symbol=symbol, wallet="futures")
        return rows.first()


def fund(owner: User, spot: Any = 10_000, futures: Any = 10_000, btc: Any = 0) -> None:
    """Play money for a test's user."""
    for kind, asset, amount in (
        ("paper_wallet", "USDT", spot),
        ("paper_futures", "USDT", futures),
        ("paper_wallet", "BTC", btc),
    ):
        if D(amount):
            key = f"test:{uuid.uuid4().hex}"
            ledger.grant_play_money(user=owner, asset=asset, amount=D(amount), key=key, kind=kind)
