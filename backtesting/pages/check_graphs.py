"""Places of what the check pages draw, for SVG made by templates; tables carry the same numbers."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from django.utils import timezone

from exchanges.core.candles import DAY_MS
from foundation.lib import clock

WIDTH, HEIGHT = 720.0, 280.0
LEFT, RIGHT, TOP, BOTTOM = 66.0, 12.0, 12.0, 34.0
TICKS = 5
ROW_HEIGHT, BAR_HEIGHT = 22, 10
STEPS = (1, 2, 2.5, 5, 10)
LARGE = {"T": 1e12, "B": 1e9, "M": 1e6}  # longer numbers have no room beside the graph
SLACK = 1e-9  # what rounding takes from a tick at the edge
NAMES = {"fee": "Fee, times", "slippage": "Slippage, %", "delay": "Delay, candles"}

Scale = Callable[[float], float]
Graph = dict[str, Any]


def fan(result: Graph) -> Graph:
    """Bands of equity over the number of trades, with the run's own path."""
    found = result["fan"]
    trade, bands, own = found["trade"], found["bands"], found["own"]
    every = [value for band in (*bands.values(), own) for value in band if value is not None]
    x = _scale(trade[0], trade[-1], LEFT, WIDTH - RIGHT)
    y, y_ticks = _upwards(every)
    return _frame(y_ticks) | {
        "outer": _between(trade, bands["5"], bands["95"], x, y),
        "inner": _between(trade, bands["25"], bands["75"], x, y),
        "middle": _line(trade, bands["50"], x, y),
        "own": _line(trade, own, x, y),
        "start": y(own[0]),
        "x_ticks": _ticks(trade[0], trade[-1], x, least_step=1.0),
    }


def bars(result: Graph) -> Graph:
    """Total return of each changed run, a group for each thing that was changed."""
    rows = [row for row in result["rows"] if row["total_return"] is not None]
    base = result["base"]["total_return"]
    returns = [base, 0.0, *(row["total_return"] for row in rows)]
    y, y_ticks = _upwards(returns, times=100.0, unit="\u202f%")
    groups = [name for name in NAMES if any(row["name"] == name for row in rows)]
    slot = (WIDTH - LEFT - RIGHT) / (len(rows) + len(groups))
    at, shown, heads = LEFT + slot / 2, [], []
    for name in groups:
        mine = [row for row in rows if row["name"] == name]
        heads.append({"x": at + slot * len(mine) / 2, "text": NAMES[name]})
        for row in mine:
            top, foot = sorted((y(row["total_return"]), y(0.0)))
            shown.append(
                {
                    "x": at + slot * 0.1,
                    "middle": at + slot / 2,
                    "width": slot * 0.8,
                    "y": top,
                    "height": max(foot - top, 1.0),
                    "tone": "gain" if row["total_return"] > 0 else "loss",
                    "text": f"{row['value'] * (100 if name == 'slippage' else 1):.4g}",
                }
            )
            at += slot
        at += slot
    return _frame(y_ticks) | {"bars": shown, "heads": heads, "zero": y(0.0), "base": y(base)}


def timeline(result: Graph) -> Graph:
    """Training and test of each window over time, and what the tests joined made."""
    folds = result["folds"]
    first_ms, last_ms = folds[0]["train_start_ms"], folds[-1]["test_end_ms"]
    x = _scale(first_ms, last_ms, LEFT, WIDTH - RIGHT)
    rows = [
        {
            "text": number,
            "y": TOP + (number - 1) * ROW_HEIGHT,
            "train_x": x(fold["train_start_ms"]),
            "train_width": x(fold["train_end_ms"]) - x(fold["train_start_ms"]),
            "test_x": x(fold["train_end_ms"]),
            "test_width": x(fold["test_end_ms"]) - x(fold["train_end_ms"]),
            "tone": _tone(fold["test"]),
        }
        for number, fold in enumerate(folds, 1)
    ]
    foot = TOP + len(rows) * ROW_HEIGHT
    return {
        "width": WIDTH,
        "height": foot + 20,
        "left": LEFT,
        "label_x": LEFT - 8,
        "bar_height": BAR_HEIGHT,
        "rows": rows,
        "x_ticks": _days(first_ms, last_ms, x),
        "x_label_y": foot + 12,
    }


def joined(result: Graph) -> Graph | None:
    """Equity of the tests, one after the other; None where there was none."""
    pairs = [(ms, value) for ms, value in result["equity"] if value is not None]
    if len(pairs) < 2:
        return None
    times, values = [ms for ms, _ in pairs], [value for _, value in pairs]
    borders = [fold["train_end_ms"] for fold in result["folds"]]
    x = _scale(min(times[0], borders[0]), times[-1], LEFT, WIDTH - RIGHT)
    y, y_ticks = _upwards([*values, result["cash"]])
    return _frame(y_ticks) | {
        "line": _line(times, values, x, y),
        "start": y(result["cash"]),
        "borders": [x(ms) for ms in borders],
        "x_ticks": _days(borders[0], times[-1], x),
    }


def _frame(y_ticks: list[Graph]) -> Graph:
    return {
        "width": WIDTH,
        "height": HEIGHT,
        "left": LEFT,
        "right": WIDTH - RIGHT,
        "top": TOP,
        "bottom": HEIGHT - BOTTOM,
        "label_x": LEFT - 8,
        "x_label_y": HEIGHT - BOTTOM + 14,
        "x_title_y": HEIGHT - 4,
        "y_ticks": y_ticks,
    }


def _scale(low: float, high: float, start: float, end: float) -> Scale:
    span = (high - low) or 1.0
    return lambda value: round(start + (value - low) / span * (end - start), 2)


def _upwards(
    values: Sequence[float], times: float = 1.0, unit: str = ""
) -> tuple[Scale, list[Graph]]:
    """A vertical scale with room above and below, and its ticks. times: of what is written."""
    low, high = min(values), max(values)
    room = (high - low) * 0.05 or abs(high) * 0.01 or 1.0
    y = _scale(low - room, high + room, HEIGHT - BOTTOM, TOP)
    return y, _ticks(low - room, high + room, y, times=times, unit=unit)


def _ticks(
    low: float,
    high: float,
    place: Scale,
    *,
    times: float = 1.0,
    unit: str = "",
    least_step: float = 0.0,
) -> list[Graph]:
    """Round numbers from low to high, with as many digits as tell them apart."""
    span = (high - low) or 1.0
    power = 10.0 ** math.floor(math.log10(span / TICKS))
    step = next(one * power for one in STEPS if one * power * TICKS >= span)
    step = max(step, least_step)
    for letter, size in LARGE.items():
        if max(abs(low), abs(high)) * times >= 10 * size:
            times, unit = times / size, letter + unit
            break
    # A step like 2.5 has one digit more than its power of ten.
    digits = max(0, 1 - math.floor(math.log10(step * times)))
    places = (
        digits - 1 if digits and round(step * times * 10 ** (digits - 1), 6) % 1 == 0 else digits
    )
    first, after = math.ceil(low / step - SLACK), math.floor(high / step + SLACK)
    return [
        {"at": place(i * step), "text": _written(i * step * times, places) + unit}
        for i in range(first, after + 1)
    ]


def _written(value: float, places: int) -> str:
    """With the minus sign that all numbers of the pages have."""
    text = f"{value:,.{places}f}"
    return text.replace("-", "\u2212") if text.strip("-0.,") else text.strip("-")


def _days(first_ms: int, last_ms: int, x: Scale) -> list[Graph]:
    count = 4
    moments = [first_ms + (last_ms - first_ms) * i // count for i in range(count + 1)]
    pattern = "%-d %b %Y" if last_ms - first_ms > 5 * DAY_MS else "%-d %b %H:%M"
    local = [timezone.localtime(clock.from_ms(ms)) for ms in moments]
    ticks = [
        {"at": x(ms), "text": f"{at:{pattern}}"} for ms, at in zip(moments, local, strict=True)
    ]
    return [
        {**tick, "anchor": "start" if i == 0 else "end" if i == count else "middle"}
        for i, tick in enumerate(ticks)
    ]


def _line(times: Sequence[float], values: Sequence[float], x: Scale, y: Scale) -> str:
    return " ".join(f"{x(at)},{y(value)}" for at, value in zip(times, values, strict=True))


def _between(
    times: Sequence[float], low: Sequence[float], high: Sequence[float], x: Scale, y: Scale
) -> str:
    there = _line(times, high, x, y)
    return f"{there} {_line(list(times)[::-1], list(low)[::-1], x, y)}"


def _tone(metrics: Graph | None) -> str:
    if metrics is None or not metrics["total_trades"]:
        return "none"
    return "gain" if metrics["total_return"] > 0 else "loss"
