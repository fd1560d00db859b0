"""Orders that are sent once: known on disk before the exchange hears of them."""

import hashlib
import logging

from bots.core.codegen.python.program.exchange import (
    retried,
    wait,
)
from bots.core.codegen.python.strategy import (
    NAME,
    SYMBOL,
)
from bots.core.codegen.python.trading.account import (
    book_entry,
    book_exit,
    entry_quantity,
    floor_to_step,
    skip,
)

log = logging.getLogger("bot")
ASK_AGAIN_S = 2
ASKED_MAX = 5


def client_order_id(time_ms, leg):
    """The same decision always gets the same id: sent twice it is still one order."""
    digest = hashlib.sha256(f"{NAME}:{SYMBOL}:{time_ms}:{leg}".encode()).hexdigest()
    return f"cb{digest[:30]}"


def execute(exchange, state, risk, rules, save):
    """Send the order that waits, see it filled, and book it."""
    order = state["order"]
    if "client_id" not in order:
        quantity, refusal = quantity_of(exchange, state, risk, rules)
        if refusal:
            log.warning("%s is skipped: %s", order["action"], refusal)
            skip(state, refusal)
            state["order"] = None
            save()
            return
        order["quantity"] = quantity
        order["client_id"] = client_order_id(order["time"], order["action"])
        order["was_sent"] = False
        save()
    report = sent_once(exchange, order, save)
    if report is not None:
        report = watched(exchange, report)
    if report is None or not report.get("filled"):
        log.error("%s %s came to nothing", order["action"], order["client_id"])
        skip(state, "refused")
        state["order"] = None
    else:
        book(state, risk, rules, order, fill_of(exchange, report, rules))
        state["order"] = None
    save()


def quantity_of(exchange, state, risk, rules):
    """How much to buy or sell now: [quantity, refusal]."""
    if state["order"]["action"] == "exit":
        return [floor_to_step(state["quantity"], rules["amount_step"]), ""]
    ticker = retried(lambda: exchange.fetch_ticker(SYMBOL), "ticker")
    price = ticker.get("ask") or ticker["last"]
    return entry_quantity(state["cash"], price, risk["max_position_size"], rules)


def sent_once(exchange, order, save):
    """The exchange's report of the order, or nothing where it refused it."""
    import ccxt

    side = "sell" if order["action"] == "exit" else "buy"
    while True:
        if order["was_sent"]:
            found = find_order(exchange, order["client_id"])
            if found is not None:
                return found
        order["was_sent"] = True
        save()
        log.info("%s %s %s as %s", side, order["quantity"], SYMBOL, order["client_id"])
        try:
            params = {"clientOrderId": order["client_id"]}
            return exchange.create_order(SYMBOL, "market", side, order["quantity"], None, params)
        except (ccxt.NetworkError, ccxt.BadResponse) as fault:
            log.warning("what became of the order is not known (%s)", type(fault).__name__)
            wait(ASK_AGAIN_S)
        except ccxt.DuplicateOrderId:
            wait(ASK_AGAIN_S)
        except ccxt.ExchangeError as fault:
            # Our own id was taken: the order is there already.
            found = find_order(exchange, order["client_id"]) if order["was_sent"] else None
            if found is None:
                log.error("the exchange refused it: %s", type(fault).__name__)
            return found


def find_order(exchange, client_id):
    """The order by our own id; nothing once the exchange has said a few times that it is not."""
    import ccxt

    for attempt in range(ASKED_MAX):
        if attempt:
            wait(ASK_AGAIN_S)
        try:
            params = {"clientOrderId": client_id, "origClientOrderId": client_id}
            return retried(lambda params=params: exchange.fetch_order("", SYMBOL, params), "order")
        except ccxt.OrderNotFound:
            continue
        except ccxt.ExchangeError:
            found = listed_order(exchange, client_id)
            if found is not None:
                return found
    return None


def listed_order(exchange, client_id):
    """The order from the lists of open and closed ones, where asking by our id is not possible."""
    for method in ("fetchOpenOrders", "fetchClosedOrders", "fetchOrders"):
        if exchange.has.get(method):
            call = getattr(exchange, method)
            for order in retried(lambda call=call: call(SYMBOL), "orders"):
                if order.get("clientOrderId") == client_id:
                    return order
    return None


def watched(exchange, report):
    """The report once the order is over."""
    while report.get("status") in ("open", None):
        wait(1)
        order_id = report["id"]
        report = retried(lambda order_id=order_id: exchange.fetch_order(order_id, SYMBOL), "order")
    return report


def fill_of(exchange, report, rules):
    """What an order bought or sold, with the fee in the quote currency."""
    market = exchange.markets[SYMBOL]
    quantity = report["filled"]
    price = report.get("average") or report["cost"] / quantity
    costs = fees_of(exchange, report)
    in_base = sum(one["cost"] for one in costs if one.get("currency") == market["base"])
    fee = sum(one["cost"] for one in costs if one.get("currency") == market["quote"])
    if not costs:
        fee = quantity * price * rules["fee_rate"]
    time_ms = report.get("timestamp") or exchange.milliseconds()
    return {"time": time_ms, "price": price, "quantity": quantity, "fee": fee, "in_base": in_base}


def fees_of(exchange, report):
    """The fees that an order cost: those it tells, else those of its trades."""
    listed = report.get("fees") or ([report["fee"]] if report.get("fee") else [])
    costs = [one for one in listed if one.get("cost") is not None]
    if not costs and exchange.has.get("fetchMyTrades"):
        trades = retried(lambda: exchange.fetch_my_trades(SYMBOL, None, 100), "trades")
        mine = [one.get("fee") for one in trades if one.get("order") == report["id"]]
        costs = [one for one in mine if one and one.get("cost") is not None]
    return costs


def book(state, risk, rules, order, fill):
    """The fill in our own books; a fee taken in the base currency makes what we hold smaller."""
    if order["action"] == "exit":
        book_exit(state, {**fill, "reason": order["reason"]})
        trade = state["trades"][-1]
        log.info("sold at %s (%s): %+.8f", fill["price"], order["reason"], trade["pnl"])
        return
    quantity = fill["quantity"] - fill["in_base"]
    fee = fill["fee"] + fill["in_base"] * fill["price"]
    book_entry(state, risk, rules, {**fill, "quantity": quantity, "fee": fee})
    log.info("bought %s at %s", state["quantity"], fill["price"])
