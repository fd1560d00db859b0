"""Words for exchange accounts and the uses of their keys."""

from __future__ import annotations

from django import template

from exchanges.venues.key_shapes import KEY_SHAPES

register = template.Library()

USE_WORDS = {
    "add": "Connected",
    "change": "Name or limits changed",
    "replace": "Keys replaced",
    "check": "Checked",
    "account": "Balances and positions read",
    "orders": "Orders read",
    "history": "Trades read",
    "stream": "Stream opened",
    "order": "Order sent",
    "cancel": "Order cancelled",
    "settings": "Leverage or margin set",
}


@register.filter
def venue_name(venue: str) -> str:
    return KEY_SHAPES[venue].name if venue in KEY_SHAPES else venue


@register.filter
def use_words(purpose: str) -> str:
    return USE_WORDS.get(purpose, purpose)
