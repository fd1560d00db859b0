"""Which price feeds there should be, and how they are: for those who run the place."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from exchanges.selectors import live
from exchanges.selectors.live import Heartbeat
from exchanges.venues.capabilities import name_of

SILENT_SHOWN = 6


@dataclass(frozen=True, slots=True)
class Feed:
    """beat: its last sign of life; None: it was never heard from, or Redis has forgotten it."""

    venue: str
    beat: Heartbeat | None

    @property
    def name(self) -> str:
        return name_of(self.venue)

    @property
    def state(self) -> str:
        """unheard, silent, partly (some channels are silent) or heard."""
        if self.beat is None:
            return "unheard"
        if self.beat.is_stale:
            return "silent"
        return "partly" if self.beat.stale else "heard"

    @property
    def silent(self) -> list[tuple[str, str]]:
        """Markets with silent channels, the first few: (symbol, channels)."""
        stale = self.beat.stale if self.beat else {}
        return [(name, ", ".join(stale[name])) for name in sorted(stale)][:SILENT_SHOWN]

    @property
    def silent_more(self) -> int:
        """How many more there are."""
        return len(self.beat.stale) - len(self.silent) if self.beat else 0


def feeds(venues: Iterable[str]) -> list[Feed]:
    """The configured feed first, whether or not it ever told anything; then whichever others of
    these venues were heard."""
    own = live.configured_venue()
    others = (Feed(venue, live.heartbeat(venue)) for venue in sorted({*venues} - {own}))
    return [Feed(own, live.heartbeat(own)), *(feed for feed in others if feed.beat is not None)]
