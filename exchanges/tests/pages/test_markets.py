"""The market and import pages, with and without a feed."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from exchanges.models import Candle, Market
from exchanges.pages.market_views import LEVELS, ladder
from exchanges.services import candle_import

pytestmark = pytest.mark.django_db

ROWS = "".join(f"{1_704_067_200_000 + i * 60_000},100,101,99,100.5,3\n" for i in range(90))
WRONG = ROWS + "1704072600000,100,90,99,100.5,3\n"  # high below open, in line 91


@pytest.fixture
def market() -> Market:
    candle_import.import_data(
        name="a.csv", data=ROWS.encode(), venue="binance", symbol="BTC/USDT", timeframe="1m"
    )
    return Market.objects.get()


def upload(text: str, **changes: str) -> dict[str, Any]:
    fields = {"venue": "binance", "symbol": "BTC/USDT", "timeframe": "1m"}
    return fields | changes | {"file": SimpleUploadedFile("a.csv", text.encode())}


@pytest.mark.parametrize(
    "path", ["/markets/", "/markets/?q=btc", "/markets/binance/BTC-USDT/", "/data/import/"]
)
def test_it_opens_for_those_who_signed_in(
    client: Client, charlie: Any, market: Market, path: str
) -> None:
    assert client.get(path).status_code == 302
    client.force_login(charlie)
    assert client.get(path).status_code == 200


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/markets/binance/NO-SUCH/", 404),
        ("/markets/nowhere/BTC-USDT/", 404),
        ("/markets/binance/..%2Fetc/", 404),
        ("/markets/binance/BTC-USDT/candles/?timeframe=7m", 400),
        ("/markets/binance/BTC-USDT/candles/?before=now", 400),
        ("/markets/binance/BTC-USDT/candles/?before=²", 400),
        ("/markets/binance/BTC-USDT/candles/?before=-1", 200),
    ],
)
def test_nonsense_is_refused(
    client: Client, alice: Any, market: Market, path: str, status: int
) -> None:
    client.force_login(alice)
    assert client.get(path).status_code == status


def test_the_chart_loads_older_candles_as_one_scrolls(
    client: Client, alice: Any, market: Market
) -> None:
    client.force_login(alice)
    address = "/markets/binance/BTC-USDT/candles/?timeframe=1m"
    newest = client.get(address).json()
    assert (len(newest["candles"]), newest["older"]) == (90, False)
    before = newest["candles"][60][0]
    assert len(client.get(f"{address}&before={before}").json()["candles"]) == 60
    hourly = client.get("/markets/binance/BTC-USDT/candles/?timeframe=1h").json()
    assert [row[1:] for row in hourly["candles"]] == [[100.0, 101.0, 99.0, 100.5, 180.0]]


def test_an_import_says_what_became_of_it(client: Client, alice: Any) -> None:
    client.force_login(alice)
    first = client.post("/data/import/", upload(ROWS))
    assert (first.context["outcome"].stored, first.context["outcome"].skipped) == (90, 0)
    again = client.post("/data/import/", upload(ROWS), headers={"HX-Request": "true"})
    assert (again.context["outcome"].stored, again.context["outcome"].skipped) == (0, 90)
    assert "<html" not in again.text


@pytest.mark.parametrize(
    ("text", "changes", "says"),
    [
        (WRONG, {}, "line 91"),
        ("nothing here", {}, "a.csv"),
        (ROWS, {"timeframe": "1h"}, "grid"),
        (ROWS, {"timeframe": "7m"}, "valid choice"),
        (ROWS, {"symbol": "../etc"}, "id_symbol-error"),
        (ROWS, {"venue": "No Venue"}, "id_venue-error"),
        (ROWS, {"venue": "simulated"}, "the market feed itself writes"),
    ],
)
def test_a_bad_file_stores_nothing(
    client: Client, alice: Any, text: str, changes: dict[str, str], says: str
) -> None:
    client.force_login(alice)
    answer = client.post("/data/import/", upload(text, **changes))
    assert answer.status_code == 400
    assert says in answer.text
    assert not Candle.objects.exists()


def test_the_ladder_always_has_its_rows() -> None:
    drawn = ladder({"bids": [[100, 1], [99, 3]], "asks": [[101, 2]]})
    assert {len(rows) for rows in drawn.values()} == {LEVELS}
    assert [row["share"] for row in drawn["bids"][:2]] == ["25.0", "100.0"]
    assert drawn["asks"][-1]["price"] == 101
    assert ladder(None)["bids"] == [{}] * LEVELS


def test_queries_of_the_list_do_not_grow(
    client: Client, alice: Any, market: Market, django_assert_num_queries: Any
) -> None:
    client.force_login(alice)
    for number in range(8):
        Market.objects.create(
            venue="binance", symbol=f"C{number}/USDT", base=f"C{number}", quote="USDT"
        )
    with django_assert_num_queries(5):  # session, user, markets, their candles, the tickers' steps
        client.get("/markets/")
