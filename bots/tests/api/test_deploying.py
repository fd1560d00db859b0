"""POST /api/bots/deploy: a strategy, or a spec, that runs as a bot at once, or nothing at all."""

from __future__ import annotations

import pytest

from accounts.selectors import ledger as books
from bots.models import Bot, Strategy
from bots.services import strategies
from bots.tests.world import World, above, flat, grant

pytestmark = pytest.mark.django_db
URL = "/api/bots/deploy"


@pytest.fixture
def world():
    return World(flat(100, 100, 111, 112)).open_at(1)


@pytest.fixture
def where(world):
    return {"venue": world.venue, "symbol": "BTC/USDT", "allocation": "1000"}


@pytest.fixture
def mine(alice):
    return strategies.create(owner=alice, spec=above(110, below=105))


def test_a_strategy_runs_under_its_own_name_and_trades(alice, alice_api, world, where, mine):
    grant(alice, 1500)
    answer = alice_api.post(URL, {"strategy": mine.pk, **where})
    assert answer.status_code == 201, answer.json()
    bot = answer.json()
    assert (bot["status"], bot["name"], bot["strategy"]) == ("running", mine.name, mine.pk)
    assert books.balance(alice, "paper_wallet", "USDT") == 500
    world.run_to(4)
    assert alice_api.get(f"/api/bots/{bot['id']}").json()["position"]["entry_price"] == "111"


def test_a_spec_is_stored_as_a_strategy(alice, alice_api, where):
    grant(alice, 1500)
    spec = above(110, below=105)
    bot = alice_api.post(URL, {"spec": spec, "name": "Mine", **where}).json()
    assert bot["name"] == "Mine"
    assert Strategy.objects.get(pk=bot["strategy"]).owner == alice


def test_another_kind_runs_as_well(alice, alice_api, where):
    grant(alice, 1500)
    kind = {"kind": "signal", "params": {"size": 0.5}, "timeframe": "1m", "name": "Heard"}
    assert alice_api.post(URL, {**kind, **where}).json()["status"] == "running"


def test_where_it_cannot_start_nothing_is_left(alice_api, where):
    """There is no money to start with."""
    answer = alice_api.post(URL, {"spec": above(110, below=105), **where})
    assert answer.status_code in (400, 409), answer.json()
    assert not Bot.objects.exists() and not Strategy.objects.exists()


#  change to a good body, path of each fault
REFUSED = [
    ({"spec": {}}, {"spec"}),
    ({"strategy": 10**9}, {"strategy"}),
    ({"strategy": None}, {"strategy"}),
    ({"allocation": 1.5}, {"allocation"}),
    ({"symbol": "NOT/THERE"}, {"symbol"}),
    ({"status": "running"}, {"status"}),
    ({"name": 5}, {"name"}),
]


@pytest.mark.parametrize(("change", "named"), REFUSED)
def test_bad_input_names_its_fields(alice_api, where, mine, change, named):
    answer = alice_api.post(URL, {"strategy": mine.pk, **where, **change})
    assert answer.status_code == 400
    assert {fault["path"] for fault in answer.json()["error"]["errors"]} == named
    assert not Bot.objects.exists()


def test_what_is_missing_is_named_at_once(alice_api):
    answer = alice_api.post(URL, {})
    assert answer.status_code == 400
    missing = {fault["path"] for fault in answer.json()["error"]["errors"]}
    assert missing == {"venue", "symbol", "allocation", "strategy"}


def test_faults_of_a_spec_keep_their_paths(alice_api, where):
    spec = above(110, below=105) | {"timeframe": "7m"}
    answer = alice_api.post(URL, {"spec": spec, **where})
    assert [fault["path"] for fault in answer.json()["error"]["errors"]] == ["timeframe"]


def test_a_stranger_s_strategy_is_not_there(charlie_api, where, mine):
    answer = charlie_api.post(URL, {"strategy": mine.pk, **where})
    assert (answer.status_code, answer.json()["error"]["errors"][0]["path"]) == (400, "strategy")
