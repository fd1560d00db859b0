"""Sign-in with Google, against an OpenID provider of our own on loopback."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
from allauth.socialaccount.providers.google import views as google
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from accounts.models import User
from accounts.services import system_settings
from accounts.tests.factors import code_of, give_app
from foundation.lib import clock

pytestmark = pytest.mark.django_db

CLIENT, ISSUER = "client-of-ours", "https://accounts.google.com"


class Provider:
    """Answers Google's addresses for keys and tokens; signs for whom the test names."""

    def __init__(self) -> None:
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.claims: dict[str, Any] = {
            "sub": "117", "email": "dora@example.com", "email_verified": True,
            "given_name": "Dora", "family_name": "Diaz",
        }  # fmt: skip
        self.asked: list[dict[str, list[str]]] = []

    def certificate(self) -> str:
        name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "test")])
        now = clock.now()
        made = x509.CertificateBuilder().subject_name(name).issuer_name(name)
        made = made.public_key(self.key.public_key()).serial_number(1)
        made = made.not_valid_before(now - timedelta(days=1))
        made = made.not_valid_after(now + timedelta(days=1))
        signed = made.sign(self.key, hashes.SHA256())
        return signed.public_bytes(serialization.Encoding.PEM).decode()

    def id_token(self, key: Any = None, **changes: Any) -> str:
        now = clock.now_ms() // 1000
        claims = {"iss": ISSUER, "aud": CLIENT, "iat": now, "exp": now + 600, **self.claims}
        claims |= changes
        return jwt.encode(claims, key or self.key, "RS256", headers={"kid": "one"})


@pytest.fixture
def provider(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Provider]:
    ours = Provider()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.say({"one": ours.certificate()})

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            ours.asked.append(parse_qs(body))
            self.say({"access_token": "x", "token_type": "Bearer", "id_token": ours.id_token()})

        def say(self, answer: dict[str, Any]) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(json.dumps(answer).encode())

        def log_message(self, *_: Any) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    place = f"http://127.0.0.1:{server.server_port}"
    monkeypatch.setattr(google, "CERTS_URL", f"{place}/certs")
    monkeypatch.setattr(google.GoogleOAuth2Adapter, "access_token_url", f"{place}/token")
    apps = [{"client_id": CLIENT, "secret": "word"}]
    settings.SOCIALACCOUNT_PROVIDERS = {
        "google": {**settings.SOCIALACCOUNT_PROVIDERS["google"], "APPS": apps}
    }
    yield ours
    server.shutdown()
    server.server_close()


def by_token(api: Any, token: str) -> Any:
    return api().post("/api/auth/google", {"id_token": token})


def test_it_is_hidden_where_it_is_not_set_up(client: Any, api: Any) -> None:
    assert "Google" not in client.get("/sign-in/").text
    assert client.post("/sign-in/google/").status_code == 404
    assert by_token(api, "x").status_code == 404


def test_a_newcomer_of_google_is_signed_up_once(api: Any, provider: Provider) -> None:
    for _ in range(2):
        assert sorted(by_token(api, provider.id_token()).data) == ["access", "refresh"]
    dora = User.objects.get(email="dora@example.com")
    assert (dora.name, dora.registration_open) == ("Dora Diaz", False)
    assert not dora.has_usable_password()


@pytest.mark.parametrize("is_known", [False, True])
def test_where_sign_up_is_closed_google_lets_in_only_whom_we_know(
    api: Any, client: Any, make_user: Any, provider: Provider, monkeypatch: Any, is_known: bool
) -> None:
    if is_known:
        make_user("dora")
    usual = {**system_settings.everything(), "sign_up_open": False}
    monkeypatch.setattr(system_settings, "_kept", usual)
    answer = by_token(api, provider.id_token())
    assert answer.status_code == (200 if is_known else 403)
    assert is_known or answer.data["error"]["code"] == "sign_up_closed"
    asked = parse_qs(urlsplit(client.post("/sign-in/google/").headers["Location"]).query)
    client.get("/sign-in/google/back/", {"state": asked["state"][0], "code": "given"}, follow=True)
    assert ("_auth_user_id" in client.session) is is_known
    assert User.objects.filter(email="dora@example.com").exists() is is_known


def test_a_known_address_keeps_its_account_and_its_second_step(
    api: Any, alice: User, provider: Provider
) -> None:
    secret = give_app(alice)
    provider.claims["email"] = alice.email
    pending = by_token(api, provider.id_token())
    assert (pending.status_code, pending.data["next"]) == (202, "mfa")
    body = {"token": pending.data["token"], "code": code_of(secret)}
    assert "access" in api().post("/api/auth/mfa/authenticate", body).data
    assert User.objects.count() == 1


def test_an_address_that_google_has_not_proved_takes_nobodys_account(
    api: Any, alice: User, provider: Provider
) -> None:
    token = provider.id_token(email=alice.email, email_verified=False)
    answer = by_token(api, token)
    assert "access" not in answer.data
    assert not alice.socialaccount_set.exists()


def test_a_token_that_is_not_googles_opens_nothing(api: Any, provider: Provider) -> None:
    stranger = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    tokens = [
        provider.id_token(key=stranger),
        provider.id_token(aud="another"),
        provider.id_token(iss="https://evil.example"),
        provider.id_token(exp=1_700_000_000),
        jwt.encode({**provider.claims, "iss": ISSUER, "aud": CLIENT}, "x" * 32, "HS256"),
        "a.b.c",
        "x",
    ]
    assert [by_token(api, one).status_code for one in tokens] == [401] * len(tokens)
    assert User.objects.count() == 0


def test_the_page_goes_to_google_and_back(client: Any, provider: Provider) -> None:
    assert "Go on with Google" in client.get("/sign-in/").text
    there = client.post("/sign-in/google/?next=/settings/")
    asked = parse_qs(urlsplit(there.headers["Location"]).query)
    assert there.headers["Location"].startswith("https://accounts.google.com/")
    assert asked["code_challenge_method"] == ["S256"]
    back = {"state": asked["state"][0], "code": "given"}
    home = client.get("/sign-in/google/back/", back)
    assert (home.status_code, home.headers["Location"]) == (302, "/settings/")
    assert provider.asked[0]["code"] == ["given"] and "code_verifier" in provider.asked[0]
    assert client.get("/settings/").status_code == 200
    again = client.__class__().get("/sign-in/google/back/", back)
    assert "failed" in again.text
