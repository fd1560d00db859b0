"""A paper venue of a test, spoken to over REST by people with play money."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from accounts.models import LedgerAccount, Transfer
from exchanges.models import Order
from exchanges.tests.paper.world import PaperWorld, fund


@pytest.fixture
def world(db: None, settings: Any) -> PaperWorld:
    settings.API_RATES = {"anonymous": 10**6, "user": 10**6}
    return PaperWorld(settings)


@pytest.fixture
def rich_api(world: PaperWorld, api: Callable[..., Any], alice: Any) -> Any:
    """Alice's client; she has 10,000 USDT in each wallet and 2 BTC."""
    fund(alice, btc=2)
    return api(alice)


def books() -> tuple[Any, ...]:
    """Every balance, what is promised of it, and how many transfers and orders there are."""
    rows = LedgerAccount.objects.order_by("pk").values_list("pk", "balance", "held")
    return (list(rows), Transfer.objects.count(), Order.objects.count())
