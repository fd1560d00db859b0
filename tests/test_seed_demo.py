"""The first page a newcomer sees is alive, and a second start changes nothing of it."""

from __future__ import annotations

import io
import stat

import pytest
from django.core.management import call_command

from accounts.models import User
from backtesting.models import Backtest
from bots.core.strategy.spec import parse
from bots.core.strategy.wording import summary
from bots.models import Bot, BotRun, PortfolioSnapshot, Strategy
from cryptobot.management.commands import seed_demo
from cryptobot.management.demo_strategies import EXAMPLES
from exchanges.feed import simulated
from exchanges.selectors.candles import coverage


@pytest.fixture
def seed(db, settings, tmp_path, monkeypatch):
    """Two weeks instead of ninety days: the same in a tenth of the time."""
    settings.DATA_DIR = tmp_path
    monkeypatch.setattr(seed_demo, "DAYS", 14)

    def run() -> str:
        out = io.StringIO()
        call_command("seed_demo", stdout=out)
        return out.getvalue()

    return run


def counts() -> tuple[int, ...]:
    tables = (User, Strategy, Backtest, Bot, BotRun)
    return tuple(model.objects.count() for model in tables)


def test_a_newcomer_finds_a_market_strategies_results_and_a_bot(client, seed, tmp_path):
    seed()
    for symbol in simulated.PROFILES:
        assert coverage("simulated", symbol)[0].candle_count == 14 * 1440
    user = User.objects.get(email="demo@cryptobot.local")
    assert user.check_password((tmp_path / "demo_password").read_text().strip())
    assert stat.S_IMODE((tmp_path / "demo_password").stat().st_mode) == 0o600
    assert Strategy.objects.owned_by(user).count() == 4
    results = Backtest.objects.owned_by(user)
    assert [row.status for row in results] == ["completed"] * 2
    assert all(row.metrics["total_trades"] > 0 for row in results)
    assert [(bot.status, bot.venue) for bot in Bot.objects.owned_by(user)] == [
        ("running", "simulated")
    ]
    assert [row.value for row in PortfolioSnapshot.objects.owned_by(user)] == [20_000]


def test_a_second_start_changes_nothing(seed):
    seed()
    before = counts()
    password = User.objects.get().password
    assert "there already" in seed()
    assert counts() == before
    assert User.objects.get().password == password


def test_a_lost_password_file_is_a_new_password_and_nothing_else(seed, tmp_path):
    seed()
    before = counts()
    (tmp_path / "demo_password").unlink()
    seed()
    assert counts() == before
    assert User.objects.get().check_password((tmp_path / "demo_password").read_text().strip())


def test_seed_demo_off_makes_nothing(seed, monkeypatch, tmp_path):
    monkeypatch.setenv("SEED_DEMO", "0")
    seed()
    assert counts() == (0,) * 5
    assert not (tmp_path / "demo_password").exists()


@pytest.mark.parametrize("spec", EXAMPLES, ids=lambda spec: spec["name"])
def test_each_example_says_what_it_does(spec):
    sentences = summary(parse(spec))
    assert any(line.startswith("Buys") for line in sentences)
    assert any(line.startswith("Sells") for line in sentences)
    assert spec["description"]
