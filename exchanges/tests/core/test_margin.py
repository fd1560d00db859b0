"""Margin by hand, by the exchanges' own examples, on both number types and compiled."""

from __future__ import annotations

import json
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from exchanges.core import margin
from exchanges.core.margin import DEFAULT_TIERS, Tier, continuous_tiers, tier_rows

GOLDEN = Path(__file__).parents[4] / "shared" / "golden"
D = Decimal

#   side  entry   qty  margin  rate    amount  liquidation   bankruptcy  why
CASES = [
    (+1, "100", "1", "10", "0.01", "0", "90.909091", "90", "long, 10x"),
    (-1, "100", "1", "10", "0.01", "0", "108.910891", "110", "short is not its mirror image"),
    (+1, "100", "1", "100", "0.01", "0", "0", "0", "fully funded long: never above zero"),
    (+1, "100", "1", "10", "0.02", "5", "86.734694", "90", "higher tier: rate up, amount back"),
    (+1, "100", "2", "20", "0.01", "0", "90.909091", "90", "twice the size, the same price"),
    (-1, "100", "2", "200", "0.01", "0", "198.019802", "200", "short without leverage"),
    (+1, "100", "1", "5", "0.01", "0", "95.959596", "95", "less margin, sooner"),
]


@pytest.mark.parametrize(
    ("side", "entry", "quantity", "locked", "rate", "amount", "liquidation", "bankruptcy", "why"),
    CASES,
)
@pytest.mark.parametrize("kind", [Decimal, float])
def test_liquidation_and_bankruptcy_price(
    side: int, entry: str, quantity: str, locked: str, rate: str, amount: str,
    liquidation: str, bankruptcy: str, why: str, kind: Any,
) -> None:  # fmt: skip
    args = [kind(text) for text in (entry, quantity, locked, rate, amount)]
    found = margin.liquidation_price(side, *args)
    assert isinstance(found, kind)
    assert float(found) == pytest.approx(float(liquidation), abs=1e-6), why
    assert float(margin.bankruptcy_price(side, *args[:3])) == pytest.approx(float(bankruptcy)), why


@pytest.mark.parametrize("side", [1, -1])
def test_at_the_liquidation_price_margin_and_profit_equal_maintenance(side: int) -> None:
    entry, quantity, locked, rate, amount = D(250), D(3), D(90), D("0.02"), D(4)
    mark = margin.liquidation_price(side, entry, quantity, locked, rate, amount)
    left = locked + margin.unrealised_pnl(side, quantity, entry, mark)
    assert left == pytest.approx(margin.maintenance_margin(quantity * mark, rate, amount))


def test_the_default_tiers_are_continuous_and_reach_125() -> None:
    assert DEFAULT_TIERS[0].leverage_max == 125
    assert [tier.leverage_max for tier in DEFAULT_TIERS] == sorted(
        (tier.leverage_max for tier in DEFAULT_TIERS), reverse=True
    )
    for tier, after in pairwise(DEFAULT_TIERS):
        cap = tier.notional_cap
        at_cap = margin.maintenance_margin(cap, tier.rate, tier.amount)
        assert at_cap == margin.maintenance_margin(cap, after.rate, after.amount)
    for tier in DEFAULT_TIERS:
        assert tier.rate <= 1 / tier.leverage_max / 2, "nobody is liquidated where he enters"


def test_tier_lookups_by_hand() -> None:
    tiers = continuous_tiers([("100", "0.01", "50"), ("300", "0.02", "20"), ("900", "0.05", "5")])
    assert [tier.amount for tier in tiers] == [0, D(1), D(10)]
    found = [margin.tier_index(D(n), tiers) for n in (0, 99, 100, 299, 300, 899, 900, 10**9)]
    assert found == [0, 0, 1, 1, 2, 2, 2, 2]
    most = [margin.notional_max(D(leverage), tiers) for leverage in (50, 21, 20, 6, 5, 1)]
    assert most == [100, 100, 300, 300, 900, 900]


def golden(name: str) -> Any:
    path = GOLDEN / name
    if not path.exists():
        pytest.skip(f"{path.name} is not beside this checkout")
    return json.loads(path.read_text())


def test_liquidation_prices_of_an_exchange() -> None:
    table = golden("trading_tables.json")["liquidation_price_binance_isolated"]
    rows = [row for row in table["rows"] if row["margin_mode"] == "isolated"]
    assert rows
    for row in rows:
        found = margin.liquidation_price(
            -1 if row["is_short"] else 1, row["open_rate"], row["amount"], row["wallet_balance"],
            row["mm_ratio"], row["maintenance_amt"],
        )  # fmt: skip
        assert round(found, 2) == row["expected"]


def test_isolated_liquidation_prices_by_leverage() -> None:
    rows = golden("trading_tables.json")["liquidation_price_isolated"]["rows"]
    rows = [r for r in rows if r["exchange_name"] == "binance" and r["trading_mode"] == "futures"]
    assert rows
    for row in rows:
        side = -1 if row["is_short"] else 1
        entry, quantity = float(row["open_rate"]), float(row["amount"])
        locked = margin.initial_margin(quantity * entry, float(row["leverage"]))
        found = margin.liquidation_price(side, entry, quantity, locked, 0.01, 0.01)
        assert found == pytest.approx(row["expected_liq"], rel=1e-6)


def test_tiers_of_an_exchange() -> None:
    table = golden("freqtrade_leverage_tiers.json")["tiers"]
    for row in golden("trading_tables.json")["maintenance_ratio_binance"]["rows"]:
        tiers = tier_rows(
            [
                Tier(*(D(str(one[key])) for key in (
                    "maxNotional", "maintenanceMarginRate", "maintAmt", "maxLeverage"
                )))
                for one in table[row["pair"]]
            ],
            float,
        )  # fmt: skip
        tier = tiers[margin.tier_index(row["notional_value"], tiers)]
        assert (tier[margin.RATE], tier[margin.AMOUNT]) == (row["mm_ratio"], row["amt"])
