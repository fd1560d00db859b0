"""Asking venues for their time, so that what we sign is within their window."""

from __future__ import annotations

import logging

from exchanges.core.outcomes import VenueFault
from exchanges.core.pacing import Priority
from exchanges.venues import venue_clock
from exchanges.venues.ccxt_venue import CcxtData
from exchanges.venues.pacer import RedisPacer
from exchanges.venues.venue_clock import Offset
from foundation.lib.errors import AppError

log = logging.getLogger(__name__)


def measure(venue: str, data: CcxtData | None = None) -> Offset:
    """Ask and keep; within the venue's limits. TryLater or VenueFault if it cannot be asked."""
    pacer, asked = RedisPacer(venue), data or CcxtData(venue)

    def fetch() -> int:
        pacer.take("", 1, Priority.OPEN)  # without the time no order is taken
        return asked.asked_ms()

    try:
        return venue_clock.measure(venue, fetch)
    except VenueFault:
        raise
    except AppError as fault:
        log.warning("%s: its clock was not measured: %s", venue, fault.message)
        raise


def measure_asked() -> int:
    """Every venue that calls were signed for lately and whose measure is missing or old; how many
    were measured."""
    measured = 0
    for venue in venue_clock.asked_for():
        known = venue_clock.last(venue)
        if known is not None and not known.is_old:
            continue
        try:
            measure(venue)
            measured += 1
        except AppError as fault:
            log.error("%s: its clock is not known: %s", venue, fault.message)
    return measured
