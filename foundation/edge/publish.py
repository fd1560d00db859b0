"""The only way anything reaches a websocket: after commit, through Redis, never in the way.

A frame that cannot be sent is logged and forgotten: what it told is in the database, and the
reader catches up from there.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import orjson
import redis
from django.db import transaction

from foundation.edge import channels
from foundation.lib import clock
from foundation.lib.decimals import plain
from foundation.lib.redis_client import client, topic

log = logging.getLogger(__name__)

MARKET_TOPIC = "ws:market"
USER_TOPIC = "ws:user"
ADMIN_TOPIC = "ws:admin"
ACCESS_TOPIC = "ws:access"
ADMIN_KEY = "live:admin"
USER_FRAMES_KEPT = 1000
USER_FRAMES_KEPT_S = 7 * 86400

# One script, so that a frame's number, its place in the stream and its sending are one step.
# A lost counter starts from the clock: numbers of one user only ever rise.
_TO_USER = """
if redis.call('EXISTS', KEYS[2]) == 0 then redis.call('SET', KEYS[2], ARGV[5]) end
local seq = string.format('%d', redis.call('INCR', KEYS[2]))
local frame = ARGV[1] .. ',"seq":' .. seq .. '}'
redis.call('XADD', KEYS[1], 'MAXLEN', ARGV[3], seq .. '-0', 'channel', ARGV[6], 'frame', frame)
redis.call('EXPIRE', KEYS[1], ARGV[4])
redis.call('EXPIRE', KEYS[2], ARGV[4])
redis.call('PUBLISH', ARGV[2], ARGV[7] .. '\\n' .. seq .. '\\n' .. ARGV[6] .. '\\n' .. frame)
return seq
"""


@dataclass(frozen=True, slots=True)
class MarketFrame:
    """One message on a market channel; latest is kept for new subscribers, None keeps the old."""

    channel: channels.MarketChannel
    data: Any
    latest: Any = None


def to_market(channel: str, data: Any, *, latest: Any = None) -> None:
    """Everyone on this market channel; `latest` (else data) is what a new subscriber gets first."""
    parsed = channels.parse_market(channel)
    assert parsed is not None, f"{channel} is no market channel"
    frames = [MarketFrame(parsed, data, data if latest is None else latest)]
    _after_commit(lambda: to_markets_now(client(), frames, clock.now_ms()))


def to_user(user_id: int, channel: str, data: Any) -> None:
    """One user's sockets; numbered and kept, so that a reconnect gets what it missed."""
    to_users([(user_id, channel, data)])


def to_users(frames: Iterable[tuple[int, str, Any]]) -> None:
    """Many frames (user id, channel, data) as `to_user` sends one, in one round trip."""
    told = list(frames)
    assert all(channel in channels.USER_CHANNELS for _, channel, _ in told), told
    if told:
        _after_commit(lambda: _send_to_users(told, clock.now_ms()))


def access_changed(user_id: int) -> None:
    """A key was revoked or a user locked: their sockets ask at once whether they may stay."""

    def send() -> None:
        client().publish(topic(ACCESS_TOPIC), str(user_id))

    _after_commit(send)


def to_admins(channel: str, data: Any) -> None:
    """Every admin's sockets; the newest frame is what a new subscriber gets first."""
    assert channel in channels.ADMIN_CHANNELS, channel
    body = encode_body(data, clock.now_ms())

    def send() -> None:
        pipe = client().pipeline(transaction=False)
        pipe.hset(ADMIN_KEY, channel, body)
        pipe.publish(topic(ADMIN_TOPIC), b"admin:" + channel.encode() + b"\n" + body)
        pipe.execute()

    _after_commit(send)


def to_markets_now(
    connection: redis.Redis,
    frames: Iterable[MarketFrame],
    ts_ms: int,
    gone: Iterable[channels.MarketChannel] = (),
) -> None:
    """Many market frames in one round trip, without waiting for a commit: the feed calls this.

    gone: channels whose newest state no longer holds, forgotten before the frames are kept.
    """
    pipe = connection.pipeline(transaction=False)
    gone_of: dict[str, list[str]] = {}
    for channel in gone:
        gone_of.setdefault(channel.key, []).append(channel.field)
    for key, fields in gone_of.items():
        pipe.hdel(key, *fields)
    told, kept_of = list[bytes](), dict[str, dict[Any, Any]]()
    for sent in frames:
        body = encode_body(sent.data, ts_ms)
        if sent.latest is not None:
            latest = body if sent.latest is sent.data else encode_body(sent.latest, ts_ms)
            kept_of.setdefault(sent.channel.key, {})[sent.channel.field] = latest
        told.append(str(sent.channel).encode() + b"\n" + body)
    for key, kept in kept_of.items():  # one command a market: a busy feed sends thousands a second
        pipe.hset(key, mapping=kept)
    name = topic(MARKET_TOPIC)
    for message in told:
        pipe.publish(name, message)
    pipe.execute()


def encode(value: Any) -> bytes:
    """JSON; amounts as text, so that no digit is lost; NaN as null."""
    return orjson.dumps(value, default=_as_json, option=orjson.OPT_SERIALIZE_NUMPY)


def encode_body(data: Any, ts_ms: int) -> bytes:
    """A frame's second half: `"data":…,"ts":…}`; the hub puts type and channel before it."""
    return b'"data":' + encode(data) + b',"ts":' + str(ts_ms).encode() + b"}"


def decode_body(body: bytes) -> dict[str, Any]:
    """{"data", "ts"} again."""
    decoded: dict[str, Any] = orjson.loads(b"{" + body)
    return decoded


def frame(kind: str, channel: str | None, body: bytes) -> bytes:
    """A whole frame as it goes to the browser."""
    return b'{"type":' + encode(kind) + b',"channel":' + encode(channel) + b"," + body


def user_keys(user_id: int) -> tuple[str, str]:
    """Stream of kept frames, and counter, of one user."""
    return f"ws:user:{user_id}:frames", f"ws:user:{user_id}:seq"


def _send_to_users(told: list[tuple[int, str, Any]], ts_ms: int) -> None:
    pipe = client().pipeline(transaction=False)
    for user_id, channel, data in told:
        head = frame(channel, channel, encode_body(data, ts_ms))[:-1]
        arguments: list[bytes | str | int] = [head, topic(USER_TOPIC), USER_FRAMES_KEPT]
        arguments += [USER_FRAMES_KEPT_S, ts_ms, channel, user_id]
        pipe.eval(_TO_USER, 2, *user_keys(user_id), *arguments)
    pipe.execute()


def _after_commit(send: Callable[[], None]) -> None:
    def guarded() -> None:
        try:
            send()
        except redis.RedisError as fault:
            log.warning("websocket frame not published: %s", fault)

    transaction.on_commit(guarded)


def _as_json(value: Any) -> Any:
    if isinstance(value, Decimal):
        return plain(value)
    raise TypeError(f"{type(value).__name__} does not go into JSON")
