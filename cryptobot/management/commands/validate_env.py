"""Prints every fault of the environment at once; exits 2 if there is one."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from cryptobot import env


class Command(BaseCommand):
    help = "Check every environment variable; one plain line for each fault."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--example", action="store_true", help="print the text of .env.example")

    def handle(self, *_args: Any, **options: Any) -> None:
        if options["example"]:
            self.stdout.write(env.example(), ending="")
            return
        found = env.faults()
        for fault in found:
            self.stderr.write(fault)
        if found:
            raise SystemExit(2)
        self.stdout.write(f"{len(env.VARS)} variables checked: no fault")
