"""Steps from paper to real money, and back."""

from __future__ import annotations

from decimal import Decimal

import pytest

from bots.core.promotion import Facts, Stage, from_json, missing, next_move, read
from foundation.lib.errors import BadInput

D = Decimal
PLAN = read({"paper_days": 7, "share": 0.25, "ramp_days": 3, "ramp_factor": 2})
GOOD = Facts(days=D(8), parity=D("0.97"), fills=12, drawdown=D("0.02"))

CASES = [
    ("good on paper", Stage.PAPER, "0", GOOD, (Stage.LIVE, "0.25")),
    ("too early", Stage.PAPER, "0", Facts(D(6), D(1), 12, D(0)), None),
    ("too few fills", Stage.PAPER, "0", Facts(D(9), D(1), 9, D(0)), None),
    ("never compared", Stage.PAPER, "0", Facts(D(9), None, 0, D(0)), None),
    ("not as tested", Stage.PAPER, "0", Facts(D(9), D("0.94"), 12, D(0)), None),
    ("a loss on paper stays there", Stage.PAPER, "0", Facts(D(9), D(1), 12, D("0.5")),
     (Stage.LIVE, "0.25")),
    ("the share grows", Stage.LIVE, "0.25", GOOD, (Stage.LIVE, "0.5")),
    ("to the whole", Stage.LIVE, "0.5", GOOD, (Stage.FULL, "1")),
    ("and no further", Stage.FULL, "1", GOOD, None),
    ("it dips a little", Stage.LIVE, "0.25", Facts(D(4), D("0.91"), 12, D(0)), None),
    ("it dips", Stage.LIVE, "0.25", Facts(D(1), D("0.89"), 12, D(0)), (Stage.PAPER, "0")),
    ("it dips, on too few fills", Stage.LIVE, "0.25", Facts(D(1), D("0.5"), 3, D(0)), None),
    ("it loses", Stage.FULL, "1", Facts(D(1), D(1), 12, D("0.1")), (Stage.PAPER, "0")),
]  # fmt: skip


@pytest.mark.parametrize(("name", "stage", "share", "facts", "expected"), CASES)
def test_what_follows_from_the_facts(name, stage, share, facts, expected):
    move = next_move(stage, D(share), PLAN, facts)
    if expected is None:
        assert move is None, name
    else:
        assert move is not None and (move.stage, move.share) == (expected[0], D(expected[1])), name
        assert move.words


def test_what_is_missing_is_told_in_words():
    told = missing(Stage.PAPER, PLAN, Facts(D("5.5"), D("0.9"), 4, D(0)))
    assert told == ["1.5 more days", "6 more fills", "a parity of 95\u202f% (now 90\u202f%)"]


def test_a_plan_outside_its_bounds_is_refused_with_every_fault():
    with pytest.raises(BadInput) as refused:
        read({"paper_days": 0, "share": 2, "hurry": True})
    assert {one.path for one in refused.value.faults} == {
        "plan.paper_days", "plan.share", "plan.hurry",
    }  # fmt: skip


def test_a_plan_comes_back_from_json():
    assert from_json(PLAN.to_json()) == PLAN
