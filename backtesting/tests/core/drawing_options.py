"""Random uses of every option: sizing, entry orders, scaling, protections, costs, finer candles."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from random import Random
from typing import Any

import numpy as np
from hypothesis import strategies as st

from backtesting.tests.core.drawing import (
    FIVE_MINUTES_MS,
    RULES,
    SYMBOLS,
    candle_sets,
    fundings,
    specs,
)
from bots.core.strategy.spec import Spec, parse, to_json
from exchanges.core.candles import Candles, make_candles
from exchanges.core.costs import Costs

MINUTE_MS = 60_000


def sizing(random: Random, methods: Sequence[str]) -> dict[str, Any]:
    window = {"window": random.choice([2, 3, 10])}
    kelly = {"fraction": random.choice([0.5, 1.0]), "cap": random.choice([0.1, 0.25, 1.0])}
    numbers = {
        "fixed_fraction": {"risk": random.choice([0.001, 0.01, 0.2])},
        "volatility_target": {"volatility": random.choice([0.05, 0.5, 5.0])} | window,
        "kelly": window | kelly,
    }
    method = random.choice(methods)
    return {"method": method, **numbers[method]}


def entry_order(random: Random) -> dict[str, Any]:
    offset = random.choice([0.0, 0.0005, 0.003, 0.02])
    return {"type": "limit", "offset": offset, "expires_after": random.choice([1, 2, 5])}


def scale_in(random: Random) -> list[dict[str, Any]]:
    distances = random.choices([-0.05, -0.01, -0.002, 0.002, 0.02], k=random.randint(1, 3))
    return [{"at": at, "size": random.choice([0.25, 0.5, 1.0])} for at in distances]


def scale_out(random: Random, target: float | None) -> list[dict[str, Any]]:
    """Within the target, and not more than all."""
    left, steps = 1.0, []
    for at in random.choices([0.001, 0.003, 0.01, 0.04], k=random.randint(1, 4)):
        part = random.choice([0.1, 0.25, 0.5])
        if (target is None or at <= target) and part <= left:
            steps.append({"at": at, "part": part})
            left -= part
    return steps


def protection(random: Random) -> dict[str, Any]:
    kind = random.choice(["stoploss_guard", "max_drawdown", "low_profit"])
    one = {
        "type": kind, "lookback_candles": random.choice([1, 5, 40]),
        "stop_candles": random.choice([1, 4, 20]), "trade_limit": random.randint(1, 3),
    }  # fmt: skip
    if kind == "max_drawdown":
        return one | {"max_drawdown": random.choice([0.001, 0.02, 0.3])}
    one["required_profit"] = random.choice([-0.01, 0.0, 0.05])
    return one | ({"only_per_symbol": random.random() < 0.5} if kind == "stoploss_guard" else {})


@st.composite
def option_specs(draw: st.DrawFn) -> Spec:
    """A strategy with any of the options.

    Drawn by a seed: hypothesis would mostly leave them out, and rarely use them together.
    """
    data = to_json(draw(specs()))
    random, risk = Random(draw(st.integers(0, 2**32 - 1))), data["risk"]
    every = ["fixed_fraction", "volatility_target", "kelly"]
    drawn = {
        "sizing": sizing(random, every if risk["stop_loss"] else every[1:]),
        "entry_order": entry_order(random),
        "scale_in": scale_in(random),
        "scale_out": scale_out(random, risk["take_profit"]),
        "protections": [protection(random) for _ in range(random.randint(1, 3))],
    }
    risk.update({key: option for key, option in drawn.items() if random.random() < 0.5})
    return parse(data)


OPTION_COSTS = st.builds(
    Costs,
    fee_rate=st.sampled_from([0.0, 0.0004, 0.001, 0.03]),
    slippage=st.sampled_from([0.0, 0.0005, 0.02]),
    fee_rate_maker=st.sampled_from([None, 0.0, 0.0002]),
    slippage_model=st.sampled_from(["fixed", "spread", "volume_share", "volume_share"]),
    price_impact=st.sampled_from([0.0, 0.1, 0.4]),
    volume_limit=st.sampled_from([0.025, 0.3, 1.0]),
)


@st.composite
def volumes(draw: st.DrawFn, candles: Candles) -> Candles:
    """Much volume or little, and now and then none."""
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    volume = candles.volume * draw(st.sampled_from([1000.0, 30.0, 0.3]))
    volume[random.random(volume.size) < draw(st.sampled_from([0.0, 0.2]))] = 0.0
    return replace(candles, volume=volume)


@st.composite
def details(draw: st.DrawFn, candles: Candles) -> Candles:
    """Minutes inside candles of five, some of them missing."""
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    n = len(candles)
    inner = candles.low + random.random((4, n)) * (candles.high - candles.low)
    points = np.vstack([candles.open, inner, candles.close])
    open_, close = points[:-1], points[1:]
    high, low = np.maximum(open_, close), np.minimum(open_, close)
    every = np.arange(n)
    high[random.integers(0, 5, n), every] = candles.high
    low[random.integers(0, 5, n), every] = candles.low
    times = candles.open_time_ms + MINUTE_MS * np.arange(5)[:, None]
    columns = [part.T.ravel() for part in (open_, high, low, close)]
    kept = random.random(5 * n) >= draw(st.sampled_from([0.0, 0.05, 0.5]))
    kept[0] = True
    minutes = make_candles("1m", times.T.ravel(), *columns, np.ones(5 * n))
    assert candles.timeframe_ms == FIVE_MINUTES_MS
    return minutes.take(kept)


@st.composite
def option_runs(draw: st.DrawFn) -> dict[str, Any]:
    """Arguments of run(), but for the engine, with every option on or off."""
    symbols = SYMBOLS[: draw(st.sampled_from([1, 1, 2, 3]))]
    some = st.lists(st.sampled_from(symbols), unique=True)
    candles = {symbol: draw(volumes(draw(candle_sets()))) for symbol in symbols}
    return {
        "spec": draw(option_specs()),
        "candles": candles,
        "cash": draw(st.sampled_from([50.0, 1000.0, 12345.678, 1e7])),
        "costs": draw(OPTION_COSTS),
        "rules": {symbol: draw(RULES) for symbol in draw(some)},
        "funding": {symbol: draw(fundings()) for symbol in draw(some)},
        "detail": {symbol: draw(details(candles[symbol])) for symbol in draw(some)},
    }
