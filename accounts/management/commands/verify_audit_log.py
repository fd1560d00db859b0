"""manage.py verify_audit_log [--expect NUMBER:HASH]"""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.conf import settings

from accounts.services import audit_chain
from foundation.edge.commands import OUR_FAULT, PlainCommand


class Command(PlainCommand):
    help = (
        "Check that the audit log is what was written: nothing changed, removed, added or put in "
        "another order. Exit 1 if anything is, with where and what."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--expect",
            metavar="NUMBER:HASH",
            action="append",
            default=[],
            help="an end that an earlier check told and you kept elsewhere; may be given again",
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        path = settings.AUDIT_ANCHORS
        given = tuple(audit_chain.Anchor.parse(text) for text in options["expect"])
        anchors = audit_chain.kept_anchors(path) + given
        found = audit_chain.verify(anchors=anchors, tell=self._show)
        for fault in found.faults:
            self.stdout.write(fault)
        if found.faults:
            self._exit(f"{len(found.faults)} faults in {found.rows} rows", OUR_FAULT)
        audit_chain.keep_anchor(path, found.end)
        self.stdout.write(f"{found.rows} acts, all as they were written. The end: {found.end}")

    def _show(self, rows: int) -> None:
        self.stderr.write(f"\r{rows} rows read", ending="")
