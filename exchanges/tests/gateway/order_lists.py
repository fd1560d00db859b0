"""Binance's lists of two orders of which one is enough: once one trades, the other expires."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from exchanges.tests.gateway.server import Book


def create(book: Book, given: dict[str, str]) -> tuple[int, Any]:
    """Both legs, or none where an id is taken."""
    legs = {side: given[f"{side}ClientOrderId"] for side in ("above", "below")}
    if any(one in book.orders for one in legs.values()):
        return 400, {"code": -2010, "msg": "Duplicate order sent."}
    made = []
    for side, ours in legs.items():
        order = book.create(
            ours, symbol=given["symbol"], side=given["side"], type=given[f"{side}Type"],
            quantity=given["quantity"], price=given.get(f"{side}Price", "0"),
            stop=given.get(f"{side}StopPrice", ""), list=given["listClientOrderId"],
        )  # fmt: skip
        assert order is not None, "neither id is taken"
        made.append(order)
    rows = [
        {"symbol": one["symbol"], "orderId": int(one["id"]), "clientOrderId": one["client_id"]}
        for one in made
    ]
    return 200, {
        "orderListId": 1, "contingencyType": "OCO", "listStatusType": "EXEC_STARTED",
        "listOrderStatus": "EXECUTING", "listClientOrderId": given["listClientOrderId"],
        "transactionTime": 1_700_000_000_000, "symbol": given["symbol"], "orders": rows,
    }  # fmt: skip


def end_other(book: Book, order: dict[str, Any], status: str) -> None:
    """The other leg of a list, if it still works."""
    for one in book.orders.values():
        is_other = one is not order and one.get("list") and one.get("list") == order.get("list")
        if is_other and one["status"] == "NEW":
            one["status"] = status
