"""Numbers and times as people read them: grouped, signed, with a unit, a dash where unknown."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation
from typing import Any

from django import template
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from foundation.lib import clock, decimals

register = template.Library()

NARROW = "\u202f"  # narrow no-break space: a unit never wraps away from its number
MINUS = "\u2212"
UNKNOWN = SafeString('<span class="muted" title="Not known yet">&ndash;</span>')


def as_decimal(value: Any) -> Decimal | None:
    """A finite number, or None for everything that is not one."""
    if value is None or value == "" or isinstance(value, bool):
        return None
    try:
        parsed = value if isinstance(value, Decimal) else Decimal(str(value))
    except InvalidOperation:
        return None
    return parsed if parsed.is_finite() else None


def places_of(step: Any) -> int | None:
    """Decimal places of a market's step: 0.010 has two."""
    parsed = as_decimal(step)
    return None if parsed is None or parsed <= 0 else decimals.places_of(parsed)


def natural_places(value: Decimal) -> int:
    """Without a market's step: two places for large numbers, five digits that matter for small."""
    size = abs(value)
    if size == 0 or size >= 1000:
        return 2
    return min(10, max(2, 4 - math.floor(math.log10(size))))


def grouped(value: Decimal, places: int, sign: bool = False) -> str:
    """1234.5 -> 1,234.50, with a true minus; a rounded zero has no sign."""
    rounded = value.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_EVEN)
    text = f"{abs(rounded):,.{places}f}"
    if rounded < 0:
        return MINUS + text
    return "+" + text if sign and rounded > 0 else text


def tone(value: Decimal | None) -> str:
    return "" if not value else "gain" if value > 0 else "loss"


@register.filter
def number(value: Any, places: int | None = None) -> SafeString | str:
    """A plain figure: {{ count|number:0 }}."""
    parsed = as_decimal(value)
    if parsed is None:
        return UNKNOWN
    return grouped(parsed, natural_places(parsed) if places is None else int(places))


@register.filter
def price(value: Any, step: Any = None) -> SafeString | str:
    """A price in its market's precision: {{ trade.price|price:market.price_step }}."""
    parsed = as_decimal(value)
    if parsed is None:
        return UNKNOWN
    places = places_of(step)
    return grouped(parsed, natural_places(parsed) if places is None else places)


@register.filter
def amount(value: Any, step: Any = None) -> SafeString | str:
    """A quantity of a coin. Whole coins have no places, where they are all that is traded."""
    parsed = as_decimal(value)
    if parsed is None:
        return UNKNOWN
    is_whole = not places_of(step) and parsed == parsed.to_integral_value()
    return grouped(parsed, 0 if is_whole else natural_places(parsed))


@register.filter
def money(value: Any, asset: str = "") -> SafeString:
    """An amount with its asset after it: 1,234.50 USDT."""
    return _with_asset(value, asset, sign=False)


@register.filter
def profit(value: Any, asset: str = "") -> SafeString:
    """Money earned or lost: signed and coloured, the sign never left to the colour."""
    parsed = as_decimal(value)
    return format_html('<span class="{}">{}</span>', tone(parsed), _with_asset(value, asset, True))


def _with_asset(value: Any, asset: str, sign: bool) -> SafeString:
    parsed = as_decimal(value)
    if parsed is None:
        return UNKNOWN
    fiat = asset in {"", "USDT", "USDC", "USD", "EUR"}
    text = grouped(parsed, 2 if fiat else natural_places(parsed), sign)
    return format_html('{}<span class="asset">{}{}</span>', text, NARROW if asset else "", asset)


@register.filter
def percent(value: Any, places: int = 2) -> SafeString | str:
    """A fraction as percent without a sign for gains: 0.1234 -> 12.34 %."""
    parsed = as_decimal(value)
    return UNKNOWN if parsed is None else grouped(parsed * 100, int(places)) + NARROW + "%"


@register.filter
def change(value: Any, places: int = 2) -> SafeString:
    """A fraction as a change: arrow, sign by word and colour. 0.008 -> ▲ 0.80 %, 0 -> 0.00 %."""
    parsed = as_decimal(value)
    if parsed is None:
        return UNKNOWN
    text = grouped(abs(parsed) * 100, int(places))
    if not round(parsed * 100, int(places)):
        return format_html('<span class="nowrap">{}{}%</span>', text, NARROW)
    arrow, label = ("▲", "up") if parsed > 0 else ("▼", "down")
    return format_html(
        '<span class="{} nowrap"><span aria-hidden="true">{}</span>'
        '<span class="visually-hidden">{}</span>{}{}{}%</span>',
        tone(parsed), arrow, label, NARROW, text, NARROW,
    )  # fmt: skip


def as_datetime(value: Any) -> datetime | None:
    """A moment from a datetime or from milliseconds since 1970."""
    if isinstance(value, datetime):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return datetime.fromtimestamp(value / 1000, tz=UTC)
    return None


@register.filter
def moment(value: Any, precision: str = "minutes") -> SafeString:
    """An absolute time in the reader's zone: 21 Nov 03:46, with its year if that is over."""
    then = as_datetime(value)
    if then is None:
        return UNKNOWN
    local = timezone.localtime(then)
    is_this_year = local.year == timezone.localtime(clock.now()).year
    day = "%-d %b" if is_this_year and precision != "days" else "%-d %b %Y"
    pattern = {"days": day, "seconds": f"{day} %H:%M:%S"}.get(precision, f"{day} %H:%M")
    return format_html(
        '<time class="nowrap" datetime="{}" title="{}">{}</time>',
        then.isoformat(), local.strftime("%-d %b %Y %H:%M:%S %Z"), local.strftime(pattern),
    )  # fmt: skip


@register.filter
def ago(value: Any) -> SafeString:
    """A relative time that scripts keep fresh; the absolute one on hover."""
    then = as_datetime(value)
    if then is None:
        return UNKNOWN
    local = timezone.localtime(then)
    seconds = (clock.now() - then).total_seconds()
    return format_html(
        '<time class="nowrap" datetime="{}" title="{}" data-ago>{}</time>',
        then.isoformat(), local.strftime("%-d %b %Y %H:%M:%S %Z"), ago_words(seconds, local),
    )  # fmt: skip


def ago_words(seconds: float, then: datetime) -> str:
    if seconds < 0:
        return "in " + span_words(-seconds)
    if seconds >= 7 * 86400:
        return then.strftime("%-d %b %Y")
    return "just now" if seconds < 5 else span_words(seconds) + " ago"


def span_words(seconds: float) -> str:
    """The largest unit that fits, whole: 90 -> 1 min."""
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= size:
            return f"{int(seconds // size)}{NARROW}{unit}"
    return f"{int(seconds)}{NARROW}s"


@register.filter
def duration(milliseconds: Any) -> SafeString | str:
    """A length of time in its two largest units: 90,061,000 -> 1 d 1 h."""
    parsed = as_decimal(milliseconds)
    if parsed is None:
        return UNKNOWN
    seconds, parts = int(parsed) // 1000, []
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min"), (1, "s")):
        if seconds >= size:
            parts.append(f"{seconds // size}{NARROW}{unit}")
            seconds %= size
    return " ".join(parts[:2]) or f"0{NARROW}s"


@register.filter
def dashed(symbol: str) -> str:
    """A symbol as it stands in a URL: BTC/USDT -> BTC-USDT."""
    return symbol.replace("/", "-")


@register.filter
def signed_percent(value: Any) -> str:
    """For places where only text may stand, such as an SVG: +1.2 %, or nothing."""
    parsed = as_decimal(value)
    return "" if parsed is None else grouped(parsed * 100, 1, sign=True) + NARROW + "%"


@register.filter
def cut_words(key: str) -> str:
    """A key as words: stop_loss -> Stop loss."""
    return key.replace("_", " ").capitalize()


@register.filter
def until(start: Any, end: Any) -> SafeString:
    """A range of days without saying the year twice: 16 Mar - 1 May 2023."""
    first, last = as_datetime(start), as_datetime(end)
    if first is None or last is None:
        return UNKNOWN
    first, last = timezone.localtime(first), timezone.localtime(last)
    pattern = "%-d %b" if first.year == last.year else "%-d %b %Y"
    return format_html(
        '<span class="nowrap" title="{} to {}">{} &ndash; {}</span>',
        first.strftime("%-d %b %Y %H:%M %Z"), last.strftime("%-d %b %Y %H:%M %Z"),
        first.strftime(pattern), last.strftime("%-d %b %Y"),
    )  # fmt: skip


@register.filter
def places(step: Any) -> int | None:
    """Decimal places of a step, for scripts that write prices."""
    return places_of(step)


@register.filter
def base(symbol: str) -> str:
    """BTC/USDT -> BTC."""
    return symbol.partition("/")[0]


@register.filter
def quote_of(symbol: str) -> str:
    """The quote currency: USDT of BTC/USDT."""
    return symbol.partition("/")[2].partition(":")[0]


@register.filter
def clock_time(milliseconds: Any) -> str:
    """Hours, minutes and seconds in the reader's zone."""
    then = as_datetime(milliseconds)
    return timezone.localtime(then).strftime("%H:%M:%S") if then else ""


@register.filter
def minus(value: Any, other: Any) -> Decimal | None:
    """A difference, unknown where either side is."""
    first, second = as_decimal(value), as_decimal(other)
    return None if first is None or second is None else first - second


@register.filter
def told(values: Any) -> str:
    """Names and values in one line: {"paths": 50, "delays": [0, 1]} -> paths 50, delays 0 1."""
    if not isinstance(values, Mapping):
        return ""
    shown = {str(name).replace("_", " "): one for name, one in values.items() if one != []}
    return ", ".join(f"{name} {_told(one)}" for name, one in shown.items())


def _told(value: Any) -> str:
    if isinstance(value, list):
        return " ".join(map(_told, value))
    return f"{value:.10g}" if isinstance(value, float) else str(value)
