"""Bots on connected accounts when the venue refuses: no storm, no false alarm, and who is told."""

from __future__ import annotations

from decimal import Decimal

import pytest

from bots import tasks
from bots.models import BotLog, BotRun
from bots.services import account_refusals, account_runs, sub_accounts
from bots.tests.exchange import Connected
from bots.tests.test_account_bots import close_candle, real, start, world  # noqa: F401
from bots.tests.world import START_MS, above
from exchanges.models import AccountHoldings, AccountOrder, AccountTrade, ExchangeCredential
from exchanges.services import account_asking
from exchanges.tests.gateway.test_outcomes import said
from foundation.lib import clock

pytestmark = pytest.mark.django_db
D = Decimal
SIX_MS = START_MS + 6 * 60_000
TOO_LITTLE = said(400, -2010, "Account has insufficient balance for requested action.")


def bought(alice, real: Connected):  # noqa: F811
    bot = start(real, alice, above(110, stop_loss=0.05))
    for i in (4, 5, 6):
        close_candle(real, i)
    return bot


def test_a_stop_that_is_refused_is_not_sent_again_at_once(alice, real) -> None:  # noqa: F811
    real.exchange.faults = [None, TOO_LITTLE]  # the entry, then its stop
    bot = bought(alice, real)
    stops = AccountOrder.objects.filter(wallet=bot.wallet, type="stop_loss")
    assert list(stops.values_list("status", flat=True)) == ["rejected"]
    with clock.fixed(SIX_MS + 5_000):
        real.settle()
    assert stops.count() == 1
    with clock.fixed(SIX_MS + 11_000):
        real.settle()
    assert list(stops.order_by("pk").values_list("status", flat=True)) == ["rejected", "open"]


def test_a_fee_that_is_not_known_yet_is_asked_for_and_is_no_shortfall(alice, real) -> None:  # noqa: F811
    bot = bought(alice, real)
    AccountTrade.objects.filter(credential=real.account).delete()
    real.market.balances["BTC"] -= D("0.02")  # beyond the fee that is counted on
    with clock.fixed(SIX_MS + 60_000):
        AccountHoldings.objects.filter(pk=real.account.pk).update(asked_at=clock.now())
        row = AccountHoldings.objects.get(pk=real.account.pk)
        row.balances = [
            one | {"total": str(real.market.balances[one["asset"]])} for one in row.balances
        ]
        row.save()
        assert sub_accounts.reconcile(real.account.pk) == []
    with clock.fixed(SIX_MS + 60_000 + round(account_asking.ASK_AGAIN.total_seconds()) * 1000 + 1):
        account_runs.look(BotRun.objects.get(bot=bot).pk)
        assert AccountHoldings.objects.get(pk=real.account.pk).asked_at == clock.now()


def test_bots_of_refused_keys_stand_still_and_name_what_is_open(alice, real) -> None:  # noqa: F811
    bot = bought(alice, real)
    assert account_refusals.pause_all(real.account.pk) == 0  # its keys are good
    words = "The key is wrong."
    ExchangeCredential.objects.filter(pk=real.account.pk).update(state="refused", words=words)
    assert [account_refusals.pause_all(real.account.pk) for _ in range(2)] == [1, 0]
    bot.refresh_from_db()
    assert (bot.status, words in bot.status_reason) == ("paused", True)
    line = BotLog.objects.filter(bot=bot, kind="error").latest("pk")
    stop = AccountOrder.objects.get(wallet=bot.wallet, type="stop_loss")
    assert stop.venue_order_id in line.message and "8.995 BTC/USDT (stop loss" in line.message


def test_they_do_when_word_of_the_refusal_was_lost(alice, real) -> None:  # noqa: F811
    bot = bought(alice, real)
    ExchangeCredential.objects.filter(pk=real.account.pk).update(state="failing", was_working=True)
    tasks.look_at_accounts()
    bot.refresh_from_db()
    assert bot.status == "running"
    ExchangeCredential.objects.filter(pk=real.account.pk).update(state="refused")
    tasks.look_at_accounts()
    bot.refresh_from_db()
    assert bot.status == "paused"


def test_an_order_that_may_have_arrived_is_named_as_such(alice, real) -> None:  # noqa: F811
    bot = bought(alice, real)
    AccountOrder.objects.filter(wallet=bot.wallet, type="stop_loss").update(
        status="sending", venue_order_id=""
    )
    ExchangeCredential.objects.filter(pk=real.account.pk).update(state="refused")
    account_refusals.pause_all(real.account.pk)
    line = BotLog.objects.filter(bot=bot, kind="error").latest("pk")
    stop = AccountOrder.objects.get(wallet=bot.wallet, type="stop_loss")
    assert f"{stop.client_order_id}, if it arrived: there was no answer" in line.message
