"""Each venue tells its leverage brackets in its own words and units; all become tiers in quote."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from exchanges.core import venue_tiers
from exchanges.models import Market
from exchanges.services import market_rules, market_tiers, markets
from exchanges.tests.credentials import account
from exchanges.tests.gateway import server
from exchanges.tests.gateway.conftest import SWAP, NoLimits, lead_to
from exchanges.venues.calling import Caller
from exchanges.venues.capabilities import all_venues
from exchanges.venues.sessions import Sessions

pytestmark = pytest.mark.django_db
Answers = dict[str, Any]  # end of the path -> body


def okx(price: str = "50000") -> Answers:
    rows = [
        {"uly": "BTC-USDT", "instId": "", "tier": "1", "minSz": "0", "maxSz": "1000",
         "mmr": "0.004", "imr": "0.008", "maxLever": "125"},
        {"uly": "BTC-USDT", "instId": "", "tier": "2", "minSz": "1000", "maxSz": "3000",
         "mmr": "0.006", "imr": "0.0133", "maxLever": "75"},
    ]  # fmt: skip
    return {
        "/public/position-tiers": {"code": "0", "msg": "", "data": rows},
        "/market/ticker": {"code": "0", "msg": "", "data": [{"instId": "BTCUSDT", "last": price}]},
    }


def htx(price: str = "50000") -> Answers:
    def ladders(*rows: tuple[int, int | None, str]) -> list[dict[str, Any]]:
        return [
            {"ladder": n, "min_size": low, "max_size": high, "adjust_factor": factor}
            for n, (low, high, factor) in enumerate(rows)
        ]

    levels = [
        {"lever_rate": 20, "ladders": ladders((0, 4999, "0.1"), (5000, None, "0.2"))},
        {"lever_rate": 75, "ladders": ladders((0, 999, "0.45"), (1000, None, "0.6"))},
    ]
    row = {"symbol": "BTC", "contract_code": "BTCUSDT", "margin_mode": "isolated",
           "trade_partition": "USDT", "list": levels}  # fmt: skip
    ticker = {"status": "ok", "ts": 1_700_000_000_000, "tick": {"close": price}}
    return {
        "/swap_adjustfactor": {"status": "ok", "data": [row], "ts": 1_700_000_000_000},
        "/detail/merged": ticker,
    }


def bingx(_price: str = "") -> Answers:
    rows = [
        {"tier": f"Tier {n}", "symbol": "BTCUSDT", "minPositionVal": "0", "maxPositionVal": cap,
         "maintMarginRatio": rate, "maintAmount": "0"}
        for n, (cap, rate) in enumerate([("900000", "0.0033"), ("4000000", "0.0125")], 1)
    ]  # fmt: skip
    most = {"longLeverage": 5, "maxLongLeverage": 100, "maxShortLeverage": 125}
    return {
        "/maintMarginRatio": {"code": 0, "msg": "", "data": rows},
        "/trade/leverage": {"code": 0, "msg": "", "data": most},
    }


def krakenfutures(_price: str = "") -> Answers:
    levels = [
        {"numNonContractUnits": 0, "initialMargin": 0.02, "maintenanceMargin": 0.01},
        {"numNonContractUnits": 500000, "initialMargin": 0.04, "maintenanceMargin": 0.02},
    ]
    rows = [{"symbol": "BTCUSDT", "type": "flexible_futures", "marginLevels": levels}]
    return {"/instruments": {"result": "success", "instruments": rows}}


def bitmex(_price: str = "") -> Answers:
    return {}


BITMEX_INFO = {
    "initMargin": "0.01", "maintMargin": "0.005", "riskLimit": 1_000_000_000_000,
    "riskStep": 500_000_000_000, "quoteToSettleMultiplier": 1_000_000,
}  # fmt: skip


@dataclass(frozen=True)
class Row:
    """One venue: what it answers, what its market says besides, and the tiers due (the first)."""

    answers: Callable[..., Answers]
    tiers: list[list[str]]
    contract_size: float = 1
    info: tuple[tuple[str, Any], ...] = ()


# One contract of 0.01 BTC at 50,000 is worth 500 in quote.
VENUES = {
    "okx": Row(
        okx, [["500000", "0.004", "125"], ["1500000", "0.006", "75"]], 0.01, (("uly", "BTC-USDT"),)
    ),
    "htx": Row(htx, [["499500", "0.006", "75"], ["1000000000000", "0.008", "75"]], 0.01),
    "bingx": Row(bingx, [["900000", "0.0033", "100"], ["4000000", "0.0125", "80"]]),
    "krakenfutures": Row(
        krakenfutures, [["500000", "0.01", "50"], ["1000000000000", "0.02", "25"]]
    ),
    "bitmex": Row(
        bitmex,
        [["1000000", "0.005", "100"], ["1500000", "0.01", "66"], ["2000000", "0.015", "50"]],
        info=tuple(BITMEX_INFO.items()),
    ),
}  # fmt: skip


class Venue:
    def __init__(self, name: str) -> None:
        self.name, self.row, self.price = name, VENUES[name], "50000"
        self.exchange = server.Exchange(self.speak)
        lead = lead_to(self.exchange.url, SWAP)

        def adjust(exchange: Any) -> None:
            lead(exchange)
            market = exchange.markets[SWAP]
            market["contractSize"] = self.row.contract_size
            market["info"] |= dict(self.row.info)

        self.sessions = Sessions(name, adjust=adjust)

    def speak(self, _book: Any, _method: str, path: str, _given: Any) -> tuple[int, Any]:
        for end, body in self.row.answers(self.price).items():
            if path.endswith(end):
                return 200, body
        return 404, {"error": f"no {path}"}

    def refresh(self) -> int:
        caller = Caller(self.sessions, None, NoLimits())
        return market_rules.refresh(venue=self.name, calling=lambda _venue: caller)

    @property
    def tiers(self) -> Any:
        return Market.objects.get(venue=self.name, symbol=SWAP).leverage_tiers


@pytest.fixture
def venue_of(monkeypatch: pytest.MonkeyPatch, alice: Any) -> Iterator[Callable[[str], Venue]]:
    made: list[Venue] = []

    def build(name: str) -> Venue:
        one = Venue(name)
        made.append(one)
        monkeypatch.setattr(Sessions, "reload", lambda _self: None)
        monkeypatch.setattr(market_tiers, "sessions_of", lambda _venue: one.sessions)
        monkeypatch.setattr(market_tiers, "pacer_of", lambda _venue: NoLimits())
        markets.ensure(venue=name, symbol=SWAP)
        Market.objects.update(is_active=True)
        if (how := all_venues()[name].tiers) is not None and how.told_to == "key":
            account(alice, venue=name)
        return one

    yield build
    for one in made:
        one.exchange.close()


@pytest.mark.parametrize("name", VENUES)
def test_a_venues_brackets_become_tiers_in_quote(venue_of, name: str) -> None:
    venue = venue_of(name)
    assert venue.refresh() == 1
    due = VENUES[name].tiers
    assert venue.tiers[: len(due)] == due
    assert name == "bitmex" or len(venue.tiers) == len(due)
    assert venue.refresh() == 0


@pytest.mark.parametrize("name", ["okx", "htx"])
def test_brackets_in_contracts_follow_the_price_in_steps(venue_of, name: str) -> None:
    venue = venue_of(name)
    venue.refresh()
    before = venue.tiers
    venue.price = "52000"  # 4 %: the same brackets
    assert venue.refresh() == 0
    venue.price = "56000"
    assert venue.refresh() == 1
    assert int(venue.tiers[0][0]) == int(before[0][0]) * 56 // 50
    assert [row[1:] for row in venue.tiers] == [row[1:] for row in before]


def test_without_a_price_contracts_are_not_guessed(venue_of) -> None:
    venue = venue_of("okx")
    venue.price = "0"
    venue.refresh()
    assert venue.tiers is None


def test_steps_end_where_nothing_is_borrowed_any_more() -> None:
    half = {**BITMEX_INFO, "initMargin": "0.4", "maintMargin": "0.2"}
    assert venue_tiers.tiers_told(venue_tiers.by_steps(half)) == [
        ["1000000", "0.2", "2"], ["1500000", "0.4", "1"], ["2000000", "0.6", "1"],
        ["2500000", "0.8", "1"],
    ]  # fmt: skip


def test_every_venue_with_contracts_says_how_it_tells_brackets() -> None:
    """Coinbase tells none by its API: its contracts keep the usual tiers."""
    silent = {
        name for name, one in all_venues().items()
        if one.tiers is None and {"swap", "future"} & one.kinds and one.trading
    }  # fmt: skip
    assert silent == {"binance", "coinbase"}  # those of Binance are binanceusdm's
