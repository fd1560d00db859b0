"""Months and what a part of one costs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal as D

from hypothesis import given, settings
from hypothesis import strategies as st

from accounts.core.plans import CENT, Period, month_after, prorated, upgrade_price

PRICES = st.decimals(0, 100_000, places=2)
STARTS = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))
SHARES = st.floats(0, 1)


def month(start: datetime) -> Period:
    return Period(start, month_after(start, start.day))


def at(period: Period, share: float) -> datetime:
    return period.start + (period.end - period.start) * share


@given(PRICES, STARTS, st.floats(-1, 2))
@settings(max_examples=60, deadline=None)
def test_never_below_nothing_nor_above_the_price(price, start, share):
    period = month(start)
    assert 0 <= prorated(price, period, at(period, share)) <= price


@given(PRICES, STARTS, SHARES)
@settings(max_examples=60, deadline=None)
def test_two_parts_are_the_whole_within_a_cent(price, start, share):
    period = month(start)
    late = prorated(price, period, at(period, share))
    early = prorated(price, period, at(period, 1 - share))
    assert abs(late + early - price) <= CENT


@given(PRICES, STARTS, SHARES, SHARES)
@settings(max_examples=60, deadline=None)
def test_the_later_the_less(price, start, one, other):
    period, (early, late) = month(start), sorted((one, other))
    assert prorated(price, period, at(period, late)) <= prorated(price, period, at(period, early))


@given(PRICES, PRICES, STARTS, SHARES)
@settings(max_examples=60, deadline=None)
def test_an_upgrade_costs_the_difference_at_most_and_pays_nothing_back(paid, price, start, share):
    period = month(start)
    due = upgrade_price(paid, price, period, at(period, share))
    assert 0 <= due <= max(D(0), price - paid)


def test_by_hand():
    april = Period(datetime(2024, 4, 1, tzinfo=UTC), datetime(2024, 5, 1, tzinfo=UTC))
    assert prorated(D(30), april, april.start) == D(30)
    assert prorated(D(30), april, april.start + timedelta(days=10)) == D(20)
    assert prorated(D(29), april, april.start + timedelta(days=1)) == D("28.03")  # 28.0333…
    assert prorated(D("0.01"), april, april.start + timedelta(days=15)) == D("0.01")  # half, up
    assert prorated(D(30), april, april.end) == 0
    assert upgrade_price(D(29), D(199), april, april.start + timedelta(days=15)) == D(85)


def test_a_month_that_began_on_the_last_day_ends_on_the_last_day():
    ends, start = [], datetime(2024, 1, 31, 12, tzinfo=UTC)
    for _ in range(4):
        start = month_after(start, 31)
        ends.append(f"{start:%m-%d %H}")
    assert ends == ["02-29 12", "03-31 12", "04-30 12", "05-31 12"]
    assert month_after(datetime(2024, 12, 5, tzinfo=UTC), 5) == datetime(2025, 1, 5, tzinfo=UTC)
