"""The application's own database role: it works with the ledger and the audit log and cannot
rewrite them.

Triggers hold against everybody but the owner of the tables. So in production migrations run as
the owner and the site as this role, which owns nothing.
"""

from __future__ import annotations

from django.db import connection, transaction
from psycopg import sql

LEDGER = ("accounts_transfer", "accounts_entry", "accounts_ledgeraccount")
# Balances are moved by the trigger, which runs as the owner of its function. `held` promises a part
# of a balance and moves nothing. UPDATE of the reference,
# whose change the table refuses anyway, is what SELECT ... FOR UPDATE asks for.
GRANTS = (
    "GRANT USAGE ON SCHEMA public TO {role}",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role}",
    "GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {role}",
    "REVOKE ALL ON accounts_transfer, accounts_entry, accounts_ledgeraccount FROM {role}",
    "GRANT SELECT, INSERT ON accounts_transfer, accounts_entry TO {role}",
    "GRANT SELECT, INSERT, UPDATE (reference, held) ON accounts_ledgeraccount TO {role}",
    "REVOKE ALL ON accounts_auditlog, accounts_audithead FROM {role}",
    "GRANT SELECT, INSERT ON accounts_auditlog TO {role}",
    "GRANT SELECT ON accounts_audithead TO {role}",
    "REVOKE INSERT, UPDATE, DELETE ON django_migrations FROM {role}",
)


@transaction.atomic
def grant_app_role(*, role: str, password: str) -> None:
    """Make the role if it is not there, and give it its rights; run again after each migration.

    Without a password it cannot sign in by one.
    """
    name = sql.Identifier(role)
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role])
        if cursor.fetchone() is None:
            cursor.execute(_text(sql.SQL("CREATE ROLE {} LOGIN").format(name)))
        if password:
            setting = sql.SQL("ALTER ROLE {} PASSWORD {}").format(name, sql.Literal(password))
            cursor.execute(_text(setting))
        for grant in GRANTS:
            cursor.execute(_text(sql.SQL(grant).format(role=name)))


def _text(statement: sql.Composable) -> str:
    return statement.as_string(None)
