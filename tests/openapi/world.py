"""One of everything that a user can own, and where the API shows it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from allauth.mfa.models import Authenticator

from accounts.models.sign_ins import SignIn
from accounts.services import api_keys, channels, exports, tokens
from backtesting.services import backtests, checks, optimizations, portfolios
from backtesting.tests.conftest import VENUE, walk
from bots.core import promotion
from bots.models import Bot, BotPromotion, BotSignal
from bots.services import custom_indicators, hooks, strategies
from exchanges.feed.live import LiveBatch
from exchanges.models import AccountOrder, ExchangeCredential
from exchanges.services import candles
from exchanges.tests.credentials import account
from exchanges.tests.paper.world import NOW_MS, SWAP, PaperWorld, fund
from foundation.lib import clock

SPEC = {
    "version": 1,
    "name": "EMA cross",
    "category": "trend",
    "symbols": ["BTC/USDT"],
    "timeframe": "15m",
    "indicators": [
        {"id": "fast", "type": "ema", "params": {"period": 3}},
        {"id": "slow", "type": "ema", "params": {"period": 8}},
    ],
    "buy_conditions": {"all": [{"left": "fast", "op": "crosses_above", "right": "slow"}]},
    "sell_conditions": {"all": [{"left": "fast", "op": "crosses_below", "right": "slow"}]},
}


@dataclass
class Owned:
    """ids: where the API shows it ("/api/bots/{bot_id}") -> what stands there in an address."""

    user: Any
    ids: dict[str, str]
    paper: PaperWorld | None = None

    def show_prices(self) -> None:
        """Again: prices that nobody tells any more are none after a while."""
        if self.paper is not None:
            self.paper.show()
            batch = LiveBatch(self.paper.venue)
            batch.aliases = {"BTC/USDT": (SWAP,)}
            batch.ticker("BTC/USDT", TICKER)
            batch.flush(NOW_MS)

    def values_for(self, path: str) -> dict[str, str]:
        """Parameter -> value, of the longest known addresses that a path begins with."""
        found: dict[str, str] = {}
        for known in sorted(self.ids, key=len):
            if path.startswith(known):
                found[re.findall(r"{(\w+)}", known)[-1]] = self.ids[known]
        return found

    def address(self, path: str) -> str:
        return path.format_map({**PUBLIC_VALUES, **self.values_for(path)})


DAY = {"open": 99.0, "high": 101.0, "low": 98.0, "close": 100.0, "volume": 5.0, "change": 0.01}
TICKER = {"symbol": "BTC/USDT", "last": 100.0, "simulated": True, **DAY}
PUBLIC_VALUES = {"symbol": "BTC-USDT", "asset": "USDT", "venue": "binance"}


def one_of_everything(user: Any, settings: Any) -> Owned:
    """Made by the services, as the pages and the API make it."""
    ids: dict[str, str] = {}
    _tests(user, ids)
    _bots(user, ids)
    paper = _money(user, settings, ids)
    _account(user, ids)
    _person(user, ids)
    return Owned(user, ids, paper)


def _tests(user: Any, ids: dict[str, str]) -> None:
    for symbol in ("BTC/USDT", "ETH/USDT"):
        candles.store(venue=VENUE, symbol=symbol, candles=walk(400, timeframe="15m"))
        candles.store(venue=VENUE, symbol=symbol, candles=walk(150, timeframe="1d"))
    strategy = strategies.create(owner=user, spec=SPEC)
    backtest = backtests.request(owner=user, strategy=strategy, venue=VENUE, cash=10_000)
    assert backtests.run(backtest_id=backtest.pk) == "completed"
    backtest.refresh_from_db()
    check, _ = checks.request(backtest=backtest, kind="monte_carlo", settings={"paths": 50})
    search = optimizations.request(
        owner=user, spec=SPEC, venue=VENUE, parameters=["fast.period=2:3:1"]
    )
    while optimizations.run(optimization_id=search.pk) == "more":
        pass
    body = {"venue": VENUE, "symbols": ["BTC/USDT", "ETH/USDT"], "window": 60, "step": 30}
    weighed = portfolios.request(owner=user, body=body)
    assert portfolios.run(optimization_id=weighed.pk) == "completed"
    formula = custom_indicators.create(owner=user, body={"name": "mid", "expression": "close / 2"})
    ids |= {
        "/api/strategies/{strategy_id}": str(strategy.pk),
        "/api/backtests/{backtest_id}": str(backtest.pk),
        "/api/backtests/{backtest_id}/checks/{check_id}": str(check.pk),
        "/api/optimizations/{optimization_id}": str(search.pk),
        "/api/optimizations/{optimization_id}/trials/{number}": "0",
        "/api/portfolio-optimizations/{optimization_id}": str(weighed.pk),
        "/api/custom-indicators/{formula_id}": str(formula.pk),
    }


def _bots(user: Any, ids: dict[str, str]) -> None:
    bot = Bot.objects.create(
        owner=user, name="Signals", kind="signal", venue=VENUE, symbol="BTC/USDT",
        allocation=1000, status="stopped", timeframe="15m",
    )  # fmt: skip
    hooks.make(bot=bot)
    plan = promotion.read({}).to_json()
    BotPromotion.objects.create(
        bot=bot,
        credential=account(user),
        plan=plan,
        paper_venue=VENUE,
        since=clock.now(),
        allocation=1000,
    )
    signal = BotSignal.objects.create(
        bot=bot, signal_id="one", received_ms=1, due_ms=1, state="taken", action="buy"
    )
    ids |= {
        "/api/bots/{bot_id}": str(bot.pk),
        "/api/bots/{bot_id}/signals/{signal_id}": str(signal.pk),
    }


def _money(user: Any, settings: Any, ids: dict[str, str]) -> PaperWorld:
    paper = PaperWorld(settings)
    fund(user)
    order = paper.place(user, type="limit", price=Decimal(90), quantity=Decimal(1))
    paper.place(user, SWAP, quantity=Decimal(1))
    position = paper.position(user)
    assert position is not None
    ids |= {
        "/api/orders/{order_id}": str(order.pk),
        "/api/positions/{position_id}": str(position.pk),
    }
    return paper


def _person(user: Any, ids: dict[str, str]) -> None:
    """Settings say where files go: a test gives a folder of its own."""
    export = exports.request(owner=user)
    assert exports.run(export_id=export.pk) == "completed"
    tokens.issue(user=user)
    ids |= {
        "/api/admin/users/{user_id}": str(user.pk),
        "/api/auth/export/{export_id}": str(export.pk),
        "/api/auth/sessions/{sign_in_id}": str(SignIn.objects.get(user=user).pk),
    }


def _account(user: Any, ids: dict[str, str]) -> None:
    credential = ExchangeCredential.objects.get(owner=user)
    order = AccountOrder.objects.create(
        owner=user, credential=credential, client_order_id="one", symbol="BTC/USDT",
        type="limit", side="buy", quantity=1, price=1,
    )  # fmt: skip
    channel = channels.create(owner=user, name="Desk", url="jsons://example.com/hook")
    message = channels.test(channel=channel)
    passkey = Authenticator.objects.create(
        user=user, type=Authenticator.Type.WEBAUTHN, data={"name": "Phone", "credential": {}}
    )
    key, _ = api_keys.create(owner=user, name="Script", scopes=["read"])
    ids |= {
        "/api/exchanges/credentials/{credential_id}": str(credential.pk),
        "/api/exchanges/credentials/{credential_id}/orders/{order_id}": str(order.pk),
        "/api/notifications/channels/{channel_id}": str(channel.pk),
        "/api/notifications/messages/{message_id}": str(message.pk),
        "/api/auth/api-keys/{key_id}": str(key.pk),
        "/api/auth/mfa/passkeys/{passkey_id}": str(passkey.pk),
    }
