"""A market that says nothing more: what it said last is shown all the same."""

import uuid

import pytest
from asgiref.sync import sync_to_async

from exchanges.selectors import live
from exchanges.tests.feed.test_stream import Script, Ticks, run, trade
from tests.watching import eventually

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_last_word_before_a_silence_is_shown():
    """Two trades at once: the second comes too soon after a flush to be sent with its own."""
    venue = f"v{uuid.uuid4().hex[:12]}"

    class Quiet(Script):
        async def events(self):
            for event in self.told:
                yield event

            async def is_shown():
                shown = await sync_to_async(live.trades)(venue, "BTC/USDT")
                return len(shown) == len(self.told)

            await eventually(is_shown, 10)

    run(venue, Quiet(trade(0.1, 10.0), trade(0.2, 12.5)), Ticks())
