"""manage.py run_venue: the paper venue's clock."""

from __future__ import annotations

import logging
import signal
import threading
from typing import Any

from django.conf import settings

from exchanges.feed.lock import FeedLock
from exchanges.feed.venue import Clockwork
from foundation.edge.commands import PlainCommand
from foundation.lib.watchdog import Watchdog

log = logging.getLogger(__name__)

LOCK_EVERY_S = 2.0


class Command(PlainCommand):
    help = (
        "Run the paper venue: triggers, fills, margin calls, liquidations and funding as the "
        "feed's prices move. A second one waits until the first has gone."
    )

    def handle(self, *_args: Any, **_options: Any) -> None:
        venue = settings.FEED_VENUE
        stop = threading.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: stop.set())
        lock = FeedLock(f"paper:{venue}")
        try:
            while not lock.take():
                log.info("the paper venue of %s runs elsewhere; waiting for it to go", venue)
                if stop.wait(LOCK_EVERY_S):
                    return
            self._run(Clockwork(venue, stop), lock, stop)
        finally:
            lock.release()

    def _run(self, clockwork: Clockwork, lock: FeedLock, stop: threading.Event) -> None:
        def watch() -> None:
            while not stop.wait(LOCK_EVERY_S):
                if not lock.is_held():
                    log.error("the venue's lock was lost with its database connection")
                    stop.set()

        threading.Thread(target=watch, daemon=True).start()
        Watchdog("venue", progress=lambda: clockwork.turns).start()
        clockwork.run()
