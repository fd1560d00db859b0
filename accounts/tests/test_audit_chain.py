"""The audit log: added to only, and whatever is done to it behind its back is found and located."""

from __future__ import annotations

import hashlib
import io
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction
from django.db.models import F

from accounts.models import AuditHead, AuditLog, User
from accounts.services import audit, audit_chain
from foundation.lib.errors import BadInput

ROWS = 6


def chain_now() -> None:
    """What a commit does."""
    sql("SET CONSTRAINTS ALL IMMEDIATE", "SET CONSTRAINTS ALL DEFERRED")


def sql(*statements: str) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


@pytest.fixture
def log(alice: User) -> list[AuditLog]:
    for number in range(ROWS):
        audit.record(alice, "user.role", alice, {"role": number}, {"role": number + 1})
    chain_now()
    return list(AuditLog.objects.order_by("number"))


@pytest.mark.django_db
def test_what_was_written_is_found_whole(log: list[AuditLog], alice: User) -> None:
    verdict = audit_chain.verify()
    assert (verdict.rows, verdict.end.number, verdict.faults) == (ROWS, ROWS, ())
    assert [row.number for row in log] == list(range(1, ROWS + 1))
    assert log[0].read["before"] == {"role": 0}
    assert log[0].read["actor"] == f"user {alice.pk}"
    body = f"{log[0].hash}|2|{log[1].body}"
    assert log[1].hash == hashlib.sha256(body.encode()).hexdigest()


@pytest.mark.django_db
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE accounts_auditlog SET action = 'x' WHERE number = 2",
        "UPDATE accounts_auditlog SET number = NULL WHERE number = 2",
        "DELETE FROM accounts_auditlog WHERE number = 2",
        "TRUNCATE accounts_auditlog",
        "UPDATE accounts_audithead SET number = 1",
        "DELETE FROM accounts_audithead",
        "TRUNCATE accounts_audithead",
    ],
)
def test_the_database_refuses_every_change(log: list[AuditLog], statement: str) -> None:
    with pytest.raises(DatabaseError, match="refused"), transaction.atomic():
        sql(statement)
    assert audit_chain.verify().faults == ()


def rewritten(log: list[AuditLog]) -> None:
    """Chain the rows anew, and move the end: what somebody with the whole database could do."""
    before = ""
    for number, row in enumerate(AuditLog.objects.order_by("number"), 1):
        made = hashlib.sha256(f"{before}|{number}|{row.body}".encode()).hexdigest()
        sql(
            f"UPDATE accounts_auditlog SET number = {number}, previous_hash = '{before}', "
            f"hash = '{made}' WHERE id = {row.pk}"
        )
        before = made
    sql(f"UPDATE accounts_audithead SET number = {number}, hash = '{before}'")


def inserted(log: list[AuditLog]) -> None:
    """By the proper triggers, but not by the program."""
    sql(
        "INSERT INTO accounts_auditlog (at, action, target_kind, target_id, ip, request_id, body,"
        " mac, previous_hash, hash) SELECT at, action, target_kind, target_id, ip, request_id,"
        " replace(body, '\"role\":2', '\"role\":9'), 'made up', '', '' FROM accounts_auditlog"
        " WHERE number = 2"
    )
    chain_now()


OFF = "ALTER TABLE accounts_auditlog DISABLE TRIGGER "
ATTACKS: dict[str, tuple[Any, str]] = {
    "another body": (
        "UPDATE accounts_auditlog SET body = replace(body, '\"role\":2', '\"role\":9')"
        " WHERE number = 2",
        "row 2",
    ),
    "another actor": ("UPDATE accounts_auditlog SET actor_id = 99 WHERE number = 3", "row 3"),
    "another time": ("UPDATE accounts_auditlog SET at = at - interval '1 h' WHERE number = 3", "3"),
    "gone from the middle": ("DELETE FROM accounts_auditlog WHERE number = 4", "1 rows before"),
    "gone from the front": ("DELETE FROM accounts_auditlog WHERE number = 1", "1 rows before"),
    "cut tail": ("DELETE FROM accounts_auditlog WHERE number > 4", "row 5: it and all after"),
    "all gone": ("DELETE FROM accounts_auditlog", "row 1: it and all after it, to 6"),
    "swapped": (
        "UPDATE accounts_auditlog SET number = 99 WHERE number = 2;"
        "UPDATE accounts_auditlog SET number = 2 WHERE number = 3;"
        "UPDATE accounts_auditlog SET number = 3 WHERE number = 99",
        "row 2",
    ),
    "past the triggers": (
        "INSERT INTO accounts_auditlog (at, action, target_kind, target_id, ip, request_id, body,"
        " mac, previous_hash, hash) VALUES (now(), 'x', '', '', '', '', '{}', 'y', '', '')",
        "1 rows stand outside the chain",
    ),
    "not by the program": (inserted, "row 7 (id"),
    "cut, with the kept end": (
        "DELETE FROM accounts_auditlog WHERE number > 4;"
        "UPDATE accounts_audithead SET number = 4, hash ="
        " (SELECT hash FROM accounts_auditlog WHERE number = 4)",
        "row 6: it was the end once, and is gone",
    ),
}


@pytest.mark.django_db
@pytest.mark.parametrize("name", ATTACKS)
def test_tampering_is_found_where_it_is(log: list[AuditLog], name: str) -> None:
    attack, where = ATTACKS[name]
    anchors = (audit_chain.verify().end,)
    off = ["audit_log_is_final"] + (["audit_chain"] if name == "past the triggers" else [])
    sql(*(f"{OFF}{one}" for one in off))
    sql("ALTER TABLE accounts_audithead DISABLE TRIGGER audit_head_is_final")
    attack(log) if callable(attack) else sql(attack)
    found = audit_chain.verify(anchors=anchors).faults
    assert any(where in fault for fault in found), found
    assert any("audit_log_is_final is switched off" in fault for fault in found)


@pytest.mark.django_db
def test_a_log_that_was_written_anew_does_not_pass_its_anchor(log: list[AuditLog]) -> None:
    anchors = (audit_chain.verify().end,)
    sql(f"{OFF}audit_log_is_final")
    sql("ALTER TABLE accounts_audithead DISABLE TRIGGER audit_head_is_final")
    sql("DELETE FROM accounts_auditlog WHERE number = 3")
    rewritten(log)
    for name in ("log", "head"):
        sql(f"ALTER TABLE accounts_audit{name} ENABLE ALWAYS TRIGGER audit_{name}_is_final")
    audit.record(None, "user.role")
    chain_now()
    assert audit_chain.verify().faults == ()  # nothing in the database tells
    assert "row 6" in audit_chain.verify(anchors=anchors).faults[0]


@pytest.mark.django_db
def test_a_former_secret_key_still_knows_its_rows(log: list[AuditLog], settings: Any) -> None:
    before = settings.AUDIT_KEYS
    settings.AUDIT_KEYS = ("another",)
    assert "row 1 " in audit_chain.verify().faults[0]
    settings.AUDIT_KEYS = ("another", *before)
    audit.record(None, "user.role")
    chain_now()
    assert audit_chain.verify().faults == ()


def run(*arguments: str) -> tuple[int, str]:
    told = io.StringIO()
    try:
        call_command("verify_audit_log", *arguments, stdout=told, stderr=io.StringIO())
    except SystemExit as stopped:
        return int(stopped.code or 0), told.getvalue()
    return 0, told.getvalue()


@pytest.mark.django_db
def test_the_command_tells_and_keeps_the_end(
    log: list[AuditLog], settings: Any, tmp_path: Any
) -> None:
    settings.AUDIT_ANCHORS = tmp_path / "anchors"
    assert run() == (0, f"6 acts, all as they were written. The end: 6:{log[-1].hash}\n")
    assert run()[0] == 0  # told twice, kept once
    assert settings.AUDIT_ANCHORS.read_text().startswith(f"6:{log[-1].hash} ")
    assert len(settings.AUDIT_ANCHORS.read_text().splitlines()) == 1
    code, words = run("--expect", f"9:{'0' * 64}")
    assert (code, words) == (1, "row 9: it was the end once, and is gone\n")
    assert run("--expect", "yesterday")[0] == 2
    with pytest.raises(BadInput):
        audit_chain.Anchor.parse("4:short")


WRITERS, ROWS_EACH = 8, 25


def write(number: int) -> None:
    """Half of them write it down before they lock a row, half after: no order deadlocks."""
    try:
        pks = list(User.objects.order_by("pk").values_list("pk", flat=True))
        for turn in range(ROWS_EACH):
            with transaction.atomic():
                if number % 2:
                    audit.record(None, "user.role", f"writer {number}", after={"turn": turn})
                User.objects.filter(pk=pks[turn % 2]).update(name=f"{number} {turn}")
                if not number % 2:
                    audit.record(None, "user.role", f"writer {number}", after={"turn": turn})
    finally:
        connection.close()


@pytest.mark.django_db(transaction=True)
def test_eight_writers_make_one_chain(alice: User, bob: User) -> None:
    with ThreadPoolExecutor(WRITERS) as pool:
        list(pool.map(write, range(WRITERS)))
    with transaction.atomic():
        audit.record(None, "user.role", "never happened")
        transaction.set_rollback(True)
    verdict = audit_chain.verify()
    assert (verdict.rows, verdict.faults) == (WRITERS * ROWS_EACH, ())
    assert AuditHead.objects.get().number == WRITERS * ROWS_EACH
    for number in range(WRITERS):
        told = AuditLog.objects.filter(body__contains=f'"target":"writer {number}"')
        turns = [row.read["after"]["turn"] for row in told.order_by(F("number"))]
        assert turns == list(range(ROWS_EACH))
