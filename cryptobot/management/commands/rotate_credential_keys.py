"""manage.py rotate_credential_keys [--make-pair]"""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.conf import settings

from cryptobot import exchange_keys
from exchanges.core import sealing
from exchanges.services import credential_rotation, key_ring
from exchanges.services.credential_rotation import Rotation
from foundation.edge.commands import OUR_FAULT, PlainCommand

FAILED_SHOWN_MAX = 20


class Command(PlainCommand):
    help = (
        "Seal all stored exchange keys anew with the newest key pair and SECRET_KEY, while "
        "everything runs. A run that was stopped goes on where it was."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--make-pair",
            action="store_true",
            help="make the next key pair, and say where it must be before keys are sealed with it",
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        if options["make_pair"]:
            self._make_pair()
            return
        waiting = credential_rotation.waiting().count()
        found = credential_rotation.rotate(keys=_private_keys(), tell=self._show)
        self.stdout.write(f"{found.done} of {waiting} accounts sealed anew; {_left()}")
        if found.failed:
            shown = ", ".join(map(str, found.failed[:FAILED_SHOWN_MAX]))
            words = f"{len(found.failed)} do not open and were left as they are: ids {shown}"
            self._exit(words, OUR_FAULT)

    def _show(self, found: Rotation) -> None:
        self.stderr.write(f"\r{found.done} sealed anew", ending="")

    def _make_pair(self) -> None:
        if settings.PRODUCTION or _kept() != settings.EXCHANGE_PUBLIC_KEY:
            self._tell_pair()
            return
        made = exchange_keys.next_pair(settings.EXCHANGE_KEYS_FOLDER)
        self.stdout.write(
            f"Pair {made.version} is made in {settings.EXCHANGE_KEYS_FOLDER}. Start `make run` "
            "anew, so that the orders workers hold it; then run this command without --make-pair."
        )

    def _tell_pair(self) -> None:
        """Where variables give the keys, the operator puts the new ones there."""
        newest = 0
        if settings.EXCHANGE_PUBLIC_KEY:
            newest = key_ring.public_key().version
        made = exchange_keys.new_pair(newest + 1)
        self.stderr.write(
            "First add this to the front of EXCHANGE_PRIVATE_KEYS of the orders workers, with a "
            "comma after it, and start them anew; then set EXCHANGE_PUBLIC_KEY everywhere."
        )
        self.stdout.write(f"EXCHANGE_PRIVATE_KEYS={made.written()}")
        self.stdout.write(f"EXCHANGE_PUBLIC_KEY={made.public()}")


def _kept() -> str:
    return exchange_keys.public_text(settings.EXCHANGE_KEYS_FOLDER)


def _private_keys() -> tuple[sealing.PrivateKey, ...]:
    """Those of the environment, else the pairs that `make run` keeps."""
    if settings.EXCHANGE_PRIVATE_KEYS or settings.PRODUCTION:
        return key_ring.private_keys()
    return sealing.parse_private(exchange_keys.private_text(settings.EXCHANGE_KEYS_FOLDER))


def _left() -> str:
    counted = credential_rotation.versions()
    return ", ".join(f"key version {one}: {count}" for one, count in counted.items()) or "none left"
