"""REST: bots of other kinds, on accounts, and on their way there."""

from __future__ import annotations

import pytest

from bots.models import Bot
from bots.tests.exchange import Connected
from bots.tests.world import World, above, grant, prices

pytestmark = pytest.mark.django_db
BASE = "/api/bots"


@pytest.fixture
def world():
    return World(prices(30, seed=1), venue="binance").open_at(20)


@pytest.fixture
def real(alice, world):
    made = Connected(alice, world)
    made.read()
    yield made
    made.close()


@pytest.fixture
def grid(world):
    return {
        "name": "Grid", "kind": "grid", "timeframe": "1m", "venue": world.venue,
        "symbol": world.symbol, "allocation": "1000",
        "params": {"lower": 80, "upper": 120, "levels": 10},
    }  # fmt: skip


def paths(answer) -> set[str]:
    return {one["path"] for one in answer.json()["error"]["errors"]}


def test_a_grid_is_made_started_and_told(alice, alice_api, grid):
    grant(alice, 1000)
    made = alice_api.post(BASE, grid, format="json")
    assert made.status_code == 201, made.content
    assert made.json()["kind"] == "grid" and made.json()["params"]["levels"] == 10
    started = alice_api.put(f"{BASE}/{made.json()['id']}/start")
    assert started.json()["status"] == "running"


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"kind": "martingale"}, "kind"),
        ({"params": {"lower": 80}}, "params.upper"),
        ({"params": {"lower": 80, "upper": 120, "levels": 10, "hurry": 1}}, "params.hurry"),
        ({"params": [1]}, "params"),
        ({"timeframe": "7m"}, "timeframe"),
        ({"credential": 10**6}, "credential"),
        ({"skip_gate": "yes"}, "skip_gate"),
    ],
)
def test_a_fault_is_told_at_its_field(alice_api, grid, change, path):
    answer = alice_api.post(BASE, {**grid, **change}, format="json")
    assert answer.status_code == 400 and path in paths(answer)
    assert not Bot.objects.exists()


def test_an_account_of_somebody_else_is_as_absent_as_none(charlie_api, grid, real):
    answer = charlie_api.post(BASE, {**grid, "credential": real.account.pk}, format="json")
    assert answer.status_code == 400 and paths(answer) == {"credential"}


def test_real_money_later_passes_the_same_gate(alice_api, grid, real):
    made = alice_api.post(BASE, grid, format="json").json()
    changed = {**grid, "credential": real.account.pk}
    answer = alice_api.put(f"{BASE}/{made['id']}", changed, format="json")
    assert answer.status_code == 400 and paths(answer) == {"credential"}


def test_a_bot_is_put_on_its_way_and_looked_at_before(alice, alice_api, world, real):
    bot = world.bot(alice, above(110))
    asked = {"credential": real.account.pk, "plan": {"paper_days": 3}}
    row = alice_api.put(f"{BASE}/{bot.pk}/promotion", asked, format="json")
    assert row.status_code == 200, row.content
    assert row.json()["stage"] == "paper" and row.json()["plan"]["paper_days"] == 3
    assert alice_api.get(f"{BASE}/{bot.pk}/promotion").json()["share"] == "0"
    bad = {"credential": real.account.pk, "plan": {"share": 7}}
    assert paths(alice_api.put(f"{BASE}/{bot.pk}/promotion", bad, format="json")) == {"plan.share"}
    found = alice_api.get(f"{BASE}/{bot.pk}/preflight?credential={real.account.pk}")
    assert found.json()["orders"] == 0
    assert alice_api.get(f"{BASE}/{bot.pk}/preflight").status_code == 400
    assert alice_api.delete(f"{BASE}/{bot.pk}/promotion").status_code == 204
    assert alice_api.get(f"{BASE}/{bot.pk}/promotion").status_code == 404
