"""Ten thousand rule bots on fifty markets, and two workers that tick them."""

from __future__ import annotations

import multiprocessing
import os
import resource
import time
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

BOTS = int(os.environ.get("BENCH_BOTS", "10000"))
SYMBOLS, STRATEGIES, WORKERS, OWNERS = 50, 100, 2, 50
CANDLES, HISTORY = 2_000, 1_500
VENUE = "bench"


def resident_kb() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 1024


def specs() -> list[dict[str, Any]]:
    """As different as people's strategies are: crossings of averages, with and without a filter."""
    from bots.tests.core.building import spec_data

    made = []
    for number in range(STRATEGIES):
        fast, slow = 5 + number % 20, 30 + number // 20 * 10
        indicators: list[dict[str, Any]] = [
            {"id": "fast", "type": "ema", "params": {"period": fast}},
            {"id": "slow", "type": "ema", "params": {"period": slow}},
        ]
        buy: list[dict[str, Any]] = [{"left": "fast", "op": "crosses_above", "right": "slow"}]
        if number % 2:
            indicators.append({"id": "r", "type": "rsi", "params": {"period": 7 + number % 9}})
            buy.append({"left": "r", "op": "<", "right": 70})
        made.append(
            spec_data(
                name=f"Cross {number}",
                indicators=indicators,
                buy_conditions={"all": buy},
                sell_conditions={"all": [{"left": "fast", "op": "crosses_below", "right": "slow"}]},
                risk={"stop_loss": 0.02, "take_profit": 0.03},
            )
        )
    return made


@dataclass
class Farm:
    """Every market with its candles up to `now`, and the bots on them."""

    worlds: list[Any] = field(default_factory=list)
    now: int = HISTORY

    def plant(self) -> None:
        from accounts.models import User
        from bots.services import bots, strategies
        from bots.tests.world import World, grant, prices

        for number in range(SYMBOLS):
            world = World(
                prices(CANDLES, seed=number, volatility=0.001), venue=VENUE,
                symbol=f"C{number}/USDT",
            )  # fmt: skip
            self.worlds.append(world.open_at(self.now))
        owners = [User.objects.create(email=f"farmer{i}@example.com") for i in range(OWNERS)]
        for owner in owners:
            grant(owner, 1_000 * BOTS // OWNERS + 1_000)
        made = [
            strategies.create(owner=owners[0], spec={**spec, "timeframe": "1m"}) for spec in specs()
        ]
        for number in range(BOTS):
            bot = bots.create(
                owner=owners[number % OWNERS], name=f"Bot {number}",
                strategy=made[number // SYMBOLS % STRATEGIES], venue=VENUE,
                symbol=f"C{number % SYMBOLS}/USDT", allocation="1000",
            )  # fmt: skip
            bots.start(bot=bot)

    def close_minute(self) -> int:
        """The next candle of every market closes; its open time."""
        self.now += 1
        for world in self.worlds:
            world.open_at(self.now)
        return int(self.worlds[0].time(self.now - 1))


def work(pipe: Connection, database: str) -> None:
    """One worker: ticks the markets it is told to; answers with seconds and its memory."""
    os.environ["DATABASE_URL"] = database
    import django

    django.setup()
    from bots.services.tick import tick_candle

    pipe.send(resident_kb())
    while (asked := pipe.recv()) is not None:
        symbol, time_ms = asked
        tick_candle(venue=VENUE, symbol=symbol, timeframe="1m", open_time_ms=time_ms)
        pipe.send(resident_kb())


class Workers:
    """Takes markets one after the other, like a queue's workers."""

    def __init__(self, database: str) -> None:
        context = multiprocessing.get_context("spawn")
        self.pipes, self.processes, self.empty_kb = [], [], []
        for _ in range(WORKERS):
            ours, theirs = context.Pipe()
            process = context.Process(target=work, args=(theirs, database))
            process.start()
            self.pipes.append(ours)
            self.processes.append(process)
        self.empty_kb = [pipe.recv() for pipe in self.pipes]
        self.full_kb = list(self.empty_kb)

    def tick(self, time_ms: int) -> float:
        """Seconds until every market's bots have decided."""
        from multiprocessing.connection import wait

        waiting = [f"C{number}/USDT" for number in range(SYMBOLS)]
        start, busy = time.perf_counter(), 0
        for pipe in self.pipes:
            pipe.send((waiting.pop(), time_ms))
            busy += 1
        while busy:
            ready = wait(self.pipes)
            for pipe in [one for one in self.pipes if one in ready]:
                self.full_kb[self.pipes.index(pipe)] = pipe.recv()
                busy -= 1
                if waiting:
                    pipe.send((waiting.pop(), time_ms))
                    busy += 1
        return time.perf_counter() - start

    def stop(self) -> None:
        for pipe, process in zip(self.pipes, self.processes, strict=True):
            pipe.send(None)
            process.join()
