"""What templates of searches need beyond the common filters."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import template

from backtesting.models import Trial

register = template.Library()


@register.filter
def values_of(trial: Trial, names: Sequence[str]) -> list[dict[str, Any]]:
    """A trial's parameters in the order of the columns."""
    return [{"name": name, "value": trial.values[name]} for name in names]
