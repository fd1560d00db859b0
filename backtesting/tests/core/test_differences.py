"""Differences of specs by their JSON paths."""

from __future__ import annotations

import pytest

from backtesting.core.differences import differing

#  values, what differs, why
CASES = [
    ([{"a": 1}, {"a": 1}], [], "the same"),
    ([{"a": 1}, {"a": 2}, {"a": 1}], [("a", [1, 2, 1])], "one of three"),
    ([{"a": {"b": [1, {"c": 2}]}}, {"a": {"b": [1, {"c": 3}]}}], [("a.b[1].c", [2, 3])], "deep"),
    ([{"a": [1]}, {"a": [1, 2]}], [("a[1]", [None, 2])], "a longer list"),
    ([{"a": None}, {"a": {"b": 1}}], [("a.b", [None, 1])], "null or object"),
    ([{"a": 1}, {"a": True}], [("a", [1, True])], "1 is not true"),
    ([{"spec": {"name": "x"}}, {"spec": {"name": "y"}}], [], "names do nothing"),
]


@pytest.mark.parametrize(("values", "expected", "why"), CASES)
def test_differences(values, expected, why):
    assert [(one["path"], one["values"]) for one in differing(values)] == expected, why
