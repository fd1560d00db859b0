"""Money, position and orders, all in one plain object that is written to disk as it is."""

import math

PROTECTIVE = ["stop_loss", "take_profit", "trailing_stop"]


def new_state(cash):
    """Nothing bought yet."""
    return {
        "cash": cash,
        "start_cash": cash,
        "quantity": 0.0,
        "entry_price": 0.0,
        "entry_time": None,
        "entry_fee": 0.0,
        "stop": 0.0,
        "target": 0.0,
        "best": 0.0,
        "order": None,
        "since_exit": None,
        "peak": cash,
        "drawdown": 0.0,
        "stopped": False,
        "last_candle": None,
        "last_price": 0.0,
        "skips": {},
        "trades": [],
    }


def steps_down(value):
    """Whole steps in a value; a hair below a whole number counts as that number."""
    nearest = math.floor(value + 0.5)
    if abs(value - nearest) <= 1e-9 + abs(value) * 1e-14:
        return nearest
    return math.floor(value)


def floor_to_step(value, step):
    """Largest multiple of a step [numerator, denominator] that is not above the value."""
    if step[0] == 0:
        return value
    return steps_down(value * step[1] / step[0]) * step[0] / step[1]


def round_to_step(value, step):
    """Nearest multiple of a step."""
    if step[0] == 0:
        return value
    return steps_down(((value + value) * step[1] / step[0] + 1) / 2) * step[0] / step[1]


def market_price(rules, direction, price):
    """Price of a market order that buys (1) or sells (-1)."""
    return round_to_step(price * (1 + direction * rules["slippage"]), rules["price_step"])


def entry_quantity(cash, price, fraction, rules):
    """How much an entry buys, or the reason why it buys nothing."""
    if cash * fraction <= 0:
        return [0.0, "no_cash"]
    fee_rate = rules["fee_rate"]
    step = rules["amount_step"]
    quantity = floor_to_step(cash * fraction / (price * (1 + fee_rate)), step)
    cost = quantity * price + quantity * price * fee_rate
    if cost > cash * (1 + 1e-14) and step[0] > 0:
        quantity = floor_to_step(quantity - step[0] / step[1], step)
    if quantity <= 0 or quantity < rules["amount_min"]:
        return [0.0, "below_minimum_amount"]
    if quantity * price < rules["notional_min"]:
        return [0.0, "below_minimum_notional"]
    return [quantity, ""]


def skip(state, reason):
    """Count an entry that came to nothing."""
    skips = state["skips"]
    if reason not in skips:
        skips[reason] = 0
    skips[reason] += 1


def book_entry(state, risk, rules, fill):
    """A fill that bought: {"time", "price", "quantity", "fee"}."""
    cost = fill["quantity"] * fill["price"] + fill["fee"]
    left = state["cash"] - cost
    state["cash"] = 0.0 if left * 1e12 < state["cash"] else left
    entry = fill["price"]
    state["quantity"] = round_to_step(fill["quantity"], rules["amount_step"])
    state["entry_price"] = entry
    state["entry_time"] = fill["time"]
    state["entry_fee"] = fill["fee"]
    state["best"] = entry
    stop, target = risk["stop_loss"], risk["take_profit"]
    step = rules["price_step"]
    state["stop"] = round_to_step(entry * (1 - stop), step) if stop > 0 else 0.0
    state["target"] = round_to_step(entry * (1 + target), step) if target > 0 else 0.0


def book_exit(state, fill):
    """A fill that sold everything: {"time", "price", "quantity", "fee", "reason"}."""
    quantity = state["quantity"]
    margin = quantity * state["entry_price"]
    gross = quantity * (fill["price"] - state["entry_price"])
    state["cash"] += margin + gross - fill["fee"]
    fees = state["entry_fee"] + fill["fee"]
    state["trades"].append(
        {
            "entry_time": state["entry_time"],
            "entry_price": state["entry_price"],
            "exit_time": fill["time"],
            "exit_price": fill["price"],
            "quantity": quantity,
            "fees": fees,
            "pnl": gross - fees,
            "exit_reason": fill["reason"],
        }
    )
    state["quantity"] = 0.0
    state["since_exit"] = 0


def active_stop(state, risk, rules):
    """[price, reason] of the stop that counts on this candle."""
    trailing = risk["trailing_stop"]
    if trailing > 0:
        trail = round_to_step(state["best"] * (1 - trailing), rules["price_step"])
        if state["stop"] <= 0 or trail > state["stop"]:
            return [trail, "trailing_stop"]
    return [state["stop"], "stop_loss"]


def protective_fill(state, risk, rules, bar):
    """[price, reason] at which this candle closes the position; no reason for none."""
    stop, reason = active_stop(state, risk, rules)
    if stop > 0:
        if bar["open"] <= stop:
            return [bar["open"], reason]
        if bar["low"] <= stop:
            return [max(market_price(rules, -1, stop), bar["low"]), reason]
    target = state["target"]
    if target > 0:
        if bar["open"] >= target:
            return [bar["open"], "take_profit"]
        if bar["high"] >= target:
            return [target, "take_profit"]
    return [0.0, ""]


def sell_on_paper(state, rules, time, price, reason):
    """Sell everything at this price."""
    fee = min(state["quantity"] * price * rules["fee_rate"], state["quantity"] * price)
    fill = {"time": time, "price": price, "quantity": state["quantity"], "fee": fee}
    book_exit(state, {**fill, "reason": reason})


def fill_order_on_paper(state, risk, rules, time, price):
    """The order that waits fills at the open; gives the fill, or nothing where it was skipped."""
    order = state["order"]
    state["order"] = None
    if order["action"] == "exit":
        sell_on_paper(state, rules, time, market_price(rules, -1, price), order["reason"])
        return
    paid = market_price(rules, 1, price)
    quantity, refusal = entry_quantity(state["cash"], paid, risk["max_position_size"], rules)
    if refusal:
        skip(state, refusal)
        return
    fee = quantity * paid * rules["fee_rate"]
    fill = {"time": time, "price": paid, "quantity": quantity, "fee": fee}
    book_entry(state, risk, rules, fill)


def play_candle(state, risk, rules, bar):
    """A candle on paper: the order that waits, then stops and target; gives the decisions made."""
    made = []
    if state["since_exit"] is not None:
        state["since_exit"] += 1
    if state["order"] is not None:
        fill_order_on_paper(state, risk, rules, bar["time"], bar["open"])
    if state["quantity"] > 0:
        price, reason = protective_fill(state, risk, rules, bar)
        if reason:
            sell_on_paper(state, rules, bar["time"], price, reason)
            made.append({"time": bar["time"], "action": "exit", "reason": reason})
    return made


def mark(state, risk, bar):
    """The candle is over: best price, equity, peak, drawdown limit."""
    state["best"] = max(state["best"], bar["high"])
    held = state["quantity"]
    entry = state["entry_price"]
    equity = state["cash"] + (held * entry + held * (bar["close"] - entry) if held > 0 else 0.0)
    state["peak"] = max(state["peak"], equity)
    state["drawdown"] = max(state["drawdown"], 1 - equity / state["peak"])
    state["last_candle"] = bar["time"]
    state["last_price"] = bar["close"]
    limit = risk["max_drawdown"]
    if limit > 0 and equity <= state["peak"] * (1 - limit):
        state["stopped"] = True


def decide(state, risk, signals):
    """[action, reason] at a close; an order then waits for the next open."""
    if state["quantity"] > 0:
        if state["order"] is not None:
            return ["none", "pending" if signals["sell"] else ""]
        if state["stopped"]:
            return ["exit", "max_drawdown"]
        return ["exit", "signal"] if signals["sell"] else ["none", ""]
    if not signals["buy"] or signals["sell"]:
        return ["none", ""]
    if state["order"] is not None:
        return ["none", "pending"]
    if state["stopped"]:
        return ["none", "max_drawdown"]
    since = state["since_exit"]
    if since is not None and since < risk["cooldown_candles"]:
        return ["none", "cooldown"]
    return ["enter_long", "signal"]


def close_candle(state, risk, rules, bar, signals):
    """Mark the candle and decide; gives the decision, or nothing where there is none."""
    mark(state, risk, bar)
    action, reason = decide(state, risk, signals)
    if action != "none":
        state["order"] = {"action": action, "reason": reason, "time": bar["time"]}
    if reason:
        return [{"time": bar["time"], "action": action, "reason": reason}]
    return []
