"""Venues are asked for their markets, and what changed is written down with its time."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from exchanges.models import Market, RuleRecord
from exchanges.services import market_rules, markets
from exchanges.tests.gateway.conftest import SPOT, NoLimits, market
from exchanges.venues.calling import Caller
from exchanges.venues.sessions import Sessions

pytestmark = pytest.mark.django_db
D = Decimal


@pytest.fixture
def told() -> dict[str, Any]:
    """What the venue says of its one market; a test changes it."""
    return {"price": 0.1, "amount": 0.001, "active": True, "listed": True}


@pytest.fixture
def calling(told):
    def adjust(exchange: Any) -> None:
        def fetch_markets(*_args: Any) -> list[dict[str, Any]]:
            if told.get("away"):
                import ccxt

                raise ccxt.ExchangeNotAvailable("binance is away")
            one = market(exchange, SPOT) | {"active": told["active"]}
            one["precision"] = {"price": told["price"], "amount": told["amount"]}
            other = one | {"id": "X", "symbol": "X/USDT", "base": "X"}
            return [one, other] if told["listed"] else [other]

        exchange.fetch_markets = fetch_markets
        exchange.has["fetchCurrencies"] = False

    sessions = Sessions("binance", adjust=adjust)
    return lambda _venue: Caller(sessions, None, NoLimits())


def records(row: Market) -> list[tuple[Any, ...]]:
    found = RuleRecord.objects.filter(market=row).order_by("pk")
    return [(one.price_step, one.is_listed, one.valid_until is None) for one in found]


def test_what_is_told_is_learnt_and_what_changes_begins_a_new_record(told, calling) -> None:
    row = markets.ensure(venue="binance", symbol=SPOT)
    assert market_rules.refresh_all(calling) == 1
    row.refresh_from_db()
    assert (row.price_step, row.amount_step) == (D("0.1"), D("0.001"))
    assert market_rules.refresh_all(calling) == 0
    told["price"] = 0.5
    assert market_rules.refresh_all(calling) == 1
    assert records(row) == [(D("0.1"), True, False), (D("0.5"), True, True)]


@pytest.mark.parametrize("change", [{"listed": False}, {"active": False}])
def test_a_market_that_is_delisted_says_so_and_comes_back(told, calling, change) -> None:
    row = markets.ensure(venue="binance", symbol=SPOT)
    market_rules.refresh_all(calling)
    told |= change
    market_rules.refresh_all(calling)
    row.refresh_from_db()
    assert not row.is_active
    told |= {"listed": True, "active": True}
    market_rules.refresh_all(calling)
    assert [listed for _, listed, _ in records(row)] == [True, False, True]


def test_a_venue_that_is_away_changes_nothing(told, calling) -> None:
    row = markets.ensure(venue="binance", symbol=SPOT)
    market_rules.refresh_all(calling)
    told["away"] = True
    assert market_rules.refresh_all(calling) == 0
    row.refresh_from_db()
    assert row.is_active


def test_simulated_markets_are_left_alone(calling) -> None:
    row = markets.ensure(venue="binance", symbol="GONE/USDT", is_simulated=True)
    assert market_rules.refresh_all(calling) == 0
    row.refresh_from_db()
    assert row.is_active
