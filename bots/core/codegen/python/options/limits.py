"""How much an entry takes, and what keeps entries back after bad trades."""

import math

from bots.core.codegen.python.strategy import TIMEFRAME
from bots.core.codegen.python.trading.series import timeframe_ms

STOPS = ["stop_loss", "trailing_stop"]


def holds(values, wanted):
    """Whether a value is among these."""
    found = False
    for value in values:
        found = found or value == wanted
    return found


def kelly(returns):
    """Kelly's fraction of closed trades: share of winners less that of losers over their ratio."""
    wins = 0
    won = 0.0
    lost = 0.0
    for one in returns:
        if one > 0:
            wins += 1
            won += one
        else:
            lost -= one
    if wins == 0:
        return -1.0
    share = wins / len(returns)
    if lost == 0:
        return share
    balance = (won / wins) / (lost / (len(returns) - wins))
    return max(share - (1 - share) / balance, -1.0)


def yearly_deviation(closes, window):
    """Sample deviation of the last returns for a year; -1 while there are fewer."""
    if len(closes) <= window:
        return -1.0
    first = len(closes) - window
    returns = [closes[first + k] / closes[first + k - 1] - 1 for k in range(window)]
    mean = 0.0
    for one in returns:
        mean += one
    mean = mean / window
    squares = 0.0
    for one in returns:
        squares += (one - mean) * (one - mean)
    return math.sqrt(squares / (window - 1)) * math.sqrt(31536000000 / timeframe_ms(TIMEFRAME))


def sized_notional(state, risk):
    """[what the sizing asks for, None for any; refusal]."""
    how = risk["sizing"]
    if how is None:
        return [None, ""]
    worth = state["worth"]
    if how["method"] == "fixed_fraction":
        return [worth * how["risk"] / risk["stop_loss"], ""]
    if how["method"] == "volatility_target":
        moves = yearly_deviation(state["closes"], how["window"])
        if moves < 0:
            return [0.0, "no_volatility"]
        return [None if moves == 0 else worth * how["volatility"] / moves, ""]
    stake = risk["max_position_size"] * how["cap"]
    trades = state["trades"]
    if len(trades) >= how["window"]:
        recent = [trade["return"] for trade in trades[-(how["window"]) :]]
        stake = min(how["fraction"] * kelly(recent), how["cap"])
    return [worth * stake, "no_edge" if stake <= 0 else ""]


def is_locked(state, time):
    """Whether a protection lets nobody enter now."""
    return time < state["locked_ms"]


def look_back(state, risk):
    """Keep entries back where the trades closed since the last look call for it."""
    for number in range(state["looked_at"], len(state["trades"])):
        past = state["trades"][: number + 1]
        closed_ms = past[number]["exit_time"]
        for one in risk["protections"]:
            span = timeframe_ms(TIMEFRAME)
            since = closed_ms - one["lookback_candles"] * span
            recent = [trade for trade in past if trade["exit_time"] > since]
            if is_triggered(one, recent):
                until = closed_ms + one["stop_candles"] * span
                state["locked_ms"] = max(state["locked_ms"], until)
    state["looked_at"] = len(state["trades"])


def is_triggered(one, recent):
    """Whether these closed trades set a protection off."""
    if one["type"] == "stoploss_guard":
        bound = one["required_profit"]
        stops = [
            trade
            for trade in recent
            if holds(STOPS, trade["exit_reason"]) and trade["return"] < bound
        ]
        return len(stops) >= one["trade_limit"]
    if len(recent) < one["trade_limit"]:
        return False
    total = 0.0
    peak = 0.0
    fall = 0.0
    for trade in recent:
        total += trade["return"]
        peak = max(peak, total)
        fall = max(fall, peak - total)
    if one["type"] == "low_profit":
        return total < one["required_profit"]
    return fall > one["max_drawdown"]
