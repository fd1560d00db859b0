"""On markets with steps, minimums and thin volume the kinds' books still agree with the money."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from backtesting.tests.core.trading import BTC
from bots.tests.core.kinds.playing import ETH, play, walk
from exchanges.core.costs import Costs
from exchanges.core.market import MarketRules

RULES = MarketRules(
    price_step=Decimal("0.1"), amount_step=Decimal("0.01"), amount_min=Decimal("0.01"),
    notional_min=Decimal(5),
)  # fmt: skip
THIN = Costs(
    fee_rate=0.001, slippage=0.0005, slippage_model="volume_share", volume_limit=0.001
)  # fmt: skip
GIVEN: dict[str, dict[str, Any]] = {
    "grid": {"lower": 90.0, "upper": 112.0, "levels": 12, "trailing": True},
    "dca": {"base_amount": 50.0, "safety_amount": 60.0, "deviation": 0.01, "stop_loss": 0.1},
    "rebalance": {"weights": {BTC: 0.5, ETH: 0.5}, "threshold": 0.03},
}


@pytest.mark.parametrize("name", GIVEN)
@pytest.mark.parametrize("seed", range(3))
def test_nothing_is_refused_or_lost(name: str, seed: int) -> None:
    books = {BTC: walk(seed, 600), ETH: walk(seed + 9, 600)}
    if name != "rebalance":
        del books[ETH]
    rules = dict.fromkeys(books, RULES)
    result, state = play(name, GIVEN[name], books, costs=THIN, rules=rules)
    assert len(result.fills) > 10
    assert result.skipped == {}
    if name == "grid":
        assert sum(one["money"] for one in state["cells"]) == pytest.approx(result.final_equity)
