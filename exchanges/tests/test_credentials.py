"""Exchange accounts: what comes in, who can open it, what is refused, what is written down."""

from __future__ import annotations

import traceback
from decimal import Decimal
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction

from exchanges.core import sealing
from exchanges.core.keys import Keys
from exchanges.models import CredentialUse, ExchangeCredential
from exchanges.services import credentials, key_ring, signing
from exchanges.services.key_ring import CannotSign, KeysDoNotOpen
from exchanges.services.signing import NotUsable, opened
from exchanges.tests.credentials import KEYS, OTHER_KEYS, account
from foundation.lib import clock
from foundation.lib.errors import BadInput, Conflict, NotFound, OutcomeUnknown

pytestmark = pytest.mark.django_db


def test_keys_come_in_and_only_who_has_the_private_key_opens_them(
    alice: Any, settings: Any
) -> None:
    row = account(alice, symbols=["BTC-USDT"], notional_day_max=Decimal(500))
    assert (row.last_four, row.state, row.symbols) == ("0001", "working", ["BTC/USDT"])
    with opened(row, "account") as keys:
        assert keys == KEYS
    settings.EXCHANGE_PRIVATE_KEYS = ""  # as in the web process
    with pytest.raises(CannotSign), opened(row, "account"):
        pytest.fail("opened without a private key")


def test_a_new_account_is_not_used_before_it_was_checked(alice: Any) -> None:
    row = account(alice, state="checking")
    with pytest.raises(NotUsable, match="not been checked"), opened(row, "account"):
        pytest.fail("used")
    with opened(row, "check") as keys:
        assert keys == KEYS


@pytest.mark.parametrize(("was_working", "may"), [(True, True), (False, False)])
def test_a_venue_that_is_away_stops_nobody_who_worked(
    alice: Any, was_working: bool, may: bool
) -> None:
    row = account(alice)
    ExchangeCredential.objects.filter(pk=row.pk).update(state="failing", was_working=was_working)
    row.refresh_from_db()
    assert row.may_send is may


@pytest.mark.parametrize(
    ("changes", "path", "says"),
    [
        ({"venue": "mtgox"}, "venue", "known are binance, binanceusdm, coinbase"),
        ({"venue": "okx", "keys": Keys("k" * 20, "s" * 20)}, "passphrase", "OKX needs it"),
        ({"keys": Keys("with space 123", "s" * 20)}, "api_key", "space"),
        ({"keys": Keys("k" * 10_240, "s" * 20)}, "api_key", "10,240 characters"),
        ({"label": " "}, "label", "1 to 60"),
        ({"label": "a\nb"}, "label", "printable"),
        ({"symbols": ["no"]}, "symbols[0]", "must be a symbol"),
        ({"notional_day_max": Decimal(0)}, "notional_day_max", "above 0"),
        ({"venue": "kraken", "is_testnet": True}, "is_testnet", "no testnet"),
    ],
)
def test_a_fault_names_its_field(alice: Any, changes: Any, path: str, says: str) -> None:
    with pytest.raises(BadInput) as refused:
        account(alice, **changes)
    [found] = [one for one in refused.value.faults if one.path == path]
    assert says in found.message
    assert not ExchangeCredential.objects.exists()


def test_a_label_stands_once_a_venue(alice: Any, bob: Any) -> None:
    account(alice)
    account(alice, venue="bybit")
    account(bob)
    with pytest.raises(BadInput) as refused:
        account(alice)
    assert refused.value.faults[0].path == "label"


def test_nobody_connects_without_end(alice: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(credentials, "ACCOUNTS_MAX", 1)
    account(alice)
    with pytest.raises(Conflict, match="which is the most"):
        account(alice, "Second")


def test_nobody_tries_out_keys_by_the_dozen(alice: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(credentials, "KEYS_AN_HOUR_MAX", 2)
    row = account(alice)
    credentials.change(owner=alice, credential_id=row.pk, keys=OTHER_KEYS)
    credentials.change(owner=alice, credential_id=row.pk, label="Names are free")
    with pytest.raises(credentials.TooManyKeys, match="Wait"):
        credentials.change(owner=alice, credential_id=row.pk, keys=KEYS)
    credentials.delete(owner=alice, credential_id=row.pk)
    with pytest.raises(credentials.TooManyKeys), clock.fixed(clock.now_ms() + 3_000_000):
        account(alice)
    with clock.fixed(clock.now_ms() + 4_000_000):
        account(alice)


def test_a_check_that_was_just_asked_for_is_not_asked_for_again(
    alice: Any, django_capture_on_commit_callbacks: Any
) -> None:
    row = account(alice)
    later_ms = clock.now_ms() + 20_000
    for ms, sent in ((clock.now_ms(), 0), (later_ms, 1), (later_ms + 5_000, 0)):
        with clock.fixed(ms), django_capture_on_commit_callbacks() as callbacks:
            credentials.validate(owner=alice, credential_id=row.pk)
        assert len(callbacks) == sent


def test_an_installation_without_a_public_key_says_so(alice: Any, settings: Any) -> None:
    settings.EXCHANGE_PUBLIC_KEY = ""
    with pytest.raises(key_ring.NothingToSealWith, match="operator must set EXCHANGE_PUBLIC_KEY"):
        account(alice)


def test_swapped_boxes_do_not_open(alice: Any, bob: Any) -> None:
    own, others = account(alice), account(bob, keys=OTHER_KEYS)
    box = ExchangeCredential.objects.defer(None).get(pk=others.pk).sealed
    ExchangeCredential.objects.filter(pk=own.pk).update(sealed=box)
    with pytest.raises(KeysDoNotOpen), opened(own, "account"):
        pytest.fail("another's keys")


@pytest.mark.parametrize("moved", ["venue", "owner"])
def test_a_box_is_bound_to_its_venue_and_owner(alice: Any, bob: Any, moved: str) -> None:
    row = account(alice)
    changed = {"venue": "bybit"} if moved == "venue" else {"owner_id": bob.pk}
    ExchangeCredential.objects.filter(pk=row.pk).update(**changed)
    row.refresh_from_db()
    with pytest.raises(KeysDoNotOpen), opened(row, "account"):
        pytest.fail("opened elsewhere")


def test_every_use_is_written_down_before_the_keys_are_handed_out(alice: Any) -> None:
    row = account(alice)
    with opened(row, "history"):
        assert CredentialUse.objects.filter(purpose="history").count() == 1
    credentials.change(owner=alice, credential_id=row.pk, label="Renamed")
    credentials.change(owner=alice, credential_id=row.pk, keys=OTHER_KEYS)
    credentials.delete(owner=alice, credential_id=row.pk)
    told = CredentialUse.objects.order_by("pk").values_list("purpose", "credential_number")
    assert [*told] == [(one, row.pk) for one in ("add", "history", "change", "replace", "delete")]


@pytest.mark.parametrize(
    "attack",
    [
        "UPDATE exchanges_credentialuse SET purpose = 'x'",
        "DELETE FROM exchanges_credentialuse",
        "TRUNCATE exchanges_credentialuse",
    ],
)
def test_the_audit_is_only_added_to(alice: Any, attack: str) -> None:
    account(alice)
    refused = pytest.raises(DatabaseError, match="never changed")
    with refused, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(attack)
    assert CredentialUse.objects.count() == 1


def test_new_keys_are_checked_anew(alice: Any) -> None:
    row = account(alice)
    changed = credentials.change(owner=alice, credential_id=row.pk, keys=OTHER_KEYS)
    assert (changed.state, changed.last_four, changed.is_being_checked) == (
        "checking",
        "0002",
        True,
    )
    with opened(row, "check") as keys:
        assert keys == OTHER_KEYS


def test_strangers_find_nothing(alice: Any, charlie: Any) -> None:
    row = account(alice)
    for act in (credentials.validate, credentials.delete, credentials.change):
        with pytest.raises(NotFound):
            act(owner=charlie, credential_id=row.pk)


def test_a_fault_inside_loses_the_keys_on_its_way_out(alice: Any) -> None:
    def fail(keys: Keys) -> None:
        try:
            raise ValueError(f"https://venue/?key={keys.api_key}")
        except ValueError as fault:
            raise RuntimeError({"secret": keys.secret}) from fault

    with pytest.raises(RuntimeError) as raised, opened(account(alice), "account") as keys:
        fail(keys)
    for fault in (raised.value, raised.value.__cause__):
        assert fault is not None
        assert not [word for word in KEYS.words() if word in repr(fault)]


def test_a_fault_that_cannot_be_cleaned_is_not_passed_on(alice: Any) -> None:
    refused = pytest.raises(OutcomeUnknown, match="OSError: its words held a key")
    with refused as raised, opened(account(alice), "account") as keys:
        raise OSError(5, f"no answer from ?key={keys.api_key}")
    told = "".join(traceback.format_exception(raised.value))
    assert not [word for word in KEYS.words() if word in told]


def test_a_secret_key_can_change_and_a_dump_has_only_ciphertext(alice: Any, settings: Any) -> None:
    row = account(alice)
    out = StringIO()
    call_command("dumpdata", "exchanges.exchangecredential", stdout=out)
    settings.SEALED_FIELD_KEYS = (
        "bmV3IG5ldyBuZXcgbmV3IG5ldyBuZXcgbmV3IG5ldyE=", *settings.SEALED_FIELD_KEYS
    )  # fmt: skip
    with opened(row, "account") as keys:
        assert keys == KEYS
    settings.SEALED_FIELD_KEYS = settings.SEALED_FIELD_KEYS[:1]
    with pytest.raises(KeysDoNotOpen, match="enter them anew"), opened(row, "account"):
        pytest.fail("read under a key that is gone")
    assert not [word for word in KEYS.words() if word in out.getvalue()]


def test_a_dump_can_be_loaded_again(alice: Any, tmp_path: Any) -> None:
    row = account(alice)
    file = tmp_path / "dump.json"
    call_command("dumpdata", "exchanges.exchangecredential", output=str(file))
    ExchangeCredential.objects.all().delete()
    call_command("loaddata", str(file), verbosity=0)
    with opened(row, "account") as keys:
        assert keys == KEYS


def test_an_unknown_key_version_says_who_can_open_it(alice: Any, settings: Any) -> None:
    row = account(alice)
    settings.EXCHANGE_PRIVATE_KEYS = sealing.PrivateKey(9, b"\x07" * 32).written()
    with pytest.raises(CannotSign, match="version 1"), opened(row, "account"):
        pytest.fail("opened")
    assert signing.PURPOSES["cancel"]
