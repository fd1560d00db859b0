"""The paper venue of a test, and its users with play money."""

from __future__ import annotations

from typing import Any

import pytest

from exchanges.tests.paper.world import PaperWorld, fund


@pytest.fixture
def world(db: None, settings: Any) -> PaperWorld:
    return PaperWorld(settings)


@pytest.fixture
def rich_alice(alice: Any) -> Any:
    fund(alice)
    return alice


@pytest.fixture
def rich_bob(bob: Any) -> Any:
    fund(bob)
    return bob
