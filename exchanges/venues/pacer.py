"""The limits of a venue, kept by all processes together in Redis; `exchanges/core/pacing.Pacer`.

One script looks at every budget a call counts against (the address's, the account's, its orders)
and takes from all or from none, by the clock of Redis. While Redis is away what protects and
closes goes on at a small pace of this process's own, and the rest is refused: the calls of
processes that cannot see each other must stay within what the venue allows.
"""

from __future__ import annotations

import logging
import math
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import redis
from django.conf import settings

from exchanges.core.budgets import NEVER, SLOTS, Budget, Counted, Scope, Window
from exchanges.core.outcomes import Outcome, VenueFault
from exchanges.core.pacing import Priority
from exchanges.venues import venue_clock
from exchanges.venues.limits import Limits, limits_of
from foundation.lib.redis_client import quick_client

log = logging.getLogger(__name__)

SCRIPT = Path(__file__).with_suffix(".lua").read_text()
# How long a call may wait for room; then it is refused with how much longer it would take.
WAIT_S_MAX = {Priority.PROTECT: 10.0, Priority.CLOSE: 8.0, Priority.OPEN: 3.0, Priority.DATA: 1.0}
JITTER_MS = 20
BAN_S_MIN = 120
PAUSE_S_MAX = 3 * 86_400  # the longest ban that Binance knows
STRIKES_KEPT_S = 600
SHED_KEPT_S = 3_600
LOCAL_PERCENT = 5  # of each budget, for one process, while Redis is away
BLIND_S = 1.0  # before Redis is asked again
URGENT = frozenset({Priority.PROTECT, Priority.CLOSE})

# The longer of what is left and what is asked. A refusal without a time doubles with each one.
PAUSE = """
local wait = tonumber(ARGV[1])
if ARGV[3] == '1' then
  local strikes = redis.call('INCR', KEYS[2])
  redis.call('PEXPIRE', KEYS[2], ARGV[4])
  wait = wait * 2 ^ math.min(strikes - 1, 20)
end
wait = math.max(math.min(wait, tonumber(ARGV[5])), redis.call('PTTL', KEYS[1]))
redis.call('SET', KEYS[1], ARGV[2], 'PX', string.format('%.0f', wait))
return wait
"""


@dataclass(frozen=True, slots=True)
class _Charge:
    """What one call takes of one budget."""

    key: str
    budget: Budget
    weight: int


@dataclass(slots=True)
class RedisPacer:
    """Limits of one venue for this process's calls. Threads may share it."""

    venue: str
    limits: Limits | None = None
    connection: redis.Redis | None = None
    sleep: Callable[[float], None] = time.sleep
    monotonic: Callable[[], float] = time.monotonic
    _local: dict[str, Window] = field(default_factory=dict)
    _blind_until_s: float = 0.0
    _paused_until_s: float = 0.0
    _script: Any = None
    _pause: Any = None

    def __post_init__(self) -> None:
        self.limits = self.limits or limits_of(self.venue)
        self.connection = self.connection or quick_client()
        self._script = self.connection.register_script(SCRIPT)
        self._pause = self.connection.register_script(PAUSE)

    def take(self, account: str, weight: int, priority: Priority, *, order: bool = False) -> None:
        """Waits for room, at most WAIT_S_MAX; VenueFault RATE_LIMITED if there is none by then."""
        charges = self._charges(account, weight, order=order)
        give_up_s = self.monotonic() + WAIT_S_MAX[priority]
        while True:
            wait_ms, where = self._ask(charges, priority)
            if not wait_ms:
                return
            left_s = give_up_s - self.monotonic()
            if wait_ms == NEVER or wait_ms / 1000 > left_s:
                self._shed(priority)
                raise self._refusal(wait_ms, where)
            jitter_ms = random.uniform(0, JITTER_MS)  # noqa: S311 - spreads callers, guards nothing
            self.sleep(min((wait_ms + jitter_ms) / 1000, left_s))

    def refused(self, account: str, retry_after_s: float | None, *, banned: bool = False) -> None:
        """The venue said 429, or 418 (banned): nobody calls it from here until that is over.

        Without a time the venue's own pause counts, twice as long for each further refusal.
        """
        assert self.limits is not None
        told = retry_after_s is not None and math.isfinite(retry_after_s) and retry_after_s >= 0
        wait_s = float(retry_after_s or 0) if told else float(self.limits.pause_s)
        wait_s = min(max(wait_s, BAN_S_MIN if banned and not told else 0.001), PAUSE_S_MAX)
        self._paused_until_s = max(self._paused_until_s, self.monotonic() + wait_s)
        word = "banned" if banned else "refused"
        log.warning("%s %s us (account %s): no calls for %.0f s", self.venue, word, account, wait_s)
        kept_ms, most_ms = STRIKES_KEPT_S * 1000, PAUSE_S_MAX * 1000
        arguments = [max(1, int(wait_s * 1000)), word, int(not told), kept_ms, most_ms]
        try:
            self._pause([pause_key(self.venue), f"{base(self.venue)}:strikes"], arguments)
        except redis.RedisError as fault:
            log.error("%s: others were not told to wait: %s", self.venue, type(fault).__name__)

    def offset_ms(self) -> int:
        """What to add to our clock for the venue's, as last measured; 0 if it never was."""
        return venue_clock.offset_ms(self.venue)

    def _charges(self, account: str, weight: int, *, order: bool) -> list[_Charge]:
        assert weight >= 1, "every call weighs something"
        assert self.limits is not None
        charges = []
        for budget in self.limits.budgets:
            is_orders = budget.counted is Counted.ORDERS
            others = Scope.PUBLIC if account else Scope.KEY
            if (is_orders and not order) or budget.scope is others:
                continue
            key = budget_key(self.venue, budget, account)
            charges.append(_Charge(key, budget, 1 if is_orders else weight))
        return charges

    def _ask(self, charges: Sequence[_Charge], priority: Priority) -> tuple[int, str]:
        """(0, "") and it is taken, or how long to wait and for what."""
        if self.monotonic() < self._blind_until_s:
            return self._ask_here(charges, priority)
        arguments: list[int] = [0, SLOTS]
        for one in charges:
            ceiling = one.budget.ceiling(priority)
            arguments += [one.weight, ceiling, one.budget.limit, one.budget.slot_ms]
        keys = [pause_key(self.venue), *(one.key for one in charges)]
        try:
            taken, wait_ms, _, which = self._script(keys, arguments)
        except redis.RedisError as fault:
            self._blind_until_s = self.monotonic() + BLIND_S
            log.error("%s: the shared limits cannot be asked: %s", self.venue, type(fault).__name__)
            return self._ask_here(charges, priority)
        if taken:
            return 0, ""
        if not which:
            self._paused_until_s = self.monotonic() + wait_ms / 1000
            return wait_ms, "the venue told us to wait"
        return wait_ms, words_of(charges[which - 1].budget)

    def _ask_here(self, charges: Sequence[_Charge], priority: Priority) -> tuple[int, str]:
        """Without Redis: a small share of each budget, for what cannot wait."""
        now_ms = int(self.monotonic() * 1000)
        if priority not in URGENT:
            return NEVER, "the shared limits cannot be asked"
        if self.monotonic() < self._paused_until_s:
            return int(self._paused_until_s * 1000) - now_ms + 1, "the venue told us to wait"
        waits = [self._wait_here(one, now_ms) for one in charges]
        if any(waits):
            longest = NEVER if NEVER in waits else max(waits)
            return longest, "the shared limits cannot be asked"
        for one in charges:
            self._local[one.key].take(now_ms, one.weight)
        return 0, ""

    def _wait_here(self, charge: _Charge, now_ms: int) -> int:
        window = self._local.setdefault(charge.key, Window(charge.budget.slot_ms))
        limit = charge.budget.limit
        ceiling = max(1, limit * LOCAL_PERCENT // 100)
        return window.wait_ms(now_ms, charge.weight, ceiling, limit)

    def _shed(self, priority: Priority) -> None:
        """Counted for the status page, as far as that can be told."""
        assert self.connection is not None
        try:
            pipe = self.connection.pipeline(transaction=False)
            pipe.hincrby(f"{base(self.venue)}:shed", priority.name.lower(), 1)
            pipe.expire(f"{base(self.venue)}:shed", SHED_KEPT_S)
            pipe.execute()
        except redis.RedisError:
            log.warning("%s: a refused call was not counted", self.venue)

    def _refusal(self, wait_ms: int, where: str) -> VenueFault:
        if wait_ms == NEVER:
            text = f"{self.venue}: not called, {where} and this call may not go without"
            return VenueFault(text, Outcome.RATE_LIMITED, venue=self.venue)
        wait_s = wait_ms / 1000
        text = f"{self.venue}: not called, {where}; room in {wait_s:.1f} s"
        return VenueFault(text, Outcome.RATE_LIMITED, venue=self.venue, retry_after_s=wait_s)


def words_of(budget: Budget) -> str:
    """For people: which budget is full."""
    whose = "this account" if budget.scope is Scope.KEY else "this address"
    what = "orders" if budget.counted is Counted.ORDERS else "call weight"
    return f"{budget.limit} {what} in {budget.window_ms / 1000:g} s of {whose} are used up"


def base(venue: str) -> str:
    """Before every key of a venue's limits; OUTBOUND_NAME keeps hosts of other addresses apart."""
    return f"{settings.REDIS_KEY_PREFIX}pace:{settings.OUTBOUND_NAME}:{venue}"


def pause_key(venue: str) -> str:
    return f"{base(venue)}:pause"


def budget_key(venue: str, budget: Budget, account: str) -> str:
    whose = account if budget.scope is Scope.KEY else ""
    return f"{base(venue)}:{budget.scope}:{budget.counted}:{budget.window_ms}:{whose}"
