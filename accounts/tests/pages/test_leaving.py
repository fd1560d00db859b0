"""The page of one's own data, its exports, and the banner of an account that goes."""

from __future__ import annotations

import io
import zipfile
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from accounts.models import AccountDeletion, DataExport
from accounts.services import deletions, exports
from foundation.lib import clock

pytestmark = pytest.mark.django_db
PAGE = "/settings/your-data/"


@pytest.fixture(autouse=True)
def folder(settings: Any, tmp_path: Any) -> None:
    settings.DATA_DIR = tmp_path


@pytest.fixture
def here(alice: Any) -> Client:
    client = Client()
    client.force_login(alice)
    return client


def delete(client: Client, **fields: str) -> Any:
    return client.post(f"{PAGE}deletion/", {"sure": "1", **fields})


def test_data_is_gathered_and_downloaded(here: Client, alice: Any) -> None:
    assert here.post(f"{PAGE}exports/new/").headers["Location"] == PAGE
    shown = here.get(PAGE).content.decode()
    assert "Waiting for a worker" in shown and "Gather my data" not in shown
    row = DataExport.objects.get()
    exports.run(export_id=row.pk)
    shown = here.get(f"{PAGE}exports/").content.decode()
    address = f"{PAGE}exports/{row.pk}/file/"
    assert address in shown and "Gather my data" in shown and "<h1" not in shown
    answer = here.get(address)
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="cryptobot-')
    assert zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content))).testzip() is None


def test_a_refused_export_is_said_on_the_page(here: Client) -> None:
    here.post(f"{PAGE}exports/new/")
    answer = here.post(f"{PAGE}exports/new/", follow=True)
    assert "An export is being written already." in answer.content.decode()


def test_a_strangers_file_is_not_there(here: Client, bob: Any) -> None:
    row = exports.request(owner=bob)
    exports.run(export_id=row.pk)
    assert here.get(f"{PAGE}exports/{row.pk}/file/").status_code == 404


def test_an_expired_file_is_gone(here: Client, alice: Any) -> None:
    row = exports.request(owner=alice)
    exports.run(export_id=row.pk)
    DataExport.objects.update(expires_at=clock.now())
    assert here.get(f"{PAGE}exports/{row.pk}/file/").status_code == 410


def test_looking_changes_nothing(here: Client) -> None:
    for address in ("exports/new/", "deletion/", "deletion/cancel/"):
        assert here.get(PAGE + address).status_code == 405


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"password": "wrong"}, "Is wrong"),
        ({}, "This field is required."),
        ({"password": "p", "sure": ""}, "Tick this box"),
    ],
)
def test_a_fault_stands_beside_its_field(here: Client, fields: dict[str, str], says: str) -> None:
    answer = delete(here, **fields)
    assert answer.status_code == 400 and says in answer.content.decode()
    assert not AccountDeletion.objects.exists()


def test_every_page_then_says_so_and_offers_the_way_back(here: Client, password: str) -> None:
    assert "Keep my account" not in here.get("/settings/").content.decode()
    assert delete(here, password=password).headers["Location"] == PAGE
    for address in ("/settings/", PAGE, "/settings/api-keys/"):
        shown = here.get(address).content.decode()
        assert "Keep my account" in shown and "Your account will be deleted on" in shown
    answer = here.post(f"{PAGE}deletion/cancel/", follow=True)
    assert "Your account stays." in answer.content.decode()
    assert "Keep my account" not in answer.content.decode()
    answer = here.post(f"{PAGE}deletion/cancel/", follow=True)
    assert "There is no deletion to cancel." in answer.content.decode()


def test_in_the_grace_period_one_can_sign_in(alice: Any, password: str) -> None:
    deletions.request(user=alice, password=password, origin="test")
    client = Client()
    client.post("/sign-in/", {"email": alice.email, "password": password})
    assert "Keep my account" in client.get(PAGE).content.decode()


def test_what_is_in_the_way_is_named(here: Client, make_user: Any) -> None:
    boss = make_user("boss", is_staff=True, is_superuser=True)
    here.force_login(boss)
    shown = here.get(PAGE).content.decode()
    assert "You are the only admin" in shown and 'name="password"' not in shown
    assert delete(here, password="correct horse battery staple").status_code == 409


def test_without_a_password_one_signs_in_anew(here: Client, alice: Any) -> None:
    alice.set_unusable_password()
    alice.save()
    here.force_login(alice)
    assert 'name="password"' not in here.get(PAGE).content.decode()
    answer = delete(here)
    assert answer.headers["Location"] == f"{settings.LOGIN_URL}?next={PAGE}"
    assert here.get(PAGE).status_code == 302 and not AccountDeletion.objects.exists()
    here.force_login(alice)
    session = here.session
    session["account_authentication_methods"] = [
        {"method": "code", "at": clock.now().timestamp(), "email": alice.email}
    ]
    session["account_authentication_methods_user"] = str(alice.pk)
    session.save()
    assert delete(here).headers["Location"] == PAGE
    assert AccountDeletion.objects.get().due_at - clock.now() > timedelta(days=13)
