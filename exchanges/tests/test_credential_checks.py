"""The worker's check of an account: what it writes down, and when it is asked for again."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from exchanges.models import ExchangeCredential
from exchanges.services import credential_checks, credentials
from exchanges.tests.credentials import OTHER_KEYS, account
from exchanges.tests.key_server import KeyServer
from exchanges.tests.test_inspecting import BINANCE
from exchanges.venues import inspecting
from foundation.lib import clock

pytestmark = pytest.mark.django_db
RIGHTS = "apiRestrictions"
WRONG = {"code": -1022, "msg": "Signature for this request is not valid."}


@pytest.fixture
def answered(monkeypatch: pytest.MonkeyPatch) -> Any:
    """answered(row, status, body) -> the row after a check against a venue that answers so."""

    def check(row: ExchangeCredential, status: int, body: Any) -> ExchangeCredential:
        with KeyServer((RIGHTS, status, body)) as server, monkeypatch.context() as patch:
            patch.setattr(inspecting, "inspect", partial(inspecting.inspect, adjust=server.adjust))
            credential_checks.check(credential_id=row.pk)
        row.refresh_from_db()
        return row

    return check


def test_a_good_key_works(alice: Any, answered: Any) -> None:
    row = answered(account(alice, state="checking"), 200, BINANCE)
    assert (row.state, row.permissions) == ("working", ["read", "spot", "futures"])
    assert row.is_ip_restricted is True
    assert not row.is_being_checked and row.may_send


def test_a_key_that_may_withdraw_is_refused_with_how_to_mend_it(alice: Any, answered: Any) -> None:
    row = answered(account(alice), 200, {**BINANCE, "enableWithdrawals": True})
    assert row.state == "refused" and not row.may_send
    assert "Take that right away from it at Binance" in row.words
    row = answered(row, 200, BINANCE)  # it was mended there
    assert row.state == "working"


def test_a_key_without_a_list_of_addresses_is_warned_about(alice: Any, answered: Any) -> None:
    row = answered(account(alice), 200, {**BINANCE, "ipRestrict": False})
    assert row.state == "working" and "not bound to an address" in row.words


def test_a_wrong_secret_is_refused(alice: Any, answered: Any) -> None:
    row = answered(account(alice, state="checking"), 400, WRONG)
    assert row.state == "refused" and "the secret does not belong" in row.words


def test_a_venue_that_is_away_is_no_fault_of_the_key(alice: Any, answered: Any) -> None:
    row = answered(account(alice), 503, "down")
    assert row.state == "failing" and row.may_send
    assert "Binance could not be asked" in row.words
    row = answered(row, 503, "down")
    assert row.may_send, "the second time as well"
    new = answered(account(alice, "New", state="checking"), 503, "down")
    assert new.state == "failing" and not new.may_send


def test_a_check_of_keys_that_were_replaced_changes_nothing(
    alice: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = account(alice)

    def meanwhile(*_: Any, **__: Any) -> inspecting.Inspection:
        credentials.change(owner=alice, credential_id=row.pk, keys=OTHER_KEYS)
        return inspecting.Inspection(True, ("read",), False, True, "It works.")

    monkeypatch.setattr(inspecting, "inspect", meanwhile)
    with clock.fixed(clock.now_ms() + 5_000):
        assert credential_checks.check(credential_id=row.pk) == "replaced"
    row.refresh_from_db()
    assert row.state == "checking"
    ExchangeCredential.objects.all().delete()
    assert credential_checks.check(credential_id=row.pk) == "gone"


#   state, checked minutes ago, asked minutes ago, is it due
DUE = [
    ("working", 60, 61, False),
    ("working", 25 * 60, 26 * 60, True),
    ("working", 25 * 60, 5, False),
    ("working", 25 * 60, 11, True),
    ("refused", 25 * 60, 26 * 60, True),
    ("failing", 59, 60, False),
    ("failing", 61, 62, True),
    ("checking", None, 5, False),
    ("checking", None, 11, True),
    ("checking", None, None, True),
]


@pytest.mark.parametrize(("state", "checked", "asked", "due"), DUE)
def test_each_account_is_checked_once_a_day_and_no_check_gets_lost(
    alice: Any, state: str, checked: int | None, asked: int | None, due: bool
) -> None:
    row = account(alice)
    moments = {
        name: None if minutes is None else clock.now() - timedelta(minutes=minutes)
        for name, minutes in (("checked_at", checked), ("asked_at", asked))
    }
    ExchangeCredential.objects.filter(pk=row.pk).update(state=state, **moments)
    assert credential_checks.check_due() == int(due)
    assert credential_checks.check_due() == 0
