"""Tags that render the partials of templates/_components: one tag, one partial, one CSS block."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django import template
from django.forms import BoundField
from django.http import HttpRequest
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()

# state: (tone, words). A badge never says by colour alone what it does not say in words.
STATES: Mapping[str, tuple[str, str]] = {
    "queued": ("", "Queued"),
    "running": ("busy", "Running"),
    "completed": ("good", "Completed"),
    "failed": ("bad", "Failed"),
    "cancelled": ("", "Cancelled"),
    "cancelling": ("warn", "Cancelling"),
    "created": ("", "Not started"),
    "starting": ("busy", "Starting"),
    "stopping": ("warn", "Stopping"),
    "stopped": ("", "Stopped"),
    "error": ("bad", "Error"),
    "paused": ("warn", "Paused"),
    "checking": ("busy", "Checking"),
    "working": ("good", "Working"),
    "refused": ("bad", "Refused"),
    "failing": ("warn", "Venue away"),
    "warning": ("warn", "Warning"),
    "heard": ("good", "Live"),
    "partly": ("warn", "Partly silent"),
    "silent": ("bad", "Silent"),
    "unheard": ("bad", "Not heard from"),
    "pending": ("", "Pending"),
    "open": ("busy", "Open"),
    "filled": ("good", "Filled"),
    "rejected": ("bad", "Rejected"),
    "simulated": ("simulated plain", "Simulated"),
    "paper": ("paper plain", "Paper"),
    "live": ("live plain", "Live"),
}


@register.simple_tag
def icon(name: str) -> SafeString:
    """A decorative icon; what it means is said by the words beside it."""
    return format_html(
        '<svg class="icon" aria-hidden="true"><use href="{}#{}"></use></svg>',
        static("vendor/icons.svg"),
        name,
    )


@register.inclusion_tag("_components/badge.html")
def badge(state: str, words: str = "") -> dict[str, str]:
    tone, text = STATES.get(state, ("", state.replace("_", " ").capitalize()))
    return {"tone": tone, "words": words or text, "state": state}


@register.inclusion_tag("_components/field.html")
def field(bound: BoundField, unit: str = "", term: str = "") -> dict[str, Any]:
    """A form row. The widget gets its class, and points at its help and its error."""
    widget = bound.field.widget
    kind = getattr(widget, "input_type", "")
    base = {"select": "select", "textarea": "area"}.get(kind or "textarea", "input")
    described = [f"{bound.id_for_label}-help"] if bound.help_text else []
    attributes: dict[str, Any] = {"class": f"{base} {widget.attrs.get('class', '')}".strip()}
    if bound.errors:
        described.append(f"{bound.id_for_label}-error")
        attributes["aria-invalid"] = "true"
    if described:
        attributes["aria-describedby"] = " ".join(described)
    return {
        "bound": bound,
        "control": bound.as_widget(attrs=attributes),
        "unit": unit,
        "term": term,
    }


@register.inclusion_tag("_components/spark.html")
def spark(values: Sequence[float], label: str = "") -> dict[str, Any]:
    """A line without axes, 88 x 28; coloured by whether it ended above where it began."""
    points = [float(value) for value in values]
    if len(points) < 2:
        return {"path": "", "label": label}
    low, high = min(points), max(points)
    height, width = (high - low) or 1.0, 88 / (len(points) - 1)
    path = "L".join(
        f"{i * width:.1f} {27 - (value - low) / height * 26:.1f}" for i, value in enumerate(points)
    )
    tone = "gain" if points[-1] > points[0] else "loss" if points[-1] < points[0] else ""
    return {"path": "M" + path, "tone": tone, "label": label}


@register.inclusion_tag("_components/gauge.html")
def gauge(value: Any, low: float = -1.0, high: float = 1.0) -> dict[str, Any]:
    """A bar from zero (or from `low`, where that is above it) to the value, 60 x 6; the number
    itself stands beside it."""
    if value is None:
        return {"width": 0}
    zero = min(max(0.0, low), high)
    ends = sorted((zero, min(max(float(value), low), high)))
    start, end = ((one - low) / (high - low) * 60 for one in ends)
    tone = "" if low >= 0 else "gain" if value > 0 else "loss"
    middle = f"{(zero - low) / (high - low) * 60:.1f}" if low < 0 else ""
    shown = {"x": f"{start:.1f}", "width": f"{end - start:.1f}", "tone": tone, "middle": middle}
    return shown


@register.simple_tag(takes_context=True)
def query(context: Mapping[str, Any], **changes: Any) -> str:
    """This page's query string with some values changed; an empty value drops its key."""
    request: HttpRequest = context["request"]
    values = request.GET.copy()
    for key, value in changes.items():
        if value in (None, ""):
            values.pop(key, None)
        else:
            values[key] = str(value)
    return "?" + values.urlencode()


@register.inclusion_tag("_components/sort.html", takes_context=True)
def sort(context: Mapping[str, Any], key: str, label: str) -> dict[str, Any]:
    """A column head that sorts by a link: first down, then up."""
    now = context.get("ordering", "")
    return {
        "label": label,
        "alone": context.get("alone", False),
        "href": query(context, sort=key if now == f"-{key}" else f"-{key}", page="", trade=""),
        "direction": "descending" if now == f"-{key}" else "ascending" if now == key else "",
    }


@register.inclusion_tag("_components/pagination.html", takes_context=True)
def pagination(context: Mapping[str, Any], page: Any) -> dict[str, Any]:
    return {
        "page": page,
        "request": context["request"],
        "alone": context.get("alone", False),
    }


@register.filter
def joined(values: Iterable[Any], separator: str = ", ") -> str:
    return separator.join(str(value) for value in values)


@register.filter
def words(text: str) -> list[str]:
    """A written-out list to loop over: "300 1000" -> two items."""
    return text.split()
