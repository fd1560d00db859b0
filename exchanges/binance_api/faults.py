"""How Binance says no: a code, its words, an HTTP status; and its names for our refusals."""

from __future__ import annotations

from dataclasses import dataclass

from exchanges.core.refusals import DuplicateClientOrderId, Refused
from foundation.edge.api import AWAY
from foundation.lib.errors import AppError, BadInput, NotFound, TryLater

SPOT, FUTURES = "spot", "futures"
RANGE = {
    "decimal": r"^([0-9]{1,20})(\.[0-9]{1,20})?$",
    "integer": r"^[0-9]{1,20}$",
    "symbol": r"^[A-Z0-9-_.]{1,20}$",
    "client_id": r"^[\.A-Z\:/a-z0-9_-]{1,36}$",
}


class Fault(Exception):
    """An answer that refuses."""

    def __init__(self, code: int, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.code, self.message, self.status = code, message, status
        self.headers: dict[str, str] = {}

    def body(self) -> dict[str, object]:
        return {"code": self.code, "msg": self.message}


@dataclass(frozen=True, slots=True)
class Said:
    """What one of our refusals is called on a product."""

    code: int
    message: str


# Refused.code -> (spot, futures). Futures' steps and minimums are told apart in `steps`.
REFUSALS: dict[str, tuple[Said, Said]] = {
    "bad_input": (
        Said(-1128, "Combination of optional parameters invalid."),
        Said(-1128, "Combination of optional parameters invalid."),
    ),
    "unknown_symbol": (Said(-1121, "Invalid symbol."), Said(-1121, "Invalid symbol.")),
    "lot_size": (
        Said(-1013, "Filter failure: LOT_SIZE"),
        Said(-4023, "Qty not increased by step size."),
    ),
    "price_filter": (
        Said(-1013, "Filter failure: PRICE_FILTER"),
        Said(-4014, "Price not increased by tick size."),
    ),
    "min_notional": (
        Said(-1013, "Filter failure: NOTIONAL"),
        Said(
            -4164,
            "Order's notional must be no smaller than {least} (unless you choose reduce only).",
        ),
    ),
    "max_notional": (
        Said(-1013, "Filter failure: NOTIONAL"),
        Said(-4005, "Quantity greater than max quantity."),
    ),
    "insufficient_balance": (
        Said(-2010, "Account has insufficient balance for requested action."),
        Said(-2018, "Balance is insufficient."),
    ),
    "insufficient_margin": (
        Said(-2010, "Account has insufficient balance for requested action."),
        Said(-2019, "Margin is insufficient."),
    ),
    "reduce_only": (
        Said(-2010, "This action is disabled on this account."),
        Said(-2022, "ReduceOnly Order is rejected."),
    ),
    "would_take": (
        Said(-2010, "Order would immediately match and take."),
        Said(
            -5022,
            "Due to the order could not be executed as maker, the Post Only order will be "
            "rejected.",
        ),
    ),
    "would_trigger": (
        Said(-2010, "Order would immediately trigger."),
        Said(-2021, "Order would immediately trigger."),
    ),
    "risk_limit": (
        Said(-2010, "This action is disabled on this account."),
        Said(-2027, "Exceeded the maximum allowable position at current leverage."),
    ),
    "leverage_cap": (
        Said(-2010, "This action is disabled on this account."),
        Said(-2027, "Exceeded the maximum allowable position at current leverage."),
    ),
    "bad_leverage": (
        Said(-1128, "Combination of optional parameters invalid."),
        Said(-4028, "Leverage is not valid"),
    ),
    "has_position": (
        Said(-1128, "Combination of optional parameters invalid."),
        Said(-4048, "Margin type cannot be changed if there exists position."),
    ),
    "too_many_orders": (
        Said(-1013, "Filter failure: MAX_NUM_ORDERS"),
        Said(-2025, "Reach max open order limit."),
    ),
    "not_working": (Said(-2011, "Unknown order sent."), Said(-2011, "Unknown order sent.")),
    "no_depth": (
        Said(-2010, "Order book liquidity is less than LOT_SIZE filter minimum quantity."),
        Said(
            -4131,
            "The counterparty's best price does not meet the PERCENT_PRICE filter limit.",
        ),
    ),
    "bad_margin": (
        Said(-1128, "Combination of optional parameters invalid."),
        Said(-4051, "Isolated balance insufficient."),
    ),
}
DUPLICATE = (Said(-2010, "Duplicate order sent."), Said(-4116, "ClientOrderId is duplicated."))


def missing(name: str) -> Fault:
    text = f"Mandatory parameter '{name}' was not sent, was empty/null, or malformed."
    return Fault(-1102, text)


def illegal(name: str, kind: str) -> Fault:
    text = f"Illegal characters found in parameter '{name}'; legal range is '{RANGE[kind]}'."
    return Fault(-1100, text)


def unneeded(name: str) -> Fault:
    return Fault(-1106, f"Parameter '{name}' sent when not required.")


def not_valid(name: str) -> Fault:
    return Fault(-1130, f"Data sent for parameter '{name}' is not valid.")


def no_such_path(path: str, method: str, status: int = 404) -> Fault:
    return Fault(-5000, f"Path /{path[:200]}, Method {method[:20]} is invalid", status)


def unknown_order() -> Fault:
    return Fault(-2011, "Unknown order sent.")


def no_such_order() -> Fault:
    return Fault(-2013, "Order does not exist.")


def duplicate(product: str) -> Fault:
    said = DUPLICATE[product == FUTURES]
    return Fault(said.code, said.message)


def of_refusal(refusal: Refused, product: str) -> Fault:
    """Our refusal in Binance's words."""
    said = REFUSALS[refusal.code][product == FUTURES]
    if refusal.code == "bad_input" and refusal.faults:
        return Fault(said.code, f"{said.message} ({refusal.message})")
    return Fault(said.code, said.message.replace("{least}", "the minimum"))


def of_exception(error: Exception, product: str) -> Fault | None:
    """What a client is told of an exception; None where it is a fault of ours."""
    if isinstance(error, Fault):
        return error
    if isinstance(error, Refused):
        return of_refusal(error, product)
    if isinstance(error, DuplicateClientOrderId):
        return duplicate(product)
    if isinstance(error, (*AWAY, TryLater)):
        text = "Internal error; unable to process your request. Please try again."
        return Fault(-1001, text, 503)
    if isinstance(error, NotFound):
        return no_such_order()
    if isinstance(error, BadInput):
        return Fault(-1128, f"Combination of optional parameters invalid. ({error.message})")
    if isinstance(error, AppError):
        return Fault(-2010, error.message)
    return None
