"""The websocket addresses: prices and market for anyone, user when signed in, admin for admins."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any, NamedTuple

from asgiref.sync import async_to_sync
from channels.auth import get_user
from channels.db import database_sync_to_async
from rest_framework.exceptions import APIException
from rest_framework.settings import api_settings
from rest_framework_simplejwt.authentication import JWTAuthentication

from foundation.edge import channels, publish
from foundation.edge.channels import MarketChannel
from foundation.edge.consumer import (
    NOT_ALLOWED,
    NOT_SIGNED_IN,
    SUBSCRIPTIONS_MAX,
    LiveConsumer,
    Refused,
    still_holds,
)
from foundation.edge.throttles import socket_address
from foundation.lib import clock
from foundation.lib.errors import AppError

SIGN_IN_WITHIN_S = 10.0
STILL_ALLOWED_EVERY_S = 30.0
OPEN_UNTIL = "sockets_open_until_ms"  # in a session that opens its sockets for some time only
SEQ_MAX = 2**63 - 1


class MarketConsumer(LiveConsumer):
    """Public channels; each begins with the newest state there is."""

    kinds = channels.MARKET_KINDS

    async def subscribe(self, names: list[str], _message: dict[str, Any]) -> None:
        fresh = []
        for name in names:
            channel = channels.parse_market(name)
            if channel is None or channel.kind not in self.kinds:
                self.refuse(name)
            elif str(channel) in self.listener.names:
                continue
            elif len(self.listener.names) >= SUBSCRIPTIONS_MAX:
                raise Refused("too_many", f"at most {SUBSCRIPTIONS_MAX} subscriptions", name)
            else:
                self.hub.subscribe(self.listener, str(channel), name)
                fresh.append(channel)
        self.say("subscribed", {"channels": list(self.listener.names.values())})
        await self._show(fresh)

    async def unsubscribe(self, names: list[str]) -> None:
        for name in names:
            channel = channels.parse_market(name)
            if channel is not None:
                self.hub.unsubscribe(self.listener, str(channel))
        self.say("unsubscribed", {"channels": list(self.listener.names.values())})

    async def resync(self) -> None:
        self.listener.fresh.clear()
        parsed = [channels.parse_market(channel) for channel in self.listener.names]
        await self._show([channel for channel in parsed if channel is not None])

    def refuse(self, name: str) -> None:
        kinds = ", ".join(sorted(self.kinds))
        message = f"must be {kinds} and a symbol, e.g. {min(self.kinds)}:BTC/USDT"
        self.say("error", {"code": "unknown_channel", "message": message}, name[:128])

    async def _show(self, wanted: list[MarketChannel]) -> None:
        if not wanted:
            return
        for channel, body in zip(wanted, await self.hub.newest(wanted), strict=True):
            name = self.listener.names.get(str(channel))
            # A frame that came while we asked is newer than what we got.
            if body is not None and name is not None and str(channel) not in self.listener.fresh:
                frame = publish.frame(channel.kind, name, body).decode()
                self.listener.outbox.put_newest(str(channel), frame)


class PricesConsumer(MarketConsumer):
    kinds = channels.PRICE_KINDS


class SignedInConsumer(LiveConsumer):
    """A session cookie, the subprotocols ["bearer", token], or an auth frame says who it is."""

    known = channels.USER_CHANNELS

    async def opened(self) -> None:
        self.user: Any = None
        self.allowed = self.known  # an API key may open less
        self._token: str | None = None
        self._guard = asyncio.create_task(self._watch())
        offered = self.scope.get("subprotocols") or []
        try:
            if len(offered) == 2 and offered[0] == "bearer":
                await self.authenticate(offered[1])
            elif self.scope["user"].is_authenticated:
                await self._enter(self.scope["user"])
        except Refused as refusal:
            self.say("error", {"code": refusal.code, "message": refusal.message})

    def subprotocol(self) -> str | None:
        offered = self.scope.get("subprotocols") or []
        return "bearer" if "bearer" in offered else None

    async def closed(self) -> None:
        self._guard.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._guard

    async def authenticate(self, token: str) -> None:
        if self.user is not None:
            raise Refused("signed_in", "this connection is signed in already")
        caller = await self._caller(token)
        if caller is None:
            raise Refused("not_authenticated", "the token is not valid, or no longer")
        self._token = token
        self.allowed = self.known if caller.channels is None else self.known & caller.channels
        await self._enter(caller.user)

    async def _caller(self, token: str) -> Caller | None:
        find = database_sync_to_async(caller_of_token)
        found: Caller | None = await find(token, socket_address(self.scope))
        return found

    def may_enter(self, user: Any) -> bool:
        """May ask the database; called in a thread."""
        return bool(user.is_active)

    async def _enter(self, user: Any) -> None:
        if not await database_sync_to_async(self.may_enter)(user) or not self.allowed:
            await self.close(code=NOT_ALLOWED)
            return
        self.user = user
        self.hub.subscribe_user(self.listener, user.pk)
        self.say("welcome", {"channels": sorted(self.allowed)})

    async def _watch(self) -> None:
        """Nobody stays unknown, and nobody stays after signing out."""
        await self.listener.wait_for_access(SIGN_IN_WITHIN_S)
        while self.user is not None and await self._is_still_allowed():
            await self.listener.wait_for_access(STILL_ALLOWED_EVERY_S)
        body = publish.encode_body(
            {"code": "not_authenticated", "message": "sign in again"}, clock.now_ms()
        )
        await self.send(text_data=publish.frame("error", None, body).decode())
        await self.close(code=NOT_SIGNED_IN)

    async def _is_still_allowed(self) -> bool:
        return await still_holds(self._may_stay)

    def _may_stay(self) -> bool:
        if self._token is not None:
            caller = caller_of_token(self._token, socket_address(self.scope))
            user = caller.user if caller else None
        else:
            session = self.scope["session"]
            if not session.exists(session.session_key):
                return False
            if clock.now_ms() > session.get(OPEN_UNTIL, SEQ_MAX):
                return False
            user = async_to_sync(get_user)(self.scope)
        return user is not None and user.pk == self.user.pk and self.may_enter(user)

    def wanted(self, names: list[str]) -> set[str]:
        """The names that exist; BadInput frames for the others."""
        if self.user is None:
            raise Refused("not_authenticated", "sign in first: send an auth frame")
        for name in names:
            if name not in self.known:
                message = f"must be one of {', '.join(sorted(self.known))}"
                self.say("error", {"code": "unknown_channel", "message": message}, name[:128])
            elif name not in self.allowed:
                message = f"this API key opens {', '.join(sorted(self.allowed))}"
                self.say("error", {"code": "not_allowed", "message": message}, name)
        return set(names) & self.allowed


class UserConsumer(SignedInConsumer):
    """The user's own frames, numbered; `after` asks for those that were missed."""

    async def subscribe(self, names: list[str], message: dict[str, Any]) -> None:
        wanted = self.wanted(names)
        after = message.get("after")
        if after is not None and not (type(after) is int and 0 <= after <= SEQ_MAX):
            raise Refused("bad_input", "after must be the last sequence number that you saw")
        self.listener.held = self.listener.held or []
        try:
            self.listener.user_channels |= wanted
            seq = await self._seq()
            self.say("subscribed", {"channels": sorted(self.listener.user_channels), "seq": seq})
            if after is not None:
                await self._catch_up(after, wanted)
            self.listener.user_seq = max(self.listener.user_seq, seq)
        finally:
            self.listener.release()

    async def unsubscribe(self, names: list[str]) -> None:
        self.listener.user_channels -= self.wanted(names)
        self.say("unsubscribed", {"channels": sorted(self.listener.user_channels)})

    async def resync(self) -> None:
        if self.listener.user_channels:
            self.listener.held = self.listener.held or []
            try:
                await self._catch_up(self.listener.user_seq, self.listener.user_channels)
            finally:
                self.listener.release()

    async def _seq(self) -> int:
        """The user's newest number; counting begins here if nothing was ever said."""
        counter = publish.user_keys(self.user.pk)[1]
        kept_s = publish.USER_FRAMES_KEPT_S
        await self.hub.redis.set(counter, clock.now_ms(), nx=True, ex=kept_s)
        return int(await self.hub.redis.get(counter) or 0)

    async def _catch_up(self, after: int, wanted: set[str]) -> None:
        """What was missed, in order; a resync frame first when some of it is no longer kept."""
        kept = await self.hub.kept_frames(self.user.pk, after)
        first = kept[0][0] if kept else await self._seq() + 1
        if first > after + 1:
            self.say("resync", {"seq": first - 1})
        for seq, channel, frame in kept:
            self.listener.user_seq = max(self.listener.user_seq, seq)
            if channel in wanted:
                self.listener.outbox.put(frame)


class AdminConsumer(SignedInConsumer):
    """How the whole place is doing."""

    known = channels.ADMIN_CHANNELS

    def may_enter(self, user: Any) -> bool:
        return bool(user.is_active and user.is_staff)

    async def subscribe(self, names: list[str], _message: dict[str, Any]) -> None:
        wanted = self.wanted(names)
        for name in wanted:
            self.hub.subscribe(self.listener, f"admin:{name}", name)
        self.say("subscribed", {"channels": sorted(self.listener.names.values())})
        await self._show(wanted)

    async def unsubscribe(self, names: list[str]) -> None:
        for name in self.wanted(names):
            self.hub.unsubscribe(self.listener, f"admin:{name}")
        self.say("unsubscribed", {"channels": sorted(self.listener.names.values())})

    async def resync(self) -> None:
        self.listener.fresh.clear()
        await self._show(set(self.listener.names.values()))

    async def _show(self, names: set[str]) -> None:
        for name in sorted(names):
            body: Any = await self.hub.redis.hget(publish.ADMIN_KEY, name)
            if body is not None and f"admin:{name}" not in self.listener.fresh:
                frame = publish.frame(name, name, body).decode()
                self.listener.outbox.put_newest(f"admin:{name}", frame)


class Caller(NamedTuple):
    """Who signed in. channels: those that an API key opens; None: all."""

    user: Any
    channels: frozenset[str] | None


def caller_of_token(token: str, address: str) -> Caller | None:
    """Whose access token or API key this is, by the API's own rules; None if it is not valid.

    address: where the socket comes from. A class that knows keys has `of_socket(token, address)`.
    """
    kinds: Any = api_settings.DEFAULT_AUTHENTICATION_CLASSES
    for kind in kinds:
        checker = kind()
        try:
            if isinstance(checker, JWTAuthentication):
                return Caller(checker.get_user(checker.get_validated_token(token.encode())), None)
            if hasattr(checker, "of_socket"):
                return Caller(*checker.of_socket(token, address))
        except (APIException, AppError):
            continue
    return None
