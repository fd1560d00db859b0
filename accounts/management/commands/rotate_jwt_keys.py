"""manage.py rotate_jwt_keys"""

from __future__ import annotations

from typing import Any

from django.conf import settings

from accounts.core.jwt_keys import new_key
from accounts.services import jwt_keys
from foundation.edge.commands import PlainCommand


class Command(PlainCommand):
    help = (
        "Make the next key that signs the tokens of programs. The former one stays good, so that "
        "nobody is signed out; the one before that is forgotten."
    )

    def handle(self, *_args: Any, **_options: Any) -> None:
        if settings.JWT_PRIVATE_KEYS:
            self._tell()
            return
        made = jwt_keys.rotate()
        self.stdout.write(f"Key {made.kid} signs from now on; {len(jwt_keys.ring())} are good.")

    def _tell(self) -> None:
        """Where variables give the keys, the operator puts the new one there."""
        former = [jwt_keys.signing_key().written()]
        self.stderr.write("Set this for the web processes and start them anew.")
        self.stdout.write(f"JWT_PRIVATE_KEYS={','.join([new_key().written(), *former])}")
