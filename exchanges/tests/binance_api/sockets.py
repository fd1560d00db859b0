"""A plain websocket client: what a program in any language sees of the face's sockets."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
from collections.abc import Callable
from typing import Any

from asgiref.sync import sync_to_async
from websockets.asyncio.client import ClientConnection, connect

from foundation.lib import clock

WAIT_S = 20


class Socket:
    """async with Socket(base, path) as socket: `heard` keeps what nobody waited for yet."""

    def __init__(self, base: str, path: str) -> None:
        self.address = f"{base.replace('http', 'ws', 1)}/binance/{path}"
        self.heard: list[Any] = []

    async def __aenter__(self) -> Socket:
        self.connection: ClientConnection = await connect(self.address)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.connection.close()

    async def ask(self, **message: Any) -> Any:
        """Send a message; its answer is the one with the same id."""
        await self.connection.send(json.dumps(message))
        return await self.wait(lambda said: said.get("id") == message["id"])

    async def wait(
        self, wanted: Callable[[Any], bool], move: Callable[[], None] | None = None
    ) -> Any:
        """The first wanted message that was not taken before; the market moves until it comes."""
        for said in self.heard:
            if wanted(said):
                self.heard.remove(said)
                return said
        async with asyncio.timeout(WAIT_S):
            while True:
                if move is not None:
                    await sync_to_async(move)()
                try:
                    text = await asyncio.wait_for(self.connection.recv(), 0.2 if move else WAIT_S)
                except TimeoutError:
                    continue
                said = json.loads(text)
                if wanted(said):
                    return said
                self.heard.append(said)

    async def event(self, kind: str, **fields: Any) -> Any:
        """The next event of this kind with these fields."""

        def is_it(said: Any) -> bool:
            event = said.get("event", said) if isinstance(said, dict) else {}
            return event.get("e") == kind and fields.items() <= event.items()

        said = await self.wait(is_it)
        return said.get("event", said)


def signed(key: dict[str, str], **params: Any) -> dict[str, Any]:
    """Parameters of the websocket API with key, time and signature."""
    params = {**params, "apiKey": key["apiKey"], "timestamp": clock.now_ms()}
    text = "&".join(f"{name}={params[name]}" for name in sorted(params))
    signature = hmac.new(key["secret"].encode(), text.encode(), hashlib.sha256).hexdigest()
    return {**params, "signature": signature}


def run(story: Any) -> Any:
    return asyncio.run(asyncio.wait_for(story, 60))
