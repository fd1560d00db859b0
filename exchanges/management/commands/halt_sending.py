"""manage.py halt_sending [--user EMAIL] [--reason WORDS] [--resume]"""

from __future__ import annotations

import getpass
from argparse import ArgumentParser
from typing import Any

from accounts.models import User
from exchanges.services import halts
from foundation.edge.commands import PlainCommand
from foundation.lib.errors import NotFound


class Command(PlainCommand):
    help = "Stop all sending to exchanges within two seconds: everybody's, or one user's."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--user", metavar="EMAIL", help="only this user's accounts")
        parser.add_argument("--reason", default="", help="for the users, who read it")
        parser.add_argument("--resume", action="store_true", help="let sending go on")

    def handle(self, *_args: Any, **options: Any) -> None:
        owner = self._owner(options["user"])
        whose = f"of {owner.email}" if owner else "of everybody"
        by = f"command line: {getpass.getuser()}"
        if options["resume"]:
            ended = halts.resume(owner=owner, by=by)
            self.stdout.write(f"sending {whose} {'goes on' if ended else 'was not stopped'}")
            return
        halts.stop(owner=owner, by=by, reason=options["reason"])
        self.stdout.write(f"sending {whose} is stopped; go on by halt_sending --resume")

    def _owner(self, email: str | None) -> User | None:
        if email is None:
            return None
        found = User.objects.filter(email__iexact=email).first()
        if found is None:
            raise NotFound(f"there is no user {email}")
        return found
