"""Does what another bot does, at a share of its size.

A fill of the leader: {"id", "symbol", "side": 1 or -1, "fraction" of the leader's equity that it
was worth, "time_ms"}, and "closed": true where the leader holds nothing of it any more. The leader
of a bot that runs is another bot of its owner's, on paper and on the same symbol; a fill of its is
told when its candle is over.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bots.core.kinds.base import Desk
from bots.core.kinds.declared import Declared
from bots.core.kinds.events import Hears, Refused, number_of, symbol_of
from bots.core.kinds.params import Param, Type

PARAMS = (
    Param("leader", Type.REFERENCE, "Leader", "Number of the bot whose fills are copied."),
    Param("share", Type.NUMBER, "Share",
          "1 puts the same part of the equity into each trade as the leader; 0.5 half of it.",
          default=1.0, low=0.01, high=10),
    Param("position_max", Type.FRACTION, "Largest position",
          "Of the own equity, in one symbol; purchases end there.", default=1.0, low=0.01, high=1),
    Param("lag_max", Type.INTEGER, "Lag at most",
          "Seconds from a purchase of the leader's to the candle at whose close it would be "
          "copied; later ones are refused. Sales are always copied.",
          default=300, low=1, high=86_400),
)  # fmt: skip


@dataclass(slots=True)
class CopyTrader(Hears):
    """Sells what it holds, buys what the leader buys, and never more than `position_max`."""

    def act(self, desk: Desk, event: Mapping[str, Any]) -> None:
        symbol, side = symbol_of(desk, event), event.get("side")
        fraction = number_of(event, "fraction")
        if fraction is None or side not in (1, -1):
            raise Refused("a fill needs side, 1 or -1, and fraction")
        amount = fraction * float(self.values["share"]) * desk.equity
        if side > 0:
            self.buy(desk, symbol, amount, event)
        else:
            self.sell(desk, symbol, amount, everything=event.get("closed") is True)

    def buy(self, desk: Desk, symbol: str, amount: float, event: Mapping[str, Any]) -> None:
        time_ms = event.get("time_ms")
        if not isinstance(time_ms, int):
            raise Refused("a fill needs time_ms")
        lag_s = (desk.time_ms - time_ms) / 1000
        if lag_s > self.values["lag_max"]:
            raise Refused(f"{lag_s:.0f} s old; at most {self.values['lag_max']} s are copied")
        worth = desk.position(symbol).quantity * desk.close(symbol)
        room = float(self.values["position_max"]) * desk.equity - worth
        room -= self.on_the_way(desk, symbol)
        amount = min(amount, room, desk.cash - self.on_the_way(desk))
        if amount <= 0:
            raise Refused("the position is as large as it may be, or no cash is left")
        self.purchase(desk, symbol, amount)

    def sell(self, desk: Desk, symbol: str, amount: float, *, everything: bool) -> None:
        if everything:
            for order in desk.open_orders(symbol):
                desk.cancel(order)
        held = desk.position(symbol).quantity
        quantity = amount / desk.close(symbol)
        if held > 0:
            part = None if everything or quantity >= held else quantity
            desk.send(symbol, -1, part, reduce_only=True, tag="copy")
        elif not everything:
            raise Refused("there is nothing to sell")


KIND = Declared(
    "copy", "Copy", "Follows another bot: buys and sells what it does, at a share of its size.",
    PARAMS, CopyTrader, inputs="leader",
)  # fmt: skip
