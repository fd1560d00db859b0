"""The streams of all connected accounts: begun, ended and begun anew as accounts come and go."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import redis
from asgiref.sync import sync_to_async
from django.db import close_old_connections

from exchanges.core.outcomes import Outcome, VenueFault
from exchanges.feed.backoff import backoff_s
from exchanges.feed.lock import AccountLeases
from exchanges.services import account_booking, account_states, account_streaming
from exchanges.services.account_streaming import Due
from foundation.lib import clock, heartbeat
from foundation.lib.errors import AppError, TryLater

if TYPE_CHECKING:  # it brings ccxt along
    from exchanges.feed.private import PrivateSource

log = logging.getLogger(__name__)

ROLE = "accounts"
POLL_S = 2.0
STARTS_AT_ONCE = 5  # each asks its venue for all it missed
STREAMS_MAX = 1_000
BEGIN_MS = 86_400_000  # where nothing was read yet; what is older comes with a reading
REFUSED_S = 300.0  # the check says what is wrong; until then the venue is left alone
Opening = Callable[[Due], "PrivateSource"]


def open_source(due: Due) -> PrivateSource:
    """The account's stream, from where its booking stands."""
    # Late: ccxt takes 80 MB, and nobody needs it before the first account is connected.
    from exchanges.feed.account_opening import open_private
    from exchanges.venues.connections import pacer_of

    account_streaming.began(due.credential_id)
    return open_private(
        due.venue,
        account_streaming.keys_of(due.credential_id),
        account_streaming.symbols_of(due.credential_id),
        pacer=pacer_of(due.venue),
        account=str(due.credential_id),
        since_ms=clock.now_ms() - BEGIN_MS,
        since=account_booking.told_since(due.credential_id),
        is_testnet=due.is_testnet,
    )


@dataclass(slots=True)
class _Running:
    due: Due
    task: asyncio.Task[None]


class AccountStreams:
    """One process's share. Another process takes what this one has no lease of."""

    def __init__(self, opening: Opening = open_source, *, poll_s: float = POLL_S) -> None:
        self._opening, self._poll_s = opening, poll_s
        self._leases = AccountLeases()
        self._running: dict[int, _Running] = {}
        self._failures: dict[int, int] = {}
        self._not_before_s: dict[int, float] = {}

    async def run(self) -> None:
        """Until cancelled; TryLater when the leases are lost: others have the accounts then."""
        log.info("streams of accounts are followed")
        try:
            while True:
                if not await _in_database(self._leases.are_held):
                    raise TryLater("the leases were lost with their database connection")
                await self._follow({one.credential_id: one for one in await _in_database(_due)})
                await asyncio.sleep(self._poll_s)
        finally:
            await self._end(list(self._running))
            await _in_database(self._leases.close)

    async def _follow(self, due: dict[int, Due]) -> None:
        """Streams as they are to be: no other, none twice."""
        over = [
            number
            for number, one in self._running.items()
            if due.get(number) != one.due or one.task.done()
        ]
        await self._end(over)
        missing = [one for number, one in due.items() if number not in self._running]
        now_s = time.monotonic()
        ready = [one for one in missing if self._not_before_s.get(one.credential_id, 0) <= now_s]
        for one in ready[: min(STARTS_AT_ONCE, STREAMS_MAX - len(self._running))]:
            if await _in_database(self._leases.take, one.credential_id):
                task = asyncio.create_task(self._stream(one))
                self._running[one.credential_id] = _Running(one, task)

    async def _end(self, numbers: list[int]) -> None:
        ended = [(number, self._running.pop(number)) for number in numbers]
        for _, one in ended:
            one.task.cancel()
        await asyncio.gather(*(one.task for _, one in ended), return_exceptions=True)
        for number, _ in ended:
            await _in_database(self._leases.give_back, number)

    async def _stream(self, due: Due) -> None:
        """Until it breaks or is ended. What was not booked then is told again by the next one."""
        number, wait_s = due.credential_id, 0.0
        try:
            source = await _in_database(self._opening, due)
            try:
                async for event in source.events():
                    events = [event, *source.gathered()]
                    await _in_database(account_streaming.book, credential_id=number, events=events)
                    self._failures.pop(number, None)
            finally:
                with contextlib.suppress(Exception):
                    await source.close()
                await _in_database(account_states.silent, number)
        except VenueFault as fault:
            log.warning("stream of account %s ended: %s", number, fault.message)
            wait_s = REFUSED_S
            if fault.outcome is Outcome.AUTH:
                await _in_database(account_streaming.refused, number)
        except AppError as fault:  # ours, before a stream was opened
            log.warning("account %s cannot be followed: %s", number, fault.message)
            wait_s = REFUSED_S
        except Exception as fault:
            # Its words may hold a key: the kind has to do.
            log.warning("stream of account %s broke: %s", number, type(fault).__name__)
            self._failures[number] = self._failures.get(number, 0) + 1
            wait_s = backoff_s(self._failures[number])
        self._not_before_s[number] = time.monotonic() + wait_s


def _due() -> list[Due]:
    with contextlib.suppress(redis.RedisError):
        heartbeat.beat(ROLE)
    return account_streaming.due()


async def _in_database(call: Callable[..., Any], *args: Any, **named: Any) -> Any:
    def with_fresh_connection() -> Any:
        close_old_connections()
        return call(*args, **named)

    return await sync_to_async(with_fresh_connection)()
