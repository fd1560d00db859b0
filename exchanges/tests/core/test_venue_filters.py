"""Limits of a market: what breaks one, and in which words."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchanges.core.client_ids import venue_client_id
from exchanges.core.venue_filters import Asked, Filters, check_filters, filter_faults
from foundation.lib.errors import BadInput

D = Decimal
FILTERS = Filters(
    price_step=D("0.1"), amount_step=D("0.001"), amount_min=D("0.001"), amount_max=D(100),
    market_amount_max=D(10), notional_min=D(5), notional_max=D(1_000_000), price_min=D("0.1"),
    price_max=D(500_000), price_up=D(5), price_down=D("0.2"), orders_max=200,
)  # fmt: skip


def asked(**changes: Any) -> Asked:
    columns = {"amount": D(1), "price": D(100), "reference": D(100)} | changes
    return Asked(**columns)


def test_an_order_inside_all_limits_has_no_fault() -> None:
    check_filters(asked(), FILTERS, "Binance")
    check_filters(asked(price=None), FILTERS, "Binance")
    check_filters(asked(), Filters(), "Nobody")


@pytest.mark.parametrize(
    ("changes", "path", "words"),
    [
        ({"amount": D("1.0005")}, "amount", "amount step is 0.001, and 1.0005 is not on it; 1"),
        ({"amount": D("0.0001")}, "amount", "at least 0.001, and this is 0.0001"),
        ({"amount": D(101)}, "amount", "at most 100, and this is 101"),
        ({"amount": D(11), "price": None}, "amount", "at most 10, and this is 11"),
        ({"amount": D(0)}, "amount", "above 0"),
        ({"amount": D("NaN")}, "amount", "finite"),
        ({"price": D("100.05")}, "price", "price step is 0.1"),
        ({"price": D("-1")}, "price", "above 0"),
        ({"price": D("500.1")}, "price", "at most 500, and this is 500.1"),
        ({"price": D("19.9")}, "price", "at least 20, and this is 19.9"),
        ({"trigger_price": D("100.01")}, "trigger_price", "step is 0.1"),
        ({"amount": D("0.04")}, "amount", "notional of at least 5, and this is 4"),
        ({"amount": D("0.04"), "price": None}, "amount", "notional of at least 5"),
        ({"price": D(300_000), "reference": None, "amount": D(4)}, "amount", "at most 1000000"),
        ({"open_orders": 200}, "open_orders", "allows 200 open orders"),
    ],
)
def test_each_limit_names_itself_the_value_and_what_is_allowed(changes, path, words) -> None:
    with pytest.raises(BadInput) as refused:
        check_filters(asked(**changes), FILTERS, "Binance")
    assert words in " ".join(one.message for one in refused.value.faults if one.path == path)


def test_what_makes_a_position_smaller_may_be_small() -> None:
    check_filters(asked(amount=D("0.001"), reduce_only=True), FILTERS, "Binance")


def test_contracts_count_by_their_size() -> None:
    hundredth = Filters(notional_min=D(5), contract_size=D("0.01"))
    assert not list(filter_faults(asked(amount=D(5)), hundredth, "OKX"))
    assert list(filter_faults(asked(amount=D(4)), hundredth, "OKX"))


IDS = st.text(st.characters(codec="ascii", categories=["L", "Nd"]), min_size=1, max_size=36)


@given(IDS)
def test_ids_are_derived_the_same_each_time_and_fit_their_venue(ours: str) -> None:
    assert venue_client_id(ours, "text") == ours
    for kind, length in (("alnum32", 32), ("short18", 18)):
        made = str(venue_client_id(ours, kind))
        assert made == venue_client_id(ours, kind)
        assert len(made) == length
        assert made.isalnum()
    number = venue_client_id(ours, "int")
    assert isinstance(number, int)
    assert 0 < number < 2**63


@given(IDS, IDS)
def test_two_orders_have_two_ids(one: str, other: str) -> None:
    for kind in ("alnum32", "short18", "int"):
        assert (venue_client_id(one, kind) == venue_client_id(other, kind)) == (one == other)
