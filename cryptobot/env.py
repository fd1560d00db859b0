"""Every environment variable, declared once: settings, .env.example, validate_env and docs read it.

A `.env` file in the checkout is read too; the environment wins over it.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from cryptobot.parsers import (
    fraction,
    jwt_keys,
    moment,
    one_of,
    origins,
    parse_dotenv,
    private_keys,
    public_key,
    symbols,
    truth,
    url,
    venue,
    whole,
    words,
)

DOTENV = Path(__file__).resolve().parent.parent / ".env"
SECRET_KEY_CHARS_MIN = 50
# Opens every user's exchange keys: for the processes that sign, never in a file that all read.
SIGNERS_ONLY = ("EXCHANGE_PRIVATE_KEYS",)
COMPOSE_ONLY = ("POSTGRES_PASSWORD",)  # in .env for docker-compose.yml; no process of ours reads it


@dataclass(frozen=True, slots=True)
class Var:
    """One variable. production: it must be set when PRODUCTION is true."""

    name: str
    parse: Callable[[str], Any]
    default: str
    help: str
    secret: bool = False
    production: bool = False


_SYMBOLS = "BTC/USDT,ETH/USDT,SOL/USDT,XRP/USDT,ADA/USDT"
VARS: tuple[Var, ...] = (
    Var(
        "SECRET_KEY",
        str,
        "",
        "50 random characters or more; empty: made once, kept in DATA_DIR",
        secret=True,
        production=True,
    ),
    Var(
        "SECRET_KEY_FALLBACKS",
        words,
        "",
        "former SECRET_KEYs, newest first; what they signed or encrypted can still be read",
        secret=True,
    ),
    Var(
        "EXCHANGE_PUBLIC_KEY",
        public_key,
        "",
        "seals users' exchange keys; empty: a pair kept in DATA_DIR, or none in production",
    ),
    Var(
        "EXCHANGE_PRIVATE_KEYS",
        private_keys,
        "",
        "opens them, newest first; only in the environment of orders workers and stream_accounts",
        secret=True,
    ),
    Var(
        "JWT_PRIVATE_KEYS",
        jwt_keys,
        "",
        "sign the tokens of programs, newest first; empty: made once, kept in DATA_DIR",
        secret=True,
    ),
    Var("DEBUG", truth, "false", "true: error pages with details; never in production"),
    Var(
        "PRODUCTION", truth, "false", "true: behind HTTPS; secure cookies, HSTS, redirects to HTTPS"
    ),
    Var("HOST", str, "127.0.0.1", "address that `make run` listens on; 0.0.0.0: every network"),
    Var("PORT", whole(1, 65535), "8000", "port that `make run` listens on"),
    Var(
        "ALLOWED_HOSTS",
        words,
        "localhost,127.0.0.1,[::1]",
        "host names that the site answers to",
        production=True,
    ),
    Var(
        "CSRF_TRUSTED_ORIGINS", origins, "", "origins that may post forms, e.g. https://bot.example"
    ),
    Var(
        "CORS_ALLOWED_ORIGINS",
        origins,
        "",
        "origins whose pages may read the REST interface with a token, e.g. https://app.example",
    ),
    Var(
        "DATABASE_URL",
        url("postgresql", "postgres"),
        "",
        "postgresql://user:password@host:port/name; empty: the embedded PostgreSQL",
        secret=True,
        production=True,
    ),
    Var(
        "DATABASE_POOL",
        whole(0, 100),
        "0",
        "connections that the threads of one process share; 0: one kept by each thread",
    ),
    Var(
        "REDIS_URL",
        url("redis", "rediss", "unix"),
        "",
        "redis://host:port/0; empty: the embedded Redis",
        secret=True,
        production=True,
    ),
    Var("DATA_DIR", str, ".data", "folder of the embedded servers, the demo password and the logs"),
    Var(
        "LOG_LEVEL",
        one_of("DEBUG", "INFO", "WARNING", "ERROR"),
        "INFO",
        "least level that is logged",
    ),
    Var(
        "LOG_FORMAT",
        one_of("json", "text"),
        "json",
        "json: one object a line; text: for reading in a terminal",
    ),
    Var("TICK_WORKERS", whole(1, 64), "2", "processes that run bot ticks"),
    Var("ORDER_WORKERS", whole(1, 64), "1", "processes that send orders; they hold private keys"),
    Var("BATCH_WORKERS", whole(1, 256), "2", "processes that run backtests and imports"),
    Var(
        "FEED_SOURCE",
        one_of("simulated", "replay", "ccxt"),
        "simulated",
        "market feed: simulated, replay or ccxt",
    ),
    Var(
        "FEED_VENUE",
        venue,
        "",
        "venue whose market the feed brings, e.g. binance; empty: as FEED_SOURCE",
    ),
    Var("FEED_SYMBOLS", symbols, _SYMBOLS, "symbols of the market feed"),
    Var("FEED_SPEED", fraction(0.01, 100_000), "1", "replay and simulated: times real time"),
    Var(
        "FEED_REPLAY_FROM", venue, "", "replay: venue whose stored candles play; empty: FEED_VENUE"
    ),
    Var(
        "FEED_REPLAY_START", moment, "", "replay: first moment, ISO; empty: the first stored candle"
    ),
    Var("FEED_REPLAY_END", moment, "", "replay: last moment, ISO; empty: the last stored candle"),
    Var("FEED_SEED", whole(0, 2**63 - 1), "42", "simulated: the same seed gives the same market"),
    Var("OUTBOUND_NAME", venue, "", "same on hosts whose calls to venues leave by one address"),
    Var("API_RATE_ANONYMOUS", whole(1, 1_000_000), "100", "REST requests a minute of one address"),
    Var(
        "API_RATE_USER",
        whole(0, 1_000_000),
        "0",
        "REST requests a minute of one user; 0: as many as the user's plan allows",
    ),
    Var(
        "DEFAULT_PLAN",
        one_of("free", "pro", "enterprise"),
        "free",
        "plan of a user who has chosen none; what the plans allow is edited in the admin",
    ),
    Var(
        "TRUSTED_PROXY_COUNT",
        whole(0, 10),
        "0",
        "proxies before the site whose X-Forwarded-For is believed; 0: the peer's own address",
    ),
    Var(
        "METRICS_TOKEN",
        str,
        "",
        "bearer token of the Prometheus scraper; empty: admins only",
        secret=True,
    ),
    Var(
        "NOTIFY_PRIVATE_ADDRESSES",
        truth,
        "false",
        "true: notifications may go to mail servers and webhooks of private networks",
    ),
    Var(
        "MAIL_HOST",
        str,
        "",
        "mail server of codes and notices; empty: mails are kept as files in DATA_DIR/mail",
        production=True,
    ),
    Var("MAIL_PORT", whole(1, 65535), "587", "its port"),
    Var("MAIL_USER", str, "", "user at the mail server; empty: none"),
    Var("MAIL_PASSWORD", str, "", "password at the mail server", secret=True),
    Var(
        "MAIL_SECURITY",
        one_of("starttls", "tls", "none"),
        "starttls",
        "how mail is encrypted on its way to the server",
    ),
    Var("MAIL_FROM", str, "Cryptobot <no-reply@localhost>", "sender of our mails"),
    Var("GOOGLE_CLIENT_ID", str, "", "sign-in with Google; empty: it is not offered"),
    Var("GOOGLE_CLIENT_SECRET", str, "", "secret of GOOGLE_CLIENT_ID", secret=True),
    Var("SEED_DEMO", truth, "true", "false: no demo user and no demo data at the first start"),
)
BY_NAME: Mapping[str, Var] = {var.name: var for var in VARS}


@cache
def _dotenv() -> Mapping[str, str]:
    return parse_dotenv(DOTENV.read_text()) if DOTENV.exists() else {}


def _given(environ: Mapping[str, str] | None) -> Mapping[str, str]:
    return {**_dotenv(), **os.environ} if environ is None else environ


def read(name: str, environ: Mapping[str, str] | None = None) -> Any:
    """The parsed value; the default's where the given one is at fault: `require_valid` tells."""
    var = BY_NAME[name]
    try:
        return var.parse(_given(environ).get(name, var.default))
    except ValueError:
        return var.parse(var.default)


def faults(environ: Mapping[str, str] | None = None) -> list[str]:
    """Everything wrong with the environment, one plain line each; never the value of a secret."""
    given = _given(environ)
    found = []
    for var in VARS:
        try:
            var.parse(given.get(var.name, var.default))
        except ValueError as fault:
            found.append(f"{var.name} {fault} ({var.help})")
    known = {*BY_NAME, *COMPOSE_ONLY}
    misplaced = [one for one in SIGNERS_ONLY if environ is None and _dotenv().get(one)]
    found += [
        f"{name} must not stand in .env, which every process reads: give it to the orders workers"
        for name in misplaced
    ]
    unknown = sorted(set(_dotenv()) - known) if environ is None else []
    found += [f"{name} in .env is not a variable of this program" for name in unknown]
    if len(given.get("SECRET_KEY", "")) in range(1, SECRET_KEY_CHARS_MIN):
        found.append(f"SECRET_KEY must have {SECRET_KEY_CHARS_MIN} characters or more")
    return found + (_production_faults(given) if read("PRODUCTION", given) else [])


def _production_faults(given: Mapping[str, str]) -> list[str]:
    found = [
        f"{var.name} must be set when PRODUCTION is true ({var.help})"
        for var in VARS
        if var.production and not given.get(var.name)
    ]
    if read("DEBUG", given):
        found.append("DEBUG must be false when PRODUCTION is true")
    if "*" in read("ALLOWED_HOSTS", given):
        found.append("ALLOWED_HOSTS must name hosts, not *, when PRODUCTION is true")
    return found


def example() -> str:
    """The text of .env.example."""
    head = (
        "# Every variable of the program with its default; copy to .env and change what you need.\n"
        "# The environment wins over .env. Check: .venv/bin/python manage.py validate_env\n"
    )
    return head + "".join(f"\n# {var.help}\n{var.name}={var.default}\n" for var in VARS)


def require_valid() -> None:
    """Called by settings: on a faulty environment nothing starts but `validate_env`."""
    found = faults()
    if found and sys.argv[1:2] != ["validate_env"]:
        for fault in found:
            sys.stderr.write(f"{fault}\n")
        raise SystemExit(2)
