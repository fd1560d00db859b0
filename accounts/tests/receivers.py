"""Real servers that receive what is sent: a mail server and a web server, on free ports."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from aiosmtpd.controller import Controller


class Mailbox:
    """aiosmtpd's handler: every mail that came in, parsed."""

    def __init__(self) -> None:
        self.mails: list[Message] = []

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        self.mails.append(message_from_bytes(envelope.content))
        return "250 OK"


@contextmanager
def mail_server() -> Iterator[tuple[Mailbox, str]]:
    """(mailbox, address of a channel that leads to it)."""
    with smtp_server() as (box, port):
        yield box, f"mailto://127.0.0.1:{port}?from=bot@example.com&to=alice@example.com"


@contextmanager
def smtp_server() -> Iterator[tuple[Mailbox, int]]:
    """(mailbox, port on 127.0.0.1)."""
    box = Mailbox()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    controller = Controller(box, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield box, port
    finally:
        controller.stop()


class Hook:
    """Answers in turn by `answers`, the last one for ever; "hang" keeps the caller waiting."""

    def __init__(self) -> None:
        self.answers: list[Any] = [200]
        self.bodies: list[dict[str, Any]] = []
        self.released = threading.Event()

    def answer(self) -> Any:
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


@contextmanager
def web_server() -> Iterator[tuple[Hook, str]]:
    """(what it got, address of a channel that leads to it)."""
    hook = Hook()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            hook.bodies.append(json.loads(body))
            answer = hook.answer()
            if answer == "hang":
                hook.released.wait(60)
                return
            self.send_response(answer)
            if answer == 302:
                self.send_header("Location", "/elsewhere")
            self.end_headers()

        do_GET = do_POST

        def log_message(self, *_: Any) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield hook, f"json://name:pass-word@127.0.0.1:{server.server_port}/hook/path-token"
    finally:
        hook.released.set()
        server.shutdown()
        server.server_close()
