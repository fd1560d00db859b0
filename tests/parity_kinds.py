"""One bot of each kind, live on paper, with whatever it acts on; and the backtest of its run."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, NamedTuple

from backtesting.core.events.run_kind import run_kind
from backtesting.core.run import run as simulate
from backtesting.services.replay import recorded_candles
from bots.core import run_rules
from bots.core.kinds import KINDS
from bots.core.strategy.spec import parse
from bots.models import Bot, BotHook, BotRun
from bots.selectors import events as selectors
from bots.selectors import performance
from bots.services import bots, events, hooks, signals
from bots.tests.core.building import spec_data
from bots.tests.world import World, grant
from exchanges.core.candles import Candles
from exchanges.selectors import candles as stored
from foundation.lib import clock

CASH = "100000.37"
FEE = Decimal("0.0001")
SLIPPAGE = "0.0005"
RSI = {
    "indicators": [{"id": "r", "type": "rsi", "params": {"period": 4}}],
    "buy_conditions": {"all": [{"left": "r", "op": "<", "right": 40}]},
    "sell_conditions": {"all": [{"left": "r", "op": ">", "right": 60}]},
}
PLAIN = spec_data(**RSI, risk={"stop_loss": 0.03, "take_profit": 0.05})
OPTIONS = spec_data(
    **RSI,
    risk={
        "entry_order": {"type": "limit", "offset": 0.0005, "expires_after": 3},
        "scale_in": [{"at": -0.001, "size": 0.5}],
        "scale_out": [{"at": 0.001, "part": 0.5}],
        "max_position_size": 0.4,
        "trailing_stop": 0.02,
    },
)
# Strategies by the name of what is played; kinds of their own go by their parameters.
STRATEGIES = {"rules": PLAIN, "rules with options": OPTIONS}
PLAYED = (*STRATEGIES, *(name for name, kind in KINDS.items() if not kind.wallet))


class Told(NamedTuple):
    """A fill as both sides tell it."""

    time_ms: int
    side: str
    price: float
    quantity: float


@dataclass
class Live:
    """Candles that come in one bunch after the other, and what happens meanwhile."""

    owner: Any
    candles: Candles
    steps: dict[str, Any]
    world: World = field(init=False)
    hook: BotHook | None = None

    def __post_init__(self) -> None:
        minimums = {"amount_min": self.steps["amount_step"], "notional_min": Decimal("0.01")}
        fees = {"fee_taker": FEE, "fee_maker": FEE}
        self.world = World(self.candles, steps=self.steps | minimums | fees)
        self.world.open_at(max(6, min(60, len(self.candles) // 5)))

    def play(self, name: str, chance: random.Random, bunch_max: int) -> BotRun:
        """The whole of the candles; the run as the last tick left it."""
        with clock.fixed(self.world.time(self.world.now)):
            bot = self.start(name)
        run = BotRun.objects.select_related("bot").get(bot=bot)
        while self.world.now < len(self.candles):
            bunch = chance.choice([1, bunch_max // 3, bunch_max])
            to = min(len(self.candles), self.world.now + bunch)
            for i in range(self.world.now, to):
                self.meanwhile(run, i)
            self.world.open_at(to).tick()
        bot.refresh_from_db()
        assert bot.status == "running", bot.status_reason
        run.refresh_from_db()
        assert run.last_candle_ms == self.world.time(len(self.candles) - 1)
        return run

    def start(self, name: str) -> Bot:
        if name in STRATEGIES:
            return self.world.bot(
                self.owner, STRATEGIES[name], allocation=CASH, slippage=SLIPPAGE, name="Rules"
            )
        bot = bots.create(
            owner=self.owner, name=name, venue=self.world.venue, symbol=self.world.symbol,
            allocation=CASH, kind=name, params=self.params(name),
            timeframe=self.candles.timeframe, slippage=SLIPPAGE,
        )  # fmt: skip
        grant(self.owner, CASH)
        self.hook = hooks.make(bot=bot)[0] if name == "signal" else None
        return bots.start(bot=bot)

    def params(self, name: str) -> dict[str, Any]:
        """Parameters under which these candles make it trade."""
        now = self.world.now
        low, high = self.candles.low[now:].min(), self.candles.high[now:].max()
        step = float((self.candles.high / self.candles.low - 1)[:now].mean())
        if name == "grid":
            lines = int(max(4, min(60, (high / low - 1) / max(step, 0.0003))))
            return {"lower": float(low * 0.9995), "upper": float(high * 1.0005), "levels": lines}
        if name == "dca":
            return {
                "base_amount": 9000.0, "safety_amount": 9000.0, "safety_count": 5,
                "safety_active": 2, "deviation": max(step, 0.0005), "step_scale": 1.2,
                "take_profit": max(step, 0.0005), "stop_loss": min(0.5, 20 * max(step, 0.0005)),
            }  # fmt: skip
        if name == "rebalance":
            return {"weights": {self.world.symbol: 0.5}, "threshold": 0.0, "every": 5,
                    "trade_min": 1.0}  # fmt: skip
        if name == "signal":
            return {"size": 0.6, "pyramiding": 2, "stop_loss": 10 * step, "take_profit": 5 * step}
        if name == "copy":
            return {"leader": self.start("rules").pk, "share": 0.7, "lag_max": 86_400}
        return {"script": 1, "amount_max": 40_000.0, "orders_max": 3}

    def meanwhile(self, run: BotRun, i: int) -> None:
        """What reaches the bot while candle i is open."""
        if self.hook is not None and i % 6 == 1:
            with clock.fixed(self.world.time(i) + 1):
                action = {0: "buy", 1: "sell", 2: "buy", 3: "close"}[i // 6 % 4]
                part = {"fraction": 0.5} if action == "sell" else {}
                assert signals.receive(self.hook, {"action": action, **part}).state == "accepted"
        if run.kind == "script" and (answer := self.answer(i)):
            closed_ms = self.world.time(i) + self.candles.timeframe_ms
            events.put(run, key=f"answer {i}", due_ms=closed_ms, event=answer)

    def answer(self, i: int) -> dict[str, Any]:
        """A ladder, a bracket, a stop that adds, and a sale, in turns."""
        price = float(self.candles.close[i])
        low = {"kind": "limit", "price": price * 0.999, "tag": "low"}
        guarded = {"bracket": {"stop_loss": 0.03, "take_profit": 0.05}}
        asked: dict[int, dict[str, Any]] = {
            0: {"orders": [
                {"side": 1, "amount": 9000.0, **low}, {"side": 1, "amount": 20_000.0, **guarded},
            ]},
            4: {"orders": [{"side": -1, "reduce_only": True, "kind": "trailing_stop",
                            "trail": 0.01, "tag": "trail"}]},
            7: {"orders": [{"side": -1, "reduce_only": True}], "cancels": ["low", "trail"]},
        }  # fmt: skip
        return asked.get(i % 10, {})


def fills_of(run: BotRun, live: Live) -> list[Told]:
    """What was booked, before the last candle: the data's end closes what a backtest holds."""
    rows = performance.fills_of(run)
    told = [Told(one.time_ms, one.side, float(one.price), float(one.quantity)) for one in rows]
    return sorted(one for one in told if one.time_ms < live.candles.open_time_ms[-1])


def backtested(run: BotRun, live: Live) -> list[Told]:
    """The same of the backtest with the run's money, rules, costs and events."""
    of = _of_strategy if run.kind == "rules" else _of_kind
    return sorted(one for one in of(run) if one.time_ms < live.candles.open_time_ms[-1])


def _of_strategy(run: BotRun) -> Iterator[Told]:
    rules, costs = run_rules.from_json(run.rules)
    result = simulate(
        parse(run.spec), {run.symbol: recorded_candles(run)}, cash=float(run.equity_start),
        costs=costs, rules={run.symbol: rules}, trade_from_ms=run.trade_from_ms,
    )  # fmt: skip
    rows = result.fill_columns
    for at in range(len(rows)):
        side = "buy" if rows.direction[at] > 0 else "sell"
        numbers = float(rows.price[at]), float(rows.quantity[at])
        yield Told(int(result.fill_time_ms[at]), side, *numbers)


def _of_kind(run: BotRun) -> Iterator[Told]:
    rules, costs = run_rules.from_json(run.rules)
    candles = stored.load(run.venue, run.symbol, run.timeframe, run.trade_from_ms)
    heard = [event for _, rows in sorted(selectors.given(run).items()) for event in rows]
    result = run_kind(
        KINDS[run.kind], run.params, {run.symbol: candles}, cash=float(run.equity_start),
        costs=costs, rules={run.symbol: rules}, events=heard,
    )  # fmt: skip
    for one in result.fills:
        yield Told(one.time_ms, one.side, one.price, one.quantity)
