"""However a venue lists executions, a walk is told each of them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exchanges.core.trade_walk import Ask, Listing, TradeWalk

NOW_MS = 1_700_000_000_000
SPAN_MS = 50_000
LISTINGS = [
    Listing("id", "from", page=4),
    Listing("id", "from", page=4, span_ms=SPAN_MS),
    Listing("offset", "start", page=4),
    Listing("skip", "ofs", page=4),
    Listing("cursor", "cursor", "next", page=4, span_ms=SPAN_MS),
    Listing("before", "after", "bill", page=4),
    Listing("until", "until", page=4, span_ms=SPAN_MS),
    Listing("split", page=4, span_ms=SPAN_MS),
]


def answer(listing: Listing, times: list[int], ask: Ask) -> list[dict[str, Any]]:
    """What such a venue says; numbers rise with time."""
    rows = [
        {"id": str(n), "timestamp": at, "info": {"bill": str(1000 + n)}}
        for n, at in enumerate(times)
    ]
    first, last = ask.since_ms or 0, ask.params.get("until", NOW_MS)
    rows = [row for row in rows if first <= row["timestamp"] <= last]
    if listing.span_ms and ask.since_ms is not None:
        assert last - first <= listing.span_ms, "the venue refuses longer spans"
    extra, by = ask.params.get(listing.parameter), listing.by
    if by == "id":
        return [row for row in rows if int(row["id"]) >= (extra or 0)][: listing.page]
    if by == "offset":
        return rows[extra or 0 :][: listing.page]
    rows.reverse()
    if by == "before":
        rows = [row for row in rows if int(row["info"]["bill"]) < int(extra or 10**9)]
    skipped = int(extra or 0) if by in ("skip", "cursor") else 0
    page = rows[skipped : skipped + listing.page]
    if by == "cursor" and skipped + listing.page < len(rows):
        page[0] = page[0] | {"info": {"next": str(skipped + listing.page)}}
    return page


def walked(listing: Listing, times: list[int], since_ms: int) -> tuple[list[str], int]:
    walk, told, complete_ms = TradeWalk(listing, since_ms, NOW_MS), [], -1
    for asked in range(5_000):
        if walk.ask is None:
            return told, asked
        rows = answer(listing, times, walk.ask)
        walk.told(rows)
        told += [str(row["id"]) for row in rows]
        if walk.complete_ms is not None:
            assert walk.complete_ms >= complete_ms, "it never goes back"
            complete_ms = walk.complete_ms
            due = {str(n) for n, at in enumerate(times) if since_ms <= at < complete_ms}
            assert due <= set(told), "what is said to be complete is complete"
    raise AssertionError("it does not end")


@settings(max_examples=60, deadline=None)
@pytest.mark.parametrize("listing", LISTINGS, ids=lambda one: f"{one.by} {one.span_ms}")
@given(
    ages=st.lists(st.integers(0, 400_000), max_size=60, unique=True),
    since=st.integers(0, 400_000),
)
def test_every_execution_is_told(listing: Listing, ages: list[int], since: int) -> None:
    times = sorted(NOW_MS - age for age in ages)
    since_ms = NOW_MS - since
    told, _ = walked(listing, times, since_ms)
    assert set(told) >= {str(n) for n, at in enumerate(times) if since_ms <= at < NOW_MS}


@pytest.mark.parametrize("listing", LISTINGS, ids=lambda one: f"{one.by} {one.span_ms}")
def test_a_dense_span_is_asked_for_in_pages(listing: Listing) -> None:
    times = [NOW_MS - 300_000 + 100 * n for n in range(400)]
    told, asked = walked(listing, times, NOW_MS - 300_000)
    assert len(set(told)) == 400
    assert asked < 700


def test_without_a_beginning_the_newest_page_is_told() -> None:
    walk = TradeWalk(Listing("id", "from", page=4), None, NOW_MS)
    assert walk.ask == Ask(None, 4)
    walk.told([])
    assert (walk.ask, walk.complete_ms) == (None, NOW_MS)
