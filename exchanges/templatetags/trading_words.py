"""Orders and positions as tables write them."""

from __future__ import annotations

from decimal import ROUND_DOWN, Decimal
from typing import Any

from django import template
from django.utils.safestring import SafeString

from exchanges.core.order_types import all_order_types
from exchanges.models import Order
from foundation.edge.templatetags import fmt
from foundation.lib.decimals import plain

register = template.Library()
NONE = SafeString('<span class="muted" title="None is set">&ndash;</span>')


@register.filter
def type_words(key: str) -> str:
    """stop_loss -> stop, as the ticket calls it."""
    known = all_order_types().get(key)
    return known.name.lower() if known else key.replace("_", " ")


@register.filter
def filled_share(order: Order) -> Decimal:
    """How much of an order is filled, as a fraction."""
    share = Decimal(0)
    if order.quantity:
        share = order.filled_quantity / order.quantity
    elif order.amount_quote:
        share = order.filled_quote / order.amount_quote
    return share


@register.filter
def bare(value: Any) -> str:
    """A number for a field or a script: no grouping, every digit that matters, empty for none."""
    parsed = fmt.as_decimal(value)
    return "" if parsed is None else plain(parsed)


@register.filter
def level(value: Any, step: Any = None) -> SafeString | str:
    """A price that may not be set."""
    return NONE if value is None else fmt.price(value, step)


@register.filter
def at(words: dict[str, str], key: str) -> str:
    """What a table of words says of a key; the key itself where it says nothing."""
    return words.get(key, key.replace("_", " ").capitalize())


@register.filter
def holding(value: Any, asset: str = "") -> SafeString | str:
    """What a wallet holds, never more than that: two places of a currency, eight of a coin."""
    parsed = fmt.as_decimal(value)
    if parsed is None:
        return fmt.UNKNOWN
    places = 2 if asset in {"USDT", "USDC", "USD", "EUR"} else 8
    return fmt.grouped(parsed.quantize(Decimal(1).scaleb(-places), rounding=ROUND_DOWN), places)
