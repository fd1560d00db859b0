"""Every field of an order reaches the request of every venue that claims it, or is refused.

ccxt passes over what it does not understand of a venue: a stop would go out as a market order.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from exchanges.core.account_records import OrderTicket
from exchanges.core.client_ids import venue_client_id
from exchanges.core.orders import Side
from exchanges.tests.gateway.test_recorded import FOLDER, OPTIONS, Stop
from exchanges.venues import unified
from exchanges.venues.capabilities import Capabilities, all_venues
from exchanges.venues.sessions import Sessions
from exchanges.venues.support import unsupported

pytestmark = pytest.mark.skipif(
    not FOLDER.exists(), reason="the recorded markets of ccxt_static are not beside the project"
)
D = Decimal
SYMBOLS = ("BTC/USDT", "BTC/USDT:USDT", "BTC/USD:BTC", "BTC/USD:USD")
TRIGGERS = {"stop_loss": D(99), "stop_limit": D(99), "take_profit": D(102),
            "take_profit_limit": D(102)}  # fmt: skip
TYPES = ("market", "limit", *TRIGGERS, "trailing_stop")
FLAGS: tuple[dict[str, Any], ...] = (
    {}, {"reduce_only": True}, {"post_only": True}, {"time_in_force": "IOC"},
    {"time_in_force": "FOK"},
)  # fmt: skip
MARKS = {
    "reduce_only": "reduce_?only",
    "post_only": "post|maker|GTX|ParticipateDoNotInitiate",
    "IOC": "ioc|immediateorcancel",
    "FOK": "fok|fillorkill",
}
OURS = "cbABCDEF0123"


def exchange_of(venue: Capabilities) -> Any:
    """A session's object with the recorded markets, as if its account was read."""
    name = "binance" if venue.key == "binanceusdm" else venue.key
    exchange = Sessions(venue.key)._new()
    markets = json.loads((FOLDER / "markets" / f"{name}.json").read_text())
    currencies = json.loads((FOLDER / "currencies" / f"{name}.json").read_text())
    exchange.set_markets(list(markets.values()), currencies)
    exchange.options = exchange.deep_extend(exchange.options, OPTIONS)
    exchange.apiKey, exchange.secret, exchange.password = "key", "c2VjcmV0c2VjcmV0", "password"
    exchange.accounts = [{"id": "myAccount", "code": code} for code in ("USDT", "USDC")]
    exchange.token = "token"
    return exchange


def tickets(symbol: str) -> Iterator[OrderTicket]:
    for side in Side:
        for kind in TYPES:
            for flags in FLAGS:
                yield OrderTicket(
                    symbol=symbol, type=kind, side=side, quantity=D(100), client_order_id=OURS,
                    price=D(101) if "limit" in kind else None, trigger_price=TRIGGERS.get(kind),
                    callback_rate=D("0.01") if kind == "trailing_stop" else None, **flags,
                )  # fmt: skip


def sent(exchange: Any, ticket: OrderTicket, venue: Capabilities) -> str:
    """What would go out, without the address."""
    market, trading = exchange.market(ticket.symbol), venue.trading
    assert trading is not None
    ours = venue_client_id(OURS, trading.client_ids)
    arguments, params = unified.order_arguments(ticket, market, ours, trading)
    if ticket.type == "market":
        arguments[4] = "101"
    caught: list[str] = []

    def fetch(url: str, method: str = "GET", headers: Any = None, body: Any = None) -> Any:
        caught.append(f"{url.partition('?')[2]} {body or ''}")
        raise Stop

    exchange.fetch = fetch
    with pytest.raises(Stop):
        exchange.create_order(*arguments, params=params)
    return caught[-1]


def missing(ticket: OrderTicket, request: str, ours: str) -> list[str]:
    wanted = {"our id": ours}
    if ticket.price is not None:
        wanted["price"] = r"(?<![\d.])101(\.0+)?(?!\d)"
    if ticket.trigger_price is not None:
        wanted["trigger_price"] = rf"(?<![\d.]){ticket.trigger_price}(\.0+)?(?!\d)"
        # Known to the venue as a trigger: not merely handed on under a name of ccxt's.
        if re.search("stopLossPrice|takeProfitPrice", request):
            return ["trigger_price"]
    if ticket.callback_rate is not None:
        wanted["callback_rate"] = r"callback|priceRate|trailing-stop"
    if ticket.reduce_only:
        wanted["reduce_only"] = MARKS["reduce_only"]
    if ticket.post_only:
        wanted["post_only"] = MARKS["post_only"]
    if ticket.time_in_force != "GTC":
        wanted["time_in_force"] = MARKS[ticket.time_in_force]
    return [name for name, mark in wanted.items() if not re.search(mark, request, re.IGNORECASE)]


@pytest.mark.parametrize("name", [name for name in all_venues() if name != "paper"])
def test_every_field_of_an_order_reaches_its_venue(name) -> None:
    venue = all_venues()[name]
    assert venue.trading is not None
    exchange, tried = exchange_of(venue), 0
    ours = str(venue_client_id(OURS, venue.trading.client_ids))
    for symbol in SYMBOLS:
        if symbol not in exchange.markets or (name == "htx" and symbol == "BTC/USD:BTC"):
            continue
        is_contract = ":" in symbol
        if not is_contract and "spot" not in venue.kinds:
            continue
        for ticket in tickets(symbol):
            if any(
                unsupported(
                    venue.trading, venue.name, type=ticket.type, is_contract=is_contract,
                    time_in_force=ticket.time_in_force, post_only=ticket.post_only,
                    reduce_only=ticket.reduce_only,
                )
            ):  # fmt: skip
                continue
            if ticket.type == "market" and ticket.time_in_force != "GTC":
                continue  # a market order rests never
            tried += 1
            request = sent(exchange, ticket, venue)
            assert missing(ticket, request, ours) == [], f"{ticket}: {request}"
    assert tried


def test_stops_of_a_venue_with_directions_wait_on_the_right_side() -> None:
    venue = all_venues()["bitmex"]
    exchange, kinds = exchange_of(venue), {}
    for ticket in tickets("BTC/USDT:USDT"):
        if ticket.trigger_price is not None and ticket == OrderTicket(
            **{name: getattr(ticket, name) for name in OrderTicket.__slots__}
            | {"reduce_only": False, "post_only": False, "time_in_force": "GTC"}
        ):
            told = json.loads(sent(exchange, ticket, venue).partition(" ")[2])
            kinds[ticket.side.value, ticket.type] = told["ordType"]
    assert kinds == {
        (side, kind): word
        for side in ("buy", "sell")
        for kind, word in (
            ("stop_loss", "Stop"), ("stop_limit", "StopLimit"), ("take_profit", "MarketIfTouched"),
            ("take_profit_limit", "LimitIfTouched"),
        )
    }  # fmt: skip


@pytest.mark.parametrize(
    ("name", "symbol", "changes", "field"),
    [
        ("bybit", "BTC/USDT:USDT", {"type": "trailing_stop"}, "type"),
        ("bitmex", "BTC/USDT:USDT", {"type": "trailing_stop"}, "type"),
        ("bingx", "BTC/USDT", {"type": "trailing_stop"}, "type"),
        ("htx", "BTC/USDT", {"type": "stop_loss"}, "type"),
        ("binance", "BTC/USDT", {"type": "stop_limit", "post_only": True}, "post_only"),
        ("binance", "BTC/USDT", {"type": "limit", "reduce_only": True}, "reduce_only"),
        ("binance", "BTC/USDT:USDT", {"type": "limit"}, "symbol"),
        ("okx", "BTC/USDT", {"type": "stop_limit", "time_in_force": "IOC"}, "time_in_force"),
        ("okx", "BTC/USDT", {"type": "limit", "reduce_only": True}, "reduce_only"),
        ("krakenfutures", "BTC/USD:USD", {"type": "limit", "time_in_force": "FOK"},
         "time_in_force"),
        ("bybit", "BTC/USDT", {"type": "limit", "time_in_force": "IOC", "post_only": True},
         "time_in_force"),
    ],
)  # fmt: skip
def test_what_would_be_dropped_on_the_way_is_refused(name, symbol, changes, field) -> None:
    venue = all_venues()[name]
    assert venue.trading is not None
    faults = list(unsupported(venue.trading, venue.name, is_contract=":" in symbol, **changes))
    assert field in {one.path for one in faults}
