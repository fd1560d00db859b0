"""What venues say of their markets today, written down when it differs from yesterday.

The record of changes (`RuleRecord`) is kept by the database itself. Fees are not taken over: they
depend on the account, and on the paper venue they are ours.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from exchanges.core.outcome_table import Action
from exchanges.core.outcomes import VenueFault
from exchanges.core.pacing import Priority
from exchanges.core.venue_filters import Filters
from exchanges.models import Market
from exchanges.services import market_tiers
from exchanges.venues import unified
from exchanges.venues.calling import Caller
from exchanges.venues.capabilities import all_venues
from exchanges.venues.connections import pacer_of, sessions_of
from exchanges.venues.limits import LOAD
from exchanges.venues.sessions import Sessions

log = logging.getLogger(__name__)

RULES = ("price_step", "amount_step", "amount_min", "notional_min")
Calling = Callable[[str], Caller]


def caller_of(venue: str) -> Caller:
    """Calls without keys."""
    return Caller(sessions_of(venue), None, pacer_of(venue))


def refresh_all(calling: Calling = caller_of) -> int:
    """Every venue of which a market is known; how many markets changed."""
    known = Market.objects.filter(is_simulated=False).values_list("venue", flat=True)
    return sum(
        refresh(venue=venue, calling=calling) for venue in sorted({*known} & {*all_venues()})
    )


def refresh(*, venue: str, calling: Calling = caller_of) -> int:
    """Ask one venue for its markets; how many of those known here changed. A fault changes none."""
    caller = calling(venue)
    caller.sessions.reload()
    try:
        caller.call(Action.QUERY, Priority.DATA, LOAD)
    except VenueFault as fault:
        log.warning("the markets of %s could not be read: %s", venue, fault.message)
        return 0
    rows = Market.objects.filter(venue=venue, is_simulated=False)
    changed = {row.pk for row in rows if _taken_over(row, caller.sessions)}
    return len(changed | market_tiers.refresh(venue=venue, caller=caller))


def _taken_over(row: Market, sessions: Sessions) -> bool:
    told = sessions.find(row.symbol)
    changes = _changes(row, told)
    if changes:
        for name, value in changes.items():
            setattr(row, name, value)
        row.save(update_fields=list(changes))
    return bool(changes)


def _changes(row: Market, told: dict[str, Any] | None) -> dict[str, Any]:
    """What differs; what the venue does not tell stays as it was."""
    if told is None:
        return {"is_active": False} if row.is_active else {}
    filters: Filters = unified.filters(told)
    found = {name: getattr(filters, name) for name in RULES}
    is_listed = told.get("active") is not False
    changed = {
        name: value
        for name, value in found.items()
        if value is not None and value != getattr(row, name)
    }
    return changed if row.is_active == is_listed else changed | {"is_active": is_listed}
