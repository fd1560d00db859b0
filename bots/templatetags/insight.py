"""Figures of markets as tables write them: in their unit, with the reason where unknown."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import template
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from bots.core.insight import FIGURES
from foundation.edge.templatetags import fmt
from foundation.edge.templatetags.fmt import NARROW

register = template.Library()

TIMES = "\u00d7"
LARGE = ((1e12, "T"), (1e9, "B"), (1e6, "M"), (1e3, "k"))
# Where more or fewer places say more than two: fractions of a price are small.
PLACES = {"book_spread": 3, "funding_rate": 4, "basis": 3, "venue_spread": 3}
SIGNS = {
    "times": TIMES, "ratio": "", "percentile": "", "percent_per_million": f"{NARROW}%/M",
}  # fmt: skip
SIGNED = {"basis", "venue_spread", "funding_rate", "trend_strength", "trend_slope"}
REGIMES = {"low": ("", "Low"), "normal": ("", "Normal"), "high": ("warn", "High")}


@register.simple_tag
def figure(figures: Mapping[str, Any], key: str) -> SafeString | str:
    """One figure in its unit; where it is unknown a dash that says what it needs."""
    value = fmt.as_decimal(figures.get(key))
    if value is None:
        needs = FIGURES[key].needs
        return format_html('<span class="muted" title="Unknown: needs {}">&ndash;</span>', needs)
    if key.startswith("change"):
        return fmt.change(value)
    unit, is_signed = FIGURES[key].unit, key in SIGNED
    if unit == "fraction":
        return fmt.grouped(value * 100, PLACES.get(key, 2), is_signed) + NARROW + "%"
    if unit == "dollars":
        return compact(value)
    places = 0 if unit == "percentile" else 2
    text = fmt.grouped(value, places, is_signed)
    if unit == "percent_per_million":
        text = fmt.grouped(value, max(0, fmt.natural_places(value) - 2))
    return text + SIGNS.get(unit, NARROW + "%")


@register.simple_tag
def figure_line(figures: Mapping[str, Any], key: str, words: str) -> SafeString:
    """A second figure beneath a first, its words a link to the formula; nothing where unknown."""
    if figures.get(key) is None:
        return SafeString("")
    link = f"{reverse('insight')}#{FIGURES[key].anchor}"
    text, about = figure(figures, key), FIGURES[key].doc
    return format_html(
        '{} <a class="above muted figure-help" href="{}" title="{}">{}</a>',
        text, link, about, words,
    )  # fmt: skip


@register.filter
def compact(value: Any) -> SafeString | str:
    """A large amount in three digits that matter: 1,234,567 -> 1.23 M."""
    parsed = fmt.as_decimal(value)
    if parsed is None:
        return fmt.UNKNOWN
    size = abs(parsed)
    scale, letter = next((each for each in LARGE if size >= each[0]), (1.0, ""))
    short = parsed / int(scale)
    places = 2 if abs(short) < 10 else 1 if abs(short) < 100 else 0
    return fmt.grouped(short, places) + (NARROW + letter if letter else "")


@register.inclusion_tag("bots/_figure_help.html")
def figure_help(key: str) -> dict[str, Any]:
    """A small link from a head to the figure's formula, which it also shows on hover."""
    return {"figure": FIGURES[key]}


@register.inclusion_tag("_components/badge.html")
def regime_badge(words: str) -> dict[str, str]:
    """The volatility regime in words."""
    tone, text = REGIMES[words]
    return {"tone": f"{tone} plain".strip(), "words": text, "state": words}
