"""What kinds that act on events have in common: ids heard before, numbers that are numbers."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bots.core.engine.orders import Bracket
from bots.core.kinds.base import Desk
from bots.core.kinds.declared import Kept
from bots.core.kinds.params import is_finite

IDS_MAX = 500
ID_CHARS_MAX = 200


class Refused(Exception):
    """Why an event is not acted on, in words for the owner."""


@dataclass(slots=True)
class Hears(Kept):
    """heard: ids of the last events; one that comes again is ignored. coming: {"tag", "symbol",
    "amount"} of purchases on their way. number: of the last one."""

    heard: list[str] = field(default_factory=list)
    coming: list[dict[str, Any]] = field(default_factory=list)
    number: int = 0

    def on_event(self, desk: Desk, event: Mapping[str, Any]) -> None:
        found = event.get("id")
        name = str(found)[:ID_CHARS_MAX]
        if found is None or name in self.heard:
            self.say(desk, "an event without an id is ignored" if found is None else
                     f"event {name} came again and is ignored")  # fmt: skip
            return
        self.heard = [*self.heard, name][-IDS_MAX:]
        try:
            self.act(desk, event)
        except Refused as why:
            self.say(desk, f"event {name}: {why}")

    def on_the_way(self, desk: Desk, symbol: str | None = None) -> float:
        """Quote currency that purchases which are not filled yet are to cost."""
        tags = {order.tag for order in desk.open_orders()}
        self.coming = [one for one in self.coming if one["tag"] in tags]
        return float(sum(one["amount"] for one in self.coming if symbol in (None, one["symbol"])))

    def purchase(
        self, desk: Desk, symbol: str, amount: float, bracket: Bracket | None = None
    ) -> None:
        """Raises Refused where the market does not take an order of that size."""
        self.number += 1
        tag = f"buy {self.number}"
        if not desk.send(symbol, 1, amount=amount, tag=tag, bracket=bracket).is_open:
            raise Refused(f"an order of {amount:g} is not possible in this market")
        self.coming.append({"tag": tag, "symbol": symbol, "amount": amount})

    def act(self, desk: Desk, event: Mapping[str, Any]) -> None:
        """Each kind's own. Raises Refused."""


def symbol_of(desk: Desk, event: Mapping[str, Any]) -> str:
    """The event's symbol, or the only one there is."""
    symbol = event.get("symbol")
    if symbol is None and len(desk.symbols) == 1:
        return desk.symbols[0]
    if symbol not in desk.symbols:
        raise Refused(f"{symbol} is not traded here; known are {', '.join(desk.symbols)}")
    return str(symbol)


def number_of(event: Mapping[str, Any], name: str, high: float = math.inf) -> float | None:
    """A number above 0, None where it is not given."""
    value = event.get(name)
    if value is None:
        return None
    if not is_finite(value) or not 0 < value <= high:
        most = "" if math.isinf(high) else f" and at most {high:g}"
        raise Refused(f"{name} must be a number above 0{most}")
    return float(value)
