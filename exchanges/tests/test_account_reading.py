"""Connected accounts are read through unmodified ccxt on a real socket; what is told is kept."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from exchanges.core.account_records import Balance, VenuePosition
from exchanges.core.keys import Keys
from exchanges.core.valuation import worth_of
from exchanges.models import AccountHoldings, AccountSnapshot, AccountTrade
from exchanges.services import account_asking, account_reading
from exchanges.tests.credentials import account
from exchanges.tests.gateway.conftest import SPOT, NoLimits, lead_to
from exchanges.tests.gateway.server import Exchange, Fault, binance
from exchanges.tests.gateway.test_orders import ticket
from exchanges.venues.gateway import Gateway
from exchanges.venues.sessions import Sessions
from foundation.lib import clock

D = Decimal


@pytest.fixture
def exchange():
    made = Exchange(binance)
    yield made
    made.close()


@pytest.fixture
def connecting(exchange):
    """Leads every account to the local exchange."""
    sessions = Sessions("binance", adjust=lead_to(exchange.url, SPOT))

    def connect(venue: str, keys: Keys, **given: Any) -> Gateway:
        assert venue == "binance"
        return Gateway(sessions, keys, NoLimits(), account=given["account"])

    return connect


def trade(connecting, row, name: str) -> None:
    gateway = connecting(row.venue, Keys("k", "s"), account="1")
    gateway.place(ticket(SPOT, name))


@pytest.fixture
def row(alice, db):
    return account(alice)


def test_an_account_is_read_valued_and_remembered(row, exchange, connecting) -> None:
    trade(connecting, row, "one")
    exchange.book.fill("one")
    AccountTrade.objects.create(
        credential=row, symbol=SPOT, venue_fill_id="0", side="buy", price=1, quantity=1, time_ms=1
    )
    assert account_reading.read(credential_id=row.pk, connecting=connecting) == "read"
    held = AccountHoldings.objects.get(pk=row.pk)
    assert held.balances == [
        {"asset": "USDT", "free": "1000.5", "held": "9.5", "total": "1010.0", "worth": "1010.0"}
    ]
    assert (held.value, held.quote, held.words) == (D(1010), "USDT", "")
    snapshot = AccountSnapshot.objects.get(credential=row)
    assert snapshot.value == D(1010)
    assert snapshot.hour_ms % 3_600_000 == 0
    assert set(AccountTrade.objects.values_list("venue_fill_id", flat=True)) == {"0", "1"}


def test_what_comes_twice_is_stored_once(row, exchange, connecting) -> None:
    trade(connecting, row, "one")
    exchange.book.fill("one")
    AccountTrade.objects.create(
        credential=row, symbol=SPOT, venue_fill_id="0", side="buy", price=1, quantity=1, time_ms=1
    )
    for _ in range(3):
        account_reading.read(credential_id=row.pk, connecting=connecting)
    assert AccountTrade.objects.filter(venue_fill_id="1").count() == 1
    assert AccountSnapshot.objects.filter(credential=row).count() == 1


def test_a_venue_that_does_not_answer_leaves_what_was_read_and_says_why(
    row, exchange, connecting
) -> None:
    account_reading.read(credential_id=row.pk, connecting=connecting)
    exchange.read_faults = [Fault("answer", status=503)]
    assert account_reading.read(credential_id=row.pk, connecting=connecting) == "failed"
    held = AccountHoldings.objects.get(pk=row.pk)
    assert held.value == D(1010)
    assert "Binance did not take the call" in held.words


def test_an_account_that_is_gone_is_no_fault(connecting, db) -> None:
    assert account_reading.read(credential_id=77, connecting=connecting) == "gone"


def test_each_account_is_asked_for_once_an_hour(row, connecting) -> None:
    assert account_asking.ask_due() == 1
    account_reading.read(credential_id=row.pk, connecting=connecting)
    assert account_asking.ask_due() == 0
    later = clock.now_ms() + 3_600_000
    with clock.fixed(later):
        assert account_asking.ask_due() == 1


def test_refused_accounts_are_not_read(alice, db) -> None:
    account(alice, state="refused")
    assert account_asking.ask_due() == 0


@pytest.mark.parametrize(
    ("prices", "total", "unpriced"),
    [
        ({"BTC": D(50_000)}, D(26_010), ("XYZ",)),
        ({}, D(1010), ("BTC", "XYZ")),
        ({"BTC": D(50_000), "XYZ": D(2)}, D(26_030), ()),
    ],
)
def test_balances_and_open_profit_are_worth_what_the_prices_say(prices, total, unpriced) -> None:
    balances = [
        Balance("USDT", D(900), D(100)),
        Balance("BTC", D("0.5"), D(0)),
        Balance("XYZ", D(10), D(0)),
    ]
    nothing: dict[str, Any] = dict.fromkeys(
        ("entry_price", "mark_price", "liquidation_price", "leverage")
    )
    positions = [VenuePosition("ETH/USDT:USDT", D(1), unrealised_pnl=D(10), **nothing)]
    found = worth_of(balances, positions, prices, "USDT")
    assert (found.total, found.unpriced) == (total, unpriced)
