"""Orders that wait until the price has come against their owner."""

from __future__ import annotations

from exchanges.core.order_types.base import Trigger, order_type

STOP_LOSS = order_type(
    "stop_loss",
    "Stop",
    "a market order once the price has come to the trigger",
    needs="trigger_price",
    may="close_position",
    trigger=Trigger.STOP,
)
STOP_LIMIT = order_type(
    "stop_limit",
    "Stop limit",
    "a limit order once the price has come to the trigger",
    needs="trigger_price price",
    trigger=Trigger.STOP,
    rests=True,
)
TRAILING_STOP = order_type(
    "trailing_stop",
    "Trailing stop",
    "a stop that follows the best price at a distance",
    needs="callback_rate",
    may="activation_price",
    trigger=Trigger.TRAIL,
)
