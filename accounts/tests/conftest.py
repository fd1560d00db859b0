"""The cast of the accounts' own tests signs in by its password alone, unless it runs the place."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest


@pytest.fixture
def make_user(make_user: Callable[..., Any]) -> Callable[..., Any]:
    def make(name: str, *, factor: bool = False, **fields: Any) -> Any:
        return make_user(name, factor=factor or fields.get("is_staff", False), **fields)

    return make
