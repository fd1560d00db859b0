"""Give the application a database role that cannot rewrite the ledger."""

from __future__ import annotations

import re
import sys
from typing import Any

from django.core.management.base import CommandParser

from accounts.services.database_role import grant_app_role
from foundation.edge.commands import PlainCommand
from foundation.lib.errors import BadInput


class Command(PlainCommand):
    help = (
        "Make a PostgreSQL role for the site and grant it what it needs, and no more. Run it as "
        "the owner of the tables, after each migration; then let DATABASE_URL name the role."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("role", help="name of the role, e.g. cryptobot_app")
        parser.add_argument(
            "--password-stdin", action="store_true", help="read the role's password from stdin"
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        role = options["role"]
        if not re.fullmatch(r"[a-z_][a-z0-9_]{0,62}", role):
            raise BadInput("a role's name has small letters, digits and underscores")
        password = sys.stdin.readline().rstrip("\n") if options["password_stdin"] else ""
        grant_app_role(role=role, password=password)
        self.stdout.write(f"{role} may work with the tables, and cannot rewrite the ledger.")
