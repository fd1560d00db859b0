"""Trading on paper with the options of `risk`: instead of the plain functions of these names."""

from bots.core.codegen.python.options.fills import (
    buy,
    checked_quantity,
    close_part,
    nothing_held,
)
from bots.core.codegen.python.options.limits import holds, is_locked, look_back, sized_notional
from bots.core.codegen.python.trading.account import (
    floor_to_step,
    market_price,
    protective_fill,
    round_to_step,
    skip,
)


def new_state(cash):
    """Nothing bought yet."""
    return {
        "cash": cash,
        "start_cash": cash,
        "worth": cash,
        "order": None,
        "since_exit": None,
        "peak": cash,
        "drawdown": 0.0,
        "stopped": False,
        "last_candle": None,
        "last_price": 0.0,
        "locked_ms": 0,
        "looked_at": 0,
        "closes": [],
        "skips": {},
        "trades": [],
        **nothing_held(),
    }


def enter(state, risk, rules, bar):
    """The entry that waits; gives the candle as the position meets it, or nothing."""
    order = state["order"]
    price = market_price(rules, 1, bar["open"])
    rate = rules["fee_rate"]
    rest = bar
    if order["limit"] is not None:
        limit = order["limit"]
        if bar["open"] < limit:
            price = bar["open"]
        elif bar["low"] < limit:
            price = limit
            rest = {**bar, "open": limit, "high": max(bar["close"], limit)}
        else:
            return None
        rate = rules["maker_rate"]
    state["order"] = None
    notional, refusal = sized_notional(state, risk)
    budget = state["cash"] * risk["max_position_size"]
    if not refusal and budget <= 0:
        refusal = "no_cash"
    quantity = 0.0
    if not refusal:
        most = budget / (price * (1 + rate))
        wanted = most if notional is None else min(most, notional / price)
        quantity, refusal = checked_quantity(state["cash"], wanted, price, rate, rules)
    if refusal:
        skip(state, refusal)
        return None
    fill = {"time": bar["time"], "price": price, "quantity": quantity, "fee_rate": rate}
    buy(state, risk, rules, fill)
    return rest


def add(state, risk, rules, bar):
    """Scale in at the open by the steps that the last close reached."""
    wanted = state["adding"] * state["first_quantity"]
    state["adding"] = 0.0
    if state["cash"] <= 0:
        skip(state, "no_cash")
        return
    price = market_price(rules, 1, bar["open"])
    rate = rules["fee_rate"]
    wanted = min(wanted, state["cash"] / (price * (1 + rate)))
    quantity, refusal = checked_quantity(state["cash"], wanted, price, rate, rules)
    if refusal:
        skip(state, refusal)
        return
    fill = {"time": bar["time"], "price": price, "quantity": quantity, "fee_rate": rate}
    buy(state, risk, rules, fill)


def scale_out(state, risk, rules, bar):
    """The partial targets that this candle reaches, from the nearest on."""
    for number in range(len(risk["scale_out"])):
        step = risk["scale_out"][number]
        level = round_to_step(state["entry_price"] * (1 + step["at"]), rules["price_step"])
        is_new = not holds(state["scaled_out"], number)
        if state["quantity"] > 0 and is_new and level > 0 and bar["high"] >= level:
            state["scaled_out"].append(number)
            price = max(bar["open"], level)
            quantity = state["quantity"]
            if not step["closes"]:
                wanted = min(step["part"] * state["bought"], quantity)
                quantity = floor_to_step(wanted, rules["amount_step"])
                if quantity < rules["amount_min"] or quantity * price < rules["notional_min"]:
                    quantity = 0.0
            if quantity > 0:
                close_part(state, rules, bar, price, quantity, "take_profit", rules["maker_rate"])


def meet(state, risk, rules, bar):
    """The candle as the position meets it: stop, partial targets, target; gives the decisions."""
    if state["quantity"] == 0:
        return []
    price, reason = protective_fill(state, risk, rules, bar)
    if reason == "" or reason == "take_profit":
        scale_out(state, risk, rules, bar)
        if state["quantity"] == 0:
            return [{"time": bar["time"], "action": "exit", "reason": "take_profit"}]
    if reason == "":
        return []
    close_part(state, rules, bar, price, state["quantity"], reason, rules["fee_rate"])
    return [{"time": bar["time"], "action": "exit", "reason": reason}]


def walk(state, risk, rules, bar):
    """Meet the candle, and remember its best price."""
    made = meet(state, risk, rules, bar)
    state["best"] = max(state["best"], bar["high"])
    return made


def play_candle(state, risk, rules, bar):
    """A candle on paper; gives the decisions made within it."""
    made = []
    if state["since_exit"] is not None:
        state["since_exit"] += 1
    order = state["order"]
    if state["quantity"] > 0:
        if order is not None:
            state["order"] = None
            price = market_price(rules, -1, bar["open"])
            held = state["quantity"]
            close_part(state, rules, bar, price, held, order["reason"], rules["fee_rate"])
            return made
        if state["adding"] == 0:
            return walk(state, risk, rules, bar)
        opening = {**bar, "high": bar["open"], "low": bar["open"], "close": bar["open"]}
        made = meet(state, risk, rules, opening)
        if state["quantity"] > 0:
            add(state, risk, rules, bar)
            made = [*made, *walk(state, risk, rules, bar)]
    elif order is not None:
        rest = enter(state, risk, rules, bar)
        if rest is not None:
            made = walk(state, risk, rules, rest)
    return made


def mark(state, risk, bar):
    """The candle is over: an order that expires, equity, peak, drawdown limit."""
    order = state["order"]
    if order is not None and order["limit"] is not None:
        order["left"] -= 1
        if order["left"] <= 0:
            state["order"] = None
            skip(state, "entry_expired")
    profit = state["quantity"] * (bar["close"] - state["entry_price"])
    state["worth"] = state["cash"] + (state["margin"] + profit)
    state["peak"] = max(state["peak"], state["worth"])
    state["drawdown"] = max(state["drawdown"], 1 - state["worth"] / state["peak"])
    state["last_candle"] = bar["time"]
    state["last_price"] = bar["close"]
    state["closes"].append(bar["close"])
    state["closes"] = state["closes"][-(risk["closes_kept"]) :]
    limit = risk["max_drawdown"]
    if limit > 0 and state["worth"] <= state["peak"] * (1 - limit):
        state["stopped"] = True
        state["order"] = None
        state["adding"] = 0.0


def decide(state, risk, signals, time):
    """[action, reason] at a close."""
    if state["quantity"] > 0:
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
    return ["none", "protection"] if is_locked(state, time) else ["enter_long", "signal"]


def close_candle(state, risk, rules, bar, signals):
    """Mark the candle and decide; gives the decision, or nothing where there is none."""
    mark(state, risk, bar)
    look_back(state, risk)
    action, reason = decide(state, risk, signals, bar["time"])
    if action != "none":
        state["order"] = {"action": action, "reason": reason, "time": bar["time"], "limit": None}
        if action == "enter_long" and risk["entry_order"] is not None:
            offset = risk["entry_order"]["offset"]
            state["order"]["limit"] = round_to_step(
                bar["close"] * (1 - offset), rules["price_step"]
            )
            state["order"]["left"] = risk["entry_order"]["expires_after"]
    if state["quantity"] > 0 and action != "exit":
        state["adding"] = steps_reached(state, risk, rules, bar["close"])
    if reason:
        return [{"time": bar["time"], "action": action, "reason": reason}]
    return []


def steps_reached(state, risk, rules, close):
    """Sizes of the steps for scaling in that this close is the first one to reach."""
    total = 0.0
    for number in range(len(risk["scale_in"])):
        step = risk["scale_in"][number]
        level = round_to_step(state["first_price"] * (1 + step["at"]), rules["price_step"])
        reached = close <= level if step["at"] < 0 else close >= level
        if reached and not holds(state["scaled_in"], number):
            state["scaled_in"].append(number)
            total += step["size"]
    return total
