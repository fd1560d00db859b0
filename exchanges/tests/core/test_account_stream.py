"""A stream that loses, repeats and reorders, and REST that tells again: every fill exactly once."""

from dataclasses import replace
from decimal import Decimal as D

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchanges.core.account_stream import AccountFill, AccountOrder, Story
from exchanges.core.orders import FINAL, OrderState, OrderStatus, apply

S, SYMBOL = OrderStatus, "BTC/USDT"


def fill(n, order="1", quantity=1, **more):
    usual = AccountFill(
        SYMBOL, f"t{n}", order, "", "buy", D(100), D(quantity), D("0.1"), "USDT", False, n
    )
    return replace(usual, **more)


def order(status, filled, number="1"):
    return AccountOrder(SYMBOL, number, f"mine-{number}", status, D(filled), 5)


def life(number, fills):
    """All that a venue says of an order with so many fills of 1, in order."""
    said = [order(S.OPEN, 0, number)]
    for n in range(fills):
        said.append(fill(f"{number}-{n}", number, time_ms=n))
        end = S.FILLED if n == fills - 1 else S.PARTIALLY_FILLED
        said.append(order(end, n + 1, number))
    return said if fills else [*said, order(S.CANCELLED, 0, number)]


def parts(said):
    return (
        [one for one in said if isinstance(one, AccountOrder)],
        [one for one in said if isinstance(one, AccountFill)],
    )


@given(st.lists(st.integers(0, 6), min_size=1, max_size=6), st.randoms(use_true_random=False))
def test_shuffled_repeated_and_lost_messages_end_as_if_all_had_come_once(counts, chance):
    lives = {str(number): life(str(number), fills) for number, fills in enumerate(counts)}
    everything = [one for said in lives.values() for one in said]
    stream = [one for one in everything for _ in range(chance.choice([0, 1, 1, 2]))]
    chance.shuffle(stream)
    story, told = Story(0), []
    while stream:
        some, stream = stream[:3], stream[3:]
        told += story.take(*parts(some))
    told += story.take(*parts(everything), is_complete=True)  # REST
    told += story.take(*parts(everything), is_complete=True)

    fills = [one for one in told if isinstance(one, AccountFill)]
    assert sorted(one.venue_fill_id for one in fills) == sorted(
        one.venue_fill_id for one in parts(everything)[1]
    )
    for number, said in lives.items():
        state = OrderState(f"mine-{number}", quantity=D(max(1, counts[int(number)])))
        for one in told:
            if one.venue_order_id != number:
                continue
            event = one.event() if isinstance(one, AccountOrder) else one.event(S.PARTIALLY_FILLED)
            event = replace(event, client_order_id=f"mine-{number}")
            state = apply(state, event)  # IllegalTransition if a step went back
        assert (state.status, state.filled_quantity) == (said[-1].status, said[-1].filled)
        assert state.status in FINAL
        assert not state.needs_reconciliation, "no order ended before its fills"


def test_an_end_waits_for_its_fills():
    story = Story(0)
    assert story.take([order(S.FILLED, 2)], [fill(1)]) == [
        replace(fill(1), client_order_id="mine-1")
    ]
    told = story.take([], [fill(2)])
    assert [type(one).__name__ for one in told] == ["AccountFill", "AccountOrder"]


def test_what_rest_told_completely_waits_for_nothing():
    """Fills from before the start are booked already."""
    assert Story(0).take([order(S.FILLED, 2)], [], is_complete=True) == [order(S.FILLED, 2)]


def test_a_fill_of_an_order_nobody_placed_here_is_told_too():
    assert Story(0).take([], [fill(1, "stranger")]) == [fill(1, "stranger")]


def test_the_same_id_on_two_markets_is_two_fills():
    other = fill(1, symbol="ETH/USDT")
    assert Story(0).take([], [fill(1), other]) == [fill(1), other]


@pytest.mark.parametrize(
    ("asset", "rate", "quote"),
    [("USDT", None, "0.1"), ("BTC", None, "10"), ("BNB", D(600), "60")],
)
def test_a_fee_is_told_in_quote_currency(asset, rate, quote):
    assert fill(1, fee_asset=asset).fee_quote(rate) == D(quote)


def test_a_fee_in_a_third_asset_needs_its_price():
    with pytest.raises(ValueError, match="taken in BNB"):
        fill(1, fee_asset="BNB").event(S.FILLED)
    assert fill(1, fee_asset="BNB", fee=D(0)).fee_quote() == 0


def test_fills_that_make_up_the_whole_order_end_it():
    """The last word of the stream may be an old one."""
    story, old = Story(0), replace(order(S.PARTIALLY_FILLED, 1), quantity=D(2))
    told = story.take([old], [fill(1), fill(2)])
    assert told[-1] == replace(old, status=S.FILLED, filled=D(2))
    assert story.take([old], []) == []


def test_fills_alone_say_how_far_an_order_has_come():
    """Kraken tells an execution apart from its order, whose own words leave the amount out."""
    story = Story(0)
    placed = replace(order(S.OPEN, 0), quantity=D(3))
    assert story.take([placed], []) == [placed]
    told = story.take([], [fill(1)])
    assert [(one.status, one.filled) for one in parts(told)[0]] == [(S.PARTIALLY_FILLED, D(1))]
    told = story.take([replace(placed, status=S.CANCELLED)], [])
    assert [(one.status, one.filled) for one in told] == [(S.CANCELLED, D(1))]


def test_an_order_that_is_ahead_of_its_fills_lacks_them_until_rest_has_told():
    """BingX tells how much of an order is filled, and no executions."""
    story = Story(0)
    story.take([order(S.PARTIALLY_FILLED, 1)], [])
    assert story.lacks_fills([order(S.PARTIALLY_FILLED, 1)])
    story.take([order(S.PARTIALLY_FILLED, 1)], [fill(1)], is_complete=True)
    assert not story.lacks_fills([order(S.PARTIALLY_FILLED, 1)])
    assert story.lacks_fills([order(S.FILLED, 2)])


def test_what_was_filled_before_the_stream_began_is_not_asked_for_again():
    story = Story(0)
    story.take([order(S.PARTIALLY_FILLED, 2)], [], is_complete=True)  # booked before, by REST
    assert not story.lacks_fills([order(S.PARTIALLY_FILLED, 2)])
    assert story.lacks_fills([order(S.PARTIALLY_FILLED, 3)])
