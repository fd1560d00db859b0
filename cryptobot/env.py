"""Every environment variable, declared once: settings, .env.example, validate_env and docs read it."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any


def truth(text: str) -> bool:
    """true/false, yes/no, on/off, 1/0; anything else is a fault, never a silent False."""
    lowered = text.strip().lower()
    if lowered in {"1", "true", "yes", "on"}:
        return True
    if lowered in {"0", "false", "no", "off", ""}:
        return False
    raise ValueError("must be true or false")


def words(text: str) -> list[str]:
    """Comma-separated, blanks dropped."""
    return [word.strip() for word in text.split(",") if word.strip()]


@dataclass(frozen=True, slots=True)
class Var:
    """One variable. default None: required in production."""

    name: str
    parse: Callable[[str], Any]
    default: str
    help: str
    secret: bool = False


VARS: tuple[Var, ...] = (
    Var("SECRET_KEY", str, "", "50 random characters or more; empty: made once, kept in .data/", secret=True),
    Var("DEBUG", truth, "false", "true: error pages with details; never in production"),
    Var("PRODUCTION", truth, "false", "true: behind HTTPS; secure cookies, HSTS, docs closed"),
    Var("ALLOWED_HOSTS", words, "localhost,127.0.0.1,[::1]", "host names the site answers to"),
    Var("CSRF_TRUSTED_ORIGINS", words, "", "origins with scheme that may post forms, e.g. https://bot.example"),
    Var("DATABASE_URL", str, "", "postgresql://user:password@host:port/name; empty: the embedded PostgreSQL", secret=True),
    Var("REDIS_URL", str, "", "redis://host:port/0; empty: the embedded Redis", secret=True),
    Var("DATA_DIR", str, ".data", "folder of the embedded servers, the demo password and the logs"),
    Var("LOG_LEVEL", str, "INFO", "DEBUG, INFO, WARNING or ERROR"),
    Var("FEED_SOURCE", str, "simulated", "market feed: simulated, replay or ccxt"),
    Var("FEED_VENUE", str, "simulated", "venue whose candles the feed brings, e.g. binance with FEED_SOURCE=ccxt"),
    Var("FEED_SYMBOLS", words, "BTC/USDT,ETH/USDT,SOL/USDT,XRP/USDT,ADA/USDT", "symbols of the market feed"),
    Var("FEED_SPEED", float, "1", "replay and simulated: times real time"),
    Var("FEED_SEED", int, "42", "simulated: the same seed gives the same market"),
    Var("SEED_DEMO", truth, "true", "false: no demo user and no demo data at the first start"),
)
BY_NAME: Mapping[str, Var] = {var.name: var for var in VARS}


def read(name: str, environ: Mapping[str, str] | None = None) -> Any:
    """The parsed value of a declared variable; ValueError names the variable and the fix."""
    var = BY_NAME[name]
    text = (os.environ if environ is None else environ).get(name, var.default)
    try:
        return var.parse(text)
    except ValueError as fault:
        raise ValueError(f"{name}: {fault} ({var.help})") from fault
