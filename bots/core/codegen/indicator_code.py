"""One indicator as a call of its piece."""

from __future__ import annotations

from collections.abc import Mapping

from bots.core.codegen.dialects import Dialect
from bots.core.indicators import CANDLE_COLUMNS, INDICATORS, ParamValue
from bots.core.indicators.patterns import pattern_lookback

SOURCE_COLUMNS = CANDLE_COLUMNS
PATTERN = "candle_pattern"
# Means of prices -> the piece that makes them, and whether it gives a list of outputs.
MEANS = {
    "hl2": ("middle_of", ("high", "low"), ""),
    "hlc3": ("typical", ("high", "low", "close"), ""),
    "ohlc4": ("indicator_average_price", ("open", "high", "low", "close"), "[0]"),
}


def column_code(name: str, frame: str) -> str:
    """A candle column of a frame."""
    return f'{frame}["{name}"]'


def source_code(dialect: Dialect, name: str, frame: str) -> str:
    """A candle column, or a mean of several."""
    if name not in MEANS:
        return column_code(name, frame)
    function, inputs, taken = MEANS[name]
    return dialect.call(function, *(column_code(one, frame) for one in inputs)) + taken


def indicator_call(
    dialect: Dialect,
    key: str,
    params: Mapping[str, ParamValue],
    frame: str,
    source: str | None,
) -> str:
    """The list of the indicator's outputs. source: code of what it reads, where it may choose."""
    kind = INDICATORS[key]
    inputs = [
        source if name == "source" and source is not None else column_code(name, frame)
        for name in kind.inputs
    ]
    if key == PATTERN:
        pattern = str(params["pattern"])
        first = str(pattern_lookback(pattern))
        made = dialect.call("found_everywhere", *inputs, first, dialect.name(f"pattern_{pattern}"))
        return f"[{made}]"
    values = ", ".join(dialect.literal(params[name]) for name in kind.params)
    listed = f"[{', '.join(inputs)}]"
    return dialect.call("computed", dialect.name(f"indicator_{key}"), listed, f"[{values}]")
