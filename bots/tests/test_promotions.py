"""A bot goes from paper to real money by steps, and back by itself, over any crash."""

from __future__ import annotations

from decimal import Decimal

import pytest

from accounts.services import preferences
from bots.models import BotParity, BotPromotion, BotRun
from bots.selectors import promotion as selector
from bots.services import bots, preflight, promotions, strategies
from bots.tests.exchange import Connected
from bots.tests.world import START_MS, World, above, flat, grant
from exchanges.models import ExchangeCredential, Order
from exchanges.services import credentials
from exchanges.tests.credentials import account
from foundation.lib import clock
from foundation.lib.errors import BadInput, Conflict

pytestmark = pytest.mark.django_db
D = Decimal
DAY_MS = 86_400_000
STEPS = {"price_step": D("0.1"), "amount_step": D("0.001"), "amount_min": D("0.001")}


@pytest.fixture
def world():
    return World(flat(*[100.0] * 12), venue="binance", steps=STEPS).open_at(3)


@pytest.fixture
def real(alice, world):
    made = Connected(alice, world)
    made.read()
    yield made
    made.close()


@pytest.fixture
def bot(alice, world):
    with clock.fixed(START_MS):
        return world.bot(alice, above(110))


def begun(bot, real, **plan) -> BotPromotion:
    with clock.fixed(START_MS):
        return promotions.begin(bot=bot, credential=real.account, plan=plan)


def judged(bot, score: float, fills: int = 20) -> None:
    run = BotRun.objects.filter(bot=bot).latest("pk")
    BotParity.objects.update_or_create(
        run=run, defaults={"score": score, "expected": fills, "checked_at": clock.now()}
    )


def reviewed(row: BotPromotion, day: int) -> bool:
    with clock.fixed(START_MS + day * DAY_MS):
        return promotions.review(row.pk)


def test_from_paper_to_a_share_to_the_whole(bot, real):
    row = begun(bot, real)
    judged(bot, 1.0)
    assert not reviewed(row, 6)
    row.refresh_from_db()
    assert row.words == "Before the next step: 1.0 more days."
    for day, share in ((8, "0.25"), (12, "0.5"), (16, "1")):
        finish(row, day, real)
        bot.refresh_from_db()
        row.refresh_from_db()
        assert (bot.status, bot.credential) == ("running", real.account), row.words
        assert (bot.allocation, row.share) == (1000 * D(share), D(share))
        assert BotRun.objects.filter(bot=bot).latest("pk").runner == "account"
        judged(bot, 1.0)
    assert not reviewed(row, 30)


def test_a_bot_that_leaves_its_backtest_goes_back_to_paper(alice, bot, real):
    row = begun(bot, real)
    judged(bot, 1.0)
    assert reviewed(row, 8)
    judged(bot, 0.5)
    grant(alice, 1000)
    finish(row, 9, real)
    bot.refresh_from_db()
    row.refresh_from_db()
    assert (bot.credential, row.stage, bot.allocation) == (None, "paper", D(1000))
    assert bot.status == "running"
    assert "back to paper" in row.words


def finish(row: BotPromotion, day: int, real: Connected) -> None:
    """The review begins the step; the bot's look ends its run; the next review goes on."""
    reviewed(row, day)
    with clock.fixed(START_MS + day * DAY_MS + 1000):
        real.settle()
    reviewed(row, day)


def test_a_crash_between_stop_and_start_is_finished_by_the_next_review(bot, real, monkeypatch):
    row = begun(bot, real)
    judged(bot, 1.0)
    monkeypatch.setattr(promotions, "_go_on", lambda _: False)
    assert not reviewed(row, 8)
    bot.refresh_from_db()
    assert bot.status == "stopped"
    monkeypatch.undo()
    assert reviewed(row, 8)
    bot.refresh_from_db()
    assert bot.status == "running" and bot.credential == real.account


def test_a_first_bot_with_real_money_must_pass_the_gate_or_skip_it(alice, real, world):
    strategy = strategies.create(owner=alice, spec={**above(110), "timeframe": "1m"})
    wanted = {
        "owner": alice, "name": "Real", "strategy": strategy, "venue": "binance",
        "symbol": "BTC/USDT", "allocation": "10", "credential": real.account,
    }  # fmt: skip
    with pytest.raises(BadInput, match="begins on paper"):
        bots.create(**wanted)
    assert bots.create(**wanted, skip_gate=True).credential == real.account


def test_the_gate_is_switched_off_for_good_in_the_preferences(alice, real, world):
    strategy = strategies.create(owner=alice, spec={**above(110), "timeframe": "1m"})
    preferences.change(user=alice, paper_first=False)
    made = bots.create(
        owner=alice, name="Real", strategy=strategy, venue="binance", symbol="BTC/USDT",
        allocation="10", credential=real.account,
    )  # fmt: skip
    assert made.credential == real.account


def test_its_owner_may_let_it_go_on_early_send_it_back_and_take_it_off(alice, bot, real):
    row = begun(bot, real)
    with clock.fixed(START_MS + DAY_MS):
        row = promotions.advance(bot=bot)
    bot.refresh_from_db()
    assert (bot.credential, bot.status, bot.allocation) == (real.account, "running", D(250))
    assert "before 6.0 more days, 10 more fills" in row.words
    with clock.fixed(START_MS + 2 * DAY_MS):
        assert promotions.step_back(bot=bot).moving_to is not None  # until its orders are back
        with pytest.raises(Conflict, match="already"):
            promotions.advance(bot=bot)
        real.settle()
        assert promotions.review(row.pk)
        with pytest.raises(Conflict, match="paper money already"):
            promotions.step_back(bot=bot)
        bots.stop(bot=bot)
        with pytest.raises(Conflict, match="start it first"):
            promotions.advance(bot=bot)
    bot.refresh_from_db()
    assert (bot.credential, bot.allocation) == (None, D(1000))
    promotions.end(bot=bot)
    told = [line.message for line in selector.history(bot)]
    assert "took it off its way" in told[0] and "sent it back to paper" in told[1]
    assert not BotPromotion.objects.exists()


def test_an_account_whose_market_is_not_followed_is_refused_at_once(alice, bot):
    with pytest.raises(BadInput, match="credential: BTC/USDT of kraken is not followed"):
        promotions.begin(bot=bot, credential=account(alice, "Other", venue="kraken"))


def test_the_way_names_steps_bars_and_what_is_missing(bot, real):
    row = begun(bot, real)
    judged(bot, 0.9, fills=4)
    with clock.fixed(START_MS + 2 * DAY_MS):
        way = selector.way_of(bot)
        assert [step.state for step in way.steps] == ["done", "now", "ahead", "ahead", "ahead"]
        days, fills, parity = way.bars
        assert (days.words, fills.words) == ("2.0 of 7", "4 of 10")
        assert (fills.fraction, parity.fraction, parity.is_met) == (0.4, 0.9, False)
        assert len(way.missing) == 3 and way.next_share == D("0.25")
    judged(bot, 1.0)
    finish(row, 8, real)
    with clock.fixed(START_MS + 9 * DAY_MS):
        way = selector.way_of(bot)
    assert [step.state for step in way.steps] == ["done", "done", "now", "ahead", "ahead"]
    assert way.bars[-1].name == "Lost from its peak" and way.next_share == D("0.5")


def test_an_account_with_bots_is_not_deleted_under_them(alice, bot, real):
    begun(bot, real)
    with pytest.raises(Conflict, match="Bots trade with this account"):
        credentials.delete(owner=alice, credential_id=real.account.pk)
    assert ExchangeCredential.objects.filter(pk=real.account.pk).exists()


def test_a_preflight_tells_what_the_account_would_have_refused(alice, bot, real):
    Order.objects.create(
        owner=alice, venue="binance", symbol="BTC/USDT", wallet=bot.wallet,
        client_order_id="one", type="market", side="buy", leg="entry", reason="signal",
        quantity=D("0.0005"), filled_quantity=0, decided_at_ms=clock.now_ms(), status="cancelled",
    )  # fmt: skip
    small = account(alice, "Small", notional_day_max=D(5), symbols=["ETH/USDT"])
    found = preflight.look(bot, small)
    assert (found.orders, found.refused) == (1, 1)
    rows = {one.rule: (one.value, one.limit) for one in found.refusals}
    assert rows["amount at least"] == ("0.0005", "0.001")
    assert rows["market"] == ("BTC/USDT", "ETH/USDT")
    told = " ".join(found.reasons)
    assert "may not trade BTC/USDT" in told and "at least 0.001" in told
    assert "were not read yet" in found.warnings[0]
