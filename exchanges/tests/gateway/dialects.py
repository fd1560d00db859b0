"""How the other venues answer what changes something: taken, or refused in their own words."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from exchanges.core.outcomes import Outcome as O
from exchanges.tests.gateway.conftest import SPOT, SWAP
from exchanges.tests.gateway.server import Book, Fault

Rows = dict[str, tuple[Fault, O]]


@dataclass(frozen=True)
class Dialect:
    """taken: the body for whatever was asked; parts: by the end of an address, where it is another.

    rows: name -> (what is answered, what it means); apart: of one action alone.
    """

    venue: str
    symbol: str
    taken: Any
    rows: Rows
    actions: tuple[str, ...] = ("create", "cancel", "amend")
    apart: dict[str, Rows] = field(default_factory=dict)
    parts: dict[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return f"{self.venue} {'contracts' if ':' in self.symbol else 'spot'}"

    def speak(self, _book: Book, _method: str, path: str, _given: dict[str, str]) -> Any:
        found = (body for end, body in self.parts.items() if path.endswith(end))
        return 200, next(found, self.taken)


def rows(fault: Callable[[str], Fault], outcomes: dict[O, str]) -> Rows:
    """outcome -> codes, apart by "|"."""
    return {
        code: (fault(code), outcome) for outcome, codes in outcomes.items()
        for code in codes.split("|")
    }  # fmt: skip


def answer(body: Any, status: int = 200) -> Fault:
    return Fault("answer", status=status, body=json.dumps(body))


def okx(code: str) -> Fault:
    return answer({"code": code, "data": [], "msg": "said so"})


def okx_order(code: str) -> Fault:
    """Of one order: the call as such went through."""
    row = {"ordId": "", "clOrdId": "", "sCode": code, "sMsg": "said so", "tag": ""}
    return answer({"code": "1", "data": [row], "msg": "Operation failed."})


def kraken(code: str) -> Fault:
    return answer({"error": [code]})


def kraken_futures(code: str) -> Fault:
    return answer({"result": "error", "error": code, "serverTime": "2026-01-01T00:00:00.000Z"})


def kraken_futures_order(action: str) -> Callable[[str], Fault]:
    """Of one order: the call as such went through."""
    status = {"create": "sendStatus", "cancel": "cancelStatus", "amend": "editStatus"}[action]
    body = {"result": "success", "serverTime": "2026-01-01T00:00:00.000Z"}
    return lambda code: answer(body | {status: {"status": code, "receivedTime": ""}})


def htx(code: str) -> Fault:
    return answer({"status": "error", "err-code": code, "err-msg": "said so", "data": None})


def htx_contract(code: str) -> Fault:
    return answer({"status": "error", "err_code": int(code), "err_msg": "said so", "ts": 1})


def htx_linear(code: str) -> Fault:
    """In the words of its fifth interface."""
    return answer({"code": int(code), "message": "said so", "data": None, "ts": 1})


def bingx(code: str) -> Fault:
    return answer({"code": int(code), "msg": "said so", "data": {}})


def coinbase(code: str) -> Fault:
    return answer({"error": code, "message": "said so", "error_details": "said so"}, 400)


def coinbase_order(code: str) -> Fault:
    """Of a new order: the call as such went through."""
    said = {"error": code, "message": "said so", "error_details": ""}
    return answer(
        {"success": False, "failure_reason": "UNKNOWN_FAILURE_REASON", "error_response": said}
    )


def coinbase_cancel(code: str) -> Fault:
    return answer({"results": [{"success": False, "failure_reason": code, "order_id": "1000"}]})


def coinbase_edit(code: str) -> Fault:
    return answer({"success": False, "errors": [{"edit_failure_reason": code}]})


def bitmex(words: str) -> Fault:
    return answer({"error": {"message": words, "name": "HTTPError"}}, 400)


DIALECTS = [
    Dialect(
        "okx", SWAP,
        {"code": "0", "msg": "", "data": [{"ordId": "1000", "clOrdId": "there", "sCode": "0",
                                           "sMsg": ""}]},
        rows(okx, {
            O.UNKNOWN: "50004|50026", O.TRANSIENT: "50013", O.RATE_LIMITED: "50011|50061",
            O.CLOCK: "50102|50112", O.AUTH: "50103|50111|50113|50119", O.PERMISSION: "50110|50120",
            O.VENUE_DOWN: "50001",
        }) | rows(okx_order, {
            O.UNKNOWN: "51149|51054", O.ALREADY_SENT: "51016", O.INSUFFICIENT_FUNDS: "51008|51131",
            O.NOT_FOUND: "51400|51603", O.INVALID_ORDER: "51020",
        }),
    ),
    Dialect(
        "kraken", SPOT,
        {"error": [], "result": {"txid": ["1000"],
                                 "descr": {"order": "buy 0.1 BTCUSDT @ limit 100.5"}}},
        rows(kraken, {
            O.UNKNOWN: "EService:Unavailable|EService:Timeout|EService:Deadline elapsed"
                       "|EGeneral:Internal error|ESomething:New",
            O.TRANSIENT: "EService:Busy", O.VENUE_DOWN: "EService:Market in cancel_only mode",
            O.RATE_LIMITED: "EAPI:Rate limit exceeded|EOrder:Rate limit exceeded",
            O.CLOCK: "EAPI:Invalid nonce", O.AUTH: "EAPI:Invalid key|EAPI:Invalid signature",
            O.PERMISSION: "EGeneral:Permission denied",
            O.INSUFFICIENT_FUNDS: "EOrder:Insufficient funds", O.NOT_FOUND: "EOrder:Unknown order",
            O.ALREADY_SENT: "EOrder:Duplicate cl_ord_id",
        }),
    ),
    Dialect(
        "krakenfutures", SWAP,
        {"result": "success", "serverTime": "2026-01-01T00:00:00.000Z",
         "sendStatus": {"status": "placed", "order_id": "1000", "orderEvents": [
             {"type": "PLACE", "order": {"orderId": "1000", "cliOrdId": "there"}}]}},
        rows(kraken_futures, {
            O.UNKNOWN: "Unavailable|Server Error", O.RATE_LIMITED: "apiLimitExceeded",
            O.AUTH: "authenticationError", O.CLOCK: "nonceBelowThreshold|nonceDuplicate",
            O.INSUFFICIENT_FUNDS: "insufficientAvailableFunds", O.NOT_FOUND: "notFound",
            O.ALREADY_SENT: "clientOrderIdAlreadyExist",
        }),
        apart={
            "create": rows(kraken_futures_order("create"), {
                O.INSUFFICIENT_FUNDS: "insufficientAvailableFunds", O.VENUE_DOWN: "marketSuspended",
                O.ALREADY_SENT: "clientOrderIdAlreadyExist",
                O.INVALID_ORDER: "invalidSize|postWouldExecute|wouldNotReducePosition|selfFill",
            }),
            "cancel": rows(kraken_futures_order("cancel"), {O.NOT_FOUND: "notFound|filled"}),
            "amend": rows(kraken_futures_order("amend"), {
                O.NOT_FOUND: "orderForEditNotFound", O.INVALID_ORDER: "invalidPrice",
            }),
        },
        parts={"/editorder": {"result": "success", "serverTime": "2026-01-01T00:00:00.000Z",
                              "editStatus": {"status": "edited", "orderId": "1000"}}},
    ),
    Dialect(
        "htx", SPOT, {"status": "ok", "data": "1000"},
        rows(htx, {
            O.UNKNOWN: "gateway-internal-error", O.AUTH: "api-signature-not-valid",
            O.CLOCK: "invalid-timestamp", O.RATE_LIMITED: "too-many-requests",
            O.INSUFFICIENT_FUNDS: "account-frozen-balance-insufficient-error",
            O.NOT_FOUND: "base-record-invalid|order-orderstate-error",
            O.ALREADY_SENT: "client-order-id-exist",
        }) | rows(htx_contract, {
            O.UNKNOWN: "1031", O.AUTH: "1003", O.INSUFFICIENT_FUNDS: "1047",
            O.NOT_FOUND: "1071|1017", O.ALREADY_SENT: "1062",
        }),
        actions=("create", "cancel"),
    ),
    Dialect(
        "htx", SWAP,
        {"code": 200, "message": "Success", "data": {"order_id": "1000", "client_order_id": "7"}},
        rows(htx_linear, {
            O.UNKNOWN: "1031|1500|999999", O.AUTH: "1003|403", O.INSUFFICIENT_FUNDS: "1047",
            O.NOT_FOUND: "1071|1051|1061", O.ALREADY_SENT: "1062", O.INVALID_ORDER: "1039|1067",
        }),
        actions=("create", "cancel"),
    ),
    Dialect(
        "bingx", SWAP, {"code": 0, "msg": "", "data": {"order": {"orderId": 1000}}},
        rows(bingx, {
            O.UNKNOWN: "100500|80012|999999", O.AUTH: "100001|100413", O.CLOCK: "100421",
            O.PERMISSION: "100419|100004", O.RATE_LIMITED: "100410", O.INVALID_ORDER: "80014",
            O.NOT_FOUND: "80016|80018", O.INSUFFICIENT_FUNDS: "80001|101204",
            O.ALREADY_SENT: "101481",
        }),
        actions=("create", "cancel"),
    ),
    Dialect(
        "coinbase", SPOT,
        {"success": True, "results": [{"success": True, "order_id": "1000"}],
         "success_response": {"order_id": "1000", "client_order_id": "there"}},
        rows(coinbase, {
            O.UNKNOWN: "UNKNOWN_FAILURE_REASON|INTERNAL", O.RATE_LIMITED: "rate_limit_exceeded",
            O.PERMISSION: "PERMISSION_DENIED", O.INSUFFICIENT_FUNDS: "INSUFFICIENT_FUND",
            O.NOT_FOUND: "NOT_FOUND", O.ALREADY_SENT: "DUPLICATE_CLIENT_ORDER_ID",
            O.INVALID_ORDER: "INVALID_ARGUMENT",
        }),
        apart={
            "create": rows(coinbase_order, {
                O.UNKNOWN: "UNKNOWN_FAILURE_REASON", O.INSUFFICIENT_FUNDS: "INSUFFICIENT_FUND",
            }),
            "cancel": rows(coinbase_cancel, {
                O.UNKNOWN: "UNKNOWN_CANCEL_FAILURE_REASON|COMMANDER_REJECTED_CANCEL_ORDER"
                           "|DUPLICATE_CANCEL_REQUEST",
                O.NOT_FOUND: "UNKNOWN_CANCEL_ORDER|ORDER_IS_FULLY_FILLED",
                O.INVALID_ORDER: "INVALID_CANCEL_REQUEST",
            }),
            "amend": rows(coinbase_edit, {
                O.UNKNOWN: "UNKNOWN_EDIT_ORDER_FAILURE_REASON|COMMANDER_REJECTED_EDIT_ORDER",
                O.NOT_FOUND: "ORDER_NOT_FOUND",
            }),
        },
        parts={"/orders/edit": {"success": True, "errors": {
            "edit_failure_reason": "UNKNOWN_EDIT_ORDER_FAILURE_REASON",
            "preview_failure_reason": "UNKNOWN_PREVIEW_FAILURE_REASON",
        }}},
    ),
    Dialect(
        "bitmex", SWAP, {"orderID": "1000", "clOrdID": "there", "symbol": "BTCUSDT"},
        rows(bitmex, {
            O.ALREADY_SENT: "Duplicate clOrdID", O.NOT_FOUND: "Invalid orderID|Not Found",
            O.AUTH: "Signature not valid.|Invalid API Key.", O.PERMISSION: "Access Denied",
            O.TRANSIENT: "The system is currently overloaded. Please try again later.",
            O.INSUFFICIENT_FUNDS: "Account has insufficient Available Balance, 1 XBt required",
            O.INVALID_ORDER: "Invalid price tickSize",
        }),
    ),
]  # fmt: skip
