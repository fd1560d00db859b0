"""A kind of bot that does what signals say, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class Ears:
    """Buys for the amount of an event, or sells everything; counts what it heard."""

    def __init__(self, state: Mapping[str, Any] | None) -> None:
        self.heard: list[str] = list((state or {}).get("heard", []))

    def on_event(self, desk: Any, event: Mapping[str, Any]) -> None:
        self.heard.append(event["id"])
        if event["action"] == "buy":
            desk.send(event["symbol"], 1, amount=event.get("amount", 100.0), tag="buy")
        else:
            desk.send(event["symbol"], -1, reduce_only=True, tag="sell")

    def on_candle(self, desk: Any) -> None:
        """Waits for signals."""

    def on_fill(self, desk: Any, told: Any) -> None:
        """Needs nothing of it."""

    def state(self) -> dict[str, Any]:
        return {"heard": self.heard}


class Hearing:
    name, title, summary, params, inputs = "hearing", "Hearing", "", (), "signals"
    backtests, wallet, own = "", False, ""

    def faults(self, *_: Any, **__: Any) -> list[Any]:
        return []

    def __init__(self, *others: str) -> None:
        self.others = others

    def symbols(self, _values: Any, symbol: str) -> tuple[str, ...]:
        return (symbol, *self.others)

    def make(self, _values: Any, state: Mapping[str, Any] | None = None) -> Ears:
        return Ears(state)
