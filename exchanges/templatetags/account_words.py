"""Words for exchange accounts and the uses of their keys."""

from __future__ import annotations

from django import template

from exchanges.venues.capabilities import Trading, all_venues
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
def told_at_once(venue: str) -> list[str]:
    """What the venue's own stream tells of an account."""
    trading = _trading(venue)
    return [one for one in _things(trading) if trading and one in trading.streams]


@register.filter
def asked_at_once(venue: str) -> list[str]:
    """What is asked for when the stream says that something changed."""
    trading = _trading(venue)
    stirred = trading.stirs if trading else frozenset()
    # News of orders bring their fills along, which the stream leaves out.
    stirred |= {"fills"} if trading and "orders" in trading.streams | trading.stirs else set()
    told = told_at_once(venue)
    return [one for one in _things(trading) if one in stirred and one not in told]


@register.filter
def asked_for(venue: str) -> list[str]:
    """What is asked for after each fill, and once a minute."""
    heard = {*told_at_once(venue), *asked_at_once(venue)}
    return [one for one in _things(_trading(venue)) if one not in heard]


@register.filter
def stop_words(venue: str) -> str:
    """Where the stop and the target of a bot's coins are kept."""
    trading, name = _trading(venue), venue_name(venue)
    if trading is not None and trading.oco == "native":
        return f"one order at {name}: one trades, the other is gone"
    if trading is not None and trading.keeps_spot_stops:
        return f"a stop at {name}; the target is watched from here"
    return "both are watched from here"


def _trading(venue: str) -> Trading | None:
    known = all_venues()
    return known[venue].trading if venue in known else None


def _things(trading: Trading | None) -> list[str]:
    has_positions = trading is None or trading.positions
    return ["orders", "fills", "balances"] + (["positions"] if has_positions else [])


@register.filter
def use_words(purpose: str) -> str:
    return USE_WORDS.get(purpose, purpose)
