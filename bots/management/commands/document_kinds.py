"""Writes docs/bots.md out of what the kinds of bots declare."""

from __future__ import annotations

from typing import Any

from bots.core.kinds import KINDS
from bots.core.kinds.texts import document
from cryptobot.embedded import BASE_DIR
from foundation.edge.commands import PlainCommand


class Command(PlainCommand):
    help = "Write docs/bots.md out of what the kinds of bots declare."

    def handle(self, *_args: Any, **_options: Any) -> None:
        path = BASE_DIR / "docs" / "bots.md"
        path.write_text(document(KINDS))
        self.stdout.write(f"{len(KINDS)} kinds written to {path}")
