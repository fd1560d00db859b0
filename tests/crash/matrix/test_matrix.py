"""The crash matrix: 18 points, six faults; a seed is one of each at one instant, always the same.

points.py is the matrix; invariants.py says what must hold a minute later.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest

from cryptobot import env
from tests.crash.matrix.drill import Drill
from tests.crash.matrix.points import FAULTS, MEANINGLESS, PAIRS, POINTS, plan_of
from tests.crash.matrix.servers import own_servers

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.xdist_group("crash matrix"),  # one pair of servers for all of it
    pytest.mark.skipif(
        bool(env.read("DATABASE_URL")), reason="it copies the suite's own PostgreSQL"
    ),
]
CHUNK = 10


def seeds() -> list[int]:
    """MATRIX_SEEDS: how many (100), or from one to before another: "1234:1235" repeats one."""
    first, _, end = os.environ.get("MATRIX_SEEDS", "100").rpartition(":")
    return list(range(int(first or 0), int(end)))


CHUNKS = [seeds()[start : start + CHUNK] for start in range(0, len(seeds()), CHUNK)]


@pytest.fixture(scope="module")
def drill(django_db_setup: Any, django_db_blocker: Any, tmp_path_factory: Any) -> Iterator[Drill]:
    with (
        django_db_blocker.unblock(), own_servers() as servers, pytest.MonkeyPatch.context() as patch
    ):  # fmt: skip
        made = Drill(servers, tmp_path_factory.mktemp("matrix"), patch)
        yield made
        made.close()


def test_every_pair_is_played_or_says_why_not() -> None:
    assert len(POINTS) == 18
    assert len(FAULTS) == 6
    named = {(number, fault) for number, why in MEANINGLESS.items() for fault in why}
    assert len(PAIRS) + len(named) == len(POINTS) * len(FAULTS)
    assert {plan_of(seed)[1:3] for seed in range(len(PAIRS))} == set(PAIRS)
    soon = [plan_of(seed) for seed in range(24)]
    assert {plan.number for plan in soon} == set(range(len(POINTS)))
    assert {plan.fault for plan in soon} == set(FAULTS)


@pytest.mark.parametrize("chunk", CHUNKS, ids=lambda chunk: f"{chunk[0]}-{chunk[-1]}")
def test_whatever_dies_wherever_it_dies(drill: Drill, chunk: list[int]) -> None:
    broken = [fault for seed in chunk for fault in drill.run(plan_of(seed)).faults]
    assert not broken, "\n\n".join(broken)


def test_a_seed_is_the_same_each_time(drill: Drill) -> None:
    for seed in (1, 15):
        first, second = (drill.run(plan_of(seed)).told for _ in range(2))
        assert first == second
