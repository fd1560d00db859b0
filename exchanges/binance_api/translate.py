"""Words of both sides: types, statuses, times in force of orders, and tickets from requests."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from exchanges.binance_api import faults
from exchanges.binance_api.faults import FUTURES, SPOT, Fault
from exchanges.binance_api.params import Params
from exchanges.core.orders import OrderStatus, Side
from exchanges.core.tickets import Ticket
from exchanges.models import Market, Order


@dataclass(frozen=True, slots=True)
class Kind:
    """A type of order as Binance has it. needs, may: parameters besides symbol, side and type."""

    ours: str
    needs: str = ""
    may: str = ""


SPOT_KINDS = {
    "LIMIT": Kind("limit", "timeInForce quantity price"),
    "MARKET": Kind("market", may="quantity quoteOrderQty"),
    "STOP_LOSS": Kind("stop_loss", "quantity", "stopPrice trailingDelta"),
    "STOP_LOSS_LIMIT": Kind("stop_limit", "timeInForce quantity price stopPrice"),
    "TAKE_PROFIT": Kind("take_profit", "quantity stopPrice"),
    "TAKE_PROFIT_LIMIT": Kind("take_profit_limit", "timeInForce quantity price stopPrice"),
    "LIMIT_MAKER": Kind("limit", "quantity price"),
}
FUTURES_KINDS = {
    "LIMIT": Kind("limit", "timeInForce quantity price"),
    "MARKET": Kind("market", "quantity"),
    "STOP": Kind("stop_limit", "quantity price stopPrice", "timeInForce"),
    "STOP_MARKET": Kind("stop_loss", "stopPrice", "timeInForce quantity closePosition"),
    "TAKE_PROFIT": Kind("take_profit_limit", "quantity price stopPrice", "timeInForce"),
    "TAKE_PROFIT_MARKET": Kind("take_profit", "stopPrice", "timeInForce quantity closePosition"),
    "TRAILING_STOP_MARKET": Kind(
        "trailing_stop", "quantity callbackRate", "timeInForce activationPrice activatePrice"
    ),
}
KINDS = {SPOT: SPOT_KINDS, FUTURES: FUTURES_KINDS}
ASKED = frozenset(
    "timeInForce quantity quoteOrderQty price stopPrice trailingDelta closePosition callbackRate "
    "activationPrice activatePrice".split()
)
NAMES = {
    SPOT: {kind.ours: name for name, kind in SPOT_KINDS.items() if name != "LIMIT_MAKER"}
    | {"trailing_stop": "STOP_LOSS"},
    FUTURES: {kind.ours: name for name, kind in FUTURES_KINDS.items()},
}
CONDITIONAL = ("stop_loss", "stop_limit", "take_profit", "take_profit_limit", "trailing_stop")
STATUSES = {
    OrderStatus.PENDING: "NEW",
    OrderStatus.OPEN: "NEW",
    OrderStatus.PARTIALLY_FILLED: "PARTIALLY_FILLED",
    OrderStatus.FILLED: "FILLED",
    OrderStatus.CANCELLED: "CANCELED",
    OrderStatus.EXPIRED: "EXPIRED",
    OrderStatus.REJECTED: "REJECTED",
    OrderStatus.DENIED: "REJECTED",
}
TIMES_IN_FORCE = {"GTC": "GTC", "IOC": "IOC", "FOK": "FOK"}
POST_ONLY = {FUTURES: "GTX"}
WORKING_TYPES = ("CONTRACT_PRICE", "MARK_PRICE")
RESPONSES = ("ACK", "RESULT", "FULL")
ABOVE_ZERO = {  # parameter -> what contracts say of one that is 0
    "quantity": (-4003, "Quantity less than or equal to zero."),
    "price": (-4001, "Price less than 0."),
    "stopPrice": (-4006, "Stop price less than zero."),
}
BIPS = Decimal(10_000)
PERCENT = Decimal(100)


def is_conditional(order: Order) -> bool:
    return order.type in CONDITIONAL


def type_name(order: Order, product: str) -> str:
    """STOP_MARKET, LIMIT_MAKER, ..."""
    return name_of_type(order.type, order.time_in_force, product)


def name_of_type(ours: str, time_in_force: str, product: str) -> str:
    if product == SPOT and ours == "limit" and time_in_force == "PO":
        return "LIMIT_MAKER"
    return NAMES[product][ours]


def tif_name(ours: str, product: str) -> str:
    return POST_ONLY.get(product, "GTC") if ours == "PO" else ours


def ticket_of(product: str, params: Params, market: Market, *, client_id: str) -> Ticket:
    """What a request orders. client_id: the name of the parameter that carries one."""
    side = params.choice("side", ("BUY", "SELL"), -1117, "Invalid side.")
    name = params.choice("type", KINDS[product], -1116, "Invalid orderType.")
    kind = KINDS[product][name]
    check_parameters(params, kind)
    if product == FUTURES:
        _check_one_way(params)
    _check_accepted(params)
    check_zero(product, params, f"{kind.needs} {kind.may}".split())
    trigger = _trigger(params, kind)
    return Ticket(
        venue=market.venue,
        symbol=market.symbol,
        side=Side(side.lower()),
        type="trailing_stop" if params.has("trailingDelta") else kind.ours,
        quantity=params.decimal_or_none("quantity"),
        amount_quote=params.decimal_or_none("quoteOrderQty"),
        price=_unless_zero(params, "price", kind),
        client_order_id=params.client_id(client_id),
        time_in_force=_time_in_force(product, params, name),
        reduce_only=product == FUTURES and params.truth("reduceOnly"),
        close_position=product == FUTURES and params.truth("closePosition"),
        trigger_price=trigger.get("trigger_price"),
        callback_rate=trigger.get("callback_rate"),
        activation_price=trigger.get("activation_price"),
    )


def check_parameters(params: Params, kind: Kind) -> None:
    """Binance's own order of refusals: what is missing, then what does not belong."""
    needs = kind.needs.split()
    if params.truth("closePosition"):
        needs = [name for name in needs if name != "quantity"]
        if params.has("quantity"):
            text = "Parameter 'quantity' sent when not required."
            raise Fault(-4137, f"{text} Quantity must be zero with closePosition equals true")
    for name in needs:
        if not params.has(name):
            raise faults.missing(name)
    allowed = {*needs, *kind.may.split(), "closePosition"}
    if "price" not in allowed and params.has("price") and params.decimal("price") == 0:
        allowed.add("price")  # clients that always name a price
    params.refuse(sorted(ASKED - allowed))
    if not params.truth("closePosition"):
        _check_size(params, kind)


def _check_size(params: Params, kind: Kind) -> None:
    has_quantity, has_amount = params.has("quantity"), params.has("quoteOrderQty")
    if not (has_quantity or has_amount):
        raise faults.missing("quantity")
    if has_quantity and has_amount:
        raise faults.unneeded("quoteOrderQty")
    may_trail = "trailingDelta" in kind.may
    if may_trail and not (params.has("stopPrice") or params.has("trailingDelta")):
        raise faults.missing("stopPrice")


def check_zero(product: str, params: Params, names: Iterable[str]) -> None:
    """What must be above zero, in the words of the product."""
    for name, (code, words) in ABOVE_ZERO.items():
        if name in names and params.has(name) and not params.decimal(name):
            raise Fault(code, words) if product == FUTURES else Fault(-1013, f"Invalid {name}.")


def _check_one_way(params: Params) -> None:
    if params.text("positionSide", "BOTH") != "BOTH":
        raise Fault(-4061, "Order's position side does not match user's setting.")
    if params.truth("reduceOnly") and params.truth("closePosition"):
        raise faults.unneeded("reduceOnly")


def _check_accepted(params: Params) -> None:
    """Taken and without effect here, so only checked to be what Binance knows."""
    if params.has("workingType"):
        params.choice("workingType", WORKING_TYPES, -4064, "Invalid workingType.")
    if params.has("newOrderRespType"):
        params.choice("newOrderRespType", RESPONSES, -1158, "Invalid newOrderRespType.")
    params.truth("priceProtect")
    params.refuse(["icebergQty"])
    if params.text("priceMatch", "NONE") != "NONE":
        raise faults.not_valid("priceMatch")


def _time_in_force(product: str, params: Params, name: str) -> str:
    if name == "LIMIT_MAKER":
        return "PO"
    known = {**TIMES_IN_FORCE, **({"GTX": "PO", "GTE_GTC": "GTC"} if product == FUTURES else {})}
    if not params.has("timeInForce"):
        return "GTC"
    sent = params.choice("timeInForce", known, -1115, "Invalid timeInForce.")
    # A stop that becomes a market order has no time in force, whatever the client names.
    return known[sent] if "price" in KINDS[product][name].needs else "GTC"


def _unless_zero(params: Params, name: str, kind: Kind) -> Decimal | None:
    found = params.decimal_or_none(name)
    return None if not found and name not in kind.needs.split() else found


def _trigger(params: Params, kind: Kind) -> dict[str, Decimal | None]:
    """Stop price, or how a trailing stop hangs: bips on spot, percent on futures."""
    stop_price = params.decimal_or_none("stopPrice")
    if params.has("trailingDelta"):
        rate = Decimal(params.integer("trailingDelta", most=10_000)) / BIPS
        return {"callback_rate": rate, "activation_price": stop_price}
    if kind.ours == "trailing_stop":
        start = "activatePrice" if params.has("activatePrice") else "activationPrice"
        return {
            "callback_rate": params.decimal("callbackRate") / PERCENT,
            "activation_price": params.decimal_or_none(start),
        }
    return {"trigger_price": stop_price}
