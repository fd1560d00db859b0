"""left_out(): packages that a library would only adapt itself to."""

from __future__ import annotations

import subprocess
import sys

import pytest

from foundation.lib.left_out import left_out


def test_a_package_left_out_cannot_be_imported_inside_and_can_be_afterwards() -> None:
    with left_out("antigravity"), pytest.raises(ModuleNotFoundError):
        import antigravity  # noqa: F401
    assert "antigravity" not in sys.modules


def test_one_that_is_loaded_already_stays() -> None:
    with left_out("sys"):
        import sys as same
    assert same is sys


def test_the_engines_load_without_what_they_do_not_use() -> None:
    """A fifth of the time of every command, and 60 MB of every worker."""
    heavy = "'pandas', 'polars', 'scipy.linalg', 'ccxt', 'celery', 'optuna', 'skfolio'"
    program = f"import sys, backtesting.core.run; print({{{heavy}}} & set(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "set()"
