"""A process that follows connected accounts, for tests: its venue is on localhost."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from unittest.mock import patch

from asgiref.sync import sync_to_async
from django.db import connections

from exchanges.feed import account_opening, accounts
from exchanges.models import AccountHoldings
from exchanges.tests.feed.fake_account import FakeAccount
from exchanges.tests.feed.test_ccxt_pro import at_once
from tests.watching import eventually


def opening_at(venue, opened):
    def opening(due):
        source = accounts.open_source(due)
        venue.adjust(source.exchange)
        source._sleep = at_once
        opened.append(source)
        return source

    return opening


@asynccontextmanager
async def following(venue, opened, **options):
    streams = accounts.AccountStreams(opening_at(venue, opened), poll_s=0.05, **options)
    running = asyncio.create_task(streams.run())
    try:
        yield streams
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


def tell(story, kind=FakeAccount):
    """story(venue, in_database, opened) while one process follows the accounts."""

    async def both():
        opened = []
        async with kind() as venue:
            async with following(venue, opened) as streams:
                try:
                    await asyncio.wait_for(story(venue, sync_to_async, opened, streams), 60)
                finally:
                    await sync_to_async(connections.close_all)()
            await sync_to_async(connections.close_all)()

    with patch.object(account_opening, "TIMEOUT_MS", 3000):
        asyncio.run(both())


async def caught_up(row):
    def is_live():
        return AccountHoldings.objects.filter(pk=row.pk, streams_until__isnull=False).exists()

    await eventually(sync_to_async(is_live))


async def is_so(call, wanted):
    return wanted(await call())


async def has(call, value):
    return await call() == value
