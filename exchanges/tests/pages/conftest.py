"""A paper venue for pages: Alice has play money on it, Charlie has none of hers."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from exchanges.tests.paper.world import PaperWorld, fund


@pytest.fixture
def world(db: None, settings: Any) -> PaperWorld:
    return PaperWorld(settings)


@pytest.fixture
def rich_alice(alice: Any) -> Any:
    fund(alice, btc=2)
    return alice


@pytest.fixture
def page(client: Client, rich_alice: Any) -> Client:
    """A browser in which Alice is signed in."""
    client.force_login(rich_alice)
    return client
