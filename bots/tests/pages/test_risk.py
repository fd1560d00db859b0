"""Settings > Risk: limits, presets, refusals, and the switch that says what it will do."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.test import Client

from bots.services import kill_switch
from exchanges.models import KillSwitch, RiskLimits
from exchanges.services.risk_gate import RiskRefused
from exchanges.tests.paper.world import PaperWorld, fund

pytestmark = pytest.mark.django_db
D = Decimal
PAGE = "/settings/risk/"


@pytest.fixture
def paper(settings, alice) -> PaperWorld:
    made = PaperWorld(settings)
    fund(alice)
    return made


@pytest.fixture
def signed_in(client: Client, alice) -> Client:
    client.force_login(alice)
    return client


def test_limits_are_set_in_percent_and_kept_beside_their_faults(signed_in, alice, paper):
    RiskLimits.objects.create(owner=None, leverage=D(5))
    page = signed_in.get(PAGE).content.decode()
    assert "Leverage at most 5" in page and "Conservative" in page
    done = signed_in.post(PAGE, {"daily_loss_fraction": "2.5", "orders_hour": "10"})
    assert done.status_code == 302
    row = RiskLimits.objects.get(owner=alice)
    assert (row.daily_loss_fraction, row.orders_hour) == (D("0.025"), 10)
    assert 'value="2.5"' in signed_in.get(PAGE).content.decode()
    refused = signed_in.post(PAGE, {"leverage": "9", "daily_loss_fraction": "2.5"})
    assert refused.status_code == 400
    assert "Must be 5 or less" in refused.content.decode()


def test_a_preset_by_a_click(signed_in, alice, paper):
    signed_in.post("/settings/risk/preset/", {"preset": "conservative"})
    assert RiskLimits.objects.get(owner=alice).exposure_coin == 4000
    signed_in.post("/settings/risk/preset/", {"preset": "nonsense"})
    assert RiskLimits.objects.get(owner=alice).exposure_coin == 4000


def test_the_switch_says_what_it_will_close_then_what_is_left_then_that_nothing_is(
    signed_in, alice, paper
):
    paper.place(alice, quantity=2)
    paper.place(alice, type="limit", quantity=1, price="90")
    RiskLimits.objects.create(owner=alice, position=D(1))
    with pytest.raises(RiskRefused):
        paper.place(alice, quantity=1)
    page = signed_in.get(PAGE).content.decode()
    assert "2 BTC is still in your paper wallet." in page
    assert "1 coin is sold" in page and "1 order is cancelled" in page
    assert "size of a position" in page
    signed_in.post("/settings/risk/kill/")
    assert "Everything is being closed." in signed_in.get(PAGE).content.decode()
    kill_switch.verify_all()
    assert "Nothing is open: verified" in signed_in.get("/settings/risk/switch/").content.decode()
    assert "Your kill switch is on: nothing is open" in signed_in.get("/").content.decode()
    signed_in.post("/settings/risk/lift/")
    assert KillSwitch.objects.get().lifted_at is not None
    assert "held back 1 order;" in signed_in.get("/").content.decode()


def test_a_get_changes_nothing(signed_in, alice, paper):
    for act in ("kill", "lift", "preset"):
        assert signed_in.get(f"/settings/risk/{act}/").status_code == 405
    assert not KillSwitch.objects.exists()


def test_a_bots_own_limits_have_fields_of_their_own(signed_in, alice):
    from bots.forms import BotForm

    form = BotForm(
        {"strategy": "1", "market": "m", "allocation": "5", "risk_daily_loss": "5",
         "risk_trades_day": "3"},
        strategies=[(1, "one")], markets=[("m", "m")],
    )  # fmt: skip
    assert form.is_valid(), form.errors
    assert form.risk() == {"daily_loss": 0.05, "trades_day": 3}
    wrong = BotForm({"risk_daily_loss": "500"}, strategies=[(1, "one")], markets=[("m", "m")])
    assert "risk_daily_loss" in wrong.errors
