"""The page of notifications: add, choose, test, remove."""

from __future__ import annotations

import pytest

from accounts.models import NotificationChannel
from accounts.services import channels

pytestmark = pytest.mark.django_db
URL = "jsons://user:pass-word@example.com/path-token"
PAGE = "/settings/notifications/"


@pytest.fixture
def page(client, alice):
    client.force_login(alice)
    return client


def test_a_channel_is_added_chosen_tested_and_removed(page, alice):
    assert "No channels yet" in page.get(PAGE).text
    assert page.post(PAGE, {"name": "My phone", "url": URL}).status_code == 302
    row = NotificationChannel.objects.get(owner=alice)
    shown = page.get(PAGE).text
    assert "jsons://example.com/…" in shown
    assert "pass-word" not in shown
    page.post(f"{PAGE}choose/", {"to_fill": [row.pk], "digest_hour": "9"})
    row.refresh_from_db()
    assert row.kinds == ["fill"]
    assert "checked" in page.get(PAGE).text
    page.post(f"{PAGE}{row.pk}/test/")
    assert "on its way" in page.get(PAGE).text
    assert "every 1s" in page.get(f"{PAGE}{row.pk}/").text
    row.notifications.update(state="failed", words="The service answered 403.")
    NotificationChannel.objects.update(fault="The service answered 403.")
    part = page.get(f"{PAGE}{row.pk}/").text
    assert "The service answered 403." in part
    assert "every 1s" not in part
    page.post(f"{PAGE}{row.pk}/remove/")
    assert not NotificationChannel.objects.exists()


def test_a_faulty_address_is_said_beside_its_field_and_not_shown_again_in_a_log(page, caplog):
    answer = page.post(PAGE, {"name": "x", "url": "json://127.0.0.1/secret-part"})
    assert answer.status_code == 400
    assert "private network" in answer.text
    assert "secret-part" not in caplog.text


def test_a_stranger_finds_nothing(client, alice, charlie):
    row = channels.create(owner=alice, name="hook", url=URL)
    client.force_login(charlie)
    assert client.get(f"{PAGE}{row.pk}/").status_code == 404
    assert client.post(f"{PAGE}{row.pk}/remove/").status_code == 404
    assert client.post(f"{PAGE}{row.pk}/test/").status_code == 404
    assert NotificationChannel.objects.exists()
