"""What a command's end says to the shell."""

from __future__ import annotations

import pytest
from django.core.management import call_command
from django.db import OperationalError, connection

from foundation.edge.commands import PlainCommand, one_line
from foundation.lib.errors import BadInput, FieldFault, TryLater

THREE = [FieldFault("a", "is odd"), FieldFault("b.c[0]", "is\neven"), FieldFault("", "plainly bad")]

#  fault, exit code, words on stderr
ENDS = [
    (BadInput("no", THREE), 2, "a: is odd; b.c[0]: is even; plainly bad\n"),
    (BadInput("just no"), 2, "just no\n"),
    (TryLater("servers are away"), 1, "servers are away\n"),
    (
        OperationalError("postgresql://me:secret@host is away"),
        1,
        "the database does not answer: postgresql://me:***@host is away\n",
    ),
    (BrokenPipeError(), 1, ""),
]


@pytest.mark.parametrize(("fault", "code", "words"), ENDS)
def test_a_fault_is_one_line_and_a_code(capsys, fault, code, words):
    class Failing(PlainCommand):
        def handle(self, *_args, **_options):
            raise fault

    with pytest.raises(SystemExit) as left:
        call_command(Failing())
    assert left.value.code == code
    assert capsys.readouterr().err == words


def test_a_database_without_tables_says_what_to_do(db, capsys):
    class Reading(PlainCommand):
        def handle(self, *_args, **_options):
            connection.cursor().execute("SELECT 1 FROM no_such_table")

    with pytest.raises(SystemExit) as left:
        call_command(Reading())
    assert left.value.code == 1
    assert "manage.py migrate" in capsys.readouterr().err


def test_many_faults_are_counted_not_listed():
    faults = [FieldFault(f"row {number}", "bad") for number in range(30)]
    line = one_line(BadInput("no", faults))
    assert line.endswith("; and 20 more")
    assert line.count(";") == 10
