"""REST by API key: making and ending keys, and what a key opens."""

import logging
from datetime import timedelta

import pytest
from django.urls import get_resolver

from accounts.core.access import AREAS, CLOSED
from accounts.models import ApiKey
from accounts.services import api_keys
from foundation.lib import clock
from tests.test_strangers import addresses

pytestmark = pytest.mark.django_db

KEYS = "/api/auth/api-keys"


@pytest.fixture
def by_key(api, alice):
    """by_key("read", ips=[…]) -> a client with a new key of Alice's."""

    def make(*scopes, owner=None, **changes):
        row, secret = api_keys.create(
            owner=owner or alice, name="script", scopes=scopes or ("read",), **changes
        )
        client = api()
        client.credentials(HTTP_AUTHORIZATION=f"Api-Key {row.key}.{secret}")
        client.row, client.secret = row, secret
        return client

    return make


def test_a_key_is_made_used_listed_and_ended(api, alice_api, alice):
    body = {"name": " Grafana ", "scopes": ["read"], "ips": ["127.0.0.1"], "expires_at": None}
    made = alice_api.post(KEYS, body)
    assert made.status_code == 201
    assert (made.data["name"], made.data["scopes"], made.data["last_used_at"]) == (
        "Grafana",
        ["read"],
        None,
    )
    assert made.json()["created_at"].endswith("Z")
    client = api()
    client.credentials(HTTP_AUTHORIZATION=f"Api-Key {made.data['key']}.{made.data['secret']}")
    assert client.get("/api/auth/me").data["id"] == alice.pk
    (listed,) = alice_api.get(KEYS).json()["results"]
    assert (listed["id"], listed["key"]) == (made.data["id"], made.data["key"])
    assert listed["last_used_at"] is not None
    assert made.data["secret"] not in alice_api.get(KEYS).text
    assert sorted(set(made.json()) - set(listed)) == ["secret"]
    for _ in range(2):
        assert alice_api.delete(f"{KEYS}/{made.data['id']}").status_code == 204
    assert alice_api.get(KEYS).data["results"] == []
    assert client.get("/api/auth/me").status_code == 401


def test_a_stranger_gets_404_and_sees_nothing(by_key, charlie_api):
    client = by_key()
    assert charlie_api.delete(f"{KEYS}/{client.row.pk}").status_code == 404
    assert charlie_api.get(KEYS).data["count"] == 0
    assert client.get("/api/auth/me").status_code == 200


#   paths                body
BAD_BODIES = [
    ({"name", "scopes"}, {}),
    ({"name"}, {"name": "", "scopes": ["read"]}),
    ({"name"}, {"name": "x" * 61, "scopes": ["read"]}),
    ({"scopes"}, {"name": "x", "scopes": []}),
    ({"scopes"}, {"name": "x", "scopes": "read"}),
    ({"scopes.1"}, {"name": "x", "scopes": ["read", "root"]}),
    ({"expires_at"}, {"name": "x", "scopes": ["read"], "expires_at": "tomorrow"}),
    ({"expires_at"}, {"name": "x", "scopes": ["read"], "expires_at": "2001-01-01T00:00:00Z"}),
    ({"ips[0]"}, {"name": "x", "scopes": ["read"], "ips": ["10.0.0.1/8"]}),
    ({"ips"}, {"name": "x", "scopes": ["read"], "ips": "10.0.0.1"}),
]


@pytest.mark.parametrize(("paths", "body"), BAD_BODIES)
def test_bad_input_names_the_field(alice_api, paths, body):
    answer = alice_api.post(KEYS, body)
    assert answer.status_code == 400
    assert {fault["path"] for fault in answer.json()["error"]["errors"]} == paths
    assert ApiKey.objects.count() == 0


def test_the_limit_is_a_conflict(alice_api, monkeypatch):
    monkeypatch.setattr(api_keys, "KEYS_MAX", 1)
    body = {"name": "x", "scopes": ["read"]}
    assert [alice_api.post(KEYS, body).status_code for _ in range(2)] == [201, 409]


def headers(row, secret):
    """Name -> a header that must open nothing."""
    return {
        "wrong secret": f"Api-Key {row.key}.{secret[::-1]}",
        "no secret": f"Api-Key {row.key}",
        "empty secret": f"Api-Key {row.key}.",
        "the hash for the secret": f"Api-Key {row.key}.{row.secret_hash}",
        "unknown key": f"Api-Key {'a' * 64}.{secret}",
        "empty": "Api-Key",
        "two words": f"Api-Key {row.key} {secret}",
        "as a token": f"Bearer {row.key}.{secret}",
        "no ASCII": f"Api-Key {'ü' * 64}.{secret}",
    }


def test_a_wrong_key_opens_nothing(api, by_key, alice):
    client = by_key()
    for name, header in headers(client.row, client.secret).items():
        stranger = api()
        stranger.credentials(HTTP_AUTHORIZATION=header)
        stranger.force_login(alice)  # a session beside it does not help
        answer = stranger.get("/api/auth/me")
        assert (answer.status_code, answer.json()["error"]["code"]) == (401, "not_authenticated"), (
            name
        )
        assert client.secret not in answer.text


def test_ended_keys_open_nothing(by_key, alice, charlie):
    soon = clock.now() + timedelta(hours=1)
    expired, revoked, closed = by_key(expires_at=soon), by_key(), by_key(owner=charlie)
    api_keys.revoke(owner=alice, key_id=revoked.row.pk)
    ApiKey.objects.filter(pk=expired.row.pk).update(expires_at=clock.now())
    type(charlie).objects.filter(pk=charlie.pk).update(is_active=False)
    for client in (expired, revoked, closed):
        assert client.get("/api/auth/me").status_code == 401


def test_guessing_and_refusals_count_against_the_limit(by_key, settings):
    settings.API_RATES = {"anonymous": 3, "user": 100}
    refused = by_key("read", ips=["203.0.113.7"])
    answers = [refused.get("/api/auth/me").status_code for _ in range(5)]
    assert answers == [403, 403, 403, 429, 429]


def test_a_key_comes_from_its_addresses_only(by_key, settings):
    client = by_key("read", ips=["203.0.113.0/24", "2001:db8::7"])
    refused = client.get("/api/auth/me", REMOTE_ADDR="198.51.100.1")
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "not_allowed")
    assert "198.51.100.1" in refused.json()["error"]["message"]
    assert ApiKey.objects.get().last_used_at is None
    for address in ("203.0.113.99", "2001:db8::7", "::ffff:203.0.113.1"):
        assert client.get("/api/auth/me", REMOTE_ADDR=address).status_code == 200, address
    assert client.get("/api/auth/me", REMOTE_ADDR="2001:db8::8").status_code == 403
    said = {"REMOTE_ADDR": "10.0.0.1", "HTTP_X_FORWARDED_FOR": "203.0.113.9"}
    assert client.get("/api/auth/me", **said).status_code == 403, "nobody trusts that header"
    settings.TRUSTED_PROXY_COUNT = 1
    assert client.get("/api/auth/me", **said).status_code == 200


LET_IN = "let in"  # an empty body is refused for what it lacks, not for who sent it
#   scope          method    address                    status  why
MATRIX = [
    ("read", "get", "/api/orders", 200, "looks"),
    ("read", "get", "/api/bots", 200, "at everything"),
    ("read", "get", "/api/data/indicators", 200, "market data"),
    ("read", "post", "/api/orders", 403, "and changes nothing"),
    ("read", "put", "/api/bots/1/start", 403, "nor starts anything"),
    ("read", "post", "/api/backtests", 403, "nor runs anything"),
    ("read", "post", "/api/data/calculate-indicator", LET_IN, "but may compute"),
    ("read", "put", "/api/auth/preferences", 403, "the account is not a key's"),
    ("read", "get", KEYS, 403, "nor are keys"),
    ("read", "post", KEYS, 403, "nor are keys"),
    ("read", "delete", f"{KEYS}/1", 403, "nor are keys"),
    ("read", "get", "/api/metrics", 403, "nor is the place"),
    ("read", "get", "/api/schema/", 200, "public here"),
    ("trade", "get", "/api/orders", 200, "its own area"),
    ("trade", "post", "/api/orders", LET_IN, "its own area"),
    ("trade", "get", "/api/bots", 403, "trade is not read"),
    ("trade", "put", "/api/bots/1/start", 403, "nor bots"),
    ("trade", "get", "/api/auth/me", 403, "nor read"),
    ("bots", "get", "/api/bots", 200, "its own area"),
    ("bots", "put", "/api/bots/1/start", LET_IN, "its own area"),
    ("bots", "get", "/api/strategies", 200, "its own area"),
    ("bots", "get", "/api/backtests", 200, "its own area"),
    ("bots", "get", "/api/portfolio", 200, "its own area"),
    ("bots", "get", "/api/wallet", 403, "not the wallet"),
    ("bots", "post", "/api/orders", 403, "not orders"),
    ("marketplace", "get", "/api/bots", 403, "another area"),
    ("binance", "get", "/api/orders", 403, "has a face of its own"),
    ("binance", "get", "/api/auth/me", 403, "has a face of its own"),
    ("binance", "get", "/api/markets", 200, "public is public"),
    ("marketplace", "get", "/api/health", 200, "public is public"),
]


@pytest.mark.parametrize(("scope", "method", "address", "status", "why"), MATRIX)
def test_what_a_scope_opens(by_key, scope, method, address, status, why):
    data = {} if method in ("post", "put") else None
    answer = getattr(by_key(scope), method)(address, data)
    found = LET_IN if answer.status_code in (400, 404, 405) else answer.status_code
    assert found == status, f"{why}: {answer.text}"


def test_a_refusal_names_the_scope(by_key):
    message = by_key("bots").post("/api/orders", {}).json()["error"]["message"]
    assert message == 'This API key needs the scope "trade" for that.'


def test_an_admins_key_is_no_admin(by_key, admin):
    client = by_key("read", "trade", "bots", "marketplace", "binance", owner=admin)
    assert client.get("/api/metrics").status_code == 403
    assert client.get("/admin/").status_code == 302
    assert client.get("/").status_code == 302, "pages are for people"


def test_a_key_sees_what_its_owner_sees_and_no_more(by_key, charlie):
    mine, theirs = by_key("read"), by_key("read", owner=charlie)
    assert mine.get("/api/auth/me").data["email"] == "alice@example.com"
    assert theirs.get("/api/auth/me").data["email"] == "charlie@example.com"


def test_every_area_of_the_api_is_open_or_closed_on_purpose():
    areas = {one.split("/")[2] for one in addresses(get_resolver()) if one.startswith("/api/")}
    assert areas <= {*AREAS, *CLOSED}, "name it in accounts/core/access.py"


def test_the_secret_is_in_no_log(by_key, caplog):
    caplog.set_level(logging.DEBUG)
    client = by_key("read", "binance")
    client.get("/api/auth/me")
    client.post("/api/orders", {})
    client.credentials(HTTP_AUTHORIZATION=f"Api-Key {'b' * 64}.{client.secret}")
    client.get("/api/auth/me")
    assert client.secret not in caplog.text
