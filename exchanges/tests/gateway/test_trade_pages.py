"""More executions than a page between two readings: every venue tells all of them, each once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from exchanges.core.keys import Keys
from exchanges.models import AccountTrade, TradesTold
from exchanges.services import account_booking, account_reading
from exchanges.tests.credentials import account
from exchanges.tests.gateway.conftest import SPOT, SWAP, NoLimits, lead_to
from exchanges.tests.gateway.server import Exchange, Fault
from exchanges.tests.gateway.trade_lists import TradeLists
from exchanges.venues.capabilities import all_venues
from exchanges.venues.gateway import Gateway
from exchanges.venues.sessions import Sessions
from foundation.lib import clock

IN_THE_GAP = 2_500
SYMBOLS = {"binanceusdm": SWAP, "krakenfutures": SWAP, "bitmex": SWAP}
VENUES = [name for name in all_venues() if name != "paper"]


def past(since_ms: int, *, spread_ms: int, count: int = IN_THE_GAP) -> list[tuple[int, int]]:
    """Some of them in the same millisecond, as one order against many makes them."""
    return [(n + 1, since_ms + n // 7 * 7 * spread_ms // count) for n in range(count)]


@pytest.mark.parametrize("days", [0.05, 16])
@pytest.mark.parametrize("venue", VENUES)
def test_all_of_2500_executions_are_told(world_of: Callable[..., Any], venue: str, days: float):
    span_ms = int(days * 86_400_000)
    since_ms = clock.now_ms() - span_ms
    lists = TradeLists(past(since_ms, spread_ms=span_ms - 60_000))
    symbol = SYMBOLS.get(venue, SPOT)
    world = world_of(venue, symbol, getattr(lists, venue))
    told = world.gateway.trades(symbol, since_ms)
    assert sorted(int(one.venue_fill_id) for one in told) == list(range(1, IN_THE_GAP + 1))
    assert lists.pages < 220, "in pages, not one by one"


@pytest.mark.parametrize("venue", ["binance", "binanceusdm", "bybit", "okx", "bitmex", "coinbase"])
def test_more_than_a_page_in_one_millisecond(world_of: Callable[..., Any], venue: str) -> None:
    """One order that met 1,200 others."""
    at_ms = clock.now_ms() - 60_000
    lists = TradeLists([(n + 1, at_ms) for n in range(1_200)])
    symbol = SYMBOLS.get(venue, SPOT)
    world = world_of(venue, symbol, getattr(lists, venue))
    assert len(world.gateway.trades(symbol, at_ms - 1_000)) == 1_200


@pytest.fixture
def row(alice, db):
    return account(alice)


@pytest.fixture
def gap(row):
    """(the exchange, connecting, lists): 2,500 executions since the last reading of an hour ago."""
    since_ms = clock.now_ms() - 3_600_000
    lists = TradeLists(past(since_ms, spread_ms=3_500_000))

    def speak(book: Any, method: str, path: str, given: dict[str, str]) -> Any:
        if path.endswith("/account"):
            return 200, {"balances": [{"asset": "USDT", "free": "1000.5", "locked": "9.5"}]}
        if path.endswith("/openOrders"):
            return 200, []
        return lists.binance(book, method, path, given)

    exchange = Exchange(speak)
    sessions = Sessions("binance", adjust=lead_to(exchange.url, SPOT))

    def connecting(_venue: str, keys: Keys, **given: Any) -> Gateway:
        return Gateway(sessions, keys, NoLimits(), account=given["account"])

    AccountTrade.objects.create(
        credential=row, symbol=SPOT, venue_fill_id="0", side="buy", price=1, quantity=1,
        time_ms=since_ms,
    )  # fmt: skip
    TradesTold.objects.create(credential=row, symbol=SPOT, until_ms=since_ms)
    yield exchange, connecting, lists
    exchange.close()


def stored(row: Any) -> int:
    return AccountTrade.objects.filter(credential=row).exclude(venue_fill_id="0").count()


def test_a_reading_imports_all_that_happened_since_the_last(row, gap) -> None:
    _exchange, connecting, _lists = gap
    began_ms = clock.now_ms()
    assert account_reading.read(credential_id=row.pk, connecting=connecting) == "read"
    assert stored(row) == IN_THE_GAP
    assert TradesTold.objects.get(credential=row).until_ms >= began_ms
    account_reading.read(credential_id=row.pk, connecting=connecting)
    assert stored(row) == IN_THE_GAP


def test_a_reading_that_breaks_off_goes_on_where_it_was(row, gap) -> None:
    exchange, connecting, lists = gap
    trades = [None, None, Fault("answer", status=503)]
    exchange.read_faults = [None, None, *trades]  # the account and its open orders come first
    assert account_reading.read(credential_id=row.pk, connecting=connecting) == "failed"
    kept = stored(row)
    assert 0 < kept < IN_THE_GAP
    told_ms = TradesTold.objects.get(credential=row).until_ms
    assert told_ms == lists.executed[kept - 1][1]
    lists.pages = 0
    assert account_reading.read(credential_id=row.pk, connecting=connecting) == "read"
    assert (stored(row), lists.pages < 3) == (IN_THE_GAP, True)


def test_a_reading_leaves_the_rest_to_the_next_one_in_time(row, gap, monkeypatch) -> None:
    _exchange, connecting, _lists = gap
    monkeypatch.setattr(account_reading, "READ_S_MAX", 0.0)
    for _ in range(3):
        account_reading.read(credential_id=row.pk, connecting=connecting)
    assert stored(row) == IN_THE_GAP


def test_what_was_told_up_to_here_never_goes_back(row) -> None:
    for until_ms in (500_000, 900_000, 700_000):
        account_booking.told_until(row, SPOT, until_ms)
    assert account_booking.told_since(row.pk) == {SPOT: 900_000 - account_booking.OVERLAP_MS}
