"""All executions of an account since a moment, page by page, however its venue lists them.

Pure: it says what to ask and is told the answer. Venues list oldest or newest first, some within
spans of days only, and none says that a page was not all: a full one has more behind it.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

DAY_MS = 86_400_000
PAGES_PER_SPAN_MAX = 100  # a span with more is halved, so that what is done stays done
SPAN_MS_MIN = 1

Row = Mapping[str, Any]
Steps = Generator["Ask", Sequence[Row], None]


@dataclass(frozen=True, slots=True)
class Listing:
    """How a venue lists executions.

    by: how one goes on: "id" (oldest first, after the last id), "offset" (oldest first), "skip"
    (newest first, by offset), "cursor" (that one row's `field` holds, of what the venue said),
    "before" (newest first, before the least number under `field`), "until" (newest first, before
    the oldest time), "split" (order unknown: a full span is halved).
    parameter: that carries it. page: rows of a full one. span_ms: the longest that may be asked
    for; 0: any. reach_ms: older ones are not told; 0: no bound. sends_page: whether the size is
    asked for. of_all_markets: the list cannot be narrowed to one.
    """

    by: Literal["id", "offset", "skip", "cursor", "before", "until", "split"] = "split"
    parameter: str = "until"
    field: str = ""
    page: int = 100
    span_ms: int = 0
    reach_ms: int = 0
    sends_page: bool = True
    of_all_markets: bool = False


@dataclass(frozen=True, slots=True)
class Ask:
    """One request: ccxt's since and limit, and params."""

    since_ms: int | None
    limit: int | None
    params: dict[str, Any] = field(default_factory=dict)


class TradeWalk:
    """`ask` says what to ask next, None at the end; `told` takes the rows, as ccxt made them.

    complete_ms: up to here everything was told; None: nothing yet. since_ms None: the newest page.
    """

    def __init__(self, listing: Listing, since_ms: int | None, now_ms: int) -> None:
        self.listing, self.now_ms = listing, now_ms
        self.complete_ms: int | None = None
        self._steps = self._walk(since_ms)
        self.ask: Ask | None = next(self._steps, None)
        if self.ask is None:  # it begins where it ends
            self.complete_ms = now_ms

    def told(self, rows: Sequence[Row]) -> None:
        """What came of `ask`, in any order."""
        try:
            self.ask = self._steps.send(sorted(rows, key=_time_ms))
        except StopIteration:
            self.ask, self.complete_ms = None, self.now_ms

    def _walk(self, since_ms: int | None) -> Steps:
        by, reach_ms = self.listing.by, self.listing.reach_ms
        if since_ms is None and by != "offset":
            yield Ask(None, self._limit())
            return
        start_ms = max(since_ms or 0, self.now_ms - reach_ms if reach_ms else 0)
        walk = {"id": self._by_id, "offset": self._by_offset}.get(by, self._by_spans)
        yield from walk(start_ms)

    def _by_id(self, start_ms: int) -> Steps:
        span_ms = self.listing.span_ms
        while True:
            end_ms = min(start_ms + span_ms, self.now_ms) if span_ms else self.now_ms
            until = {"until": end_ms} if end_ms < self.now_ms else {}
            rows = yield Ask(start_ms, self._limit(), until)
            self.complete_ms = _time_ms(rows[-1]) if rows else end_ms
            if rows or end_ms >= self.now_ms:
                break
            start_ms = end_ms
        while rows and (len(rows) >= self.listing.page or end_ms < self.now_ms):
            end_ms = self.now_ms
            after = max(int(row["id"]) for row in rows) + 1
            rows = yield Ask(None, self._limit(), {self.listing.parameter: after})
            if rows:
                self.complete_ms = _time_ms(rows[-1])

    def _by_offset(self, start_ms: int) -> Steps:
        rows, skipped = (yield Ask(start_ms, self._limit())), 0
        while len(rows) >= self.listing.page:
            self.complete_ms, skipped = _time_ms(rows[-1]), skipped + len(rows)
            rows = yield Ask(start_ms, self._limit(), {self.listing.parameter: skipped})

    def _by_spans(self, start_ms: int) -> Steps:
        longest_ms = self.listing.span_ms or max(self.now_ms - start_ms, SPAN_MS_MIN)
        span_ms = longest_ms
        while start_ms < self.now_ms:
            end_ms = min(start_ms + span_ms, self.now_ms)
            if (yield from self._span(start_ms, end_ms)) or end_ms - start_ms <= SPAN_MS_MIN:
                self.complete_ms = start_ms = end_ms
                span_ms = min(2 * span_ms, longest_ms)
            else:
                span_ms = max((end_ms - start_ms) // 2, SPAN_MS_MIN)

    def _span(self, start_ms: int, end_ms: int) -> Generator[Ask, Sequence[Row], bool]:
        """Whether all of it was told."""
        params = self._until(end_ms)
        for page in range(1, PAGES_PER_SPAN_MAX + 1):
            rows = yield Ask(start_ms, self._limit(), params)
            more = self._more(rows, start_ms, page, params)
            if not more:
                return more is not None
            params = params | more
        return False

    def _more(
        self, rows: Sequence[Row], start_ms: int, page: int, params: dict[str, Any]
    ) -> dict[str, Any] | None:
        """Parameters of the next page; {}: there is none; None: the span is too long."""
        by, name = self.listing.by, self.listing.parameter
        if by == "cursor":
            found = [_said(row, self.listing.field) for row in rows]
            cursor = next((one for one in found if one), "")
            return {name: cursor} if cursor else {}
        if len(rows) < self.listing.page or _time_ms(rows[0]) < start_ms:
            return {}
        if by == "split":
            return None
        if by == "skip":
            return {name: page * self.listing.page}
        if by == "before":
            return {name: min((_said(row, self.listing.field) for row in rows), key=int)}
        oldest_ms = _time_ms(rows[0])
        until = self._until(oldest_ms + 1)
        return until if until != params else self._until(oldest_ms)

    def _until(self, time_ms: int) -> dict[str, Any]:
        name = self.listing.parameter if self.listing.by == "until" else "until"
        if name == "until":
            return {name: time_ms}
        told = datetime.fromtimestamp(time_ms / 1000, tz=UTC)
        return {name: told.isoformat(timespec="milliseconds").replace("+00:00", "Z")}

    def _limit(self) -> int | None:
        return self.listing.page if self.listing.sends_page else None


def _time_ms(row: Row) -> int:
    return int(row.get("timestamp") or 0)


def _said(row: Row, name: str) -> str:
    """What the venue itself said under this name."""
    info = row.get("info")
    return str(info.get(name) or "") if isinstance(info, Mapping) else ""
