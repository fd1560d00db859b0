"""What an indicator is, and the table of all of them.

To add an indicator, write one decorated function in its family file (a new file in this folder
is found by itself):

    @indicator("sma", "Simple moving average", params={"period": (20, 1, 5000)}, overlay=True)
    def sma(source: Column, period: int) -> Column:
        '''Mean of the last candles.'''
        return talib.SMA(source, period)

- Arguments that are not in `params` are what it reads: `source` (the user chooses the column),
  or any of open, high, low, close, volume, open_time_ms, or of BESIDE_COLUMNS: what others knew
  when the candle closed, NaN where that is not known.
- `params`: name -> (default, least, most); whole numbers make an int, any fraction a float;
  ("sma", ("sma", "ema")) is a choice.
- `outputs`: names in the order returned; the first is the main one. One output needs no name.
- `ordered`: pairs of parameters of which the first must be the smaller ("fast", "slow").
- The first line of the docstring is what users read.
- Promises, checked for every indicator by bots/tests/core/test_every_indicator.py: the length is
  kept; NaN while warming up and never after; more candles change no earlier value; short and
  constant input raise nothing and give no infinity. Add a golden value in test_golden.py, and its
  twins for generated programs (bots/core/codegen/__init__.py).

The editor, the API, validation and charts read all of it from here.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from foundation.lib.registry import Registry

Column = NDArray[np.float64]
ParamValue = int | float | str
Memory = Literal["window", "fading", "session", "forever"]
Warmup = Callable[[Mapping[str, ParamValue], str], int | None]

CANDLE_COLUMNS = ("open", "high", "low", "close", "volume")
# funding: the newest rate of the pair's perpetual that was known; basis: of that perpetual, a
# candle ago; bitcoin, paired: what BTC and this market cost at one moment, a candle ago.
BESIDE_COLUMNS = ("funding", "basis", "bitcoin", "paired")
PERIOD_MAX = 5000

PARAM_DOCS = {
    "period": "Number of candles",
    "fast": "Candles of the fast average",
    "slow": "Candles of the slow average",
    "signal": "Candles of the signal line",
    "smooth": "Candles of the smoothing",
    "multiplier": "Width, in multiples of the volatility",
    "average": "Kind of moving average",
    "k": "Candles of %K",
    "d": "Candles of %D",
    "smooth_k": "Smoothing of %K",
    "atr_period": "Candles of the average true range",
    "rsi_period": "Candles of the RSI",
}


@dataclass(frozen=True, slots=True)
class Param:
    """One parameter: its default, its bounds, and for a choice its possible values.

    check, of a formula: the text as it is stored; ValueError where it means nothing.
    """

    default: ParamValue
    least: int | float | None
    most: int | float | None
    kind: Literal["int", "float", "choice", "formula"]
    doc: str
    choices: tuple[str, ...] = ()
    check: Callable[[str], str] | None = None


@dataclass(frozen=True, slots=True)
class Indicator:
    """One type of indicator. memory: what a value depends on.

    window: only the last candles; fading: all candles, older ones ever less;
    session: the candles since the session before began; forever: the first candle too (a
    running total), so its level says little, its changes do.
    warmup: where that depends on the parameters, the candles of a timeframe until it has settled;
    None for never.
    """

    key: str
    name: str
    family: str
    params: Mapping[str, Param]
    outputs: tuple[str, ...]
    inputs: tuple[str, ...]
    overlay: bool
    doc: str
    memory: Memory
    ordered: tuple[tuple[str, str], ...]
    function: Callable[..., Any]
    warmup: Warmup | None = None

    @property
    def is_formula(self) -> bool:
        """Whether a user wrote what it computes."""
        return any(param.kind == "formula" for param in self.params.values())

    @property
    def takes_source(self) -> bool:
        """Whether the user chooses the column it reads."""
        return "source" in self.inputs


INDICATORS: Registry[Indicator] = Registry("indicator")


def make_param(name: str, written: tuple[Any, ...] | Param) -> Param:
    """(default, least, most) or (default, choices) -> Param; a Param stays as it is."""
    if isinstance(written, Param):
        return written
    doc = PARAM_DOCS.get(name, name.replace("_", " ").capitalize())
    if isinstance(written[0], str):
        default, choices = written
        assert default in choices
        return Param(default, None, None, "choice", doc, tuple(choices))
    default, least, most = written
    assert least <= default <= most
    if all(isinstance(bound, int) for bound in written):
        return Param(default, least, most, "int", doc)
    return Param(float(default), float(least), float(most), "float", doc)


def indicator(
    key: str,
    name: str,
    *,
    params: Mapping[str, tuple[Any, ...] | Param] | None = None,
    outputs: tuple[str, ...] = ("value",),
    overlay: bool = False,
    memory: Memory = "window",
    ordered: tuple[tuple[str, str], ...] = (),
    warmup: Warmup | None = None,
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Register the decorated function as an indicator type; see the top of this module."""
    made = {param: make_param(param, written) for param, written in (params or {}).items()}

    def register(function: Callable[..., Any]) -> Callable[..., Any]:
        arguments = tuple(inspect.signature(function).parameters)
        inputs = tuple(argument for argument in arguments if argument not in made)
        assert set(made) <= set(arguments), f"{key}: a parameter is not an argument"
        readable = {"source", "open_time_ms", *CANDLE_COLUMNS, *BESIDE_COLUMNS}
        assert set(inputs) <= readable, f"{key}: {inputs}"
        doc = (inspect.getdoc(function) or "").split("\n")[0]
        family = function.__module__.rsplit(".", 1)[-1]
        about = (family, made, outputs, inputs, overlay, doc, memory, ordered, function, warmup)
        INDICATORS.add(key, Indicator(key, name, *about))
        return function

    return register
