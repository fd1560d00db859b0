"""Whether a close of a run could open anything, as it was noted there."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass

from bots.models import BotHold, BotRun


@dataclass(frozen=True, slots=True)
class Holds:
    """Spans of closes, by the open time of their candles, in order."""

    spans: tuple[tuple[int, int, str], ...]

    def at(self, time_ms: int) -> str:
        """Why nothing could be opened at the close of this candle, "" if it could."""
        number = bisect_right(self.spans, time_ms, key=lambda span: span[0]) - 1
        if number < 0 or self.spans[number][1] < time_ms:
            return ""
        return self.spans[number][2]

    def among(self, times: Iterable[int]) -> list[int]:
        """Those of these candles at whose close nothing could be opened."""
        return [time_ms for time_ms in times if self.at(time_ms)] if self.spans else []


def of_run(run: BotRun) -> Holds:
    rows = BotHold.objects.filter(run=run).order_by("from_ms")
    return Holds(tuple(rows.values_list("from_ms", "until_ms", "why")))
