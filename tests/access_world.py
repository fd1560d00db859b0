"""One of everything that a user can own, as rows; nothing of it runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from allauth.mfa.models import Authenticator
from django.db.models import Model

from accounts.models import DataExport, Notification, User
from accounts.services import api_keys, channels, tokens
from accounts.tests.factors import give_recovery_codes
from accounts.tests.passkeys import Passkey
from backtesting.models import Backtest, Check, Optimization, PortfolioOptimization, Trial
from bots.core.promotion import read
from bots.models import Bot, BotPromotion, BotSignal
from bots.services import custom_indicators, hooks, strategies
from bots.tests.core.building import spec_data
from exchanges.feed import live
from exchanges.models import AccountOrder, Position
from exchanges.tests.credentials import account
from exchanges.tests.paper.world import NOW_MS, SPOT, SWAP, PaperWorld, fund
from foundation.lib import clock

SPEC = spec_data()
# Where one name of a parameter means two kinds of things: (part of the route, name) -> which.
APART = {
    ("/credentials/", "order_id"): "account_order_id",
    ("/exchanges/", "order_id"): "account_order_id",
    ("portfolio", "optimization_id"): "portfolio_id",
    ("/admin/", "user_id"): "somebody",
    ("/people/", "user_id"): "somebody",
    ("/passkeys/", "pk"): "passkey_id",
}
TEXTS = {
    "venue": "", "symbol": "BTC-USDT", "asset": "USDT", "token": "x", "kind": "grid",
    "number": "1", "code": "NOBODYS1",
}  # fmt: skip


@dataclass
class Belongings:
    """ids: name of a route's parameter -> the row's id."""

    ids: dict[str, int]
    venue: str

    def address(self, route: str) -> str:
        """A route with its parameters filled in."""
        found = route
        while "<" in found:
            head, _, rest = found.partition("<")
            inside, _, tail = rest.partition(">")
            found = f"{head}{self._value(route, inside.rpartition(':')[2])}{tail}"
        return found

    def _value(self, route: str, name: str) -> str:
        for (part, one), which in APART.items():
            if one == name and part in route:
                return str(self.ids[which])
        if name == "kind" and "/checks/" in route:
            return "monte_carlo"
        if name == "venue":
            return self.venue
        return TEXTS.get(name) or str(self.ids[name])


def belongings(owner: User, somebody: User, settings: Any) -> Belongings:
    """The owner's, of every kind; somebody is whom admins act on."""
    world = PaperWorld(settings)
    _show_a_day(world.venue)
    fund(owner)
    order = world.place(owner, type="limit", price="50", quantity="1")
    world.place(owner, SWAP, quantity="1")
    position = Position.objects.get(owner=owner)
    strategy = strategies.create(owner=owner, spec=SPEC)
    ids = {
        "somebody": somebody.pk,
        "order_id": order.pk,
        "position_id": position.pk,
        "strategy_id": strategy.pk,
        **_of_account(owner),
        **_of_bot(owner, world.venue),
        **_of_backtests(owner),
        **_of_person(owner),
    }
    BotPromotion.objects.create(
        bot_id=ids["bot_id"], credential_id=ids["credential_id"], plan=read({}).to_json(),
        allocation=100, paper_venue=world.venue, since=clock.now(),
    )  # fmt: skip
    return Belongings(ids, world.venue)


def _show_a_day(venue: str) -> None:
    """What a feed says of a market's last 24 hours."""
    batch = live.LiveBatch(venue)
    batch.aliases = {SPOT: (SWAP,)}
    prices = dict.fromkeys(("last", "open", "high", "low"), 100.0)
    batch.ticker(SPOT, {"symbol": SPOT, **prices, "volume": 1.0, "change": 0.0, "ts": NOW_MS})
    batch.flush(NOW_MS)


def _of_account(owner: User) -> dict[str, int]:
    credential = account(owner)
    order = AccountOrder.objects.create(
        owner=owner, credential=credential, client_order_id="one", symbol=SPOT, type="limit",
        side="buy", quantity=1, price=1,
    )  # fmt: skip
    return {"credential_id": credential.pk, "account_order_id": order.pk}


def _of_bot(owner: User, venue: str) -> dict[str, int]:
    bot = Bot.objects.create(
        owner=owner,
        name="one",
        venue=venue,
        symbol=SPOT,
        allocation=100,
        kind="signal",
        timeframe="1m",
    )  # fmt: skip
    hooks.make(bot=bot)
    signal = BotSignal.objects.create(
        bot=bot, signal_id="one", received_ms=1, due_ms=1, state="taken", body={}
    )
    formula = custom_indicators.create(
        owner=owner, body={"name": "half", "expression": "close / 2"}
    )
    return {"bot_id": bot.pk, "signal_id": signal.pk, "formula_id": formula.pk}


def _of_backtests(owner: User) -> dict[str, int]:
    now = clock.now()
    asked: dict[str, Any] = {
        "owner": owner, "name": "one", "spec": SPEC, "spec_fingerprint": "x" * 64,
        "venue": "walk", "symbols": ["BTC/USDT"], "timeframe": "1m", "start_ms": 0,
        "end_ms": 60_000_000, "cash": 1000, "fee_rate": 0, "slippage": 0,
    }  # fmt: skip
    backtest = _made(Backtest, **asked, enqueued_at=now)
    search = _made(
        Optimization, **asked, space={}, objectives=[{"metric": "sharpe"}], method="grid", total=1,
        heard_at=now,
    )  # fmt: skip
    _made(Trial, optimization=search, number=1, values={}, state="finished")
    check = _made(Check, owner=owner, backtest=backtest, kind="monte_carlo", enqueued_at=now)
    portfolio = _made(
        PortfolioOptimization, owner=owner, name="one", assets=[], settings={}, enqueued_at=now
    )
    return {
        "backtest_id": backtest.pk, "optimization_id": search.pk, "check_id": check.pk,
        "portfolio_id": portfolio.pk,
    }  # fmt: skip


def _of_person(owner: User) -> dict[str, int]:
    key, _ = api_keys.create(owner=owner, name="one", scopes=["read"])
    channel = channels.create(owner=owner, name="one", url="jsons://example.com/x", kinds=["stop"])
    message = Notification.objects.create(
        channel=channel, kind="stop", key="one", title="one", body="one"
    )
    made = Passkey().create({"publicKey": {"user": {"id": "AAAA"}, "challenge": "AAAA"}})
    passkey = Authenticator.objects.create(
        user=owner, type=Authenticator.Type.WEBAUTHN, data={"name": "one", "credential": made}
    )
    give_recovery_codes(owner)
    tokens.issue(user=owner)
    sign_in = owner.sign_ins.latest("pk")
    export = DataExport.objects.create(
        owner=owner, status="completed", file_name="one", expires_at=clock.now()
    )
    return {
        "key_id": key.pk, "channel_id": channel.pk, "message_id": message.pk,
        "sign_in_id": sign_in.pk, "export_id": export.pk, "passkey_id": passkey.pk,
    }  # fmt: skip


def _made(model: type[Model], **values: Any) -> Any:
    return model._default_manager.create(**values)
