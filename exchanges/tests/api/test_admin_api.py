"""What admins set of the paper venue over REST, and that nobody else does."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from exchanges.models import FundingRate, Market
from exchanges.services import activity, markets
from exchanges.tests.paper.world import SPOT, SWAP, PaperWorld
from foundation.lib import clock

pytestmark = pytest.mark.django_db
PERP = "/api/admin/markets/BTC-USDT:USDT"
ADDRESSES = [PERP, *(f"/api/admin/{name}" for name in ("risk-params", "insurance-fund"))]


@pytest.mark.parametrize("address", [*ADDRESSES, "/api/admin/liquidations"])
def test_only_admins_get_in(
    world: PaperWorld, api: Any, alice_api: Any, admin_api: Any, address: str
) -> None:
    assert api().get(address).status_code == 401
    assert alice_api.get(address).status_code == 403
    assert admin_api.get(address).status_code == 200
    assert alice_api.put(address, {"is_active": False}).status_code in (403, 405)
    assert Market.objects.filter(is_active=False).count() == 0


def test_a_market_is_changed_and_orders_follow_it(
    rich_api: Any, admin_api: Any, django_capture_on_commit_callbacks: Any
) -> None:
    body = {
        "price_step": "0.5",
        "amount_min": 0.01,
        "notional_min": None,
        "fee_taker": "0.001",
        "funding_rate": "-0.0002",
        "leverage_tiers": [["50000", "0.005", "50"], [250000, "0.01", 20]],
    }
    with django_capture_on_commit_callbacks(execute=True):
        answer = admin_api.put(PERP, body)
    assert answer.status_code == 200, answer.content
    row = answer.json()
    assert (row["price_step"], row["amount_min"], row["notional_min"]) == ("0.5", "0.01", None)
    assert (row["fee_taker"], row["funding_rate"]) == ("0.001", "-0.0002")
    assert row["leverage_tiers"][1] == ["250000", "0.01", "20"]
    assert (row["amount_step"], row["feed_symbol"]) == ("0.001", SPOT), "what was not named stays"
    assert admin_api.get(PERP).json() == row
    order = {"symbol": SWAP, "side": "buy", "type": "limit", "price": "90.1", "quantity": "1"}
    error = rich_api.post("/api/orders", order).json()["error"]
    assert "multiple of 0.5" in error["message"]
    error = rich_api.post("/api/orders", {**order, "price": "90", "leverage": 51}).json()["error"]
    assert error["code"] == "bad_leverage"
    assert activity.newest()[0]["event"] == "market_changed"
    with django_capture_on_commit_callbacks(execute=True):
        assert admin_api.put(PERP, {"is_active": False}).status_code == 200
    error = rich_api.post("/api/orders", {**order, "price": "90"}).json()["error"]
    assert error["code"] == "unknown_symbol"


#  address, body, path, why
REFUSED: list[tuple[str, Any, str, str]] = [
    (PERP, {}, "", "nothing said"),
    (PERP, {"symbol": "ETH/USDT"}, "symbol", "a market keeps its name"),
    (PERP, {"price_step": "0"}, "price_step", "no step"),
    (PERP, {"price_step": "-1"}, "price_step", "negative"),
    (PERP, {"fee_maker": "-0.1"}, "fee_maker", "negative"),
    (PERP, {"fee_taker": "0.2"}, "fee_taker", "a fifth of everything"),
    (PERP, {"funding_rate": "0.5"}, "funding_rate", "half of everything"),
    (PERP, {"is_active": "no"}, "is_active", "a word for truth"),
    (PERP, {"leverage_tiers": "usual"}, "leverage_tiers", "no list"),
    (PERP, {"leverage_tiers": []}, "leverage_tiers", "no tiers"),
    (PERP, {"leverage_tiers": [["1", "2"]]}, "leverage_tiers", "half a tier"),
    (PERP, {"leverage_tiers": [["1", "0.01", "1e400"]]}, "leverage_tiers", "too large"),
    (PERP, {"leverage_tiers": [["5", "0.01", "9"], ["4", "0.02", "5"]]}, "leverage_tiers", "fall"),
    ("/api/admin/risk-params", {}, "", "nothing said"),
    ("/api/admin/risk-params", {"luck": 1}, "luck", "no such figure"),
    ("/api/admin/risk-params", {"deposit_max": "0"}, "deposit_max", "below the least"),
    ("/api/admin/risk-params", {"margin_call_ratio": "NaN"}, "margin_call_ratio", "no number"),
]


@pytest.mark.parametrize(("address", "body", "path", "why"), REFUSED)
def test_bad_values_are_refused(
    world: PaperWorld, admin_api: Any, address: str, body: Any, path: str, why: str
) -> None:
    before = list(Market.objects.order_by("pk").values())
    answer = admin_api.put(address, body)
    assert answer.status_code == 400, (why, answer.content)
    faults = answer.json()["error"]["errors"]
    assert not path or faults[0]["path"].startswith(path), (why, faults)
    assert list(Market.objects.order_by("pk").values()) == before


def test_the_figures_of_the_risk_engine(
    rich_api: Any, admin_api: Any, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        rows = admin_api.put("/api/admin/risk-params", {"deposit_max": "50"}).json()
    by_name = {row["name"]: row for row in rows}
    assert (by_name["deposit_max"]["value"], by_name["deposit_max"]["usual"]) == ("50", "1000000")
    deposit = {"asset": "USDT", "amount": "51"}
    assert rich_api.post("/api/wallet/deposit", deposit).json()["error"]["code"] == "max_notional"


def test_a_liquidation_is_listed_and_the_fund_tells_of_it(
    rich_api: Any, admin_api: Any, world: PaperWorld, django_capture_on_commit_callbacks: Any
) -> None:
    order = {"symbol": SWAP, "side": "buy", "type": "market", "quantity": "2", "leverage": 100}
    assert rich_api.post("/api/orders", order).status_code == 201
    with django_capture_on_commit_callbacks(execute=True):
        world.move(99.4)
    row = admin_api.get("/api/admin/liquidations").json()["results"][0]
    assert (row["symbol"], row["side"], row["quantity"]) == (SWAP, "long", "2")
    fund = admin_api.get("/api/admin/insurance-fund").json()
    assert fund["asset"] == "USDT"
    assert fund["history"][0]["kind"] == "liquidation"
    told = activity.newest()[0]
    assert (told["event"], told["symbol"], float(told["quantity"])) == ("liquidation", SWAP, 2)


def test_a_market_tells_steps_leverage_and_funding(world: PaperWorld, api: Any) -> None:
    perp = api().get("/api/markets/BTC-USDT:USDT").json()
    assert (perp["kind"], perp["price_symbol"], perp["leverage_max"]) == ("swap", SPOT, 125)
    assert (perp["price_step"], perp["notional_min"], perp["fee_maker"]) == ("0.1", "5", "0.0002")
    first = {"notional_cap": "50000", "rate": "0.004", "amount": "0", "leverage_max": 125}
    assert perp["leverage_tiers"][0] == first
    assert perp["funding_rate"] == "0.0001"
    assert perp["next_funding_ms"] % (8 * 3_600_000) == 0
    spot = api().get("/api/markets/BTC-USDT").json()
    assert (spot["leverage_max"], spot["leverage_tiers"], spot["funding_rate"]) == (None,) * 3
    assert api().get("/api/markets/BTC-USDT:USDT/ticker").json()["symbol"] == SWAP
    book = api().get("/api/markets/BTC-USDT:USDT/orderbook").json()
    assert book["bids"] == api().get("/api/markets/BTC-USDT/orderbook").json()["bids"]
    assert api().get("/api/markets/BTC-USDT:USDT/trades").json() == {"trades": []}
    assert api().get("/api/markets/BTC-USDT:USDT/klines").json()["symbol"] == SWAP


def test_funding_is_listed(world: PaperWorld, api: Any) -> None:

    for hour, rate in ((0, "0.0001"), (8, "-0.0002")):
        FundingRate.objects.create(
            venue=world.venue, symbol=SWAP, time_ms=hour * 3_600_000, rate=rate, mark_price="100"
        )
    rows = api().get("/api/markets/BTC-USDT:USDT/funding").json()["results"]
    assert [row["rate"] for row in rows] == ["-0.0002", "0.0001"]
    assert api().get("/api/markets/NO-THING/funding").status_code == 404


def test_a_real_perpetual_tells_its_last_funding_and_no_time_of_the_next(api: Any) -> None:
    real = markets.ensure(venue="okx", symbol=SWAP)
    address = "/api/markets/BTC-USDT:USDT?venue=okx"
    told = api().get(address).json()
    assert (told["funding_rate"], told["next_funding_ms"]) == (None, None)
    for ago_ms, rate in ((30 * 3_600_000, "0.9"), (3_600_000, "-0.00015")):
        FundingRate.objects.create(
            venue="okx", symbol=real.symbol, time_ms=clock.now_ms() - ago_ms, rate=Decimal(rate)
        )
    assert api().get(address).json()["funding_rate"] == "-0.00015"
    newest = api().get("/api/markets/BTC-USDT:USDT/funding?venue=okx").json()["results"][0]
    assert (newest["rate"], newest["mark_price"]) == ("-0.00015", None)
