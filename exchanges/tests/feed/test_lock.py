"""Two feeds of one venue: the second one waits its turn."""

import uuid

import pytest

from exchanges.feed.lock import FeedLock

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def venue():
    return f"v{uuid.uuid4().hex[:12]}"


def test_one_feed_per_venue(venue):
    first, second, other = FeedLock(venue), FeedLock(venue), FeedLock(venue + "x")
    try:
        assert first.take() and not second.take() and other.take()
        assert first.is_held()
        first.release()
        assert second.take(), "a dead feed's place is free"
        assert not first.is_held()
    finally:
        for lock in (first, second, other):
            lock.release()
