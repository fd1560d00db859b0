"""auth/export and auth/deletion."""

from __future__ import annotations

import io
import zipfile
from datetime import timedelta
from typing import Any

import pytest

from accounts.models import AccountDeletion, ApiKey, User
from accounts.services import api_keys, exports
from accounts.tests.factors import app_code
from foundation.lib import clock

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def folder(settings: Any, tmp_path: Any) -> None:
    settings.DATA_DIR = tmp_path


def again(user: Any, api: Any) -> Any:
    """A client with a token that was made after the request."""
    user.refresh_from_db()
    return api(user)


def test_an_export_is_asked_for_and_downloaded(alice: Any, api: Any) -> None:
    client = api(alice)
    made = client.post("/api/auth/export")
    assert (made.status_code, made.json()["status"]) == (201, "queued")
    address = f"/api/auth/export/{made.json()['id']}/download"
    assert client.get(address).status_code == 409
    assert client.post("/api/auth/export").json()["error"]["code"] == "export_running"
    exports.run(export_id=made.json()["id"])
    [row] = client.get("/api/auth/export").json()["results"]
    assert row["status"] == "completed" and row["expires_at"] and "file_name" not in row
    answer = client.get(address)
    assert answer.headers["Content-Type"] == "application/zip"
    assert answer.headers["Cache-Control"] == "private, no-store"
    body = b"".join(answer.streaming_content)
    assert len(body) == int(answer.headers["Content-Length"]) == row["size_bytes"]
    assert zipfile.ZipFile(io.BytesIO(body)).testzip() is None


def test_a_stranger_gets_404(alice: Any, bob: Any, api: Any) -> None:
    export_id = api(alice).post("/api/auth/export").json()["id"]
    exports.run(export_id=export_id)
    assert api(bob).get(f"/api/auth/export/{export_id}/download").status_code == 404
    assert api(bob).get("/api/auth/export").json()["results"] == []


def test_an_expired_one_is_gone(alice: Any, api: Any) -> None:
    export_id = api(alice).post("/api/auth/export").json()["id"]
    exports.run(export_id=export_id)
    row = alice.data_exports.get()
    row.expires_at = clock.now()
    row.save()
    answer = api(alice).get(f"/api/auth/export/{export_id}/download")
    assert (answer.status_code, answer.json()["error"]["code"]) == (410, "export_expired")


def test_a_deletion_needs_the_password(alice: Any, api: Any) -> None:
    for body in ({}, {"password": "wrong"}, {"password": ""}, {"token": "x"}):
        answer = api(alice).post("/api/auth/deletion", body)
        assert answer.status_code == 400, body
    assert not AccountDeletion.objects.exists()


def test_guessing_the_password_is_braked(alice: Any, api: Any) -> None:
    client = api(alice)
    tries = [client.post("/api/auth/deletion", {"password": "wrong"}) for _ in range(6)]
    assert tries[-1].status_code == 429


def test_a_deletion_is_asked_for_shown_and_cancelled(alice: Any, api: Any, password: str) -> None:
    _, secret = api_keys.create(owner=alice, name="Mine", scopes=["read"])
    key = ApiKey.objects.get().key
    client = api(alice)
    answer = client.post("/api/auth/deletion", {"password": password})
    assert answer.status_code == 201
    assert client.get("/api/auth/me").status_code == 401, "tokens end"
    by_key = api()
    by_key.credentials(HTTP_AUTHORIZATION=f"Api-Key {key}.{secret}")
    assert by_key.get("/api/auth/me").status_code == 401
    client = again(alice, api)
    told = client.get("/api/auth/deletion").json()
    assert told == {"deletion": answer.json(), "obstacles": []}
    assert alice.leaves_at - clock.now() > timedelta(days=13)
    assert client.post("/api/auth/deletion", {"password": password}).json() == answer.json()
    client = again(alice, api)
    assert client.delete("/api/auth/deletion").status_code == 204
    assert client.get("/api/auth/deletion").json()["deletion"] is None
    assert client.delete("/api/auth/deletion").json()["error"]["code"] == "no_deletion"
    assert User.objects.get(pk=alice.pk).leaves_at is None


def test_an_account_without_a_password_shows_again_who_it_is(
    make_user: Any, api: Any, password: str
) -> None:
    dora = make_user("dora", factor=True)
    dora.set_unusable_password()
    dora.save()
    client = api(dora)
    answer = client.post("/api/auth/deletion", {"password": password})
    assert answer.json()["error"]["code"] == "reauthentication_required"
    token = client.post("/api/auth/mfa/reauthenticate", {"code": app_code(dora)}).json()["token"]
    assert client.post("/api/auth/deletion", {"token": token}).status_code == 201


def test_a_step_of_somebody_else_proves_nothing(make_user: Any, api: Any, alice: Any) -> None:
    dora, eve = make_user("dora", factor=True), make_user("eve", factor=True)
    dora.set_unusable_password()
    dora.save()
    code = {"code": app_code(eve)}
    token = api(eve).post("/api/auth/mfa/reauthenticate", code).json()["token"]
    assert api(dora).post("/api/auth/deletion", {"token": token}).status_code == 400
    assert not AccountDeletion.objects.exists()


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("address", ["export", "deletion"])
def test_no_api_key_takes_data_along_or_ends_an_account(
    alice: Any, api: Any, method: str, address: str
) -> None:
    scopes = ["read", "trade", "bots", "marketplace"]
    row, secret = api_keys.create(owner=alice, name="All", scopes=scopes)
    client = api()
    client.credentials(HTTP_AUTHORIZATION=f"Api-Key {row.key}.{secret}")
    assert getattr(client, method)(f"/api/auth/{address}").status_code == 403
