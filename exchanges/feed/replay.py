"""Stored candles as a live market, at any speed: what a bot would have seen, when it would have."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import numpy as np

from exchanges.core.candles import TIMEFRAME_MS, Candles, no_candles
from exchanges.core.market import NO_RULES, MarketRules
from exchanges.feed.source import CandleUpdate, ClockTick, Event, Trade
from exchanges.selectors.live import FormingCandle

WARMUP_CANDLES = 20_000  # stored before the first moment, so that indicators have a past
STEPS = 4  # a candle plays as open, one end, the other end, close


class ReplaySource:
    """Plays candles of one timeframe per symbol; ends with the last one.

    candles: symbol -> everything that may play, the past before start_ms included.
    speed: times real time; 0 or less: as fast as whoever listens takes it.
    """

    name = "replay"
    is_simulated = True
    candles_from_trades = False

    def __init__(
        self,
        candles: dict[str, Candles],
        *,
        start_ms: int,
        speed: float,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.candles, self.start_ms, self.speed, self._sleep = candles, start_ms, speed, sleep
        self.base = {symbol: each.timeframe for symbol, each in candles.items()}

    async def backfill(self, symbol: str, after_ms: int | None) -> Candles:
        """What is known when the replay begins; a later start goes on where the last one was."""
        everything = self.candles[symbol]
        if after_ms is not None and after_ms >= self.start_ms:
            self.start_ms = max(self.start_ms, after_ms + TIMEFRAME_MS[everything.timeframe])
            return no_candles(everything.timeframe)
        past = everything.between(None, self.start_ms)
        return past.slice(max(0, len(past) - WARMUP_CANDLES), len(past))

    async def events(self) -> AsyncIterator[Event]:
        rest = {s: each.between(self.start_ms, None) for s, each in self.candles.items()}
        times = np.unique(np.concatenate([each.open_time_ms for each in rest.values()]))
        at = dict.fromkeys(rest, 0)
        for i, open_ms in enumerate(times.tolist()):
            yield ClockTick(open_ms)  # closes what was open before anything new opens
            opened = [s for s in rest if _opens(rest[s], at[s], open_ms)]
            for step in range(STEPS):
                for symbol in opened:
                    for event in _step(symbol, rest[symbol], at[symbol], step):
                        yield event
                next_ms = times[i + 1] if i + 1 < len(times) else open_ms + self._base_ms(opened)
                await self._pause((int(next_ms) - open_ms) / STEPS)
            for symbol in opened:
                at[symbol] += 1
        if len(times):
            ends = (int(c.open_time_ms[-1]) + c.timeframe_ms for c in rest.values() if len(c))
            yield ClockTick(max(ends))

    def has_more(self) -> bool:
        return False  # its market waits for each candle

    def rules(self, _symbol: str) -> MarketRules:
        return NO_RULES  # what is replayed was recorded with its market

    def stale(self) -> dict[str, list[str]]:
        return {}

    async def close(self) -> None:
        """Nothing is open."""

    def _base_ms(self, symbols: list[str]) -> int:
        return max(TIMEFRAME_MS[self.base[symbol]] for symbol in symbols)

    async def _pause(self, market_ms: float) -> None:
        if self.speed > 0:
            await self._sleep(market_ms / 1000 / self.speed)


def _opens(candles: Candles, at: int, open_ms: int) -> bool:
    return at < len(candles) and int(candles.open_time_ms[at]) == open_ms


def _step(symbol: str, candles: Candles, at: int, step: int) -> list[Event]:
    """The candle as far as it is known after this step, and the trade that brought it there."""
    open_ms = int(candles.open_time_ms[at])
    o, h, low, c, volume = (float(column[at]) for column in candles.columns())
    path = (o, low, h, c) if c >= o else (o, h, low, c)
    seen = path[: step + 1]
    last = step == STEPS - 1
    candle = FormingCandle(
        open_time_ms=open_ms,
        open=o,
        high=max(seen),
        low=min(seen),
        close=path[step],
        # Exactly the stored volume at the end, whatever the quarters add up to.
        volume=volume if last else volume * (step + 1) / STEPS,
    )
    trade = Trade(
        symbol=symbol,
        time_ms=open_ms + candles.timeframe_ms * step // STEPS,
        trade_id=f"{open_ms}-{step}",
        price=path[step],
        amount=volume / STEPS,
        side="buy" if path[step] >= seen[max(0, step - 1)] else "sell",
    )
    return [CandleUpdate(symbol, candle, closed=False), trade]
