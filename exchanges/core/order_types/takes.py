"""Orders that wait until the price has come to where their owner wants to be paid."""

from __future__ import annotations

from exchanges.core.order_types.base import Trigger, order_type

TAKE_PROFIT = order_type(
    "take_profit",
    "Take profit",
    "a market order once the price has come to the trigger",
    needs="trigger_price",
    may="close_position",
    trigger=Trigger.TAKE,
)
TAKE_PROFIT_LIMIT = order_type(
    "take_profit_limit",
    "Take profit limit",
    "a limit order once the price has come to the trigger",
    needs="trigger_price price",
    trigger=Trigger.TAKE,
    rests=True,
)
