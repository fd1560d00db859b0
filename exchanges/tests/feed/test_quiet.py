"""Markets that fall quiet, and markets that never do: what was said last is shown, what closed is
ticked."""

import asyncio
import uuid

import pytest
from asgiref.sync import sync_to_async

from exchanges.feed import stream
from exchanges.selectors import candles as selector
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


def test_candles_that_close_together_are_stored_before_any_is_ticked(monkeypatch):
    """Twenty markets enter the next minute while the next event is always at hand."""
    venue, symbols = f"v{uuid.uuid4().hex[:12]}", [f"C{n:02d}/USDT" for n in range(20)]

    class Busy(Script):
        def __init__(self, *events):
            super().__init__(*events)
            self.base, self.left = dict.fromkeys(symbols, "1m"), len(events)

        async def events(self):
            for event in self.told:
                self.left -= 1
                yield event

        def has_more(self):
            return self.left > 0

    class Stored(Ticks):
        async def __call__(self, venue, symbol, timeframe, open_time_ms):
            await super().__call__(venue, symbol, timeframe, open_time_ms)
            if timeframe == "1m":
                newest = [
                    await sync_to_async(selector.newest_closed)(venue, each, "1m")
                    for each in symbols
                ]
                assert set(newest) == {open_time_ms}

    monkeypatch.setattr(stream, "CLOSE_TOGETHER_S", 60.0)
    ticks = Stored()
    run(venue, Busy(*(trade(at, 10.0, each) for at in (0.1, 1.1) for each in symbols)), ticks)
    assert ticks.of("1m") == [0] * 20
    assert [symbol for symbol, timeframe, *_ in ticks.seen if timeframe == "1m"] == symbols
    assert {live.forming(venue, symbol, "1m").open for symbol in symbols} == {10.0}
    for symbol, _, open_ms, newest, forming in ticks.seen:
        assert newest == open_ms and forming.open_time_ms > open_ms, symbol


def test_a_candle_that_closed_waits_no_longer_than_it_may(monkeypatch):
    """Events are at hand without end: the tick comes all the same."""
    monkeypatch.setattr(stream, "CLOSE_TOGETHER_S", 0.05)
    ticks, venue = Ticks(), f"v{uuid.uuid4().hex[:12]}"

    class Endless(Script):
        async def events(self):
            yield trade(0.1, 10.0)
            n = 0
            while not ticks.seen:
                n += 1
                yield trade(1.1 + n / 10**6, 11.0)
                await asyncio.sleep(0)

        def has_more(self):
            return True

    run(venue, Endless(), ticks)
    assert ticks.of("1m") == [0]
