"""The page, the file and REST of what a connected account holds and has traded."""

from __future__ import annotations

import csv
import io

import pytest

from accounts.services import preferences
from exchanges.feed.live import LiveBatch
from exchanges.models import AccountHoldings, AccountSnapshot, AccountTrade, Market
from exchanges.tests.credentials import account
from foundation.lib import clock

HELD = {
    "value": "1010.5",
    "balances": [{"asset": "BTC", "free": "1", "held": "0", "total": "1", "worth": None}],
    "positions": [],
    "orders": [],
    "unpriced": ["BTC"],
}


@pytest.fixture
def row(alice, db):
    made = account(alice)
    AccountHoldings.objects.create(credential=made, read_at=clock.now(), **HELD)
    AccountSnapshot.objects.create(credential=made, hour_ms=3_600_000, quote="USDT", value=1)
    for number in range(3):
        AccountTrade.objects.create(
            credential=made, symbol="BTC/USDT", venue_fill_id=str(number), price="100.5",
            side="buy" if number else "sell", quantity="0.25", fee="0.1", fee_asset="BNB",
            time_ms=1_700_000_000_000 + number,
        )  # fmt: skip
    return made


def test_the_page_shows_what_was_read(client, alice, row) -> None:
    client.force_login(alice)
    page = client.get(f"/exchanges/{row.pk}/holdings/").content.decode()
    assert "1,010.50" in page
    assert "without a price: BTC" in page
    assert page.count('<tr><th scope="row">BTC/USDT</th>') == 3
    sells = client.get(f"/exchanges/{row.pk}/holdings/?side=sell").content.decode()
    assert sells.count('<tr><th scope="row">BTC/USDT</th>') == 1


def test_it_is_valued_in_the_currency_that_its_owner_chose(client, alice, row) -> None:
    Market.objects.create(venue="turkish", symbol="USDT/TRY", base="USDT", quote="TRY")
    batch = LiveBatch("turkish")
    batch.ticker("USDT/TRY", {"last": 40})
    batch.flush(clock.now_ms())
    preferences.change(user=alice, currency="TRY")
    client.force_login(alice)
    page = client.get(f"/exchanges/{row.pk}/holdings/").content.decode()
    assert "40,420.00" in page and "1 TRY = 0.025000" in page


def test_strangers_find_nothing(client, bob, row) -> None:
    client.force_login(bob)
    for path in ("holdings/", "holdings/curve/", "trades.csv"):
        assert client.get(f"/exchanges/{row.pk}/{path}").status_code == 404
    assert client.post(f"/exchanges/{row.pk}/holdings/read/").status_code == 404


def test_the_file_has_every_trade_once(client, alice, row) -> None:
    client.force_login(alice)
    answer = client.get(f"/exchanges/{row.pk}/trades.csv")
    lines = list(csv.DictReader(io.StringIO(b"".join(answer.streaming_content).decode())))
    assert [line["trade"] for line in lines] == ["2", "1", "0"]
    assert lines[0]["value"] == "25.125"


def test_the_curve_is_what_was_stored(client, alice, row) -> None:
    client.force_login(alice)
    answer = client.get(f"/exchanges/{row.pk}/holdings/curve/").json()
    assert answer == {"equity": [[3_600_000, 1.0]]}


def test_reading_anew_is_asked_for(client, alice, row) -> None:
    client.force_login(alice)
    client.post(f"/exchanges/{row.pk}/holdings/read/")
    assert AccountHoldings.objects.get(pk=row.pk).is_being_read


def test_rest_gives_holdings_and_trades(client, alice, bob, row) -> None:
    client.force_login(alice)
    base = f"/api/exchanges/credentials/{row.pk}"
    told = client.get(f"{base}/account").json()
    assert told["value"] == "1010.500000000000000000" or told["value"].startswith("1010.5")
    assert told["balances"][0]["asset"] == "BTC"
    found = client.get(f"{base}/trades?side=buy").json()
    assert {one["venue_fill_id"] for one in found["results"]} == {"1", "2"}
    client.force_login(bob)
    assert client.get(f"{base}/account").status_code == 404
    assert client.get(f"{base}/trades").status_code == 404
