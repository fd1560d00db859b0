"""Answers whose time tells nothing."""

import time

import pytest

from foundation.lib.steady import at_least


@pytest.mark.parametrize("faults", [(), (ValueError("a shorter way still"),)])
def test_the_short_way_takes_as_long_as_the_other(faults):
    began_s = time.monotonic()
    try:
        with at_least(0.05):
            for fault in faults:
                raise fault
    except ValueError:
        assert faults
    assert time.monotonic() - began_s >= 0.05
