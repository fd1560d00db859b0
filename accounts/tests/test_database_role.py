"""The command that makes the application's own role."""

import io

import pytest
from django.core.management import call_command
from django.db import connection

pytestmark = pytest.mark.django_db


def roles():
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolname, rolsuper, rolcreaterole FROM pg_roles")
        return {name: (is_super, makes_roles) for name, is_super, makes_roles in cursor.fetchall()}


def test_it_makes_a_role_without_powers_and_may_be_run_again(monkeypatch):
    role = f"app_of_{connection.settings_dict['NAME']}"
    for _ in range(2):
        monkeypatch.setattr("sys.stdin", io.StringIO("it's a 'secret'\n"))
        call_command("grant_app_role", role, "--password-stdin", stdout=io.StringIO())
    assert roles()[role] == (False, False)


@pytest.mark.parametrize("role", ["", "a b", 'x"; DROP TABLE accounts_user; --', "X", "a" * 64])
def test_a_strange_name_is_refused_in_one_line(role, capsys):
    before = roles()
    with pytest.raises(SystemExit) as stopped:
        call_command("grant_app_role", role, stderr=(err := io.StringIO()))
    assert (stopped.value.code, err.getvalue().count("\n")) == (2, 1)
    assert roles() == before
