"""API keys as services: made once, checked, taken back, never told again."""

from datetime import timedelta

import pytest
from django.core import serializers
from django.db import connection

from accounts.models import ApiKey
from accounts.services import api_keys
from foundation.lib import clock
from foundation.lib.errors import BadInput, Conflict, NotAllowed, NotFound

pytestmark = pytest.mark.django_db

NOW_MS = 1_800_000_000_000


@pytest.fixture
def make(alice):
    def make_one(**changes):
        return api_keys.create(**{"owner": alice, "name": "script", "scopes": ["read"], **changes})

    return make_one


def test_a_key_is_made_and_found(make, alice):
    row, secret = make(scopes=["trade", "read", "read"], ips=["203.0.113.0/24", "203.0.113.0/24"])
    assert (len(row.key), len(secret)) == (64, 64)
    assert (row.key + secret).isalnum()
    found = api_keys.find(row.key)
    assert (found, found.owner) == (row, alice)
    assert (found.scopes, found.ips) == (["read", "trade"], ["203.0.113.0/24"])
    assert api_keys.check_secret(found, secret)


WRONG = ["", "x", "ü" * 64, "\x00", "a" * 64]


@pytest.mark.parametrize("guess", WRONG)
def test_a_wrong_key_or_secret_is_none(make, guess):
    row, secret = make()
    assert api_keys.find(guess) is None
    assert not api_keys.check_secret(row, guess)
    assert not api_keys.check_secret(row, secret.swapcase())


#   field          changes
FAULTY = [
    ("name", {"name": "  "}),
    ("name", {"name": "x" * 61}),
    ("name", {"name": "a\x00b"}),
    ("scopes", {"scopes": []}),
    ("scopes", {"scopes": ["read", "everything"]}),
    ("expires_at", {"expires_at": clock.from_ms(NOW_MS)}),
    ("expires_at", {"expires_at": clock.from_ms(NOW_MS + 1000).replace(tzinfo=None)}),
    ("ips[1]", {"ips": ["203.0.113.7", "example.com"]}),
    ("ips", {"ips": ["203.0.113.7"] * 21}),
]


@pytest.mark.parametrize(("path", "changes"), FAULTY)
def test_a_fault_names_its_field_and_the_fix(make, path, changes):
    with clock.fixed(NOW_MS), pytest.raises(BadInput) as refusal:
        make(**changes)
    assert [fault.path for fault in refusal.value.faults] == [path]
    assert "must" in refusal.value.faults[0].message
    assert ApiKey.objects.count() == 0


def test_thirty_live_keys_are_the_most(make, charlie):
    rows = [make()[0] for _ in range(api_keys.KEYS_MAX)]
    with pytest.raises(Conflict, match="Revoke one first"):
        make()
    make(owner=charlie)
    api_keys.revoke(owner=rows[0].owner, key_id=rows[0].pk)
    make()
    with pytest.raises(Conflict):
        make()
    ApiKey.objects.filter(pk=rows[1].pk).update(expires_at=clock.now())
    make()


def test_a_key_ends_when_it_expires(make):
    with clock.fixed(NOW_MS):
        row, _ = make(expires_at=clock.now() + timedelta(minutes=1))
    for after_ms, is_live in ((59_999, True), (60_000, False)):
        with clock.fixed(NOW_MS + after_ms):
            assert bool(api_keys.find(row.key)) is is_live


def test_a_key_ends_when_it_is_revoked_and_that_twice_is_no_fault(make, alice):
    row, _ = make(scopes=["binance"])
    with clock.fixed(NOW_MS):
        api_keys.revoke(owner=alice, key_id=row.pk)
    api_keys.revoke(owner=alice, key_id=row.pk)
    assert api_keys.find(row.key) is None
    row = ApiKey.objects.get(pk=row.pk)
    assert (row.revoked_at, row.secret) == (clock.from_ms(NOW_MS), None)


def test_a_stranger_cannot_tell_it_from_nothing(make, charlie):
    row, _ = make()
    for key_id in (row.pk, 10**9):
        with pytest.raises(NotFound):
            api_keys.revoke(owner=charlie, key_id=key_id)
    assert api_keys.find(row.key) is not None


def test_a_closed_account_has_no_keys(make, alice):
    row, _ = make()
    alice.is_active = False
    alice.save()
    assert api_keys.find(row.key) is None


def test_addresses(make):
    anywhere, _ = make()
    there, _ = make(ips=["203.0.113.0/24"])
    assert api_keys.allows_ip(anywhere, "")
    assert api_keys.allows_ip(there, "203.0.113.9")
    assert not api_keys.allows_ip(there, "198.51.100.1")


def test_use_is_noted_once_a_minute(make, django_assert_num_queries):
    row, _ = make()
    #   after seconds, queries, noted at
    for after_s, queries, noted_s in ((0, 1, 0), (59, 0, 0), (60, 1, 60), (61, 0, 60)):
        with clock.fixed(NOW_MS + after_s * 1000):
            found = api_keys.find(row.key)
            with django_assert_num_queries(queries):
                api_keys.note_use(found)
            row.refresh_from_db(fields=["last_used_at"])
            assert row.last_used_at == clock.from_ms(NOW_MS + noted_s * 1000)


def stored(row):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT secret, row_to_json(k)::text FROM accounts_apikey k WHERE id = %s", [row.pk]
        )
        return cursor.fetchone()


def test_the_secret_is_kept_only_to_sign_and_only_encrypted(make):
    plain, _ = make()
    signs, secret = make(scopes=["read", "binance"])
    assert stored(plain)[0] is None
    kept, whole_row = stored(signs)
    assert secret.encode() not in bytes(kept)
    assert secret not in whole_row
    assert api_keys.hmac_secret(api_keys.find(signs.key)) == secret
    assert api_keys.check_secret(signs, secret)
    with pytest.raises(NotAllowed, match="scope"):
        api_keys.hmac_secret(plain)


def test_a_key_that_cannot_be_decrypted_spoils_nothing_else(make, alice):
    row, _ = make(scopes=["binance"])
    with connection.cursor() as cursor:
        cursor.execute("UPDATE accounts_apikey SET secret = %s", [b"\x80" + b"x" * 120])
    assert list(ApiKey.objects.all()) == [row]
    found = api_keys.find(row.key)
    with pytest.raises(NotAllowed, match="SECRET_KEY"):
        api_keys.hmac_secret(found)
    api_keys.revoke(owner=alice, key_id=row.pk)


@pytest.mark.parametrize("form", ["json", "xml", "python"])
def test_the_secret_is_in_no_dump_and_no_repr(make, form):
    row, secret = make(scopes=["binance"])
    told = [repr(row), str(row), serializers.serialize(form, [row, *ApiKey.objects.all()])]
    assert secret not in str(told)
    assert row.key not in repr(row)
