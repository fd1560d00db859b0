"""REST of risk: limits, presets, refusals, the kill switch; and a bot's own limits."""

from __future__ import annotations

from decimal import Decimal

import pytest

from bots.services import kill_switch
from bots.tests.world import World, above, flat
from exchanges.models import RiskLimits, RiskRefusal
from exchanges.tests.paper.world import PaperWorld, fund

pytestmark = pytest.mark.django_db
D = Decimal


def test_limits_are_set_and_shown_beside_those_of_the_operators(api, alice):
    RiskLimits.objects.create(owner=None, leverage=D(5))
    fund(alice)
    client = api(alice)
    body = {"exposure_coin": "1500.5", "orders_hour": 30}
    told = client.put("/api/risk/limits", body, format="json").json()
    assert told["own"] == {
        "exposure_coin": "1500.5", "leverage": None, "daily_loss": None,
        "daily_loss_fraction": None, "position": None, "orders_hour": 30,
    }  # fmt: skip
    assert told["everybody"]["leverage"] == told["merged"]["leverage"] == "5"
    assert told["paper"]["equity"] == "20000" and told["real"] is None
    assert client.get("/api/risk/limits").json() == told


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({"leverage": "6"}, "leverage"),
        ({"leverage": "0"}, "leverage"),
        ({"leverage": "NaN"}, "leverage"),
        ({"daily_loss_fraction": "1.5"}, "daily_loss_fraction"),
        ({"orders_hour": 0}, "orders_hour"),
        ({"orders_hour": "ten"}, "orders_hour"),
        ({"luck": "1"}, "luck"),
    ],
)
def test_what_is_wrong_with_a_limit_is_told_by_name(api, alice, body, path):
    RiskLimits.objects.create(owner=None, leverage=D(5))
    answer = api(alice).put("/api/risk/limits", body, format="json")
    assert answer.status_code == 400
    assert [one["path"] for one in answer.json()["error"]["errors"]] == [path]
    assert not RiskLimits.objects.filter(owner=alice).exists()


def test_presets(api, alice):
    fund(alice)
    client = api(alice)
    names = [one["name"] for one in client.get("/api/risk/presets").json()]
    assert names == ["conservative", "balanced", "aggressive"]
    told = client.post("/api/risk/presets", {"preset": "balanced"}, format="json").json()
    assert (told["own"]["exposure_coin"], told["own"]["leverage"]) == ("10000", "3")
    wrong = client.post("/api/risk/presets", {"preset": "x"}, format="json")
    assert wrong.json()["error"]["errors"][0]["path"] == "preset"


def test_a_refused_order_and_its_row(api, alice, bob, settings):
    paper = PaperWorld(settings)
    fund(alice)
    RiskLimits.objects.create(owner=alice, position=D(50))
    body = {"symbol": "BTC/USDT", "side": "buy", "type": "market", "quantity": "1"}
    answer = api(alice).post("/api/orders", body, format="json")
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "risk_limit")
    assert "50" in answer.json()["error"]["message"]
    rows = api(alice).get("/api/risk/refusals").json()["results"]
    assert [(one["rule"], one["value"], one["limit"]) for one in rows] == [
        ("position", "100", "50")
    ]
    assert rows[0]["venue"] == paper.venue
    assert api(bob).get("/api/risk/refusals").json()["results"] == []
    assert RiskRefusal.objects.count() == 1


def test_the_kill_switch_by_rest(api, alice, bob, settings):
    paper = PaperWorld(settings)
    fund(alice)
    paper.place(alice, quantity=1)
    client = api(alice)
    before = client.get("/api/portfolio/kill").json()
    assert before["is_on"] is False and len(before["would_close"]) == 1
    on = client.post("/api/portfolio/kill")
    assert (on.status_code, on.json()["is_on"], on.json()["is_flat"]) == (202, True, False)
    assert client.post("/api/portfolio/kill").json()["started_at"] == on.json()["started_at"]
    assert api(bob).get("/api/portfolio/kill").json()["is_on"] is False
    assert api(bob).delete("/api/portfolio/kill").status_code == 409
    kill_switch.verify_all()
    flat_now = client.get("/api/portfolio/kill").json()
    assert (flat_now["is_flat"], flat_now["left"]) == (True, [])
    assert client.delete("/api/portfolio/kill").json()["is_on"] is False


def test_a_bots_own_limits_by_rest(api, alice):
    world = World(flat(*[100.0] * 8)).open_at(3)
    made = world.bot(alice, above(110), start=False)
    client = api(alice)
    address = f"/api/bots/{made.pk}"
    told = client.put(address, {"risk": {"daily_loss": 0.05, "trades_day": 4}}, format="json")
    assert told.json()["risk"] == {"daily_loss": 0.05, "trades_day": 4}
    for risk, path in (({"trades_day": 0}, "risk.trades_day"), ([], "risk"), ("x", "risk")):
        answer = client.put(address, {"risk": risk}, format="json")
        assert answer.status_code == 400
        assert answer.json()["error"]["errors"][0]["path"] == path
    assert client.get(address).json()["risk"] == {"daily_loss": 0.05, "trades_day": 4}
