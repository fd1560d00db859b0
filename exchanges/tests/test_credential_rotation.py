"""New keys for everything that is stored, while others read."""

from __future__ import annotations

import random
import threading
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection

from cryptobot import exchange_keys
from exchanges.core import sealing
from exchanges.core.keys import Keys
from exchanges.core.sealing import PrivateKey
from exchanges.models import ExchangeCredential
from exchanges.services import credential_rotation, key_ring
from exchanges.services.signing import opened
from exchanges.tests.credentials import KEYS, account
from foundation.lib import clock
from foundation.lib.errors import BadInput

ROWS = 10_000
OLD, NEW = PrivateKey(1, b"\x11" * 32), PrivateKey(2, b"\x22" * 32)


@pytest.fixture
def old_pair(settings: Any) -> None:
    settings.EXCHANGE_PUBLIC_KEY = str(OLD.public())
    settings.EXCHANGE_PRIVATE_KEYS = OLD.written()


def new_pair(settings: Any) -> None:
    settings.EXCHANGE_PUBLIC_KEY = str(NEW.public())
    settings.EXCHANGE_PRIVATE_KEYS = f"{NEW.written()},{OLD.written()}"


def many(owner: Any, count: int) -> list[int]:
    """Rows straight into the table, each with keys of its own."""
    made = []
    for number in range(1, count + 1):
        keys = Keys(f"key{number:013d}", f"secret{number:010d}")
        row = ExchangeCredential(
            pk=10_000_000 + number, owner=owner, venue="binance", label=f"{number}",
            state="working", last_four=keys.api_key[-4:], sealed_at=clock.now(),
        )  # fmt: skip
        box = key_ring.sealed(keys, row_id=row.pk, owner_id=owner.pk, venue=row.venue)
        for name, value in box.items():
            setattr(row, name, value)
        made.append(row)
    ExchangeCredential.objects.bulk_create(made, batch_size=1000)
    return [row.pk for row in made]


def reader(numbers: list[int], stop: threading.Event, read: list[int], faults: list[str]) -> None:
    """A bot that needs its keys all the time."""
    dice = random.Random(7)
    try:
        while not stop.wait(0.005):
            number = dice.choice(numbers)
            row = ExchangeCredential.objects.get(pk=number)
            with opened(row, "account") as keys:
                if keys.secret != f"secret{number - 10_000_000:010d}":
                    faults.append(f"{number} opened to another's keys")
            read.append(number)
    except Exception as fault:
        faults.append(repr(fault))
    finally:
        connection.close()


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("old_pair")
def test_ten_thousand_rows_are_sealed_anew_while_bots_read(alice: Any, settings: Any) -> None:
    numbers = many(alice, ROWS)
    new_pair(settings)
    stop, read, faults = threading.Event(), [], []
    thread = threading.Thread(target=reader, args=(numbers, stop, read, faults))
    thread.start()
    try:
        found = credential_rotation.rotate()
    finally:
        stop.set()
        thread.join()
    assert (found.done, found.failed, faults) == (ROWS, [], [])
    assert len(read) > 20, "somebody read meanwhile"
    assert credential_rotation.versions() == {2: ROWS}
    settings.EXCHANGE_PRIVATE_KEYS = NEW.written()  # the old one is needed no more
    for number in (numbers[0], numbers[-1]):
        with opened(ExchangeCredential.objects.get(pk=number), "account") as keys:
            assert keys.secret == f"secret{number - 10_000_000:010d}"
    settings.EXCHANGE_PRIVATE_KEYS = OLD.written()
    with pytest.raises(key_ring.CannotSign), opened(ExchangeCredential.objects.first(), "account"):
        pytest.fail("the old key still opens")


@pytest.mark.django_db
@pytest.mark.usefixtures("old_pair")
def test_who_is_interrupted_goes_on_where_it_stopped(alice: Any, settings: Any) -> None:
    many(alice, 25)
    new_pair(settings)

    def stop_after(found: credential_rotation.Rotation) -> None:
        if found.done >= 10:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        credential_rotation.rotate(batch=5, tell=stop_after)
    assert credential_rotation.versions() == {1: 15, 2: 10}
    assert credential_rotation.rotate(batch=5).done == 15
    assert credential_rotation.rotate(batch=5).done == 0


@pytest.mark.django_db
@pytest.mark.usefixtures("old_pair")
def test_a_row_that_does_not_open_is_named_and_left(alice: Any, settings: Any) -> None:
    numbers = many(alice, 5)
    rows = ExchangeCredential.objects.filter(pk=numbers[2])
    rows.update(sealed=b"\x01" + b"x" * 60)
    new_pair(settings)
    with pytest.raises(SystemExit) as ended:
        call_command("rotate_credential_keys", stdout=(out := StringIO()), stderr=StringIO())
    assert ended.value.code == 1
    assert "4 of 5 accounts sealed anew; key version 1: 1, key version 2: 4" in out.getvalue()


@pytest.mark.django_db
def test_a_new_secret_key_is_taken_over_too(alice: Any, settings: Any) -> None:
    row = account(alice)
    [old] = settings.SEALED_FIELD_KEYS
    new = "bmV3IG5ldyBuZXcgbmV3IG5ldyBuZXcgbmV3IG5ldyE="
    settings.SEALED_FIELD_KEYS = (new, old)
    assert credential_rotation.rotate().done == 1
    settings.SEALED_FIELD_KEYS = (new,)
    with opened(row, "account") as keys:
        assert keys == KEYS


@pytest.mark.django_db
def test_nothing_is_sealed_that_nobody_could_open(alice: Any, settings: Any) -> None:
    account(alice)
    settings.EXCHANGE_PUBLIC_KEY = str(NEW.public())
    with pytest.raises(BadInput, match="nobody could read the keys afterwards"):
        credential_rotation.rotate()


def test_pairs_are_kept_side_by_side(tmp_path: Path) -> None:
    first = exchange_keys.public_text(tmp_path)
    assert exchange_keys.public_text(tmp_path) == first
    second = exchange_keys.next_pair(tmp_path)
    assert exchange_keys.public_text(tmp_path) == str(second)
    keys = sealing.parse_private(exchange_keys.private_text(tmp_path))
    assert [str(key.public()) for key in keys] == [str(second), first]
    assert {path.stat().st_mode & 0o077 for path in tmp_path.iterdir()} == {0}


def test_the_next_pair_is_told_where_variables_give_the_keys(settings: Any) -> None:
    settings.EXCHANGE_PUBLIC_KEY = str(OLD.public())
    out = StringIO()
    call_command("rotate_credential_keys", "--make-pair", stdout=out, stderr=StringIO())
    private, public = (line.partition("=")[2] for line in out.getvalue().splitlines())
    [key] = sealing.parse_private(private)
    assert (key.version, str(key.public())) == (2, public)


@pytest.mark.django_db
def test_the_pairs_of_make_run_are_followed_by_the_next(
    alice: Any, settings: Any, tmp_path: Path
) -> None:
    settings.EXCHANGE_KEYS_FOLDER = tmp_path
    settings.EXCHANGE_PUBLIC_KEY = exchange_keys.public_text(tmp_path)
    settings.EXCHANGE_PRIVATE_KEYS = exchange_keys.private_text(tmp_path)
    row = account(alice)
    call_command("rotate_credential_keys", "--make-pair", stdout=(out := StringIO()))
    assert "Pair 2 is made" in out.getvalue() and "Start `make run` anew" in out.getvalue()
    # After the start every process seals with the new one; the command finds the private keys.
    settings.EXCHANGE_PUBLIC_KEY, settings.EXCHANGE_PRIVATE_KEYS = (
        exchange_keys.public_text(tmp_path),
        "",
    )
    call_command("rotate_credential_keys", stdout=(out := StringIO()), stderr=StringIO())
    assert "1 of 1 accounts sealed anew; key version 2: 1" in out.getvalue()
    settings.EXCHANGE_PRIVATE_KEYS = exchange_keys.private_text(tmp_path).split(",")[0]
    with opened(row, "account") as keys:
        assert keys == KEYS
