"""An account's own frames from the hub, as events of Binance's user data stream."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Any

import orjson

from exchanges.binance_api import account_events
from foundation.edge import publish
from foundation.edge.hub import Hub, Listener
from foundation.edge.outbox import Outbox

CHANNELS = {"orders", "positions", "wallet", "margin"}
ORDERS_REMEMBERED = 5000


class _Box(Outbox):
    """Hands every frame on the moment it comes."""

    __slots__ = ("take_frame",)

    def __init__(self, take_frame: Callable[[str], None]) -> None:
        super().__init__()
        self.take_frame = take_frame

    def put(self, frame: str) -> None:
        self.take_frame(frame)


class AccountStream:
    """say: how an event reaches the client. wrap: what is put around it."""

    def __init__(self, user_id: int, product: str, say: Callable[[Any], None]) -> None:
        self.user_id, self.product, self._say = user_id, product, say
        self.listener = Listener(_Box(self._take), self._nothing)
        self._known: OrderedDict[int, str] = OrderedDict()  # orders and their last status

    async def open(self, hub: Hub) -> None:
        """From now on; what was before is in REST."""
        newest = await hub.redis.get(publish.user_keys(self.user_id)[1])
        self.listener.user_seq = int(newest or 0)
        self.listener.user_channels = set(CHANNELS)
        hub.subscribe_user(self.listener, self.user_id)

    async def close(self, hub: Hub) -> None:
        hub.unsubscribe_user(self.listener)

    async def catch_up(self, hub: Hub) -> None:
        for seq, channel, frame in await hub.kept_frames(self.user_id, self.listener.user_seq):
            self.listener.hear(seq, channel, frame)

    async def _nothing(self) -> None:
        """The socket that holds this stream catches up for it."""

    def _take(self, frame: str) -> None:
        content = orjson.loads(frame)
        data, ts_ms = content["data"], content["ts"]
        is_first = False
        if content["channel"] == "orders":
            is_first = data["id"] not in self._known
            self._known[data["id"]] = data["status"]
            while len(self._known) > ORDERS_REMEMBERED:
                self._known.popitem(last=False)
        make = account_events.MAKERS[self.product]
        for event in make(content["channel"], data, ts_ms, is_first):
            self._say(event)
