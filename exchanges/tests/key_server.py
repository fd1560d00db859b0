"""A server on localhost that answers as venues do when they are asked about a key."""

from __future__ import annotations

import json
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from exchanges.core.keys import Keys

KEY = "sEnTiNeLkEy0123456789"
SECRET = "c2VudGluZWxzZWNyZXRzZW50aW5lbHNlY3JldHNlbnRpbmVsc2VjcmV0c2VudGluZWxzZWNyZXQ="
PASSPHRASE = "sentinel passphrase 77"
_ADDRESS = re.compile(r"https://[^/]+")


def pem() -> str:
    key = ec.generate_private_key(ec.SECP256R1())
    return key.private_bytes(
        Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()
    ).decode()


def keys_of(venue: str) -> Keys:
    """Keys with which ccxt can sign for the venue; no two parts of them alike."""
    if venue == "coinbase":
        return Keys(f"organizations/{KEY}/apiKeys/{KEY}", pem())
    return Keys(KEY, SECRET, PASSPHRASE if venue == "okx" else "")


class KeyServer:
    """answers: (part of the path, status, body), first match wins; body "cut" closes the line."""

    def __init__(self, *answers: tuple[str, int, Any]) -> None:
        self.answers = list(answers)
        self.asked: list[tuple[str, dict[str, str]]] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> KeyServer:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def adjust(self, exchange: Any) -> None:
        """Point a ccxt object here, without its pauses."""
        exchange.enableRateLimit = False
        exchange.urls["api"] = self._here(exchange.urls["api"])

    def _here(self, address: Any) -> Any:
        if isinstance(address, dict):
            return {name: self._here(below) for name, below in address.items()}
        return _ADDRESS.sub(self.url, address)

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        served = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.rfile.read(int(self.headers.get("Content-Length") or 0))
                served.asked.append((self.path, dict(self.headers)))
                found = [one for one in served.answers if one[0] in self.path]
                _, status, body = found[0] if found else ("", 404, {"error": "no such path"})
                if body == "cut":
                    self.close_connection = True
                    return
                data = body.encode() if isinstance(body, str) else json.dumps(body).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            do_POST = do_GET

            def log_message(self, *_: object) -> None:
                return

        return Handler
