"""Profile and preferences."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from accounts.core import contacts
from accounts.core.preferences import TIMEFRAMES, time_zones
from accounts.models import Preferences, User
from foundation.lib.errors import BadInput, FieldFault

NAME_CHARS_MAX = 100


def set_profile(*, user: User, name: str | None = None, phone: str | None = None) -> User:
    """Change what is given, leave the rest; all faults are told at once. phone: E.164, "": none."""
    chosen: dict[str, str] = {}
    faults: list[FieldFault] = []
    if name is not None:
        chosen["name"] = name.strip()
        if not 1 <= len(chosen["name"]) <= NAME_CHARS_MAX or not chosen["name"].isprintable():
            words = f"must have 1 to {NAME_CHARS_MAX} characters that can be read"
            faults.append(FieldFault("name", words))
    if phone is not None:
        try:
            chosen["phone"] = contacts.clean_phone(phone)
        except ValueError as fault:
            faults.append(FieldFault("phone", str(fault)))
    if faults:
        raise BadInput("The profile has a fault.", faults)
    User.objects.filter(pk=user.pk).update(**chosen)
    user.refresh_from_db(fields=["name", "phone"])
    return user


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
