"""Where PostgreSQL and Redis are, and how each library has to be told."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from django.conf import settings

from cryptobot import embedded, env
from cryptobot.embedded import Place

DATABASE_NAME = DATABASE_USER = "cryptobot"
CONNECTION_AGE_S = 600
CONNECT_S_MAX = 10
PREPARE_AFTER = 1  # runs of a statement of foundation.lib.prepared; Django's own are never prepared


def bring_up() -> None:
    """For processes that begin with Redis: have the embedded servers up, where they are used."""
    if not (env.read("DATABASE_URL") and env.read("REDIS_URL")):
        embedded.use(settings.EMBEDDED)


def database(url: str, pool_size: int, place: Place) -> dict[str, Any]:
    """Django's DATABASES entry; without a URL the embedded server, which starts when asked."""
    entry = _from_url(url) if url else _embedded(place)
    entry["OPTIONS"] = {
        "connect_timeout": CONNECT_S_MAX,
        "prepare_threshold": PREPARE_AFTER,
        **entry.get("OPTIONS", {}),
    }
    if pool_size:
        # Threads come and go under ASGI: a connection kept by each would never be used again.
        entry["OPTIONS"]["pool"] = {"min_size": 1, "max_size": pool_size, "timeout": CONNECT_S_MAX}
    else:
        entry |= {"CONN_MAX_AGE": CONNECTION_AGE_S, "CONN_HEALTH_CHECKS": True}
    return entry


def _embedded(place: Place) -> dict[str, Any]:
    return {
        "ENGINE": "cryptobot.database",
        "NAME": DATABASE_NAME,
        "USER": DATABASE_USER,
        "HOST": str(place.sockets),
    }


def _from_url(url: str) -> dict[str, Any]:
    parts = urlsplit(url)
    options = dict(parse_qsl(parts.query))
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": options.pop("host", unquote(parts.hostname or "")),
        "PORT": str(parts.port or ""),
        "OPTIONS": options,
    }


def embedded_redis(place: Place) -> str:
    return f"unix://{place.redis_socket}?db=0"


def broker(redis_url: str) -> str:
    """Celery's spelling: a socket is `redis+socket://path?virtual_host=number`."""
    if not redis_url.startswith("unix:"):
        return redis_url
    parts = urlsplit(redis_url)
    number = dict(parse_qsl(parts.query)).get("db", "0")
    return f"redis+socket://{parts.path}?virtual_host={number}"


def cache(redis_url: str) -> dict[str, Any]:
    return {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": redis_url,
        "OPTIONS": {"socket_timeout": 5, "socket_connect_timeout": 2, "max_connections": 200},
    }
