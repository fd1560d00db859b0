"""The environment: every fault at once, and no secret in any of them."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from cryptobot import env, stores
from cryptobot.embedded import BASE_DIR, Place
from cryptobot.kept_secret import kept_secret

GOOD = {
    "PRODUCTION": "true",
    "SECRET_KEY": "s" * 60,
    "ALLOWED_HOSTS": "bot.example",
    "DATABASE_URL": "postgresql://bot:word@db/bot",
    "REDIS_URL": "redis://redis:6379/0",
    "MAIL_HOST": "mail.bot.example",
}


def test_the_defaults_are_sound() -> None:
    assert env.faults({}) == []
    assert env.faults(GOOD) == []


@pytest.mark.parametrize(
    ("name", "text", "fault"),
    [
        ("PORT", "80a", "must be a whole number"),
        ("PORT", "70000", "must be from 1 to 65535"),
        ("DEBUG", "maybe", "must be true or false"),
        ("FEED_SPEED", "nan", "must be from 0.01 to 100000"),
        ("FEED_SOURCE", "kraken", "must be one of simulated, replay, ccxt"),
        ("DATABASE_URL", "mysql://x/y", "must start with postgresql://"),
        ("DATABASE_URL", "postgresql://x:99999/y", "ort"),
        ("REDIS_URL", "localhost:6379", "must start with redis://"),
        ("CSRF_TRUSTED_ORIGINS", "bot.example", "must be an origin"),
        ("FEED_SYMBOLS", "BTC/USDT,../x", "must be a symbol"),
        ("FEED_VENUE", "Binance", "must be a venue key"),
        ("FEED_REPLAY_FROM", "../x", "must be a venue key"),
        ("FEED_REPLAY_START", "never", "must be an ISO time"),
        ("SECRET_KEY", "short", "must have 50 characters"),
        ("EXCHANGE_PUBLIC_KEY", "abc", "must be a version and a key"),
        ("EXCHANGE_PRIVATE_KEYS", "1:abc", "must be a version and a key"),
    ],
)
def test_each_fault_names_variable_and_remedy(name: str, text: str, fault: str) -> None:
    [found] = env.faults({name: text})
    assert found.startswith(name)
    assert fault in found


@pytest.mark.parametrize(
    "name", ["SECRET_KEY", "ALLOWED_HOSTS", "DATABASE_URL", "REDIS_URL", "MAIL_HOST"]
)
def test_production_needs_its_own_values(name: str) -> None:
    [found] = env.faults({**GOOD, name: ""})
    assert found.startswith(f"{name} must be set")


@pytest.mark.parametrize(("name", "text"), [("DEBUG", "true"), ("ALLOWED_HOSTS", "*")])
def test_production_refuses_what_only_development_may(name: str, text: str) -> None:
    [found] = env.faults({**GOOD, name: text})
    assert found.startswith(name)


def test_no_fault_shows_a_secret() -> None:
    canary = "cAnArY"
    secrets = [var.name for var in env.VARS if var.secret]
    assert canary not in " ".join(env.faults(dict.fromkeys(secrets, f"x://{canary}")))


def test_a_private_key_in_a_file_that_all_read_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = "1:" + "A" * 43
    file = tmp_path / ".env"
    file.write_text(f"EXCHANGE_PRIVATE_KEYS={key}\n")
    monkeypatch.setattr(env, "DOTENV", file)
    env._dotenv.cache_clear()
    try:
        [found] = env.faults()
    finally:
        monkeypatch.undo()
        env._dotenv.cache_clear()
    assert "must not stand in .env" in found and key not in found


def test_a_server_is_given_its_pair_and_makes_none(tmp_path: Path) -> None:
    show = "from django.conf import settings; print(repr(settings.EXCHANGE_PUBLIC_KEY))"
    environment = {**os.environ, **GOOD, "DATA_DIR": str(tmp_path)}
    environment["DJANGO_SETTINGS_MODULE"] = "cryptobot.settings"
    done = subprocess.run(
        [sys.executable, "-c", show],
        cwd=BASE_DIR,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "''"
    assert not (tmp_path / "exchange_keys").exists()


@pytest.mark.parametrize("command", ["validate_env", "check"])
def test_every_fault_is_printed_at_once_with_exit_code_2(command: str, tmp_path: Path) -> None:
    environment = {**os.environ, "PORT": "x", "DEBUG": "y", "DATA_DIR": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "manage.py", command],
        cwd=BASE_DIR,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 2
    assert "Traceback" not in done.stderr


def test_dotenv_lines() -> None:
    text = "# a comment\n\nexport A=1\nB = 'two words' \nC=\"x=y\"\nD=\n"
    assert env.parse_dotenv(text) == {"A": "1", "B": "two words", "C": "x=y", "D": ""}


@pytest.mark.parametrize(
    ("url", "broker"),
    [
        ("redis://host:6379/3", "redis://host:6379/3"),
        ("unix:///tmp/r.sock?db=2", "redis+socket:///tmp/r.sock?virtual_host=2"),
        ("unix:///tmp/r.sock", "redis+socket:///tmp/r.sock?virtual_host=0"),
    ],
)
def test_celery_is_told_in_its_own_spelling(url: str, broker: str) -> None:
    assert stores.broker(url) == broker


def test_a_database_url_becomes_settings(tmp_path: Path) -> None:
    url = "postgresql://b%40t:p%2Fw@db:6000/name?sslmode=require"
    entry = stores.database(url, 8, Place(tmp_path))
    assert (entry["USER"], entry["PASSWORD"], entry["HOST"]) == ("b@t", "p/w", "db")
    assert entry["OPTIONS"]["sslmode"] == "require"
    assert entry["OPTIONS"]["pool"]["max_size"] == 8
    assert "CONN_MAX_AGE" not in entry, "Django refuses kept connections beside a pool"


def test_a_kept_secret_is_made_once_for_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "secret"
    first = kept_secret(path)
    assert len(first) >= env.SECRET_KEY_CHARS_MIN
    assert kept_secret(path) == first
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [child.name for child in path.parent.iterdir()] == ["secret"]
