"""Random strategies, candles, rules and costs for the parity tests."""

from __future__ import annotations

from decimal import Decimal
from random import Random
from typing import Any

import numpy as np
from hypothesis import strategies as st

from bots.core.engine.series import Funding
from bots.core.strategy.spec import parse
from exchanges.core.candles import Candles, make_candles
from exchanges.core.costs import Costs
from exchanges.core.market import MarketRules

SYMBOLS = ("BTC/USDT", "ETH/USDT", "SOL/USDT")
FIVE_MINUTES_MS = 300_000
START_MS = 5_666_666 * FIVE_MINUTES_MS  # in November 2023
CHANCES = (0.0, 0.0, 0.3)


@st.composite
def candle_sets(draw: st.DrawFn) -> Candles:
    """A random walk of 1 to 160 candles, wild or calm, on ticks or not, with holes or without."""
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    n = draw(st.sampled_from([150, 300, 50, 80, 12, 2, 1]))
    scale = draw(st.sampled_from([0.0005, 0.005, 0.03, 0.1]))
    gap = draw(st.sampled_from([0.0, 0.2, 1.0]))
    close = 100 * np.exp(np.cumsum(random.standard_normal(n) * scale))
    open_ = np.concatenate([[100.0], close[:-1]])
    open_ = open_ * np.exp(random.standard_normal(n) * scale * gap)
    reach = np.exp(np.abs(random.standard_normal((2, n))) * scale)
    high, low = np.maximum(open_, close) * reach[0], np.minimum(open_, close) / reach[1]
    digits = draw(st.sampled_from([1, 2, 8]))
    prices = [
        np.maximum(np.round(column, digits), 10.0**-digits) for column in (open_, high, low, close)
    ]
    times = START_MS + FIVE_MINUTES_MS * (np.arange(n) + draw(st.integers(0, 30)))
    kept = random.random(n) >= draw(st.sampled_from(CHANCES))
    kept[0] = True
    return make_candles("5m", times, *prices, random.random(n) * 10).take(kept)


OPERANDS = "open high low close close[1] close[2] high[1] low[3] a b a[1]".split()
OPERATORS = "> < >= <= crosses_above crosses_below".split()


def comparison(random: Random) -> dict[str, Any]:
    if random.random() < 0.2:
        return {"left": random.choice(OPERANDS), "op": random.choice(["rising", "falling"]), "n": 2}
    left, right = random.sample(OPERANDS, 2)
    return {"left": left, "op": random.choice(OPERATORS), "right": right}


@st.composite
def conditions(draw: st.DrawFn) -> dict[str, Any]:
    """One comparison, or two joined, so that signals come often enough to trade.

    Drawn by a seed: hypothesis likes to repeat itself, and "a > a" never trades.
    """
    random = Random(draw(st.integers(0, 2**32 - 1)))
    parts = [comparison(random) for _ in range(random.choice([1, 1, 2]))]
    return {random.choice(["all", "any"]): parts}


@st.composite
def indicators(draw: st.DrawFn, name: str) -> dict[str, Any]:
    kind = draw(st.sampled_from(["ema", "sma", "rsi", "atr"]))
    timeframe = draw(st.sampled_from([{}, {}, {"timeframe": "15m"}]))
    return {"id": name, "type": kind, "params": {"period": draw(st.integers(2, 9))}, **timeframe}


def maybe(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.one_of(st.none(), values)


FRACTIONS = st.sampled_from([0.001, 0.004, 0.01, 0.03, 0.1, 0.5])
RISKS = st.fixed_dictionaries(
    {
        "stop_loss": maybe(FRACTIONS),
        "take_profit": maybe(FRACTIONS),
        "trailing_stop": maybe(FRACTIONS),
        "max_position_size": st.sampled_from([0.1, 0.3, 0.5, 1.0]),
        "max_open_positions": st.integers(1, 3),
        "max_drawdown": maybe(st.sampled_from([0.02, 0.1, 0.4])),
        "leverage": st.sampled_from([1, 1, 2, 3.5, 10, 50, 125]),
        "cooldown_candles": st.sampled_from([0, 0, 1, 2, 3, 7]),
    }
)
ALL = ("buy", "sell", "short", "cover")
SIDES = (ALL, ("buy", "sell"), ("short", "cover"), ("buy",), ("short",))


@st.composite
def specs(draw: st.DrawFn) -> Any:
    """A strategy that went through the parser, like everybody's."""
    return parse(
        {
            "version": 1,
            "name": "drawn",
            "symbols": list(SYMBOLS),
            "timeframe": "5m",
            "indicators": [draw(indicators("a")), draw(indicators("b"))],
            **{f"{side}_conditions": draw(conditions()) for side in draw(st.sampled_from(SIDES))},
            "risk": draw(RISKS),
        }
    )


STEPS = maybe(st.sampled_from(["0.01", "0.1", "1", "0.25", "5", "0.00001", "0.003"]).map(Decimal))
RULES = st.builds(
    MarketRules,
    price_step=STEPS,
    amount_step=STEPS,
    amount_min=maybe(st.sampled_from([Decimal("0.01"), Decimal(2)])),
    notional_min=maybe(st.sampled_from([Decimal(10), Decimal(400)])),
)
COSTS = st.builds(
    Costs,
    fee_rate=st.sampled_from([0.0, 0.0004, 0.001, 0.03]),
    slippage=st.sampled_from([0.0, 0.0, 0.0005, 0.02]),
)


@st.composite
def fundings(draw: st.DrawFn) -> Funding:
    """A rate every hour, a little after it, as venues stamp them."""
    random = np.random.default_rng(draw(st.integers(0, 1000)))
    times = START_MS + 3_600_000 * np.arange(16) + random.integers(0, 9, 16)
    return Funding(times.astype(np.int64), random.standard_normal(16) * 0.01)


@st.composite
def runs(draw: st.DrawFn) -> dict[str, Any]:
    """Arguments of run(), but for the engine."""
    symbols = SYMBOLS[: draw(st.sampled_from([1, 1, 2, 3]))]
    ruled = draw(st.lists(st.sampled_from(symbols), unique=True))
    funded = draw(st.lists(st.sampled_from(symbols), unique=True))
    return {
        "spec": draw(specs()),
        "candles": {symbol: draw(candle_sets()) for symbol in symbols},
        "cash": draw(st.sampled_from([50.0, 1000.0, 12345.678, 1e7])),
        "costs": draw(COSTS),
        "rules": {symbol: draw(RULES) for symbol in ruled},
        "funding": {symbol: draw(fundings()) for symbol in funded},
    }
