"""Preferences: how somebody likes to see things, and what forms begin with."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

from django.db import transaction

from accounts.core.preferences import OWN_CURRENCY, TIMEFRAMES, time_zones
from accounts.models import Preferences, User
from accounts.services import audit
from foundation.edge import languages
from foundation.lib.errors import BadInput, FieldFault
from foundation.lib.registry import Registry

# What a user may choose, of things that apps above have: "venue" and "currency" -> possible values.
OFFERS: Registry[Callable[[], Collection[str]]] = Registry("offer of a preference")
WORDS_SHOWN = 12
SHOWN = ("theme", "timeframe", "venue", "currency", "language", "time_zone")  # on one form


def of(user: Any) -> Preferences:
    """The user's preferences; the defaults, unsaved, if nothing was ever chosen."""
    found: Preferences | None = getattr(user, "preferences", None)  # read with a page's user
    return found or Preferences()


def offered(name: str) -> list[str]:
    """What "venue" or "currency" may be, in order, besides what is always possible."""
    return sorted(OFFERS[name]()) if name in OFFERS else []


def possible() -> dict[str, Collection[Any]]:
    """name -> every value that may be chosen now."""
    return {
        "theme": Preferences.Theme.values,
        "timeframe": TIMEFRAMES,
        "venue": ["", *offered("venue")],
        "currency": [OWN_CURRENCY, *offered("currency")],
        "language": list(languages.selectable()),
        "time_zone": {"", *time_zones()},
        "digest_hour": range(24),
        "paper_first": (True, False),
    }


def change(*, user: User, **given: Any) -> Preferences:
    """Change what is given (None: not given), leave the rest; every fault is told at once.

    Names: those of `possible`. What was chosen once and is not on offer now may stay as it is.
    """
    chosen = {name: value for name, value in given.items() if value is not None}
    may_be = possible()
    before = Preferences.objects.filter(user=user).values(*may_be).first() or {}
    faults = [
        FieldFault(name, _fault(may_be[name]))
        for name, value in chosen.items()
        if value not in may_be[name] and value != before.get(name)
    ]
    if faults:
        raise BadInput("A preference has no such value.", faults)
    user.preferences = _put(user, chosen)
    return user.preferences


@transaction.atomic
def _put(user: User, chosen: dict[str, Any]) -> Preferences:
    # Of two at once the second waits, so that what is written down as "before" is true.
    User.objects.select_for_update(no_key=True).get(pk=user.pk)
    was = of(User.objects.select_related("preferences").get(pk=user.pk))
    changed, _ = Preferences.objects.update_or_create(user=user, defaults=chosen)
    if changed.paper_first != was.paper_first:
        gate = [{"paper_first": one.paper_first} for one in (was, changed)]
        audit.record(user, "gate.changed", user, *gate)
    return changed


def _fault(values: Collection[Any]) -> str:
    if len(values) > WORDS_SHOWN or isinstance(values, range):
        return "is not one of the possible values"
    return f"must be one of {', '.join(str(one) or '(empty)' for one in values)}"
