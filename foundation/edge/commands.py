"""What every command line shares: exit 0, 2 on bad input with one plain line, 1 on our fault."""

from __future__ import annotations

from typing import Any, NoReturn

from django.core.management.base import BaseCommand, CommandParser
from django.db import InterfaceError, OperationalError, ProgrammingError
from psycopg.errors import UndefinedTable

from foundation.lib.errors import AppError
from foundation.lib.redact import redact_text

FAULTS_SHOWN_MAX = 10
BAD_INPUT, OUR_FAULT = 2, 1


class PlainCommand(BaseCommand):
    """Progress and refusals go to stderr; stdout carries the answer alone."""

    requires_system_checks: list[str] = []

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        parser = super().create_parser(prog_name, subcommand, **kwargs)
        parser.error = self._refuse_arguments  # type: ignore[method-assign]  # usage is --help's
        return parser

    def execute(self, *args: Any, **options: Any) -> str | None:
        try:
            return super().execute(*args, **options)
        except AppError as fault:
            # From 500 on the caller did nothing wrong: a server is away, an outcome unknown.
            self._exit(one_line(fault), BAD_INPUT if fault.status < 500 else OUR_FAULT)
        except (OperationalError, InterfaceError) as fault:
            self._exit(f"the database does not answer: {redact_text(str(fault))}", OUR_FAULT)
        except ProgrammingError as fault:
            if not isinstance(fault.__cause__, UndefinedTable):
                raise
            self._exit("the database has no tables yet; run manage.py migrate first", OUR_FAULT)
        except BrokenPipeError:
            raise SystemExit(OUR_FAULT) from None  # whoever read our output has gone

    def _refuse_arguments(self, message: str) -> NoReturn:
        self._exit(f"{message} (see --help)", BAD_INPUT)

    def _exit(self, message: str, code: int) -> NoReturn:
        self.stderr.write(" ".join(message.split()))
        raise SystemExit(code)


def one_line(fault: AppError) -> str:
    """Every fault with its path, or the message where there are none."""
    shown = [
        f"{one.path}: {one.message}" if one.path else one.message
        for one in fault.faults[:FAULTS_SHOWN_MAX]
    ]
    left = len(fault.faults) - len(shown)
    return "; ".join([*(shown or [fault.message]), *([f"and {left} more"] if left else [])])
