"""The product behind a real socket, in a thread of the test, and unmodified ccxt pointed at it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import ccxt
import uvicorn
from django.db import connection

from accounts.services import api_keys
from cryptobot.asgi import application
from tests.browser.stack import free_port
from tests.watching import wait_until


@contextmanager
def served() -> Iterator[str]:
    """http://127.0.0.1:port of a server that works on the test's own database."""
    port = free_port()
    config = uvicorn.Config(application, port=port, log_level="warning", lifespan="off", ws="auto")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    wait_until(lambda: server.started, "the server to listen")
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(timeout=20)
        _end_other_sessions()


def _end_other_sessions() -> None:
    """Those of the server's threads, which are gone: they would keep the database from going."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


def rest_urls(base: str) -> dict[str, str]:
    """ccxt's own names for the parts of Binance -> their places here."""
    versions = {
        "sapi": "sapi/v1",
        "sapiV2": "sapi/v2",
        "sapiV3": "sapi/v3",
        "sapiV4": "sapi/v4",
        "dapiPublic": "dapi/v1",
        "dapiPrivate": "dapi/v1",
        "dapiPrivateV2": "dapi/v2",
        "dapiData": "futures/data",
        "eapiPublic": "eapi/v1",
        "eapiPrivate": "eapi/v1",
        "fapiPublic": "fapi/v1",
        "fapiPublicV2": "fapi/v2",
        "fapiPublicV3": "fapi/v3",
        "fapiPrivate": "fapi/v1",
        "fapiPrivateV2": "fapi/v2",
        "fapiPrivateV3": "fapi/v3",
        "fapiData": "futures/data",
        "public": "api/v3",
        "private": "api/v3",
        "v1": "api/v1",
    }
    return {name: f"{base}/binance/{path}" for name, path in versions.items()}


def socket_urls(base: str) -> dict[str, Any]:
    """ccxt.pro tells spot from contracts by the word /stream in the address."""
    sockets = base.replace("http", "ws", 1) + "/binance"
    return {
        "spot": f"{sockets}/stream/ws",
        "margin": f"{sockets}/stream/ws",
        "future": f"{sockets}/fstream/ws",
        "ws-api": {"spot": f"{sockets}/ws-api/v3", "future": f"{sockets}/ws-fapi/v1"},
    }


def key_of(user: Any) -> dict[str, str]:
    row, secret = api_keys.create(owner=user, name="ccxt", scopes=["binance"])
    return {"apiKey": row.key, "secret": secret}


def client(kind: Any, base: str, user: Any = None) -> Any:
    """An exchange of ccxt or ccxt.pro with nothing changed but its addresses."""
    exchange = kind(key_of(user) if user is not None else {})
    exchange.urls["api"] = {**exchange.urls["api"], **rest_urls(base)}
    if "ws" in exchange.urls["api"]:
        exchange.urls["api"]["ws"] = {**exchange.urls["api"]["ws"], **socket_urls(base)}
    return exchange


__all__ = ["ccxt", "client", "key_of", "rest_urls", "served", "socket_urls"]
