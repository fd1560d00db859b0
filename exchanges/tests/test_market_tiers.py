"""Leverage brackets of real venues, through ccxt over a socket, kept with their times."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from exchanges.core.leverage import tiers_from_json
from exchanges.core.venue_tiers import tiers_told
from exchanges.models import CredentialUse, Market, RuleRecord
from exchanges.selectors.rules import rules_at
from exchanges.services import market_rules, market_tiers, markets
from exchanges.tests.credentials import account
from exchanges.tests.gateway import server
from exchanges.tests.gateway.conftest import SWAP, NoLimits, lead_to
from exchanges.venues.calling import Caller
from exchanges.venues.sessions import Sessions
from foundation.lib import clock

pytestmark = pytest.mark.django_db
BRACKETS = [("50000", "0.004", "150"), ("600000", "0.005", "100"), ("3000000", "0.0065", "75.5")]
KEPT = [["50000", "0.004", "125"], ["600000", "0.005", "100"], ["3000000", "0.0065", "75"]]


class Venue:
    """Tells `brackets`, each venue in its own words."""

    def __init__(self, name: str) -> None:
        self.brackets = copy.deepcopy(BRACKETS)
        self.exchange = server.Exchange(getattr(self, name))
        self.sessions = Sessions(name, adjust=lead_to(self.exchange.url, SWAP))

    def caller(self, _venue: str = "") -> Caller:
        return Caller(self.sessions, None, NoLimits())

    def bybit(self, _book: Any, _method: str, _path: str, given: dict[str, str]) -> Any:
        assert given["symbol"] == "BTCUSDT"
        rows = [
            {"id": n, "symbol": "BTCUSDT", "riskLimitValue": cap, "maintenanceMargin": rate,
             "initialMargin": "1", "isLowestRisk": int(n == 1), "maxLeverage": most}
            for n, (cap, rate, most) in enumerate(self.brackets, 1)
        ]  # fmt: skip
        return 200, {"retCode": 0, "retMsg": "OK", "result": {"category": "linear", "list": rows}}

    def binanceusdm(self, _book: Any, _method: str, path: str, given: dict[str, str]) -> Any:
        if not path.endswith("/leverageBracket") or "signature" not in given:
            return 404, {"code": -1, "msg": f"no {path}"}
        rows = [
            {"bracket": n, "initialLeverage": most, "notionalCap": cap, "notionalFloor": 0,
             "maintMarginRatio": rate, "cum": 0}
            for n, (cap, rate, most) in enumerate(self.brackets, 1)
        ]  # fmt: skip
        return 200, [{"symbol": "BTCUSDT", "brackets": rows}]


@pytest.fixture
def venue_of(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], Venue]]:
    made: list[Venue] = []

    def build(name: str) -> Venue:
        one = Venue(name)
        made.append(one)
        # The markets are known already: nothing is asked for them.
        monkeypatch.setattr(Sessions, "reload", lambda _self: None)
        monkeypatch.setattr(market_tiers, "sessions_of", lambda _venue: one.sessions)
        monkeypatch.setattr(market_tiers, "pacer_of", lambda _venue: NoLimits())
        markets.ensure(venue=name, symbol=SWAP)
        known = {"price_step": "0.1", "amount_step": "0.001", "amount_min": "0.001"}
        Market.objects.update(**known, notional_min=5)  # nothing but brackets is new
        return one

    yield build
    for one in made:
        one.exchange.close()


def tiers_of(venue: str) -> Any:
    return Market.objects.get(venue=venue, symbol=SWAP).leverage_tiers


def test_public_brackets_are_kept_and_a_change_begins_a_new_record(venue_of) -> None:
    venue = venue_of("bybit")
    assert market_rules.refresh(venue="bybit", calling=venue.caller) == 1
    assert tiers_of("bybit") == KEPT
    assert market_rules.refresh(venue="bybit", calling=venue.caller) == 0
    first = RuleRecord.objects.get()
    RuleRecord.objects.update(valid_from=first.valid_from - timedelta(days=9))
    venue.brackets[0] = ("40000", "0.0045", "110")
    assert market_rules.refresh(venue="bybit", calling=venue.caller) == 1
    now_ms = clock.now_ms()
    then = rules_at("bybit", [SWAP], now_ms - 5 * 86_400_000)[SWAP].tiers[0]
    now = rules_at("bybit", [SWAP], now_ms + 60_000)[SWAP].tiers[0]
    assert (then.notional_cap, then.leverage_max) == (Decimal(50_000), Decimal(125))
    assert (now.notional_cap, now.rate) == (Decimal(40_000), Decimal("0.0045"))


def test_what_is_told_to_customers_is_asked_with_an_account_and_noted(venue_of, alice) -> None:
    venue = venue_of("binanceusdm")
    assert market_rules.refresh(venue="binanceusdm", calling=venue.caller) == 0
    assert venue.exchange.seen == [], "without an account nobody is asked"
    row = account(alice, venue="binanceusdm")
    assert market_rules.refresh(venue="binanceusdm", calling=venue.caller) == 1
    assert tiers_of("binanceusdm") == KEPT
    uses = CredentialUse.objects.filter(credential_number=row.pk, purpose="account")
    assert uses.count() == 1


def test_a_refused_account_is_not_used(venue_of, alice) -> None:
    venue = venue_of("binanceusdm")
    account(alice, venue="binanceusdm", state="refused")
    assert market_rules.refresh(venue="binanceusdm", calling=venue.caller) == 0
    assert venue.exchange.seen == []


@pytest.mark.parametrize("kind", ["reset", "truncated", "answer"])
def test_a_fault_changes_nothing(venue_of, kind: str) -> None:
    venue = venue_of("bybit")
    market_rules.refresh(venue="bybit", calling=venue.caller)
    venue.brackets[0] = ("40000", "0.0045", "110")
    venue.exchange.read_faults = [server.Fault(kind, status=503, body="{}", takes_effect=True)] * 3
    assert market_rules.refresh(venue="bybit", calling=venue.caller) == 0
    assert tiers_of("bybit") == KEPT


def test_the_paper_venues_contracts_keep_what_an_admin_chose(venue_of) -> None:
    venue = venue_of("bybit")
    Market.objects.update(feed_symbol="BTC/USDT")
    assert market_rules.refresh(venue="bybit", calling=venue.caller) == 0
    assert tiers_of("bybit") is None


def row(cap: Any, rate: Any, most: Any) -> dict[str, Any]:
    return {"maxNotional": cap, "maintenanceMarginRate": rate, "maxLeverage": most}


def test_finer_lines_are_drawn_on_the_stricter_side() -> None:
    told = [row("5", "0.01", "50"), row("9", "0.01", "33.3"), row(None, "0.5", "1")]
    assert tiers_told(told) == [["9", "0.01", "33"], ["1000000000000", "0.5", "1"]]
    many = [row(str(1000 * n), str(n / 200), str(100 / n)) for n in range(1, 100)]
    found = tiers_told(many)
    assert found is not None and len(found) <= 32 and found[-1][0] == "99000"
    for cap, rate, most in found:
        n = int(cap) // 1000
        assert (Decimal(rate), int(most)) == (Decimal(str(n / 200)), max(1, int(100 / n)))
    assert tiers_from_json(found)


@pytest.mark.parametrize(
    "told",
    [
        [],
        [row("5", None, "50")],
        [row("5", "0.01", None)],
        [row("x", "0.01", "50")],
        [row("5", "0.9", "50")],
        [row("-5", "0.01", "50")],
        [row("NaN", "0.01", "50")],
        [{}],
    ],
)
def test_brackets_that_make_no_sense_are_none(told: list[dict[str, Any]]) -> None:
    assert tiers_told(told) is None
