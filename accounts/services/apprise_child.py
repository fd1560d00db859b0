"""A process of its own that speaks to mail servers and chats: `python -m` this module.

Reads JSON lines from stdin: first {"url", "parent", "private"}, then messages {"title", "body",
"key"}; answers each with {"sent", "words", "final"} before it reads the next. Whoever started it
ends it when it takes too long, whatever a server does to keep it; and apprise is loaded nowhere
else. The address comes by stdin, so that no list of processes shows it.
"""

from __future__ import annotations

import json
import logging
import re
import resource
import socket
import sys
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from accounts.core.channel_urls import PRIVATE, is_public
from cryptobot.processes import follow

CONNECT_S_MAX = 5
READ_S_MAX = 10
MEMORY_BYTES_MAX = 1 << 30  # an endless answer ends us, not the machine
INCOMPLETE = "The address is not complete, or something in it is not as the service wants it."
UNREACHABLE = "The server could not be reached, or refused the message."
# Trying again cannot help: the request itself is refused.
FINAL_CODES = frozenset({400, 401, 403, 404, 405, 410, 413, 422})
_CODE = re.compile(r"error=(\d{3})")


class Heard(logging.Handler):
    """What apprise says of a failure. Its words may hold secrets: only the code is used."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.code = 0

    def emit(self, record: logging.LogRecord) -> None:
        if found := _CODE.search(record.getMessage()):
            self.code = int(found[1])


class PublicOnly:
    """Refuses private addresses where every connection, redirects too, learns where to go."""

    def __init__(self, resolve: Callable[..., list[Any]]) -> None:
        self.resolve, self.has_refused = resolve, False

    def __call__(self, *args: Any, **options: Any) -> list[Any]:
        found = self.resolve(*args, **options)
        if not all(is_public(str(row[4][0])) for row in found):
            self.has_refused = True
            raise OSError("a private address")
        return found


def main() -> None:
    given = json.loads(sys.stdin.readline())
    follow(given["parent"])
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES_MAX, MEMORY_BYTES_MAX))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a core would hold the address
    guard = PublicOnly(socket.getaddrinfo)
    if not given["private"]:
        socket.getaddrinfo = guard
    heard = Heard()
    logger = logging.getLogger("apprise")
    logger.handlers, logger.propagate = [heard], False
    logger.setLevel(logging.WARNING)
    for line in sys.stdin:
        guard.has_refused, heard.code = False, 0
        answer = _send(given["url"], json.loads(line), guard, heard)
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


def _send(url: str, message: dict[str, str], guard: PublicOnly, heard: Heard) -> dict[str, Any]:
    import apprise  # here, after the limits: it takes half a second

    asset = apprise.AppriseAsset(app_id="Cryptobot", app_desc="", allow_templates=False)
    service = apprise.Apprise.instantiate(_whole(url, message["key"]), asset=asset)
    if service is None:
        return {"sent": False, "words": INCOMPLETE, "final": True}
    text = apprise.NotifyFormat.TEXT
    if service.notify(title=message["title"], body=message["body"], body_format=text):
        return {"sent": True, "words": "", "final": True}
    if guard.has_refused:
        return {"sent": False, "words": f"The address {PRIVATE}.", "final": True}
    if heard.code:
        words = f"The service answered {heard.code}."
        return {"sent": False, "words": words, "final": heard.code in FINAL_CODES}
    return {"sent": False, "words": UNREACHABLE, "final": False}


def _whole(url: str, key: str) -> str:
    """With limits of time, no redirects, and the key by which a receiver may see doubles."""
    scheme = url.partition("://")[0].lower()
    extra = f"cto={CONNECT_S_MAX}&rto={READ_S_MAX}&redirect=no"
    if scheme.startswith("json"):
        extra += f"&:key={quote(key, safe='')}"
    elif scheme.startswith("mail"):
        extra += f"&+X-Notification-Key={quote(key, safe='')}"
    return f"{url}{'&' if '?' in url else '?'}{extra}"


if __name__ == "__main__":
    main()
