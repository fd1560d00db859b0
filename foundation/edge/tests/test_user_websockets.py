"""The websockets for who is signed in: their own frames only, and what a reconnect gets."""

from asgiref.sync import sync_to_async

from accounts.services import tokens
from foundation.edge import consumers, publish
from foundation.edge.tests.sockets import (
    Socket,
    publish_admins,
    publish_user,
    run,
    with_database,
)
from foundation.lib import clock


@with_database
def test_a_user_hears_only_their_own(alice, charlie, session_of):
    mine = session_of(alice)

    async def story():
        async with Socket("/ws/user/", session=mine) as socket:
            assert (await socket.hear())["type"] == "welcome"
            assert "seq" in (await socket.subscribe("orders", "bots"))["data"]
            await publish_user(charlie.pk, "orders", {"id": 1})
            await publish_user(alice.pk, "wallet", {"id": 2})
            await publish_user(alice.pk, "bots", {"id": 3})
            frame = await socket.hear()
            assert (frame["type"], frame["channel"], frame["data"]) == ("bots", "bots", {"id": 3})
            assert frame["seq"] > 0

    run(story())


@with_database
def test_a_reconnect_gets_what_it_missed_in_order_once(alice, session_of):
    mine = session_of(alice)

    async def story():
        async with Socket("/ws/user/", session=mine) as socket:
            await socket.hear()
            await socket.subscribe("orders")
            await publish_user(alice.pk, "orders", {"n": 1})
            seen = (await socket.hear())["seq"]
        await publish_user(alice.pk, "orders", {"n": 2})
        await publish_user(alice.pk, "bots", {"n": 3})
        await publish_user(alice.pk, "orders", {"n": 4})
        async with Socket("/ws/user/", session=mine) as socket:
            await socket.hear()
            assert (await socket.subscribe("orders", after=seen))["data"]["seq"] == seen + 3
            frames = [await socket.hear(), await socket.hear()]
            assert [frame["data"]["n"] for frame in frames] == [2, 4]
            assert [frame["seq"] for frame in frames] == [seen + 1, seen + 3]
            await publish_user(alice.pk, "orders", {"n": 5})
            assert (await socket.hear())["data"]["n"] == 5
        async with Socket("/ws/user/", session=mine) as socket:
            await socket.hear()
            for bad in (-1, "5", 1.5, True, 2**70):
                assert (await socket.subscribe("orders", after=bad))["data"]["code"] == "bad_input"

    run(story())


@with_database
def test_frames_that_are_no_longer_kept_are_told_as_a_resync(alice, session_of, monkeypatch):
    monkeypatch.setattr(publish, "USER_FRAMES_KEPT", 2)
    mine = session_of(alice)

    async def story():
        for n in range(5):
            await publish_user(alice.pk, "orders", {"n": n})
        async with Socket("/ws/user/", session=mine) as socket:
            await socket.hear()
            seq = (await socket.subscribe("orders", after=1))["data"]["seq"]
            frames = [await socket.hear() for _ in range(3)]
            assert frames[0]["type"] == "resync" and frames[0]["data"]["seq"] == seq - 2
            assert [frame["data"]["n"] for frame in frames[1:]] == [3, 4]

    run(story())


@with_database
def test_a_token_signs_in_by_frame_or_by_subprotocol(alice):
    token = tokens.issue(user=alice).access

    async def story():
        async with Socket("/ws/user/") as socket:
            assert (await socket.ask(op="auth", token=token))["type"] == "welcome"
            assert (await socket.ask(op="auth", token=token))["data"]["code"] == "signed_in"
            assert (await socket.subscribe("orders"))["type"] == "subscribed"
        async with Socket("/ws/user/", protocols=["bearer", token]) as socket:
            assert socket.protocol == "bearer"
            assert (await socket.hear())["type"] == "welcome"
        async with Socket("/ws/user/", protocols=["bearer", token[:-3] + "xyz"]) as socket:
            assert (await socket.hear())["data"]["code"] == "not_authenticated"

    run(story())


@with_database
def test_tokens_that_are_not_valid_now_do_not_sign_in(alice, make_user):
    gone = make_user("gone")
    of_gone = tokens.issue(user=gone).access
    gone.is_active = False
    gone.save()
    old = tokens.Access(tokens.issue(user=alice).access)
    old.set_exp(lifetime=-old.lifetime)
    refresh = tokens.issue(user=alice).refresh

    async def story():
        for token in (of_gone, str(old), refresh, "", "\x00", "é"):
            async with Socket("/ws/user/") as socket:
                answer = await socket.ask(op="auth", token=token)
                assert answer["data"]["code"] == "not_authenticated"

    run(story())


@with_database
def test_nobody_stays_unknown_and_nobody_stays_after_signing_out(
    alice, client, session_of, monkeypatch
):
    monkeypatch.setattr(consumers, "SIGN_IN_WITHIN_S", 0.05)
    monkeypatch.setattr(consumers, "STILL_ALLOWED_EVERY_S", 0.05)
    mine = session_of(alice)

    async def story():
        async with Socket("/ws/user/") as socket:
            assert (await socket.hear())["data"]["code"] == "not_authenticated"
            assert await socket.closing() == 4401
        async with Socket("/ws/user/", session=mine) as socket:
            await socket.hear()
            await socket.subscribe("orders")
            await sync_to_async(client.logout)()
            assert await socket.closing() == 4401

    run(story())


@with_database
def test_a_session_may_open_its_sockets_for_some_time_only(alice, client, session_of, monkeypatch):
    monkeypatch.setattr(consumers, "SIGN_IN_WITHIN_S", 0.05)
    monkeypatch.setattr(consumers, "STILL_ALLOWED_EVERY_S", 0.05)
    mine = session_of(alice)
    session = client.session
    session[consumers.OPEN_UNTIL] = clock.now_ms() + 60_000
    session.save()

    async def story():
        async with Socket("/ws/user/", session=mine) as socket:
            await socket.hear()
            assert (await socket.subscribe("orders"))["type"] == "subscribed"
            with clock.fixed(clock.now_ms() + 61_000):
                assert await socket.closing() == 4401

    run(story())


@with_database
def test_the_admin_channels_are_for_admins(alice, admin, make_user, session_of):
    without_factor = make_user("dora", role="admin", is_staff=True, factor=False)

    async def kept_out(theirs):
        async with Socket("/ws/admin/", session=theirs) as socket:
            assert await socket.closing() == 4403

    for user in (alice, without_factor):
        run(kept_out(session_of(user)))
    his = session_of(admin)

    async def story():
        await publish_admins("metrics", {"load": 1})
        async with Socket("/ws/admin/", session=his) as socket:
            await socket.hear()
            assert (await socket.subscribe("metrics"))["data"]["channels"] == ["metrics"]
            frame = await socket.hear()
            assert (frame["type"], frame["channel"], frame["data"]) == (
                "metrics",
                "metrics",
                {"load": 1},
            )
            await publish_admins("activity", {"x": 1})
            await publish_admins("metrics", {"load": 2})
            assert (await socket.hear())["data"] == {"load": 2}
            assert (await socket.ask(op="unsubscribe", channels=["metrics"]))["data"][
                "channels"
            ] == []

    run(story())
