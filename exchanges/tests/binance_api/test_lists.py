"""Two orders of which the first to come ends the other, by unmodified ccxt over real sockets."""

from __future__ import annotations

from decimal import Decimal

import ccxt
import pytest

from accounts.models import LedgerAccount

MARKET = {"symbol": "BTCUSDT"}
OLD = {**MARKET, "side": "SELL", "quantity": "1", "price": "120", "stopPrice": "80"}
NEW = {
    **MARKET,
    "side": "SELL",
    "quantity": "1",
    "aboveType": "LIMIT_MAKER",
    "abovePrice": "120",
    "belowType": "STOP_LOSS_LIMIT",
    "belowStopPrice": "80",
    "belowPrice": "79",
    "belowTimeInForce": "GTC",
}


@pytest.fixture
def holder(spot):
    """A spot account with two coins."""
    spot.create_order("BTC/USDT", "market", "buy", 2)
    return spot


def statuses(spot):
    return {one["type"]: one["status"] for one in spot.private_get_allorders(MARKET)[1:]}


def held(trader):
    rows = LedgerAccount.objects.filter(owner=trader, kind="paper_wallet", asset="BTC")
    return rows.get().held


def test_a_list_of_the_older_form_is_placed_found_and_cancelled(holder, trader):
    made = holder.private_post_order_oco(
        {**OLD, "listClientOrderId": "my-list", "limitClientOrderId": "l", "stopClientOrderId": "s"}
    )
    assert (made["contingencyType"], made["listOrderStatus"]) == ("OCO", "EXECUTING")
    assert made["listClientOrderId"] == "my-list"
    reports = {one["type"]: one for one in made["orderReports"]}
    assert reports["LIMIT_MAKER"]["clientOrderId"] == "l"
    assert (reports["STOP_LOSS"]["clientOrderId"], reports["STOP_LOSS"]["stopPrice"]) == (
        "s",
        "80.00000000",
    )
    assert {one["orderListId"] for one in reports.values()} == {made["orderListId"]}
    assert held(trader) == Decimal(1), "the coins of a list are kept once"
    number = {"orderListId": made["orderListId"]}
    (listed,) = holder.private_get_openorderlist()
    assert listed["orders"] == holder.private_get_orderlist(number)["orders"] == made["orders"]
    assert (
        holder.private_get_orderlist({"origClientOrderId": listed["listClientOrderId"]}) == listed
    )
    over = holder.private_delete_orderlist({**MARKET, **number})
    assert (over["listStatusType"], over["listOrderStatus"]) == ("ALL_DONE", "ALL_DONE")
    assert {one["status"] for one in over["orderReports"]} == {"CANCELED"}
    assert held(trader) == 0
    assert holder.private_get_openorderlist() == []
    assert len(holder.private_get_allorderlist()) == 1
    with pytest.raises(ccxt.OrderNotFound):
        holder.private_delete_orderlist({**MARKET, **number})
    assert statuses(holder) == {"LIMIT_MAKER": "CANCELED", "STOP_LOSS": "CANCELED"}


def test_one_leg_cancelled_ends_the_other(holder):
    made = holder.private_post_orderlist_oco(NEW)
    assert [one["type"] for one in made["orderReports"]] == ["LIMIT_MAKER", "STOP_LOSS_LIMIT"]
    holder.cancel_order(made["orders"][0]["orderId"], "BTC/USDT")
    assert statuses(holder) == {"LIMIT_MAKER": "CANCELED", "STOP_LOSS_LIMIT": "CANCELED"}


def test_what_fills_one_leg_ends_the_other(holder, world, trader):
    holder.private_post_order_oco(OLD)
    world.move(121.0)
    assert statuses(holder) == {"LIMIT_MAKER": "FILLED", "STOP_LOSS": "CANCELED"}
    assert held(trader) == 0
    holder.private_post_order_oco({**OLD, "price": "130"})
    world.move(79.0)
    assert statuses(holder)["STOP_LOSS"] == "FILLED"
    assert holder.fetch_balance()["BTC"]["total"] == 0


def test_take_profit_and_stop_legs_for_a_buy(spot, world):
    legs = {
        **MARKET,
        "side": "BUY",
        "quantity": "1",
        "aboveType": "STOP_LOSS",
        "aboveStopPrice": "110",
        "belowType": "TAKE_PROFIT",
        "belowStopPrice": "90",
    }
    spot.private_post_orderlist_oco(legs)
    world.move(89.0)
    found = {one["type"]: one["status"] for one in spot.private_get_allorders(MARKET)}
    assert found == {"STOP_LOSS": "CANCELED", "TAKE_PROFIT": "FILLED"}


REFUSED = [
    (OLD | {"quantity": "3"}, "insufficient balance"),
    (OLD | {"price": "90"}, "PRICE_FILTER"),
    (OLD | {"stopPrice": "110"}, "would immediately trigger"),
    (OLD | {"quantity": "0.0001"}, "LOT_SIZE"),
    (OLD | {"price": "120.01"}, "PRICE_FILTER"),
    (OLD | {"limitClientOrderId": "x", "stopClientOrderId": "x"}, "Duplicate order"),
    (NEW | {"belowType": "LIMIT_MAKER"}, "not supported for this order list"),
]


def test_refused_lists_leave_nothing(holder, trader):
    for values, words in REFUSED:
        place = "orderlist_oco" if "aboveType" in values else "order_oco"
        with pytest.raises(ccxt.ExchangeError, match=words):
            getattr(holder, f"private_post_{place}")(values)
    assert len(holder.private_get_allorders(MARKET)) == 1
    assert held(trader) == 0
