"""What may keep a bot from an order that it wants, in words."""

from __future__ import annotations

from bots.core.strategy.sizing import SKIP_REASONS

WORDS = {
    "cooldown": "It waits after its last exit, as its rules say.",
    "max_open_positions": "It holds as many positions as its rules allow.",
    "protection": "A protection of its rules lets nothing be opened now.",
    "paused": "Its owner has paused it.",
    "stale": "The prices are stale: the feed is silent.",
    "no_cash": "There is no money left.",
    "below_minimum": "Less than the market's smallest order.",
    "max_drawdown": "The drawdown limit was reached: it opens nothing any more.",
    "pending": "An order is on its way already.",
    "refused": "The order was refused.",
    "late": "The decision came too late after the close.",
    "error": "The candle could not be worked off.",
    "no_volume": "The candle's volume left no room for it.",
    "no_edge": "Its finished trades show no edge to bet on.",
    "no_volatility": "The volatility that its size depends on is not known yet.",
}
_MINIMUMS = ("below_minimum_amount", "below_minimum_notional")


def code_of_skip(detail: str) -> str:
    """The code of what the venue said of an order that bought nothing."""
    if detail in _MINIMUMS:
        return "below_minimum"
    return detail if detail in WORDS else "refused"


def code_of_refusal(refusal: int) -> str:
    """Of a skip reason of `sizing`; "refused" of 0."""
    return code_of_skip(SKIP_REASONS[refusal])
