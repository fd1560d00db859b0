"""Coins exchanged for coins: amounts by hand, and nothing made or lost in any order of fills."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bots.core.rounds import rounds
from bots.core.sub_account import Executed, SubAccount
from exchanges.core.crossing import crossed

D = Decimal
BTC, ETH, CROSS = "BTC/USDT", "ETH/USDT", "ETH/BTC"


#    symbol side  qty   amount fee_q   fee_b  -> source target given    got
@pytest.mark.parametrize(
    ("symbol", "side", "numbers", "expected"),
    [
        (CROSS, 1, ("10", "0.5", "0.001", "0"), (BTC, ETH, "0.501", "10")),
        (CROSS, 1, ("10", "0.5", "0", "0.01"), (BTC, ETH, "0.5", "9.99")),
        (CROSS, -1, ("10", "0.5", "0.001", "0"), (ETH, BTC, "10", "0.499")),
        (BTC, 1, ("1", "100", "0.1", "0"), None),
        (CROSS, 1, ("0", "0", "0", "0"), None),
    ],
)
def test_what_goes_where(symbol, side, numbers, expected):
    home = "USDT" if symbol == BTC or numbers[0] != "0" else ""
    found = crossed(symbol, home, side, *map(D, numbers))
    if expected is None:
        assert found is None
        return
    source, target, gone, got = expected
    assert found is not None
    assert (found.source, found.target) == (source, target)
    assert (found.given, found.got) == (D(gone), D(got))


def test_a_round_by_hand():
    # 1000 buys 10 BTC (fee 1), those 100 ETH less 0.1, those bring 1100 (fee 1.1).
    fills = [
        Executed(BTC, 1, D(100), D(10), fee_quote=D(1), time_ms=1),
        Executed(CROSS, 1, D("0.1"), D(100), fee_base=D("0.1"), time_ms=2),
        Executed(ETH, -1, D(1100) / D("99.9"), D("99.9"), fee_quote=D("1.1"), time_ms=3),
    ]
    (one,) = rounds(SubAccount(D(2000), home="USDT"), fills)
    assert (one.opened_ms, one.closed_ms, one.stake) == (1, 3, 1000)
    assert round(one.pnl, 12) == D("97.9")
    assert round(one.fees, 12) == D("3.1")  # 1, 0.1 ETH at a cost of 10, 1.1


part = st.decimals("0.05", "0.95", places=2)
step = st.tuples(st.sampled_from([BTC, ETH, CROSS]), st.sampled_from([1, -1]), part, st.booleans())


@settings(max_examples=60, deadline=None)
@given(st.lists(step, max_size=25))
def test_nothing_is_made_or_lost(steps):
    account = SubAccount(D(1000), home="USDT")
    true = {"USDT": D(1000), "BTC": D(0), "ETH": D(0)}
    prices = {BTC: D(100), ETH: D(10), CROSS: D("0.1")}
    for symbol, side, share, in_coins in steps:
        base, quote = symbol.split("/")
        price = prices[symbol] * (1 + share / 10)
        most = true[quote] / price / D("1.001") if side > 0 else true[base]
        quantity = most * share
        if quantity <= 0:
            continue
        taken = in_coins and side > 0
        fee = quantity * price * D("0.001")
        fill = Executed(
            symbol, side, price, quantity, D(0) if taken else fee,
            quantity * D("0.001") if taken else D(0),
        )  # fmt: skip
        costs = sum(one.cost for one in account.holdings.values())
        account.take(fill)
        true[base] += side * quantity - fill.fee_base
        true[quote] -= side * quantity * price + fill.fee_quote
        if symbol == CROSS:
            assert sum(one.cost for one in account.holdings.values()) == pytest.approx(costs)
    assert account.oversold == {}
    assert account.cash == pytest.approx(true["USDT"])
    for asset, symbol in (("BTC", BTC), ("ETH", ETH)):
        held = account.holdings.get(symbol)
        assert (held.quantity if held else D(0)) == pytest.approx(true[asset])
    rest = sum(one.cost for one in account.holdings.values())
    assert account.cash + rest - account.realised == pytest.approx(D(1000))
