"""The performance so far, in numbers and in words."""


def performance(state):
    """Figures of the closed trades and of the money; none where a figure has no value."""
    trades = state["trades"]
    won = [trade["pnl"] for trade in trades if trade["pnl"] > 0]
    lost = [trade["pnl"] for trade in trades if trade["pnl"] < 0]
    equity = state["cash"] + state["quantity"] * state["last_price"]
    gained = total_of(won)
    given = -total_of(lost)
    return {
        "trades": len(trades),
        "win_rate": len(won) / len(trades) if len(trades) > 0 else None,
        "profit_factor": gained / given if given > 0 else None,
        "realised": total_of([trade["pnl"] for trade in trades]),
        "fees": total_of([trade["fees"] for trade in trades]),
        "equity": equity,
        "total_return": equity / state["start_cash"] - 1 if state["start_cash"] > 0 else None,
        "max_drawdown": -state["drawdown"],
        "position": state["quantity"],
    }


def total_of(values):
    """Sum of the values."""
    total = 0.0
    for value in values:
        total += value
    return total
