"""What a newcomer finds: a demo user with strategies, finished backtests and a running bot."""

from __future__ import annotations

import os
import secrets
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection, transaction

from accounts.models import Subscription, User
from accounts.services import play_money, subscriptions
from backtesting.services import backtests
from bots.models import Strategy
from bots.services import bots, portfolio, strategies
from cryptobot import env
from cryptobot.management.demo_strategies import EXAMPLES, MEAN_REVERSION, SEVERAL_TIMEFRAMES, TREND
from exchanges.core.candles import DAY_MS, MINUTE_MS
from exchanges.feed import simulated
from exchanges.selectors import candles as candle_selectors
from exchanges.services import candles, markets
from foundation.edge.commands import PlainCommand
from foundation.lib import clock

EMAIL = "demo@cryptobot.local"
PLAN = "enterprise"
VENUE = "simulated"
DAYS = 90
BOT_ALLOCATION = Decimal(2_000)
PASSWORD_BYTES = 12
SEED_LOCK = 0x5EEDDE30  # one seeding at a time; any number that nothing else locks
BACKTESTED = (TREND, SEVERAL_TIMEFRAMES)


class Command(PlainCommand):
    help = (
        "Make the demo user, 90 days of simulated candles, example strategies, two backtests and a "
        "running paper bot. What is there already stays as it is; SEED_DEMO=0 makes nothing."
    )

    def handle(self, *_args: Any, **_options: Any) -> None:
        if not env.read("SEED_DEMO"):
            self.stdout.write("SEED_DEMO is off: nothing was made")
            return
        now_ms = clock.now_ms() // MINUTE_MS * MINUTE_MS
        for symbol in simulated.PROFILES:
            self._candles(symbol, now_ms - DAYS * DAY_MS, now_ms)
        self.stdout.write(f"{EMAIL}: {_user(Path(settings.DATA_DIR) / 'demo_password')}")

    def _candles(self, symbol: str, start_ms: int, end_ms: int) -> None:
        """The market's past, once; from then on the feed fills in what it missed."""
        stored_from = [one.first_open_ms for one in candle_selectors.coverage(VENUE, symbol)]
        if min(stored_from, default=end_ms) <= start_ms:
            return
        past = simulated.history(symbol, start_ms, end_ms, env.read("FEED_SEED"))
        # A feed that is up already may have begun the same market: its candles stand.
        stored = candles.store(
            venue=VENUE, symbol=symbol, candles=past, is_simulated=True, keep_stored=True
        )
        market = markets.ensure(venue=VENUE, symbol=symbol, is_simulated=True)
        markets.learn(market=market, rules=simulated.rules_of(symbol))
        self.stdout.write(f"{symbol}: {stored.stored:,} simulated candles")


@transaction.atomic
def _user(password_file: Path) -> str:
    """The demo user with everything of his, or nothing: a crash in between leaves no half."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [SEED_LOCK])
    known = User.objects.filter(email=EMAIL).first()
    if known is not None and not Subscription.objects.filter(user=known).exists():
        subscriptions.give(user=known, code=PLAN)  # made by a version without plans
    if known is not None and password_file.exists():
        return "there already"
    password = _password(password_file)
    if known is not None:
        known.set_password(password)
        known.save(update_fields=["password"])
        return f"a new password is in {password_file}"
    user = User.objects.create_user(EMAIL, password, name="Demo")
    play_money.welcome(user)
    subscriptions.give(user=user, code=PLAN)
    made = {spec["name"]: strategies.create(owner=user, spec=spec) for spec in EXAMPLES}
    for spec in BACKTESTED:
        _backtest(user, made[spec["name"]])
    _bot(user, made[MEAN_REVERSION["name"]])
    portfolio.take(now_ms=clock.now_ms())  # the first point of the curve on Home
    return f"made; the password is in {password_file}"


def _password(file: Path) -> str:
    """Random per installation, readable by its owner only."""
    if file.exists():
        return file.read_text().strip()
    file.parent.mkdir(parents=True, exist_ok=True)
    password = secrets.token_urlsafe(PASSWORD_BYTES)
    with open(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as opened:
        opened.write(f"{password}\n")
    return password


def _backtest(user: User, strategy: Strategy) -> None:
    """Run here and now: the worker that hears of it later finds it done."""
    backtest = backtests.request(
        owner=user, strategy=strategy, venue=VENUE, cash=play_money.WELCOME_AMOUNT
    )
    status = backtests.run(backtest_id=backtest.pk)
    assert status == "completed", f"a demo backtest is {status}"


def _bot(user: User, strategy: Strategy) -> None:
    """On minutes, so that its page shows a first trade soon."""
    bot = bots.create(
        owner=user,
        name="Demo bot",
        strategy=strategy,
        venue=VENUE,
        symbol=strategy.spec["symbols"][0],
        allocation=BOT_ALLOCATION,
    )
    bots.start(bot=bot)
