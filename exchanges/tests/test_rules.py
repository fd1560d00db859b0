"""The rules of markets are kept with the times at which they held."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from exchanges.core.market import MarketRules
from exchanges.models import Market, RuleRecord
from exchanges.selectors.rules import changes_between, rules_at
from exchanges.services import markets
from foundation.lib import clock

VENUE, SYMBOL = "binance", "BTC/USDT"
HOUR_MS = 3_600_000

pytestmark = pytest.mark.django_db


@pytest.fixture
def market() -> Market:
    return markets.ensure(venue=VENUE, symbol=SYMBOL)


def records(market: Market) -> list[RuleRecord]:
    return list(RuleRecord.objects.filter(market=market).order_by("pk"))


def test_a_new_market_has_a_record_from_its_first_moment(market: Market) -> None:
    (record,) = records(market)
    assert record.valid_until is None
    assert record.rules() == market.rules()
    assert abs(record.valid_from - market.created_at) < timedelta(seconds=5)


def test_what_is_learnt_is_filled_in_and_begins_no_new_record(market: Market) -> None:
    markets.learn(market=market, rules=MarketRules(price_step=Decimal("0.01")))
    markets.learn(market=market, rules=MarketRules(amount_step=Decimal("0.001")))
    (record,) = records(market)
    assert (record.price_step, record.amount_step) == (Decimal("0.01"), Decimal("0.001"))


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("price_step", Decimal("0.1")),
        ("fee_taker", Decimal("0.001")),
        ("leverage_tiers", [["50000", "0.004", "50"]]),
        ("is_active", False),
    ],
)
def test_a_change_ends_the_record_and_begins_the_next_at_the_same_moment(
    market: Market, column: str, value: Any
) -> None:
    tiers = [["50000", "0.004", "125"]]
    known = {"price_step": Decimal("0.01"), "leverage_tiers": tiers}
    Market.objects.filter(pk=market.pk).update(**known)
    Market.objects.filter(pk=market.pk).update(**{column: value})
    before, after = records(market)
    assert before.valid_until == after.valid_from
    assert after.valid_until is None
    name = "is_listed" if column == "is_active" else column
    assert getattr(after, name) == value
    assert getattr(before, name) != value


def test_the_rules_of_a_time_are_those_that_held_then(market: Market) -> None:
    now_ms = clock.now_ms()
    steps = [Decimal("0.01"), Decimal("0.1"), Decimal("0.5")]
    for step in steps:
        Market.objects.filter(pk=market.pk).update(price_step=step)
    for hours, record in zip((48, 24, 0), records(market), strict=True):
        begins = clock.from_ms(now_ms - hours * HOUR_MS)
        RuleRecord.objects.filter(pk=record.pk).update(
            valid_from=begins, valid_until=begins + timedelta(hours=24) if hours else None
        )

    def step_at(hours_ago: int) -> Decimal | None:
        return rules_at(VENUE, [SYMBOL], now_ms - hours_ago * HOUR_MS)[SYMBOL].price_step

    assert [step_at(hours) for hours in (100, 47, 23, -1)] == [steps[0], *steps]
    assert changes_between(VENUE, [SYMBOL], now_ms - 47 * HOUR_MS, now_ms - HOUR_MS) == 1
    assert changes_between(VENUE, [SYMBOL], now_ms - 100 * HOUR_MS, now_ms - 40 * HOUR_MS) == 0
    assert rules_at(VENUE, ["ETH/USDT"], now_ms) == {}


def test_the_database_keeps_one_record_valid_now(market: Market) -> None:
    (record,) = records(market)
    record.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        record.save()
