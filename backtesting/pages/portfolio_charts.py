"""Frontier and correlations as SVG made on the server; tables beside them carry the numbers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bots.core.allocation import METHODS

WIDTH, HEIGHT = 640, 360
LEFT, RIGHT, TOP, BOTTOM = 60, 16, 16, 40
TICKS = 5
CELL, HEAD, TILT = 46, 120, 60  # TILT: what the last slanted name reaches to the right
NAME_ROOM = 150
NAME_CHARS_MAX = 16
ROOM = 0.06
STRONGEST = 0.75


def frontier_chart(result: Mapping[str, Any]) -> dict[str, Any]:
    """The curve, each asset and each method's mix, by volatility (right) and return (up)."""
    chosen = result["method"]
    assets = [{**one, "kind": "asset"} for one in result["assets"]]
    mixes = [
        {**mix, "name": METHODS[key].label, "kind": "chosen" if key == chosen else "mix"}
        for key, mix in ((key, result["allocations"][key]) for key in METHODS)
    ]
    everything = [*result["frontier"], *assets, *mixes]
    across = _Scale([one["volatility"] for one in everything], LEFT, WIDTH - RIGHT)
    up = _Scale([one["expected_return"] for one in everything], HEIGHT - BOTTOM, TOP)
    points = [
        {
            "name": one["name"], "kind": one["kind"], "x": across(one["volatility"]),
            "y": up(one["expected_return"]), "volatility": one["volatility"],
            "expected_return": one["expected_return"],
            "at_right": across(one["volatility"]) > WIDTH - NAME_ROOM,
        }
        for one in (*assets, *mixes)
    ]  # fmt: skip
    curve = " ".join(
        f"{across(one['volatility'])},{up(one['expected_return'])}" for one in result["frontier"]
    )
    return {
        "width": WIDTH, "height": HEIGHT, "curve": curve, "points": points,
        "across": across.ticks(), "up": up.ticks(), "left": LEFT, "right": WIDTH - RIGHT,
        "bottom": HEIGHT - BOTTOM, "top": TOP,
    }  # fmt: skip


class _Scale:
    """From values to places; a little room on both sides, and ticks."""

    def __init__(self, values: list[float], start: float, end: float) -> None:
        low, high = min(values), max(values)
        room = (high - low) * ROOM or abs(high) * ROOM or 1.0
        self.low, self.high = low - room, high + room
        self.start, self.end = start, end

    def __call__(self, value: float) -> float:
        share = (value - self.low) / (self.high - self.low)
        return round(self.start + share * (self.end - self.start), 1)

    def ticks(self) -> list[dict[str, float]]:
        step = (self.high - self.low) / (TICKS - 1)
        values = [self.low + i * step for i in range(TICKS)]
        return [{"at": self(value), "value": value} for value in values]


def correlation_chart(found: Mapping[str, Any]) -> dict[str, Any]:
    """A square of cells, coloured by sign and strength, the number in each."""
    names = found["names"]
    cells = [
        {
            "x": HEAD + column * CELL,
            "y": HEAD + row * CELL,
            "value": value,
            "tone": "gain" if value > 0 else "loss",
            "opacity": f"{abs(value) * STRONGEST:.2f}",
        }
        for row, line in enumerate(found["matrix"])
        for column, value in enumerate(line)
    ]
    heads = [
        {"at": HEAD + i * CELL + CELL / 2, "text": short(name), "name": name}
        for i, name in enumerate(names)
    ]
    side = HEAD + len(names) * CELL
    width = side + TILT
    lines = [
        {"name": name, "values": line} for name, line in zip(names, found["matrix"], strict=True)
    ]
    return {
        "cells": cells,
        "heads": heads,
        "side": side,
        "width": width,
        "head": HEAD,
        "lines": lines,
    }


def short(name: str) -> str:
    return name if len(name) <= NAME_CHARS_MAX else f"{name[: NAME_CHARS_MAX - 1]}…"
