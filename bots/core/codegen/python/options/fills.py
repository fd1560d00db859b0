"""What fills do to a position that grows and shrinks, and to the money."""

from bots.core.codegen.python.trading.account import floor_to_step, round_to_step


def nothing_held():
    """The part of the state that is about a position."""
    return {
        "quantity": 0.0,
        "entry_price": 0.0,
        "entry_time": None,
        "first_price": 0.0,
        "first_quantity": 0.0,
        "bought": 0.0,
        "margin": 0.0,
        "locked": 0.0,
        "gross": 0.0,
        "fees": 0.0,
        "stop": 0.0,
        "target": 0.0,
        "best": 0.0,
        "adding": 0.0,
        "scaled_in": [],
        "scaled_out": [],
    }


def let_go(state):
    """Forget the position."""
    state.update(nothing_held())


def checked_quantity(cash, quantity, price, fee_rate, rules):
    """[quantity on the market's step, refusal]."""
    step = rules["amount_step"]
    quantity = floor_to_step(quantity, step)
    cost = quantity * price + quantity * price * fee_rate
    if cost > cash * (1 + 1e-14) and step[0] > 0:
        quantity = floor_to_step(quantity - step[0] / step[1], step)
    if quantity <= 0 or quantity < rules["amount_min"]:
        return [0.0, "below_minimum_amount"]
    if quantity * price < rules["notional_min"]:
        return [0.0, "below_minimum_notional"]
    return [quantity, ""]


def buy(state, risk, rules, fill):
    """A fill that opens or adds: {"time", "price", "quantity", "fee_rate"}."""
    quantity = fill["quantity"]
    price = fill["price"]
    notional = quantity * price
    paid = quantity * price * fill["fee_rate"]
    left = state["cash"] - (notional + paid)
    state["cash"] = 0.0 if left * 1e12 < state["cash"] else left
    held = state["quantity"]
    if held == 0:
        state["entry_price"] = price
        state["entry_time"] = fill["time"]
        state["first_price"] = price
        state["first_quantity"] = quantity
        state["best"] = price
    else:
        state["entry_price"] = (held * state["entry_price"] + notional) / (held + quantity)
    state["bought"] += quantity
    state["quantity"] = round_to_step(held + quantity, rules["amount_step"])
    state["locked"] += notional
    state["margin"] += notional
    state["fees"] += paid
    entry = state["entry_price"]
    stop = risk["stop_loss"]
    target = risk["take_profit"]
    step = rules["price_step"]
    state["stop"] = round_to_step(entry * (1 - stop), step) if stop > 0 else 0.0
    state["target"] = round_to_step(entry * (1 + target), step) if target > 0 else 0.0


def sell(state, rules, fill):
    """A fill that closes a part or all: {"time", "price", "quantity", "fee_rate", "reason"}."""
    held = state["quantity"]
    left = round_to_step(held - fill["quantity"], rules["amount_step"])
    is_all = left <= 0
    quantity = held if is_all else fill["quantity"]
    part = state["margin"] if is_all else state["margin"] * quantity / held
    gross = quantity * (fill["price"] - state["entry_price"])
    paid = min(quantity * fill["price"] * fill["fee_rate"], part + gross)
    state["cash"] += part + gross - paid
    state["margin"] -= part
    state["gross"] += gross
    state["fees"] += paid
    state["quantity"] = left
    if not is_all:
        return
    pnl = state["gross"] - state["fees"]
    state["trades"].append(
        {
            "entry_time": state["entry_time"],
            "entry_price": state["entry_price"],
            "exit_time": fill["time"],
            "exit_price": fill["price"],
            "quantity": state["bought"],
            "fees": state["fees"],
            "pnl": pnl,
            "exit_reason": fill["reason"],
            "return": pnl / state["locked"],
        }
    )
    let_go(state)
    state["since_exit"] = 0


def close_part(state, rules, bar, price, quantity, reason, fee_rate):
    """Sell some of the position, or all of it."""
    fill = {"time": bar["time"], "price": price, "quantity": quantity, "fee_rate": fee_rate}
    sell(state, rules, {**fill, "reason": reason})
