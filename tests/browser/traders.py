"""What people of the browser tests have traded by hand, placed with the paper venue itself."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from accounts.models import User
from accounts.services import ledger
from exchanges.core.candles import MINUTE_MS
from exchanges.core.orders import Side
from exchanges.core.tickets import Ticket
from exchanges.feed import live, simulated
from exchanges.models import (
    AccountHoldings,
    AccountOrder,
    AccountSnapshot,
    AccountTrade,
    ExchangeCredential,
    Market,
    Order,
)
from exchanges.services import markets
from exchanges.services.paper import catalogue, closing, placing, working
from exchanges.tests import credentials
from foundation.lib import clock

VENUE = "simulated"
HOUR_MS = 60 * MINUTE_MS
SPOT, SWAP = "BTC/USDT", "BTC/USDT:USDT"
DEPTH = 10_000_000  # what the book offers: enough for an order of twelve digits


def show_prices() -> Decimal:
    """The live state that placing asks for, in this process's own Redis; the newest price."""
    now_ms = clock.now_ms() // MINUTE_MS * MINUTE_MS
    last = float(simulated.history(SPOT, now_ms - 2 * MINUTE_MS, now_ms).close[-1])
    spot = Market.objects.get(venue=VENUE, symbol=SPOT)
    spot = markets.learn(market=spot, rules=simulated.rules_of(SPOT))
    markets.ensure_perpetual(spot)
    catalogue.forget()
    batch = live.LiveBatch(VENUE)
    batch.ticker(SPOT, {"symbol": SPOT, "last": last})
    book = {"bids": [[round(last - 1, 2), DEPTH]], "asks": [[round(last + 1, 2), DEPTH]]}
    batch.orderbook(SPOT, {**book, "time": now_ms})
    batch.flush(now_ms)
    live.beat(VENUE, source="test", market_ms=now_ms)
    return Decimal(str(round(last, 2)))


def place(user: User, symbol: str, side: Side, **fields: Any) -> Order:
    ticket = Ticket(venue=VENUE, symbol=symbol, side=side, **fields)
    return placing.place(owner=user, ticket=ticket).order


def fund(user: User, futures: Decimal) -> None:
    key = f"browser:futures:{user.pk}"
    ledger.grant_play_money(user=user, asset="USDT", amount=futures, key=key, kind="paper_futures")


def little(user: User, last: Decimal) -> None:
    """Some of each: coins, a position with its protection, orders that wait, one taken back."""
    fund(user, Decimal(5_000))
    place(user, SPOT, Side.BUY, quantity=Decimal("0.02"))
    place(user, SPOT, Side.SELL, quantity=Decimal("0.005"))
    rounded = last.quantize(Decimal(1))
    waits: dict[str, Any] = {"type": "limit", "quantity": Decimal("0.01")}
    place(user, SPOT, Side.BUY, **waits, price=rounded - 9_000)
    gone = place(user, SPOT, Side.BUY, **waits, price=rounded - 9_500)
    working.cancel(owner=user, order_id=gone.pk)
    stop = {"type": "stop_limit", "trigger_price": rounded - 8_000, "price": rounded - 8_100}
    place(user, SPOT, Side.SELL, quantity=Decimal("0.01"), **stop)
    opened = place(user, SWAP, Side.BUY, quantity=Decimal("0.12"))
    held = opened.owner.positions.get(symbol=SWAP, closed_at_ms=None)
    levels = {"take_profit": rounded + 12_000, "stop_loss": rounded - 3_500}
    closing.protect(owner=user, position_id=held.pk, **levels)


def much(user: User, last: Decimal, many: int) -> None:
    """A thousand of each and figures of twelve digits; copies go straight into the table."""
    fund(user, Decimal(999_999_999_999))
    place(user, SWAP, Side.SELL, quantity=Decimal(999_999), leverage=1)
    rounded = last.quantize(Decimal(1))
    waits = {"type": "limit", "price": rounded - 20_000}
    gone = place(user, SPOT, Side.BUY, quantity=Decimal("1.5"), **waits)
    working.cancel(owner=user, order_id=gone.pk)
    gone.refresh_from_db()
    copies(gone, many)
    for symbol in (SPOT, SWAP):
        first = place(user, symbol, Side.BUY, quantity=Decimal("123456.78901"), **waits)
        copies(first, many // 2, held=Decimal(0))


def copies(order: Order, count: int, **changes: Any) -> None:
    names = [field.attname for field in order._meta.concrete_fields if field.attname != "id"]
    values = {name: getattr(order, name) for name in names} | changes
    Order.objects.bulk_create(
        Order(**{**values, "client_order_id": f"copy{order.pk}x{number}"})
        for number in range(count)
    )


def connect(user: User, long_name: str) -> None:
    """Exchange accounts in every state a check can leave them in."""
    fine = "It works. It is not bound to an address: bind it to this server's there."
    credentials.shown(
        user, "Main", "binance", "working", fine, permissions=["read", "spot", "futures"],
        is_ip_restricted=False, notional_day_max=Decimal(25_000), symbols=["BTC/USDT", "ETH/USDT"],
    )  # fmt: skip
    refused = "This key may withdraw money, so it is not used. Take that right away from it at OKX."
    credentials.shown(user, long_name, "okx", "refused", refused, permissions=["withdraw"])
    away = "Bybit could not be asked about this key. It is asked again within two hours."
    credentials.shown(user, "Tests", "bybit", "failing", away, is_testnet=True)
    hold(user)


def hold(user: User) -> None:
    """What the first account holds and has traded, as its venue would have told it."""
    row = ExchangeCredential.objects.owned_by(user).get(venue="binance")
    hour_ms = clock.now_ms() // HOUR_MS * HOUR_MS
    nothing = {"entry_price": "30120.5", "mark_price": "30811.1", "liquidation_price": "25100"}
    AccountHoldings.objects.create(
        credential=row, read_at=clock.now(), value=Decimal("15204.12"), unpriced=["LUNC"],
        balances=[
            {"asset": "BTC", "free": "0.25", "held": "0.05", "total": "0.3", "worth": "9243.33"},
            {"asset": "LUNC", "free": "1200000", "held": "0", "total": "1200000", "worth": None},
            {"asset": "USDT", "free": "5960.79", "held": "0", "total": "5960.79",
             "worth": "5960.79"},
        ],
        positions=[{"symbol": "BTC/USDT:USDT", "quantity": "-0.02", "unrealised_pnl": "-13.81",
                    "leverage": "5", "margin_mode": "isolated", "quote": "USDT"} | nothing],
        orders=[{"symbol": "BTC/USDT", "side": "sell", "type": "limit", "price": "34000",
                 "trigger_price": None, "quantity": "0.05", "filled": "0"}],
    )  # fmt: skip
    AccountSnapshot.objects.bulk_create(
        AccountSnapshot(
            credential=row, hour_ms=hour_ms - n * HOUR_MS, quote="USDT",
            value=Decimal(15204 - 20 * n + 37 * (n % 7)),
        )
        for n in range(100)
    )  # fmt: skip
    AccountTrade.objects.bulk_create(
        AccountTrade(
            credential=row, symbol="BTC/USDT", venue_fill_id=str(n),
            side="buy" if n % 3 else "sell",
            price=Decimal(30_000 + 7 * n), quantity=Decimal("0.015"), fee=Decimal("0.45"),
            fee_asset="USDT", time_ms=hour_ms - n * HOUR_MS,
        )
        for n in range(60)
    )  # fmt: skip
    AccountOrder.objects.create(
        owner=user, credential=row, client_order_id="cb1", symbol="BTC/USDT", type="limit",
        side="sell", quantity=Decimal("0.05"), price=Decimal(34_000), status="open",
    )  # fmt: skip
