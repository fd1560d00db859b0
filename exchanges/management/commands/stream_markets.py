"""manage.py stream_markets: the market feed process."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
from argparse import ArgumentParser
from typing import Any

from asgiref.sync import sync_to_async
from django.conf import settings

from exchanges.feed.build import FeedOptions, build
from exchanges.feed.lock import FeedLock
from exchanges.feed.stream import Stream
from exchanges.management.output import parse_moment
from foundation.edge.commands import PlainCommand
from foundation.lib import heartbeat
from foundation.lib.errors import TryLater
from foundation.lib.watchdog import Watchdog

log = logging.getLogger(__name__)

LOCK_EVERY_S = 2.0


class Command(PlainCommand):
    help = (
        "Bring the market of one venue: live state, candles and frames, and a tick for the bots "
        "at every candle close. A second feed of the same venue waits until the first has gone."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--source", default=settings.FEED_SOURCE, help="FEED_SOURCE")
        parser.add_argument("--venue", help="FEED_VENUE")
        parser.add_argument("--symbol", action="append", help="FEED_SYMBOLS; may be repeated")
        parser.add_argument("--speed", type=float, default=settings.FEED_SPEED, help="FEED_SPEED")
        parser.add_argument("--seed", type=int, default=settings.FEED_SEED, help="FEED_SEED")
        parser.add_argument("--replay-from", help="FEED_REPLAY_FROM")
        parser.add_argument("--start", default=settings.FEED_REPLAY_START, help="ISO; replay only")
        parser.add_argument("--end", default=settings.FEED_REPLAY_END, help="ISO; replay only")

    def handle(self, *_args: Any, **options: Any) -> None:
        asyncio.run(_until_stopped(_options(options)))


def _options(given: dict[str, Any]) -> FeedOptions:
    # Named on the command line, a source brings its own venue along.
    same = given["source"] == settings.FEED_SOURCE
    venue = given["venue"] or (settings.FEED_VENUE if same else given["source"])
    return FeedOptions(
        source=given["source"],
        venue=venue,
        symbols=tuple(given["symbol"] or settings.FEED_SYMBOLS),
        speed=given["speed"],
        seed=given["seed"],
        replay_from=given["replay_from"] or (settings.FEED_REPLAY_FROM if same else venue),
        start_ms=parse_moment(given["start"], "--start") if given["start"] else None,
        end_ms=parse_moment(given["end"], "--end") if given["end"] else None,
    )


async def _until_stopped(options: FeedOptions) -> None:
    """Run until the source ends, a signal asks to stop, or the lock is lost."""
    me = asyncio.current_task()
    assert me is not None
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, me.cancel)
    lock = FeedLock(options.venue)
    try:
        while not await sync_to_async(lock.take)():
            log.info("feed of %s runs elsewhere; waiting for it to go", options.venue)
            await asyncio.sleep(LOCK_EVERY_S)
        source = await sync_to_async(build)(options)
        Watchdog("feed", progress=lambda: heartbeat.told("feed")).start()
        running = asyncio.create_task(Stream(options.venue, source).run())
        holding = asyncio.create_task(_while_held(lock))
        try:
            await asyncio.wait({running, holding}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (running, holding):
                task.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await task
    except asyncio.CancelledError:
        log.info("feed of %s stopped", options.venue)
    finally:
        await sync_to_async(lock.release)()


async def _while_held(lock: FeedLock) -> None:
    while await sync_to_async(lock.is_held)():
        await asyncio.sleep(LOCK_EVERY_S)
    raise TryLater("the feed's lock was lost with its database connection")
