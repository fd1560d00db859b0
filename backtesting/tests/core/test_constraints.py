"""Constraints: a grammar of their own, which answers what it cannot read."""

from __future__ import annotations

import numpy as np
import pytest

from backtesting.core.constraints import Unreadable, read_constraint

VALUES = {"fast": 5, "slow": 20, "risk.stop_loss": 0.02, "indicators[0].params.period": 7}

#  text, holds, why the row exists
HOLD = [
    ("fast < slow", True, "the usual one"),
    ("slow<fast", False, "no blanks needed"),
    ("fast * 2 + 1 <= slow - 9", True, "products before sums, sums before comparisons"),
    ("(fast + 1) * 2 == 12", True, "brackets"),
    ("2 < fast < slow", True, "a chain means both"),
    ("2 < fast < 4", False, "the second half counts"),
    ("slow - fast - 5 == 10", True, "from left to right"),
    ("slow / fast / 2 == 2", True, "from left to right"),
    ("-fast < 0 and - -fast == 5", True, "signs"),
    ("fast > slow or slow > 10 and fast > 1", True, "and before or"),
    ("not fast > slow", True, "not"),
    ("not (fast < slow or fast < 1)", False, "not over a bracket"),
    ("min(fast, slow) == 5 and max(fast, slow, 30) == 30", True, "functions"),
    ("abs(fast - slow) >= 15", True, "absolute distance"),
    ("risk.stop_loss * 100 < 1e1", True, "dotted names and exponents"),
    ("indicators[0].params.period != .5", True, "a path as the name"),
    ("fast / 0 > 1", True, "infinity is above everything"),
    ("0 / 0 != 1", False, "what has no value does not hold"),
]


@pytest.mark.parametrize(("text", "holds", "why"), HOLD)
def test_a_constraint_holds_or_does_not(text: str, holds: bool, why: str) -> None:
    assert bool(read_constraint(text, VALUES).holds(VALUES)) is holds, why


#  text, part of the message
UNREADABLE = [
    ("", "has the end where a number or a parameter is needed"),
    ("fast", "compares nothing"),
    ("fast <", "has the end where"),
    ("fast < slow slow", 'has "slow" where it should end'),
    ("fats < slow", 'names "fats", which is no numeric parameter; known: fast, '),
    ("fast < slow and 3", "joins a number"),
    ("(fast < slow) + 1 > 0", "computes with a comparison"),
    ("fast = 3", 'cannot be read from "= 3" on'),
    ("__import__('os').system('true') < 1", "cannot be read from"),
    ("__import__(fast) < 1", 'names "__import__"'),
    ("fast.__class__ < 1", 'names "fast.__class__"'),
    ("fast < 9**9", "has * where a number"),
    ("[x for x in fast] < 1", "cannot be read"),
    ("min(fast) < 1", "has 1 arguments"),
    ("(fast < slow", 'where ")" is needed'),
    ("(" * 30 + "fast" + ")" * 30 + " < 1", "nested deeper than 20"),
    ("1 < " + "1 + " * 200 + "1", "at most 500"),
]


@pytest.mark.parametrize(("text", "said"), UNREADABLE)
def test_what_cannot_be_read_is_told(text: str, said: str) -> None:
    with pytest.raises(Unreadable) as refusal:
        read_constraint(text, VALUES)
    assert said in str(refusal.value)


def test_columns_of_values_are_judged_at_once() -> None:
    constraint = read_constraint("a < b and not a == 2", ["a", "b"])
    a, b = np.array([1.0, 2.0, 3.0, 4.0]), np.array([5.0, 5.0, 5.0, 1.0])
    assert constraint.holds({"a": a, "b": b}).tolist() == [True, False, True, False]
