"""The websocket API: requests as on REST, and a signed-in account's stream on the same socket."""

from __future__ import annotations

import asyncio
import contextlib
import re
from typing import Any

from channels.db import database_sync_to_async

from accounts.services import api_keys
from exchanges.binance_api import faults, signing
from exchanges.binance_api.account_stream import AccountStream
from exchanges.binance_api.addresses import MODULES
from exchanges.binance_api.endpoint import SOCKET_METHODS, asked_by_socket
from exchanges.binance_api.faults import Fault
from exchanges.binance_api.params import Params
from exchanges.binance_api.socket import BinanceSocket
from foundation.edge.consumer import still_holds
from foundation.edge.publish import encode
from foundation.edge.throttles import network_of, socket_address
from foundation.lib import clock

assert MODULES, "importing them declares the methods"
KEY_CHECKED_EVERY_S = 20.0
_ID = re.compile(r"[A-Za-z0-9_-]{1,36}")


class ApiConsumer(BinanceSocket):
    """{"id", "method", "params"} -> {"id", "status", "result" or "error"}."""

    product = "spot"
    account: AccountStream | None = None
    row: Any = None  # the API key that logged on
    _guard: asyncio.Task[None] | None = None

    async def disconnect(self, code: int) -> None:
        await self._end_stream()
        await super().disconnect(code)

    async def resync(self) -> None:
        if self.account is not None:
            await self.account.catch_up(self.hub)

    async def hear(self, message: dict[str, Any]) -> None:
        number = message.get("id")
        if not isinstance(number, int) and not _ID.fullmatch(str(number)):
            number = None
        try:
            result = await self._result(str(message.get("method")), _values(message))
            self.answer({"id": number, "status": 200, "result": result, "rateLimits": []})
        except Exception as error:
            fault = faults.of_exception(error, self.product)
            if fault is None:
                raise
            self.answer({"id": number, "status": fault.status, "error": fault.body()})

    def answer(self, content: dict[str, Any]) -> None:
        self.say_text(encode(content).decode())

    async def _result(self, method: str, values: dict[str, str]) -> Any:
        match method:
            case "session.logon":
                self.row = await database_sync_to_async(self._logged_on)(values)
                return self._session()
            case "session.status":
                return self._session()
            case "session.logout":
                self.row = None
                await self._end_stream()
                return self._session()
            case "userDataStream.subscribe" | "userDataStream.subscribe.signature":
                if method.endswith("signature"):
                    row = await database_sync_to_async(self._logged_on)(values)
                else:
                    row = await self._still_logged_on()
                return await self._begin_stream(row)
            case "userDataStream.unsubscribe":
                await self._end_stream()
                return {}
        served = SOCKET_METHODS.get((self.product, method))
        if served is None:
            raise Fault(-1020, "This operation is not supported.")
        ask = database_sync_to_async(asked_by_socket)
        row = await self._still_logged_on()
        return await ask(served, values, row, network_of(self._address()))

    async def _still_logged_on(self) -> Any:
        """The key that logged on, as it is now; refused from the moment it is revoked."""
        if self.row is None:
            return None
        return await database_sync_to_async(signing.known_key)(self.row.key, self._address())

    def _address(self) -> str:
        return socket_address(self.scope)

    def _logged_on(self, values: dict[str, str]) -> Any:
        row = signing.known_key(values.get("apiKey", ""), self._address())
        signing.check(row, Params(values), signing.payload_of_socket(values))
        return row

    def _session(self) -> dict[str, Any]:
        return {
            "apiKey": self.row.key if self.row else None,
            "authorizedSince": clock.now_ms() if self.row else None,
            "connectedSince": None,
            "returnRateLimits": False,
            "serverTime": clock.now_ms(),
            "userDataStream": self.account is not None,
        }

    async def _begin_stream(self, row: Any) -> dict[str, Any]:
        if row is None:
            raise Fault(-2014, "API-key format invalid.", 401)
        if self.account is None:
            self.account = AccountStream(row.owner_id, self.product, self._event)
            await self.account.open(self.hub)
            self._guard = asyncio.create_task(self._watch(self.account, row.pk))
        return {"subscriptionId": 0}

    async def _watch(self, account: AccountStream, key_id: int) -> None:
        """The stream ends with the API key that opened it."""
        while await still_holds(api_keys.is_live, key_id):
            await account.listener.wait_for_access(KEY_CHECKED_EVERY_S)
        self._event({"e": "eventStreamTerminated", "E": clock.now_ms()})
        self.account = None
        await account.close(self.hub)

    async def _end_stream(self) -> None:
        if self._guard is not None:
            self._guard.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._guard
            self._guard = None
        if self.account is not None:
            await self.account.close(self.hub)
            self.account = None

    def _event(self, event: Any) -> None:
        self.say({"subscriptionId": 0, "event": event})


class FuturesApiConsumer(ApiConsumer):
    product = "futures"


def _values(message: dict[str, Any]) -> dict[str, str]:
    given = message.get("params") or {}
    if not isinstance(given, dict):
        raise Fault(-1135, "Invalid JSON Request: params must be an object.")
    return {str(name): _text(value) for name, value in given.items()}


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
