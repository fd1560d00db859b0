"""When what a stream told is too old to open a position on. Time is given, in ms of any clock that
only goes forward.

Each channel of each symbol is judged by itself: a book that stands still is no less dead because
candles arrive. What closes or protects a position never asks.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

# How long each channel may be silent. Quiet markets trade rarely, so trades and tickers
# may be silent longest;
# candles that nobody sends are asked for by REST after 90 s, and the answer counts as heard.
SILENCE_MS_MAX: Mapping[str, int] = {
    "ticker": 600_000,
    "book": 30_000,
    "candles": 100_000,
    "trades": 600_000,
}


@dataclass(slots=True)
class Watch:
    """When each (symbol, channel) was heard last. What is not expected is not judged."""

    silence_ms_max: Mapping[str, int] = field(default_factory=lambda: SILENCE_MS_MAX)
    heard_ms: dict[tuple[str, str], int] = field(default_factory=dict)

    def expect(self, symbol: str, channel: str, now_ms: int) -> None:
        """From now on it must be heard; its time begins to run."""
        assert channel in self.silence_ms_max, f"nobody said how long {channel} may be silent"
        self.heard_ms.setdefault((symbol, channel), now_ms)

    def hear(self, symbol: str, channel: str, now_ms: int) -> None:
        self.heard_ms[symbol, channel] = now_ms

    def forget(self, symbols: Iterable[str], channel: str) -> None:
        """The venue does not stream it."""
        for symbol in symbols:
            self.heard_ms.pop((symbol, channel), None)

    def stale(self, now_ms: int) -> dict[str, list[str]]:
        """symbol -> its channels that were silent for too long; fresh symbols are missing."""
        found: dict[str, list[str]] = {}
        for (symbol, channel), heard_ms in self.heard_ms.items():
            if now_ms - heard_ms > self.silence_ms_max[channel]:
                found.setdefault(symbol, []).append(channel)
        return found
