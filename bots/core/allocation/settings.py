"""What somebody asks of a portfolio: JSON -> Settings, or every fault by its field."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bots.core.allocation.assets import check_count
from bots.core.allocation.limits import Limits
from bots.core.allocation.methods import METHODS
from bots.core.strategy.reading import Faults, join
from exchanges.core.candles import TIMEFRAME_MS

TIMEFRAMES = tuple(name for name in TIMEFRAME_MS if TIMEFRAME_MS[name] >= 60 * 60_000)
WINDOW_MIN, WINDOW_MAX = 10, 2000
DEFAULTS: dict[str, Any] = {
    "method": "hierarchical_risk_parity", "timeframe": "1d", "window": 60, "step": 30,
    "fee": 0.0004, "min_weight": 0.0, "max_weight": 1.0,
}  # fmt: skip
FIELDS = (*DEFAULTS, "limits")


@dataclass(frozen=True, slots=True)
class Settings:
    """window, step: returns a weighing looks back at, and candles until the next one.

    fee: of what is traded. limits: asset -> (least, most) where it differs from the others'.
    """

    method: str
    timeframe: str
    window: int
    step: int
    fee: float
    min_weight: float
    max_weight: float
    limits: Mapping[str, tuple[float, float]] = field(default_factory=dict)

    @property
    def least_returns(self) -> int:
        """One window, and something after it to try the weights on."""
        return self.window + 2

    def bounds(self, names: tuple[str, ...]) -> Limits:
        return Limits.of(names, self.min_weight, self.max_weight, self.limits)

    def to_json(self) -> dict[str, Any]:
        """What read_settings() reads back as the same."""
        data: dict[str, Any] = {key: getattr(self, key) for key in DEFAULTS}
        own = {name: {"min": low, "max": high} for name, (low, high) in self.limits.items()}
        return data | ({"limits": own} if own else {})


def read_settings(value: object, names: tuple[str, ...]) -> Settings:
    """BadInput with every fault; what is left out takes its default. names: of the assets."""
    check_count(len(names))
    faults = Faults()
    given = faults.fields("", value, FIELDS)
    asked = DEFAULTS | {key: one for key, one in given.items() if one is not None}
    made: dict[str, Any] = {
        "method": faults.choice("method", asked["method"], METHODS, "method"),
        "timeframe": faults.choice("timeframe", asked["timeframe"], TIMEFRAMES, "timeframe"),
        "window": faults.whole("window", asked["window"], WINDOW_MIN, WINDOW_MAX),
        "step": faults.whole("step", asked["step"], 1, WINDOW_MAX),
        "fee": faults.number("fee", asked["fee"], 0, 0.1, hint="; a fraction: 0.0004 is 0.04 %"),
        "limits": _read_limits(faults, given.get("limits"), names),
    }
    for key in ("min_weight", "max_weight"):
        made[key] = faults.number(key, asked[key], 0, 1, hint="; a fraction: 0.2 is 20 %")
    low, high = made["min_weight"], made["max_weight"]
    if low is not None and high is not None and low > high:
        faults.add("min_weight", f"is above max_weight ({high:g}); swap them")
    faults.raise_if_any("portfolio")
    settings = Settings(**made)
    settings.bounds(names)
    return settings


def _read_limits(
    faults: Faults, value: object, names: tuple[str, ...]
) -> dict[str, tuple[float, float]]:
    made: dict[str, tuple[float, float]] = {}
    for name, written in faults.fields("limits", {} if value is None else value, names).items():
        path = join("limits", name)
        fields = faults.fields(path, written, ("min", "max"))
        low = faults.number(join(path, "min"), fields.get("min", 0.0), 0, 1)
        high = faults.number(join(path, "max"), fields.get("max", 1.0), 0, 1)
        if low is None or high is None:
            continue
        if low > high:
            faults.add(join(path, "min"), f"is above max ({high:g}); swap them")
        made[name] = (low, high)
    return made
