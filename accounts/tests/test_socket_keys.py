"""The user's own websocket by API key: what its scopes open, until it is revoked."""

from __future__ import annotations

from typing import Any

import pytest
from asgiref.sync import sync_to_async

from accounts.services import api_keys
from foundation.edge import consumers
from foundation.edge.tests.sockets import Socket, publish_user, run, with_database


@pytest.fixture(autouse=True)
def _only_when_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Asking every now and then would hide that nobody was told."""
    monkeypatch.setattr(consumers, "STILL_ALLOWED_EVERY_S", 1000)
    monkeypatch.setattr(consumers, "SIGN_IN_WITHIN_S", 1000)


def key_of(user: Any, *scopes: str, **more: Any) -> tuple[str, int]:
    row, secret = api_keys.create(owner=user, name="program", scopes=scopes or ["read"], **more)
    return f"{row.key}.{secret}", row.pk


@with_database
def test_an_api_key_signs_in_and_hears_its_owner_only(alice: Any, charlie: Any) -> None:
    token, _ = key_of(alice)

    async def story() -> None:
        for way in ({}, {"protocols": ["bearer", token]}):
            async with Socket("/ws/user/", **way) as socket:
                hello = await socket.hear() if way else await socket.ask(op="auth", token=token)
                assert hello["type"] == "welcome"
                assert "orders" in hello["data"]["channels"]
                await socket.subscribe("orders")
                await publish_user(charlie.pk, "orders", {"id": 1})
                await publish_user(alice.pk, "orders", {"id": 2})
                assert (await socket.hear())["data"] == {"id": 2}

    run(story())


@with_database
@pytest.mark.parametrize(
    ("scopes", "opened"),
    [
        (["trade"], ["margin", "orders", "positions", "wallet"]),
        (["bots"], ["backtests", "bots", "optimizations"]),
        (["marketplace"], None),
        (["binance"], None),
    ],
)
def test_a_key_opens_the_channels_of_its_scopes(
    alice: Any, scopes: list[str], opened: list[str] | None
) -> None:
    token, _ = key_of(alice, *scopes)

    async def story() -> None:
        async with Socket("/ws/user/") as socket:
            if opened is None:
                await socket.say(op="auth", token=token)
                assert await socket.closing() == 4403
                return
            hello = await socket.ask(op="auth", token=token)
            assert hello["data"]["channels"] == opened
            closed = await socket.subscribe("notifications")
            assert closed["data"]["code"] == "not_allowed"
            assert (await socket.hear())["data"]["channels"] == []
            await publish_user(alice.pk, "notifications", {"id": 1})
            await socket.subscribe(opened[0])
            await publish_user(alice.pk, opened[0], {"id": 2})
            assert (await socket.hear())["data"] == {"id": 2}

    run(story())


@with_database
def test_a_key_that_is_not_valid_here_does_not_sign_in(alice: Any) -> None:
    token, _ = key_of(alice)
    elsewhere, _ = key_of(alice, ips=["203.0.113.7"])
    revoked, number = key_of(alice)
    api_keys.revoke(owner=alice, key_id=number)
    key = token.partition(".")[0]

    async def story() -> None:
        for wrong in (f"{token}x", f"{key}.", key, f"{key}.{key}", elsewhere, revoked, "a b", "."):
            async with Socket("/ws/user/") as socket:
                answer = await socket.ask(op="auth", token=wrong)
                assert answer["data"]["code"] == "not_authenticated", wrong

    run(story())


@with_database
def test_no_key_opens_the_admin_channels(admin: Any) -> None:
    token, _ = key_of(admin, "read", "trade", "bots")

    async def story() -> None:
        async with Socket("/ws/admin/") as socket:
            await socket.say(op="auth", token=token)
            assert await socket.closing() == 4403

    run(story())


@with_database
def test_a_revoked_key_ends_its_socket_at_once_and_no_other(alice: Any) -> None:
    token, number = key_of(alice)
    other, _ = key_of(alice)

    async def story() -> None:
        async with Socket("/ws/user/") as ends, Socket("/ws/user/") as stays:
            await ends.ask(op="auth", token=token)
            await ends.subscribe("orders")
            await stays.ask(op="auth", token=other)
            await stays.subscribe("orders")
            await sync_to_async(api_keys.revoke)(owner=alice, key_id=number)
            assert await ends.closing() == 4401
            await publish_user(alice.pk, "orders", {"id": 1})
            assert (await stays.hear())["data"] == {"id": 1}

    run(story())


@with_database
def test_a_locked_user_is_out_at_once_however_they_signed_in(
    alice: Any, client: Any, settings: Any
) -> None:
    token, _ = key_of(alice)
    client.force_login(alice)
    session = client.cookies[settings.SESSION_COOKIE_NAME].value

    def lock() -> None:
        alice.is_active = False
        alice.save()

    async def story() -> None:
        async with Socket("/ws/user/") as first, Socket("/ws/user/", session=session) as second:
            await first.ask(op="auth", token=token)
            await second.hear()
            await sync_to_async(lock)()
            assert await first.closing() == 4401
            assert await second.closing() == 4401

    run(story())
