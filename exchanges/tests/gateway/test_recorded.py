"""Recorded questions and answers of ten venues: what the gateway makes of them.

Where the pinned ccxt itself differs from the recording, ours must be what it does.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import ccxt
import pytest

from exchanges.core.orders import OrderStatus
from exchanges.venues import executions, unified
from exchanges.venues.sessions import Sessions

FOLDER = Path(__file__).resolve().parents[4] / "shared" / "data" / "ccxt_static"
pytestmark = pytest.mark.skipif(
    not FOLDER.exists(), reason="the recorded cases of ccxt_static are not beside the project"
)
VENUES = (
    "binance", "bybit", "okx", "kraken", "krakenfutures", "bitmex", "htx", "bingx", "coinbase",
)  # fmt: skip
ORDERS = ("createOrder", "fetchOrder", "editOrder")
LISTS = ("fetchOpenOrders", "fetchClosedOrders", "fetchCanceledOrders", "fetchMyTrades")
ASKED = (*ORDERS, *LISTS, "cancelOrder", "fetchBalance", "fetchPositions", "setLeverage",
         "setMarginMode", "fetchFundingHistory")  # fmt: skip
OPTIONS = {
    "enableUnifiedAccount": True, "enableUnifiedMargin": False, "accessToken": "token",
    "expires": 999999999999999, "leverageBrackets": {},
}  # fmt: skip


class Stop(Exception):
    """The request is known; nothing goes out."""


def cases(kind: str, methods: tuple[str, ...]) -> list[Any]:
    return list(_cases(kind, methods))


def _cases(kind: str, methods: tuple[str, ...]) -> Iterator[Any]:
    for venue in VENUES if FOLDER.exists() else ():
        told = json.loads((FOLDER / kind / f"{venue}.json").read_text())
        for method in methods:
            for number, case in enumerate(told["methods"].get(method, [])):
                if not case.get("disabled") and not case.get("disabledPython"):
                    yield pytest.param(venue, method, case, told, id=f"{venue}-{method}-{number}")


def lent(venue: str, case: dict[str, Any], told: dict[str, Any], *, ours: bool) -> Any:
    """A session's object of ours, or ccxt's as it comes, with the recorded markets."""
    markets = json.loads((FOLDER / "markets" / f"{venue}.json").read_text())
    currencies = json.loads((FOLDER / "currencies" / f"{venue}.json").read_text())
    exchange = Sessions(venue)._new() if ours else getattr(ccxt, venue)()
    exchange.set_markets(list(markets.values()), currencies)
    exchange.currencies = exchange.deep_extend(currencies, exchange.currencies)
    exchange.options = exchange.deep_extend(
        exchange.options, OPTIONS, told.get("options", {}), case.get("options", {})
    )
    exchange.apiKey, exchange.secret, exchange.password = "key", "secretsecret", "password"
    exchange.uid, exchange.walletAddress, exchange.token = "uid", "wallet", "token"
    exchange.login, exchange.accountId = "login", "12345"
    exchange.accounts = [{"id": "myAccount", "code": code} for code in ("USDT", "USDC")]
    exchange.logger.setLevel(logging.CRITICAL)
    return exchange


def called(exchange: Any, method: str, given: list[Any]) -> Any:
    return getattr(exchange, exchange.un_camel_case(method))(*given)


def as_text(value: Any) -> Any:
    """Numbers as the gateway hands them over."""
    if isinstance(value, dict):
        return {name: as_text(one) for name, one in value.items()}
    if isinstance(value, bool) or not isinstance(value, int | float):
        return value
    return unified.text(Decimal(str(value)))


def request_of(exchange: Any, method: str, given: list[Any]) -> tuple[str, Any, Any]:
    caught: list[Any] = []

    def fetch(url: str, method: str = "GET", headers: Any = None, body: Any = None) -> Any:
        caught.append((url, body))
        raise Stop

    exchange.fetch = fetch
    with pytest.raises(Stop):
        called(exchange, method, given)
    url, body = caught[0]
    parts = urlsplit(url)
    return parts.path, dict(parse_qsl(parts.query)), body


def sent(body: Any, kind: str) -> Any:
    if body is None or body == "":
        return {}
    if isinstance(body, str) and body[:1] in "[{":
        return json.loads(body)
    return dict(parse_qsl(body)) if isinstance(body, str) else body


def without(value: Any, skipped: list[str]) -> Any:
    """Signatures, times and ids made by chance left out; numbers and their texts made equal."""
    if isinstance(value, dict):
        kept = {k: without(v, skipped) for k, v in value.items() if k not in skipped}
        return {k: v for k, v in kept.items() if v is not None}
    if isinstance(value, list):
        return [without(one, skipped) for one in value]
    if isinstance(value, bool) or value is None:
        return value
    number = unified.decimal(value)
    return str(value) if number is None else number.normalize()


@pytest.mark.parametrize(("venue", "method", "case", "told"), cases("request", ASKED))
def test_the_request_is_the_recorded_one(venue, method, case, told) -> None:
    skipped = [
        *told.get("skipKeys", []),
        "signature",
        "timestamp",
        "nonce",
        "brokerId",
        "tag",
        "clientAlgoId",
        "newClientOrderId",
        "clientOrderId",
    ]

    def made(ours: bool) -> Any:
        given = [as_text(one) if ours else one for one in case.get("input", [])]
        if method in ("setLeverage",) or method in LISTS:
            given = case.get("input", [])
        path, query, body = request_of(lent(venue, case, told, ours=ours), method, given)
        return path, without(query, skipped), without(sent(body, told["outputType"]), skipped)

    ours, plain = made(True), made(False)
    recorded = urlsplit(case["url"])
    wanted = sent(case["output"], told["outputType"]) if case.get("output") else None
    same_path = ours[0] == recorded.path
    if wanted is not None:
        same = same_path and ours[2] == without(wanted, skipped)
    else:
        same = same_path and ours[1] == without(dict(parse_qsl(recorded.query)), skipped)
    assert same or ours == plain


def answered(exchange: Any, method: str, case: dict[str, Any]) -> Any:
    exchange.fetch = lambda *_args, **_kwargs: case["httpResponse"]
    return called(exchange, method, case.get("input", []))


@pytest.mark.parametrize(("venue", "method", "case", "told"), cases("response", ORDERS + LISTS))
def test_orders_and_trades_are_read_as_recorded(venue, method, case, told) -> None:
    exchange = lent(venue, case, told, ours=True)
    found, wanted = answered(exchange, method, case), case["parsedResponse"]
    pairs = [(found, wanted)] if isinstance(wanted, dict) else list(zip(found, wanted, strict=True))
    read: Callable[..., Any] = trade_matches if method == "fetchMyTrades" else order_matches
    for row, expected in pairs:
        read(row, expected, exchange.market(expected["symbol"]) if expected.get("symbol") else {})


def order_matches(row: Any, expected: Any, market: Any) -> None:
    order = unified.order(row, market or {"symbol": ""})
    size = unified.contract_size(market)
    assert order.venue_order_id == str(expected.get("id") or "")
    if expected.get("amount") is not None:
        assert order.quantity == Decimal(str(expected["amount"])) * size
    if expected.get("filled") is not None:
        assert order.filled == Decimal(str(expected["filled"])) * size
    if expected.get("price") is not None:
        assert order.price == Decimal(str(expected["price"]))
    assert order.client_order_id == str(expected.get("clientOrderId") or "")
    over = {"closed": OrderStatus.FILLED, "canceled": OrderStatus.CANCELLED}
    if expected.get("status") in over:
        assert order.status is over[expected["status"]]
    if expected.get("status") == "open":
        assert order.status in (OrderStatus.OPEN, OrderStatus.PARTIALLY_FILLED)


def trade_matches(row: Any, expected: Any, market: Any) -> None:
    (known,) = executions.identified([row])
    trade = executions.trade(known, market)
    assert trade.venue_fill_id
    assert trade.venue_fill_id == str(expected.get("id") or trade.venue_fill_id)
    assert trade.price == Decimal(str(expected["price"]))
    assert trade.quantity == Decimal(str(expected["amount"])) * unified.contract_size(market)
    assert trade.side == (expected["side"] or trade.side)
    if (expected.get("fee") or {}).get("cost") is not None:
        # That HTX pays a taker for trading is ccxt's word: it turns the sign of what was taken.
        turned = {"trade_fee", "fee_currency"} <= set(expected["info"])
        cost = expected["info"]["trade_fee"] if turned else expected["fee"]["cost"]
        assert trade.fee == Decimal(str(cost))
        assert trade.fee_asset == expected["fee"]["currency"]


@pytest.mark.parametrize(("venue", "method", "case", "told"), cases("response", ("fetchBalance",)))
def test_balances_are_read_as_recorded(venue, method, case, told) -> None:
    read = unified.balances(answered(lent(venue, case, told, ours=True), method, case))
    totals = {asset: Decimal(str(n)) for asset, n in case["parsedResponse"]["total"].items() if n}
    # The recording holds floats; ours are the venue's own digits.
    assert {one.asset: float(one.total) for one in read} == pytest.approx(
        {asset: float(total) for asset, total in totals.items()}
    )


@pytest.mark.parametrize(
    ("venue", "method", "case", "told"), cases("response", ("fetchPositions",))
)
def test_positions_are_read_as_recorded(venue, method, case, told) -> None:
    exchange = lent(venue, case, told, ours=True)
    rows = answered(exchange, method, case)
    read = [unified.position(row, exchange.market(row["symbol"])) for row in rows]
    wanted = [one for one in case["parsedResponse"] if one.get("contracts")]
    kept = [one for one in read if one is not None]
    assert len(kept) == len(wanted)
    for one, expected in zip(kept, wanted, strict=True):
        size = unified.contract_size(exchange.market(one.symbol))
        way = -1 if expected["side"] == "short" else 1
        assert one.quantity == way * Decimal(str(expected["contracts"])) * size
        if expected.get("entryPrice") is not None:
            assert one.entry_price == Decimal(str(expected["entryPrice"]))
