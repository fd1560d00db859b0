"""Who and what the browser tests find: a newcomer, a user with a little, and one with too much."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import numpy as np
from allauth.mfa.models import Authenticator
from django.db import connection
from django.test import override_settings

from accounts.core.access import SCOPES
from accounts.models import User
from accounts.services import api_keys, ledger
from backtesting.core.honesty.kinds import KINDS
from backtesting.core.spec_numbers import numbers_of
from backtesting.models import Backtest, Check, Optimization, PortfolioOptimization
from backtesting.services import backtests, checks, optimizations, portfolios
from bots.models import Bot, Strategy
from bots.services import bots, custom_indicators, insight, strategies
from cryptobot import settings
from cryptobot.management.demo_strategies import EXAMPLES, MEAN_REVERSION
from exchanges.core.candles import DAY_MS, MINUTE_MS
from exchanges.feed import simulated
from exchanges.services import candles, markets
from foundation.lib import clock
from tests.browser import traders

PASSWORD = "correct horse battery staple"
VENUE = "simulated"
DAYS = 10
LONG_NAME = "Sixty characters are enough for a name that wraps or clips it"[:60]
MUCH_MONEY = Decimal(999_999_999_999)
MANY = 1_000
GAP = {"name": "Gap from the mean", "expression": "(high + low) / 2 - ema(close, 20)"}


def email(name: str) -> str:
    return f"{name}@example.com"


def make_markets() -> None:
    now_ms = clock.now_ms() // MINUTE_MS * MINUTE_MS
    for symbol in ("BTC/USDT", "ETH/USDT"):
        past = simulated.history(symbol, now_ms - DAYS * DAY_MS, now_ms)
        candles.store(venue=VENUE, symbol=symbol, candles=past, is_simulated=True, keep_stored=True)
    insight.take(now_ms=now_ms)


# The processes of the stack know only the real hasher, not the tests' quick one.
@override_settings(PASSWORD_HASHERS=settings.PASSWORD_HASHERS)
def make_people() -> None:
    """nina has nothing, wanda walks, lily has a little, max more than a page shows at once."""
    person("nina")
    traders.fund(person("wanda", Decimal(10_000)), Decimal(10_000))
    little(person("lily", Decimal(10_000)))
    much(person("max", MUCH_MONEY))


def person(name: str, money: Decimal = Decimal(0)) -> User:
    user = User.objects.create_user(email(name), PASSWORD, name=name.capitalize())
    if money:
        ledger.grant_play_money(user=user, asset="USDT", amount=money, key=f"browser:{user.pk}")
    return user


def give_factor(name: str) -> None:
    """A second factor, as exchanges ask for one; wanda has none, she signs in anew by password."""
    if name != "wanda":
        owner = User.objects.get(email=email(name))
        Authenticator.objects.create(user=owner, type="totp", data={"secret": "never asked for"})
    connection.close()


def little(user: User) -> None:
    made = [strategies.create(owner=user, spec=spec) for spec in EXAMPLES]
    backtest(user, made[1])
    check(backtest(user, made[0]))
    optimization(user, made[0])
    bots.start(bot=bot(user, "Dips", made[1]))
    bot(user, "Not started", made[1])
    ips = ["203.0.113.0/24", "2001:db8:1234:5678::/64"]
    api_keys.create(owner=user, name=LONG_NAME, scopes=SCOPES, ips=ips)
    api_keys.create(owner=user, name="Reports", scopes=["read"])
    custom_indicators.create(owner=user, body=GAP)
    portfolio(user)
    traders.connect(user, LONG_NAME)
    markets.ensure(venue="binance", symbol="BTC/USDT")  # else nothing can go live on that account
    traders.little(user, traders.show_prices())


def bot(user: User, name: str, strategy: Strategy, money: Decimal = Decimal(1_000)) -> Bot:
    return bots.create(
        owner=user,
        name=name,
        strategy=strategy,
        venue=VENUE,
        symbol="BTC/USDT",
        allocation=money,
    )


def much(user: User) -> None:
    """Rows straight into the table: a thousand calls of the service would take their time."""
    long = {**MEAN_REVERSION, "name": LONG_NAME, "description": f"{LONG_NAME}. " * 6}
    first = strategies.create(owner=user, spec=long)
    copies = range(2, MANY + 1)
    Strategy.objects.bulk_create(copy_of(first, name=f"{LONG_NAME[:55]} {n}") for n in copies)
    run = backtest(user, first, cash=MUCH_MONEY)
    Backtest.objects.bulk_create(copy_of(run) for _ in copies[1:])
    search = optimization(user, first)
    Optimization.objects.bulk_create(copy_of(search) for _ in range(150))
    optimization(user, first)  # the newest one has its trials, too
    backtest(user, first, cash=MUCH_MONEY)  # the newest one has its curves, too
    traders.much(user, traders.show_prices(), MANY)
    asleep = bot(user, LONG_NAME, first, money=MUCH_MONEY)
    Bot.objects.bulk_create(copy_of(asleep, name=f"{LONG_NAME[:55]} {n}") for n in copies)


def copy_of(row: Any, **changes: Any) -> Any:
    values = {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}
    return type(row)(**{**values, "id": None, **changes})


def backtest(user: User, strategy: Strategy, cash: Decimal = Decimal(10_000)) -> Backtest:
    """Run here and now, as the demo data's are."""
    asked = backtests.request(owner=user, strategy=strategy, venue=VENUE, cash=cash)
    assert backtests.run(backtest_id=asked.pk) == "completed"
    return Backtest.objects.get(pk=asked.pk)


def optimization(user: User, strategy: Strategy) -> Optimization:
    """Forty sets of the first two numbers that are not in the conditions."""
    varied = numbers_of(strategy.spec)[:2]
    ranges = [
        {"path": one.path, "name": one.name, "type": "float", "low": one.low, "high": one.high,
         "points": points}
        if isinstance(one.low, float)
        else {"path": one.path, "name": one.name, "low": one.low, "high": one.low + points - 1}
        for one, points in zip(varied, (8, 5), strict=True)
    ]  # fmt: skip
    asked = optimizations.request(
        owner=user, strategy=strategy, venue=VENUE, parameters=ranges, objectives="total_return"
    )
    assert optimizations.run(optimization_id=asked.pk) == "completed"
    return Optimization.objects.get(pk=asked.pk)


def check(run: Backtest) -> None:
    """Every kind of check, answered."""
    settings = {"walk_forward": {"metric": "total_return"}}
    for kind in KINDS:
        asked, _ = checks.request(backtest=run, kind=kind, settings=settings.get(kind))
        assert checks.run(check_id=asked.pk) == "completed", Check.objects.get(pk=asked.pk).error


def portfolio(user: User) -> PortfolioOptimization:
    """Hours of two markets, weighed here and now."""
    asked = {"venue": VENUE, "symbols": ["BTC/USDT", "ETH/USDT"], "timeframe": "1h"}
    made = portfolios.request(owner=user, body={**asked, "window": 48, "step": 24})
    assert portfolios.run(optimization_id=made.pk) == "completed"
    return made


def candle_file(minutes: int) -> bytes:
    """A CSV as an exchange would offer it: prices that swing enough to trade on."""
    start_ms = (clock.now_ms() // DAY_MS - 200) * DAY_MS
    times = start_ms + np.arange(minutes) * MINUTE_MS
    random = np.random.default_rng(7)
    close = np.round(30_000 * np.exp(np.cumsum(random.normal(0, 0.0008, minutes))), 2)
    open_ = np.concatenate([[30_000.0], close[:-1]])
    high, low = np.maximum(open_, close) + 1, np.minimum(open_, close) - 1
    rows = zip(times, open_, high, low, close, strict=True)
    lines = (f"{t},{o:.2f},{h:.2f},{lo:.2f},{c:.2f},1.5" for t, o, h, lo, c in rows)
    return "\n".join(["timestamp,open,high,low,close,volume", *lines, ""]).encode()
