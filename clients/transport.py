"""HTTP: signing in, JSON with exact numbers, and asking again only where that is safe."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import aiohttp

from clients.errors import OutcomeUnknown, Refused, TryLater

ATTEMPTS_MAX = 6
WAIT_S_MAX = 8.0
TIMEOUT_S = 15.0
AWAY = (aiohttp.ClientError, TimeoutError, OSError)


@dataclass(slots=True)
class Credentials:
    """Email and password, or an API key as `key.secret`; clients may share one."""

    email: str = ""
    password: str = ""
    api_key: str = ""
    access: str = ""
    refresh: str = ""
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def word(self) -> str:
        """The Authorization header."""
        return f"Api-Key {self.api_key}" if self.api_key else f"Bearer {self.access}"

    @property
    def token(self) -> str:
        """What a websocket's auth frame carries."""
        return self.api_key or self.access


def jittered(attempt: int, *, most_s: float = WAIT_S_MAX) -> float:
    """Seconds to wait: at random below a ceiling that doubles, so that nobody returns together."""
    return random.uniform(0.05, min(most_s, 0.2 * 2**attempt))  # noqa: S311 - jitter, no secret


def written(value: Any) -> str:
    """JSON with Decimals as text."""
    return json.dumps(value, default=_plain)


def _plain(value: Any) -> str:
    assert isinstance(value, Decimal), value
    return format(value, "f")


def parsed(text: str) -> Any:
    """JSON with every number that has a point as Decimal."""
    return json.loads(text, parse_float=Decimal)


class Transport:
    """One HTTP session on one server."""

    def __init__(self, url: str, credentials: Credentials) -> None:
        self.url, self.credentials = url.rstrip("/"), credentials
        self._session: aiohttp.ClientSession | None = None

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def signed_in(self) -> Credentials:
        """The credentials, ready to be used."""
        if not self.credentials.api_key and not self.credentials.access:
            await self.renew("")
        return self.credentials

    async def renew(self, stale: str) -> None:
        """A new access token, unless another task got one since `stale` was used."""
        known = self.credentials
        if known.api_key:
            raise Refused(401, "not_authenticated", "the API key is unknown, expired or revoked")
        async with known.lock:
            if known.access != stale:
                return
            try:
                if not known.refresh:
                    raise Refused(401, "not_authenticated", "not signed in yet")
                tokens = await self._ask("POST", "auth/refresh", {"refresh": known.refresh})
            except Refused:
                body = {"email": known.email, "password": known.password}
                tokens = await self._ask("POST", "auth/login", body)
            known.access, known.refresh = tokens["access"], tokens.get("refresh", known.refresh)

    async def get(self, path: str, **query: Any) -> Any:
        return await self.request("GET", path, query=query)

    async def request(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        *,
        query: Mapping[str, Any] | None = None,
        safe: bool = True,
        key: str = "",
    ) -> Any:
        """The answer's JSON. safe: doing it twice is doing it once, so an unknown outcome is asked
        again; else it raises OutcomeUnknown. key: the Idempotency-Key that makes it so."""
        for attempt in range(ATTEMPTS_MAX):
            known = await self.signed_in()
            used = known.access
            try:
                return await self._ask(method, path, body, query=query, word=known.word, key=key)
            except Refused as refusal:
                if refusal.status != 401 or attempt == ATTEMPTS_MAX - 1:
                    raise
                await self.renew(used)
            except TryLater as later:
                if attempt == ATTEMPTS_MAX - 1:
                    raise
                await asyncio.sleep(max(_wait_s(later), jittered(attempt)))
            except OutcomeUnknown:
                if not safe or attempt == ATTEMPTS_MAX - 1:
                    raise
                await asyncio.sleep(jittered(attempt))
        raise TryLater(f"{method} {path}: no answer after {ATTEMPTS_MAX} attempts")

    async def _ask(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        *,
        query: Mapping[str, Any] | None = None,
        word: str = "",
        key: str = "",
    ) -> Any:
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=TIMEOUT_S))
        words = {"Authorization": word, "Idempotency-Key": key}
        headers = {name: value for name, value in words.items() if value}
        headers["Content-Type"] = "application/json"
        asked = {name: str(value) for name, value in (query or {}).items() if value is not None}
        try:
            async with self._session.request(
                method,
                f"{self.url}/api/{path}",
                params=asked,
                data=None if body is None else written(body),
                headers=headers,
            ) as answer:
                return _understood(answer, await answer.text())
        except aiohttp.ClientConnectorError as fault:
            raise TryLater(f"no connection to {self.url}: {fault}") from fault
        except AWAY as fault:
            raise OutcomeUnknown(f"{method} {path}: {type(fault).__name__} {fault}") from fault


def _understood(answer: aiohttp.ClientResponse, text: str) -> Any:
    if answer.status < 300:
        return parsed(text) if text else None
    try:
        error = parsed(text)["error"]
        code, message = str(error["code"]), str(error["message"])
        faults = [(one["path"], one["message"]) for one in error["errors"]]
    except (ValueError, KeyError, TypeError):
        code, message, faults = "unreadable", text[:200], []
    if answer.status == 429 or code == "try_later":
        raise TryLater(message, answer.headers.get("Retry-After", ""))
    if answer.status >= 500:
        raise OutcomeUnknown(f"{answer.status} {code}: {message}")
    raise Refused(answer.status, code, message, faults)


def _wait_s(later: TryLater) -> float:
    """What the server asked to wait, up to a minute."""
    wish = later.args[1] if len(later.args) > 1 else ""
    return min(float(wish), 60.0) if str(wish).isdigit() else 0.0
