"""What is told with each seed: bots of one owner, on paper and on an exchange account, on a market
whose future is known, and the time, which all processes share and nobody waits for.
"""

from __future__ import annotations

import mmap
import struct
import uuid
from contextlib import ExitStack
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.utils import timezone

from accounts.models import User
from accounts.tests.factors import give_app
from bots.core.lifecycle import ACTIVE
from bots.models import Bot, BotRun
from bots.services import bots, columns, strategies
from bots.tests.world import START_MS, World, above, flat, grant
from exchanges.core.account_records import Balance
from exchanges.models import AccountOrder, CandleSeries, ExchangeCredential
from exchanges.services import account_states
from exchanges.tests.credentials import account
from foundation.lib import clock
from foundation.lib.redis_client import client

D = Decimal
SECOND_MS, MINUTE_MS = 1_000, 60_000
BEGIN_MS = START_MS + MINUTE_MS  # the first candle has closed
QUIET_MS = 45 * SECOND_MS  # the first decision comes at the end of the first minute
STEPS = {"price_step": D("0.1"), "amount_step": D("0.001"), "amount_min": D("0.001")}
CASH, ALLOCATION = D(3000), D(1000)
# Bought at 111 with a stop at 107.6, sold by the signal at 109, bought again and held.
UP_AND_DOWN = (100, 111, 109, 111)
# Bought at 111; the next minute is above the target.
RISES = (100, 111, 117, 109)
# Bought at 111; the next minute is below the stop.
FALLS = (100, 111, 104)
FIELDS = (
    "now_ms", "struck", "struck_ms", "over_ms", "kills_on_write", "fault_of_next", "is_paused",
    "wakes", "revoked_ms", "by_hand_ms", "calm_ms", "redis_back_ms",
)  # fmt: skip


class Shared:
    """Whole numbers that all processes of a story see."""

    def __init__(self) -> None:
        self._memory = mmap.mmap(-1, 8 * len(FIELDS))

    def clear(self) -> None:
        for name in FIELDS:
            self[name] = 0
        self["now_ms"] = BEGIN_MS + QUIET_MS

    def __getitem__(self, name: str) -> int:
        return int(struct.unpack_from("q", self._memory, 8 * FIELDS.index(name))[0])

    def __setitem__(self, name: str, value: int) -> None:
        struct.pack_into("q", self._memory, 8 * FIELDS.index(name), value)


class Timeline:
    """The story's time in one process. skew_ms: how far this process's own clock is off."""

    def __init__(self, shared: Shared) -> None:
        self.shared, self.skew_ms, self._stack = shared, 0, ExitStack()

    @property
    def now_ms(self) -> int:
        return self.shared["now_ms"]

    def to(self, ms: int) -> None:
        self.shared["now_ms"] = max(ms, self.now_ms)
        self._stack.close()
        self._stack.enter_context(clock.fixed(self.now_ms + self.skew_ms))

    def pass_by(self, seconds: float) -> None:
        self.to(self.now_ms + max(1, round(seconds * SECOND_MS)))

    def now_s(self) -> float:
        return (self.now_ms + self.skew_ms) / SECOND_MS

    def close(self) -> None:
        self._stack.close()


@dataclass
class Story:
    """One seed's. said: a file to which every process adds what must not have happened, and what
    did."""

    owner: Any
    account: ExchangeCredential
    world: World
    bots: list[Bot]
    said: Path
    closes: tuple[int, ...]
    minutes: int = field(default=0)

    def say(self, words: str) -> None:
        with self.said.open("a") as file:
            file.write(f"{words}\n")

    def lines(self) -> list[str]:
        return self.said.read_text().splitlines() if self.said.exists() else []

    def price(self, now_ms: int) -> Decimal:
        """What the venue trades at: the close of the candle that closed last."""
        return D(self.closes[self.candle(now_ms) - 1])

    def candle(self, now_ms: int) -> int:
        """The number of the candle that is open."""
        return min((now_ms - START_MS) // MINUTE_MS, len(self.closes))


def begin(
    said: Path,
    closes: tuple[int, ...],
    minutes: int,
    *,
    on_paper: bool = True,
    target: bool = False,
) -> Story:
    """A market of so many minutes, an account with CASH, and running bots; nothing of before."""
    _end_what_was_before()
    said.unlink(missing_ok=True)
    closes = (*closes, *[closes[-1]] * (minutes - len(closes)))
    with clock.fixed(BEGIN_MS):
        columns.forget()
        world = World(flat(*closes), venue="binance", steps=STEPS).open_at(1)
        owner = User.objects.create_user(f"{uuid.uuid4().hex}@example.com", "x")
        give_app(owner)  # else no exchange is connected
        real = account(owner)
        held = [Balance("USDT", CASH, D(0))]
        account_states.store(real, held, [], [], began_at=clock.now())
        made = [_bot(owner, world, "Real", target, credential=real, skip_gate=True)]
        if on_paper:
            grant(owner, ALLOCATION)
            made.append(_bot(owner, world, "Paper", target, slippage="0"))
    return Story(owner, real, world, made, said, closes)


def _bot(owner: Any, world: World, name: str, target: bool, **fields: Any) -> Bot:
    risk = {"stop_loss": 0.03} | ({"take_profit": 0.05} if target else {})
    spec = {**above(110, below=110, **risk), "timeframe": world.timeframe, "name": name}
    strategy = strategies.create(owner=owner, spec=spec)
    bot = bots.create(
        owner=owner, name=name, strategy=strategy, venue="binance", symbol=world.symbol,
        allocation=str(ALLOCATION), **fields,
    )  # fmt: skip
    return bots.start(bot=bot)


def _end_what_was_before() -> None:
    """Bots of the story before must not take part in this one."""
    client().flushdb()
    BotRun.objects.filter(ended_at__isnull=True).update(ended_at=timezone.now())
    Bot.objects.filter(status__in=[*ACTIVE, "error"]).update(status="stopped")
    working = AccountOrder.objects.working()
    working.update(status=AccountOrder.Status.CANCELLED)
    ExchangeCredential.objects.filter(state="working").update(state="refused")
    CandleSeries.objects.filter(market__venue="binance").delete()
