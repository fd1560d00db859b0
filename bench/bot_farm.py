"""Ten thousand rule bots on fifty markets, and two workers that tick them."""

from __future__ import annotations

import multiprocessing
import os
import resource
import time
from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass, field
from decimal import Decimal
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

BOTS_MAX = int(os.environ.get("BENCH_BOTS", "10000"))
SYMBOLS, STRATEGIES, WORKERS, OWNERS = 50, 100, 2, 50
CANDLES, HISTORY = 2_000, 1_500
ALLOCATION = Decimal(1_000)
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
    owners: list[Any] = field(default_factory=list)
    seeds: list[Any] = field(default_factory=list)  # one bot of each strategy
    count: int = 0
    now: int = HISTORY

    def plant(self) -> None:
        """One bot of each strategy the way its owner would start it; the others are like it."""
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
            grant(owner, ALLOCATION * (BOTS_MAX // OWNERS + STRATEGIES))
        for number, spec in enumerate(specs()):
            owner = owners[number % OWNERS]
            bot = bots.create(
                owner=owner, name=f"Seed {number}", venue=VENUE, allocation=str(ALLOCATION),
                symbol=f"C{number % SYMBOLS}/USDT",
                strategy=strategies.create(owner=owner, spec={**spec, "timeframe": "1m"}),
            )  # fmt: skip
            self.seeds.append(bots.start(bot=bot))
        self.owners = owners

    def grow(self, total: int) -> float:
        """So many bots in all, spread evenly over strategies and markets; seconds it took."""
        start = time.perf_counter()
        numbers = range(self.count or len(self.seeds), total)
        for first in range(0, len(numbers), 1_000):
            self._sow(numbers[first : first + 1_000])
        self.count = total
        return time.perf_counter() - start

    def _sow(self, numbers: range) -> None:
        """Rows of bots and runs, copied from their strategy's seed, and the money moved."""
        from bots.models import Bot, BotRun

        of_seed = {run.bot_id: run for run in BotRun.objects.filter(bot__in=self.seeds)}
        runs_of = [of_seed[seed.pk] for seed in self.seeds]
        made = Bot.objects.bulk_create(
            Bot(
                owner=self.owners[number % OWNERS], name=f"Bot {number}", venue=VENUE,
                strategy_id=self.seeds[number // SYMBOLS % STRATEGIES].strategy_id,
                symbol=f"C{number % SYMBOLS}/USDT", allocation=ALLOCATION, status="running",
            )
            for number in numbers
        )  # fmt: skip
        runs = []
        for number, bot in zip(numbers, made, strict=True):
            run, market = copy(runs_of[number // SYMBOLS % STRATEGIES]), runs_of[number % SYMBOLS]
            run.pk, run._state.adding, run.bot = None, True, bot
            run.symbol, run.markets, run.rules = market.symbol, market.markets, market.rules
            run.last_price, run.last_candle_ms = market.last_price, market.last_candle_ms
            run.trade_from_ms = market.last_candle_ms + 60_000
            run.equity = run.peak_equity = run.equity_start = bot.allocation
            runs.append(run)
        BotRun.objects.bulk_create(runs)
        self._fund(made)

    def _fund(self, made: Sequence[Any]) -> None:
        """What a start moves from wallet to bot, as many bots in one transfer as it may have."""
        from accounts.core.postings import LEGS_MAX
        from accounts.services import ledger
        from accounts.services.ledger import Leg
        from exchanges.selectors.trading import wallet_key

        by_owner: dict[int, list[Any]] = {}
        for bot in made:
            by_owner.setdefault(bot.owner_id, []).append(bot)
        for owner, mine in by_owner.items():
            for first in range(0, len(mine), LEGS_MAX - 1):
                part = mine[first : first + LEGS_MAX - 1]
                keys = [wallet_key(owner, bot.wallet, "USDT") for bot in part]
                purse = wallet_key(owner, "spot", "USDT")
                found = ledger.accounts_for([purse, *keys])
                legs = [Leg(found[key], ALLOCATION) for key in keys]
                legs.append(Leg(found[purse], -ALLOCATION * len(part)))
                ledger.post(key=f"bench:{part[0].pk}", kind="bot_fund", legs=legs).require()

    def close_minute(self) -> int:
        """The next candle of every market closes; its open time."""
        self.now += 1
        for world in self.worlds:
            world.open_at(self.now)
        return int(self.worlds[0].time(self.now - 1))


def work(pipe: Connection, database: str) -> None:
    """One worker: ticks the markets it is told to; answers with its memory and processor time."""
    os.environ["DATABASE_URL"] = database
    import django

    django.setup()
    from bots.services.tick import tick_candle

    pipe.send((resident_kb(), time.process_time()))
    while (asked := pipe.recv()) is not None:
        symbol, time_ms = asked
        tick_candle(venue=VENUE, symbol=symbol, timeframe="1m", open_time_ms=time_ms)
        pipe.send((resident_kb(), time.process_time()))


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
        told = [pipe.recv() for pipe in self.pipes]
        self.empty_kb, self.used_s = ([row[k] for row in told] for k in (0, 1))
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
                at = self.pipes.index(pipe)
                self.full_kb[at], self.used_s[at] = pipe.recv()
                busy -= 1
                if waiting:
                    pipe.send((waiting.pop(), time_ms))
                    busy += 1
        return time.perf_counter() - start

    def stop(self) -> None:
        for pipe, process in zip(self.pipes, self.processes, strict=True):
            pipe.send(None)
            process.join()
