"""Profile and preferences."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from accounts.core.preferences import TIMEFRAMES, time_zones
from accounts.models import Preferences, User
from foundation.lib.errors import BadInput, FieldFault


def preferences_of(user: User) -> Preferences:
    """The user's preferences; the defaults, unsaved, if nothing was ever chosen."""
    return Preferences.objects.filter(user=user).first() or Preferences(user=user)


def set_preferences(
    *,
    user: User,
    theme: str | None = None,
    timeframe: str | None = None,
    time_zone: str | None = None,
    digest_hour: int | None = None,
    paper_first: bool | None = None,
) -> Preferences:
    """Change what is given, leave the rest; every fault is told at once."""
    given: dict[str, Any] = {"theme": theme, "timeframe": timeframe, "time_zone": time_zone}
    given |= {"digest_hour": digest_hour, "paper_first": paper_first}
    chosen = {name: value for name, value in given.items() if value is not None}
    possible: dict[str, Collection[Any]] = {
        "theme": Preferences.Theme.values,
        "timeframe": TIMEFRAMES,
        "time_zone": time_zones(),
        "digest_hour": range(24),
        "paper_first": (True, False),
    }
    faults = [
        FieldFault(name, "is not one of the possible values")
        for name, value in chosen.items()
        if value not in possible[name]
    ]
    if faults:
        raise BadInput("A preference has no such value.", faults)
    changed, _ = Preferences.objects.update_or_create(user=user, defaults=chosen)
    return changed
