"""Orders and positions as tables write them."""

from __future__ import annotations

from decimal import ROUND_DOWN, Decimal
from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from exchanges.core.order_types import all_order_types
from exchanges.models import Order
from exchanges.selectors.currencies import Shown
from foundation.edge.templatetags import fmt
from foundation.lib import decimals
from foundation.lib.decimals import plain

register = template.Library()
FIAT = {"USDT", "USDC", "USD", "EUR"}
COIN_PLACES_LEAST, COIN_PLACES = 4, 8
NONE = SafeString('<span class="muted" title="None is set">&ndash;</span>')


@register.filter
def valued(value: Any, shown: Shown) -> SafeString:
    """An amount of QUOTE in the reader's currency: {{ portfolio.total|valued:shown }}."""
    return fmt.money(shown.of(fmt.as_decimal(value)), shown.currency)


@register.filter
def gained(value: Decimal | None, shown: Shown) -> SafeString:
    """The same of what was earned or lost: signed and coloured."""
    return fmt.profit(shown.of(value), shown.currency)


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
    """What a wallet holds, never more than that: two places of a currency, four to eight of a
    coin."""
    parsed = fmt.as_decimal(value)
    return fmt.UNKNOWN if parsed is None else _held(parsed, asset, sign=False)


@register.filter
def moved(value: Any, asset: str = "") -> SafeString | str:
    """What a wallet got (+) or gave (-), with its asset, as exactly as `holding`."""
    parsed = fmt.as_decimal(value)
    if parsed is None:
        return fmt.UNKNOWN
    text = _held(parsed, asset, sign=True)
    unit = f"{fmt.NARROW}{asset}" if asset else ""
    return format_html(
        '<span class="{}">{}<span class="asset">{}</span></span>', fmt.tone(parsed), text, unit
    )


def _held(value: Decimal, asset: str, *, sign: bool) -> str:
    most = 2 if asset in FIAT else COIN_PLACES
    rounded = value.quantize(Decimal(1).scaleb(-most), rounding=ROUND_DOWN)
    needed = max(COIN_PLACES_LEAST, decimals.places_of(rounded)) if most > 2 else most
    return fmt.grouped(rounded, needed, sign)
