"""What time it is on a venue: a replay, or a simulated market, has a clock of its own."""

from __future__ import annotations

from django.conf import settings

from exchanges.selectors import live
from foundation.lib import clock


def speed_of(venue: str) -> float:
    """Times real time: a replay or a simulated market may run faster than the clock."""
    is_own = venue == settings.FEED_VENUE
    return float(settings.FEED_SPEED) if is_own and settings.FEED_SPEED > 0 else 1.0


def now_ms(venue: str) -> int:
    """The market's time now; ours where its feed is silent."""
    now, beat = clock.now_ms(), live.heartbeat(venue)
    if beat is None or beat.is_stale:
        return now
    return round(beat.market_ms + (now - beat.at_ms) * speed_of(venue))
