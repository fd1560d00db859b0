"""REST of notifications: channels, preferences, tests; nobody sees another's."""

from __future__ import annotations

import pytest

from accounts.models import NotificationChannel
from accounts.services import channels, sending
from accounts.tests.receivers import web_server

pytestmark = pytest.mark.django_db
URL = "jsons://user:pass-word@example.com/path-token"
ALL = "/api/notifications/channels"


@pytest.fixture
def channel(alice):
    return channels.create(owner=alice, name="hook", url=URL)


def test_a_channel_is_made_changed_and_removed_and_its_address_never_told(alice_api):
    made = alice_api.post(ALL, {"name": "hook", "url": URL})
    assert made.status_code == 201
    row = made.json()
    assert (row["shown"], row["kinds"]) == (
        "jsons://example.com/…", ["stop", "error", "drawdown", "security", "plan"]
    )  # fmt: skip
    one = f"{ALL}/{row['id']}"
    changed = alice_api.put(one, {"name": "My hook", "kinds": ["fill", "order"]})
    assert changed.json()["kinds"] == ["order", "fill"]
    for answer in (made, changed, alice_api.get(ALL), alice_api.get(one)):
        assert "pass-word" not in answer.text
        assert "path-token" not in answer.text
    assert NotificationChannel.objects.get().url == URL
    assert alice_api.put(one, {"url": "tgram://1:" + "a" * 30 + "/7"}).json()["shown"] == (
        "tgram://…/7"
    )
    assert alice_api.delete(one).status_code == 204
    assert alice_api.get(one).status_code == 404


#   body                                              path of the fault
FAULTY = [
    ({"url": URL}, "name"),
    ({"name": " ", "url": URL}, "name"),
    ({"name": "x", "url": "file:///etc/passwd"}, "url"),
    ({"name": "x", "url": "json://127.0.0.1/x"}, "url"),
    ({"name": "x", "url": "json://169.254.169.254/x"}, "url"),
    ({"name": "x", "url": "jsons://example.com?verify=no"}, "url"),
    ({"name": "x", "url": 7}, "url"),
    ({"name": "hook", "url": URL}, "name"),
    ({"name": "x", "url": URL, "kinds": ["everything"]}, "kinds.0"),
    ({"name": "x", "url": URL, "kinds": "fill"}, "kinds"),
]


@pytest.mark.parametrize(("body", "path"), FAULTY)
def test_a_faulty_channel_is_refused_at_its_field(alice_api, channel, body, path):
    answer = alice_api.post(ALL, body)
    assert answer.status_code == 400
    assert [one["path"] for one in answer.json()["error"]["errors"]] == [path]
    assert "pass-word" not in answer.text


def test_there_is_a_most(alice_api, alice, monkeypatch, channel):
    monkeypatch.setattr(channels, "CHANNELS_MAX", 1)
    assert alice_api.post(ALL, {"name": "x", "url": URL}).status_code == 409


def test_a_stranger_gets_404_not_403(charlie_api, channel):
    one = f"{ALL}/{channel.pk}"
    assert charlie_api.get(one).status_code == 404
    assert charlie_api.put(one, {"name": "mine"}).status_code == 404
    assert charlie_api.delete(one).status_code == 404
    assert charlie_api.post(f"{one}/test").status_code == 404
    assert charlie_api.get(ALL).json()["results"] == []
    answer = charlie_api.put("/api/notifications/preferences", {"kinds": {"fill": [channel.pk]}})
    assert answer.status_code == 400
    channel.refresh_from_db()
    assert "fill" not in channel.kinds


def test_preferences_say_which_kind_goes_where(alice_api, channel):
    address = "/api/notifications/preferences"
    assert alice_api.get(address).json()["digest_hour"] == 7
    sent = {"kinds": {"fill": [channel.pk], "error": []}, "digest_hour": 21}
    answer = alice_api.put(address, sent)
    assert answer.status_code == 200
    kinds = answer.json()["kinds"]
    assert (kinds["fill"], kinds["error"], kinds["stop"]) == ([channel.pk], [], [channel.pk])
    assert alice_api.get(address).json()["digest_hour"] == 21


@pytest.mark.parametrize(
    "body",
    [{"digest_hour": 24}, {"digest_hour": "x"}, {"kinds": {"all": []}}, {"kinds": {"fill": ["x"]}}],
)
def test_faulty_preferences_change_nothing(alice_api, channel, body):
    answer = alice_api.put("/api/notifications/preferences", body)
    assert answer.status_code == 400
    assert answer.json()["error"]["errors"]


def test_a_test_tells_how_it_went(alice_api, channel, settings):
    settings.NOTIFY_PRIVATE_ADDRESSES = True
    with web_server() as (hook, url):
        alice_api.put(f"{ALL}/{channel.pk}", {"url": url})
        begun = alice_api.post(f"{ALL}/{channel.pk}/test")
        assert (begun.status_code, begun.json()["state"]) == (202, "pending")
        assert alice_api.post(f"{ALL}/{channel.pk}/test").status_code == 409
        hook.answers = [500, 200]
        sending.send(channel.pk)
        message = alice_api.get(f"/api/notifications/messages/{begun.json()['id']}").json()
        assert (message["state"], message["words"]) == ("failed", "The service answered 500.")
        again = alice_api.post(f"{ALL}/{channel.pk}/test").json()["id"]
        assert sending.send(channel.pk) == 1, "a test does not wait for the next try"
        assert alice_api.get(f"/api/notifications/messages/{again}").json()["state"] == "sent"
    assert hook.bodies[-1]["title"] == channels.TEST_TITLE
    assert len(alice_api.get("/api/notifications/messages?kind=test").json()["results"]) == 2


def test_tests_are_bounded(alice_api, channel):
    seen = {alice_api.post(f"{ALL}/{channel.pk}/test").status_code for _ in range(7)}
    assert seen == {202, 409, 429}
