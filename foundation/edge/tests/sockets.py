"""A websocket client for tests, and the publishers as coroutines."""

import asyncio
import json

import pytest
from asgiref.sync import sync_to_async
from asgiref.testing import ApplicationCommunicator
from django.db import connections

from cryptobot.asgi import application
from foundation.edge import publish

with_database = pytest.mark.django_db(transaction=True)


class Socket:
    """A client that hears frames, and tells when it hears nothing."""

    def __init__(self, path, *, origin=None, session=None, protocols=None):
        headers = [(b"origin", origin.encode())] if origin else []
        if session:
            headers.append((b"cookie", f"sessionid={session}".encode()))
        scope = {"type": "websocket", "path": path, "query_string": b"", "headers": headers}
        self.wire = ApplicationCommunicator(
            application, scope | {"subprotocols": protocols or [], "client": ["127.0.0.1", 1]}
        )

    async def __aenter__(self):
        await self.wire.send_input({"type": "websocket.connect"})
        answer = await self.wire.receive_output(timeout=10)
        self.is_open, self.protocol = (
            answer["type"] == "websocket.accept",
            answer.get("subprotocol"),
        )
        return self

    async def __aexit__(self, *_):
        await self.wire.send_input({"type": "websocket.disconnect", "code": 1000})
        ended, _ = await asyncio.wait([self.wire.future], timeout=10)
        assert ended, "the application did not end with its socket"
        await self.wire.wait()  # raises what it raised

    async def send(self, **frame):
        await self.wire.send_input({"type": "websocket.receive", **frame})

    async def say(self, **message):
        await self.send(text=json.dumps(message))

    async def hear(self):
        return json.loads((await self.wire.receive_output(timeout=10))["text"])

    async def closing(self):
        """The code of the closing, whatever is heard before it."""
        while True:
            event = await self.wire.receive_output(timeout=10)
            if event["type"] == "websocket.close":
                return event.get("code", 1000)

    async def ask(self, **message):
        await self.say(**message)
        return await self.hear()

    async def subscribe(self, *names, **more):
        return await self.ask(op="subscribe", channels=list(names), **more)


def run(story):
    async def told():
        close_all = sync_to_async(connections.close_all)
        await close_all()  # what an earlier test left open in this thread asks the database again
        try:
            return await story
        finally:
            await close_all()

    return asyncio.run(told())


publish_market = sync_to_async(publish.to_market)
publish_user = sync_to_async(publish.to_user)
publish_admins = sync_to_async(publish.to_admins)
