"""Limits of risk: what each refuses, and that no run of orders that pass ends beyond one."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchanges.core import risk_gate as core
from exchanges.core.risk_gate import NAMES, PRESETS, Facts, Limits, Wanted, at_risk

D = Decimal
FACTS = Facts(D(1000), {"BTC": D(400), "ETH": D(100)}, D(-40), 3)

#   limits, adds, position, refused rule ("": none), value, limit, why
CASES = [
    ({}, "9999", "9999", "", "", "", "no limits, no refusal"),
    ({"exposure_coin": "500"}, "100", "100", "", "", "", "up to the limit itself"),
    ({"exposure_coin": "500"}, "100.01", "1", "exposure_coin", "500.01", "500", "a cent more"),
    ({"exposure_coin": "300"}, "0", "0", "", "", "", "beyond it already: closing goes"),
    ({"leverage": "1"}, "500", "1", "", "", "", "1000 on 1000"),
    ({"leverage": "1"}, "501", "1", "leverage", "1.001", "1", "1001 on 1000"),
    ({"daily_loss": "41"}, "1", "1", "", "", "", "40 lost of 41"),
    ({"daily_loss": "40"}, "1", "1", "daily_loss", "40", "40", "reached is enough"),
    ({"daily_loss_fraction": "0.04"}, "1", "1", "", "", "", "40 of 1040 is less than 4 %"),
    ({"daily_loss_fraction": "0.03"}, "1", "1", "daily_loss_fraction", "0.038462", "0.03", "3.8 %"),
    ({"position": "50"}, "1", "50", "", "", "", "its size may be that"),
    ({"position": "50"}, "1", "51", "position", "51", "50", "and no more"),
    ({"orders_hour": 4}, "1", "1", "", "", "", "the fourth of four"),
    ({"orders_hour": 3}, "1", "1", "orders_hour", "4", "3", "the fourth of three"),
]  # fmt: skip


def limits_of(values):
    return Limits(**{name: one if isinstance(one, int) else D(one) for name, one in values.items()})


@pytest.mark.parametrize(("limits", "adds", "position", "rule", "value", "limit", "why"), CASES)
def test_each_limit(limits, adds, position, rule, value, limit, why):
    found = core.refusals(limits_of(limits), FACTS, Wanted("BTC", D(adds), D(position)))
    assert [one.rule for one in found] == ([rule] if rule else []), why
    if found:
        assert (found[0].value, found[0].limit) == (value, limit), why
        assert found[0].words.endswith("."), "a sentence for people"


def test_every_limit_that_is_broken_is_told():
    tight = Limits(D(1), D("0.1"), D(1), D("0.001"), D(1), 1)
    found = core.refusals(tight, FACTS, Wanted("BTC", D(10), D(10)))
    assert {one.rule for one in found} == set(NAMES)


def test_without_equity_nothing_opens_under_a_leverage():
    found = core.refusals(Limits(leverage=D(3)), Facts(), Wanted("BTC", D(1), D(1)))
    assert [one.rule for one in found] == ["leverage"]


#   held, buys, sells, most, why
RISKS = [
    ("2", "0", "0", "2", "held alone"),
    ("2", "1", "0", "3", "a buy on its way adds"),
    ("2", "0", "1", "2", "a sale on its way closes"),
    ("2", "0", "5", "3", "and beyond that turns round"),
    ("-2", "1", "0", "2", "a short is closed by a buy"),
    ("-2", "1", "1", "3", "and grows by a sale"),
    ("0", "3", "4", "4", "the larger side"),
]


@pytest.mark.parametrize(("held", "buys", "sells", "most", "why"), RISKS)
def test_the_most_that_a_position_may_come_to(held, buys, sells, most, why):
    assert at_risk(D(held), D(buys), D(sells)) == D(most), why


def test_a_users_limits_lie_within_those_of_the_operators():
    everybody, own = Limits(leverage=D(5), orders_hour=10), Limits(leverage=D(3), position=D(7))
    assert core.merge(everybody, own) == Limits(leverage=D(3), position=D(7), orders_hour=10)
    assert core.merge(everybody, Limits(leverage=D(9))).leverage == 5
    assert core.beyond(everybody, own) == {}
    assert set(core.beyond(everybody, Limits(leverage=D(9), orders_hour=11))) == {
        "leverage", "orders_hour",
    }  # fmt: skip


def test_presets_grow_with_the_tolerance():
    made = [PRESETS[name].limits(D(10_000)) for name in ("conservative", "balanced", "aggressive")]
    for name in NAMES:
        if name != "daily_loss":
            values = [getattr(one, name) for one in made]
            assert values == sorted(set(values)), f"{name} is wider each time"
    assert made[0].exposure_coin == 2000


AMOUNTS = st.decimals(0, 1000, places=2)
ORDERS = st.lists(st.tuples(st.sampled_from(["BTC", "ETH", "SOL"]), AMOUNTS), max_size=30)


@given(
    orders=ORDERS,
    coin=st.none() | AMOUNTS.filter(bool),
    leverage=st.none() | st.decimals("0.1", 5, places=1),
    hour=st.none() | st.integers(1, 20),
)
def test_no_run_of_orders_that_pass_ends_beyond_a_limit(orders, coin, leverage, hour):
    limits = Limits(exposure_coin=coin, leverage=leverage, orders_hour=hour)
    facts = Facts(equity=D(700))
    for name, adds in orders:
        wanted = Wanted(name, adds, adds)
        if not core.refusals(limits, facts, wanted):
            facts = core.after(facts, wanted)
    assert coin is None or all(one <= coin for one in facts.exposure.values())
    assert leverage is None or facts.total <= leverage * facts.equity
    assert hour is None or facts.orders_hour <= hour


@given(orders=ORDERS, first=AMOUNTS)
def test_what_closes_always_passes(orders, first):
    facts = Facts(D(1), {"BTC": first * 100}, D(-1000), 10_000)
    tight = Limits(D(1), D("0.01"), D(1), D("0.01"), D(1), 1)
    for name, _ in orders:
        assert core.refusals(tight, facts, Wanted(name, D(0), D(0))) == []
