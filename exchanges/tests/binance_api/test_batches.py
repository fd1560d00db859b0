"""Many contract orders at once, by unmodified ccxt over real sockets."""

from __future__ import annotations

import ccxt
import pytest

SYMBOL = "BTC/USDT:USDT"


def order(amount, price, **params):
    fields = {"symbol": SYMBOL, "type": "limit", "side": "buy"}
    return {**fields, "amount": amount, "price": price, "params": params}


def told(rows):
    """Ids of what was done, codes of what was refused. ccxt sorts them by time."""
    done = sorted((one for one in rows if one["id"]), key=lambda one: int(one["id"]))
    return done, [one["info"]["code"] for one in rows if not one["id"]]


def test_each_order_of_a_batch_stands_for_itself(usdm):
    made = usdm.create_orders([order(1, 90, clientOrderId="a"), order(0.001, 90), order(2, 91)])
    done, refused = told(made)
    assert [(one["amount"], one["price"]) for one in done] == [(1, 90), (2, 91)]
    assert (done[0]["clientOrderId"], refused) == ("a", [-4164])
    done, refused = told(usdm.create_orders([order(1, 90, clientOrderId="a"), order(1, 92)]))
    assert ([one["price"] for one in done], refused) == ([92], [-4116])
    assert len(usdm.fetch_open_orders(SYMBOL)) == 3


def test_orders_of_a_batch_are_changed_and_cancelled(usdm):
    made, _ = told(usdm.create_orders([order(1, 90), order(2, 91), order(3, 92)]))
    first, *others = [one["id"] for one in made]
    changes = [{**order(4, 89), "id": first}, {**order(5, 88), "id": "999999999"}]
    (changed,), refused = told(usdm.edit_orders(changes))
    assert (changed["id"], changed["amount"], changed["price"]) == (first, 4.0, 89.0)
    assert refused == [-2013]
    gone, _ = told(usdm.cancel_orders([*others, "999999999"], SYMBOL))
    assert [one["status"] for one in gone] == ["canceled", "canceled"]
    assert [one["id"] for one in usdm.fetch_open_orders(SYMBOL)] == [first]


def test_a_batch_that_is_none_is_refused_whole(usdm):
    usdm.load_markets()
    row = {"symbol": "BTCUSDT", "side": "BUY", "type": "MARKET", "quantity": "1"}
    for batch in ("[]", "{}", "x", "[1]", usdm.json([row] * 6)):
        with pytest.raises(ccxt.ExchangeError, match=r'"code":-(1130|4082),'):
            usdm.fapiPrivatePostBatchOrders({"batchOrders": batch})
    assert usdm.fetch_orders(SYMBOL) == []
