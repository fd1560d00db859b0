"""What bots made, summed by bot, strategy, venue and account."""

from __future__ import annotations

from decimal import Decimal

import pytest

from bots.selectors import performance_groups
from bots.services import bots
from bots.tests.world import World, above, flat

pytestmark = pytest.mark.django_db
D = Decimal
CLOSES = (100, 100, 111, 112, 104, 103, 111, 120)


@pytest.fixture
def traded(alice):
    """Two bots with a lost trade each; the second one is in its second trade, which gains."""
    world = World(flat(*CLOSES)).open_at(1)
    first = world.bot(alice, above(110, below=105), name="=One")
    world.bot(alice, above(110.5, below=105), name="Two")
    world.run_to(6)
    bots.stop(bot=first)
    world.run_to(8)
    return world


def test_sums_are_the_same_however_they_are_made(alice, traded):
    totals = set()
    for by in performance_groups.NAMES:
        rows = performance_groups.grouped(alice, by)
        assert {row["mode"] for row in rows} == {"paper"}
        totals.add(
            tuple(
                sum(row[name] for row in rows)
                for name in ("realised_pnl", "unrealised_pnl", "fees", "trades", "wins", "losses")
            )
        )
    ((realised, unrealised, fees, trades, wins, losses),) = totals
    assert realised < 0 < unrealised and fees > 0
    assert (trades, wins, losses) == (2, 0, 2)


def test_a_row_tells_days_ratios_and_metrics(alice, traded):
    (row,) = performance_groups.grouped(alice, "venue")
    assert row["name"] == traded.venue and row["bots"] == 2 and row["capital"] == 2000
    assert row["win_ratio"] == 0 and row["win_rate"] == 0
    ((_, made),) = row["daily"]
    closed = sum(one["realised_pnl"] for one in performance_groups.grouped(alice, "bot"))
    assert made >= closed  # the open position has paid its fee already
    assert row["metrics"]["total_trades"] == 2 and row["metrics"]["max_drawdown"] < 0
    expected = float((row["realised_pnl"] + row["unrealised_pnl"]) / row["capital"])
    assert row["metrics"]["total_return"] == pytest.approx(expected)


def test_rest_page_and_file(client, alice, alice_api, charlie_api, traded):
    told = alice_api.get("/api/performance?by=bot").json()
    assert told["by"] == "bot" and len(told["rows"]) == 2
    assert all(isinstance(row["realised_pnl"], str) for row in told["rows"])
    assert set(alice_api.get("/api/performance").json()) == {
        "asset",
        "start_ms",
        "metrics",
        "equity",
    }
    refused = alice_api.get("/api/performance?by=mood")
    assert refused.status_code == 400
    assert [one["path"] for one in refused.json()["error"]["errors"]] == ["by"]
    assert charlie_api.get("/api/performance?by=venue").json()["rows"] == []
    assert client.get("/performance/").status_code == 302
    client.force_login(alice)
    for by in performance_groups.NAMES:
        assert "Realised" in client.get(f"/performance/?by={by}").text
    part = client.get("/performance/", headers={"HX-Request": "true"}).text
    assert "Two" in part and "<html" not in part
    answer = client.get("/performance/table.csv?by=bot")
    lines = b"".join(answer.streaming_content).decode().splitlines()
    assert lines[0].startswith("name,mode,asset") and len(lines) == 3
    assert any(line.startswith("'=One") for line in lines)


def test_queries_do_not_grow_with_trades(alice, traded, django_assert_max_num_queries):
    with django_assert_max_num_queries(4):
        performance_groups.grouped(alice, "strategy")
