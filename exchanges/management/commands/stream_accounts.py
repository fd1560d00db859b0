"""manage.py stream_accounts: the process that follows connected accounts."""

from __future__ import annotations

import asyncio
import signal
from typing import Any

from exchanges.feed.accounts import ROLE, AccountStreams
from foundation.edge.commands import PlainCommand
from foundation.lib import heartbeat
from foundation.lib.watchdog import Watchdog


class Command(PlainCommand):
    help = (
        "Follow the orders, fills, balances and positions of connected accounts, as their venues "
        "tell them. Needs EXCHANGE_PRIVATE_KEYS; several may run: each account has one stream."
    )

    def handle(self, *_args: Any, **_options: Any) -> None:
        asyncio.run(_until_stopped())


async def _until_stopped() -> None:
    me = asyncio.current_task()
    assert me is not None
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, me.cancel)
    Watchdog(ROLE, progress=lambda: heartbeat.told(ROLE)).start()
    try:
        await AccountStreams().run()
    except asyncio.CancelledError:
        return
