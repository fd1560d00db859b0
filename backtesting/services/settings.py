"""How a backtest fills beyond plain fee and slippage: maker fee, slippage model, finer candles."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from backtesting.core.cost_faults import cost_faults
from backtesting.services import fields
from exchanges.core.candles import TIMEFRAME_MS, divides
from exchanges.core.costs import SLIPPAGE_MODELS, Costs
from foundation.lib.errors import FieldFault

SETTING_NAMES = ("fee_maker", "slippage_model", "price_impact", "volume_limit", "detail", "funding")
DEFAULT_IMPACT, DEFAULT_LIMIT = Decimal("0.1"), Decimal("0.025")


@dataclass(frozen=True, slots=True)
class Settings:
    """fee_maker None: the taker's fee. detail: timeframe of the finer candles, or None. funding:
    whether perpetuals pay and get the fundings that are stored of them."""

    fee_maker: Decimal | None = None
    slippage_model: str = SLIPPAGE_MODELS[0]
    price_impact: Decimal = DEFAULT_IMPACT
    volume_limit: Decimal = DEFAULT_LIMIT
    detail: str | None = None
    funding: bool = False

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> Settings:
        """From what `to_json` made; what is missing is the default."""
        known = {name: stored[name] for name in SETTING_NAMES if name in stored}
        for name in ("fee_maker", "price_impact", "volume_limit"):
            if name in known:
                known[name] = Decimal(known[name])
        if "funding" in known:
            known["funding"] = known["funding"] == str(True)
        return cls(**known)

    def to_json(self) -> dict[str, str]:
        """What differs from the defaults, as text."""
        changed = {name: getattr(self, name) for name in SETTING_NAMES}
        return {
            name: str(value)
            for name, value in changed.items()
            if value != getattr(PLAIN_SETTINGS, name)
        }

    def costs(self, fee_rate: Decimal, slippage: Decimal) -> Costs:
        """What the core takes."""
        return Costs(
            fee_rate=float(fee_rate),
            slippage=float(slippage),
            fee_rate_maker=None if self.fee_maker is None else float(self.fee_maker),
            slippage_model=self.slippage_model,
            price_impact=float(self.price_impact),
            volume_limit=float(self.volume_limit),
        )


PLAIN_SETTINGS = Settings()


def read(
    asked: Mapping[str, object],
    *,
    timeframe: str | None,
    fee_rate: Decimal,
    slippage: Decimal,
    faults: list[FieldFault],
) -> Settings:
    """The settings of a request; a fault is kept with its path."""
    maker = asked.get("fee_maker")
    none_given = maker is None or maker == ""
    zero = Decimal(0)
    model = asked.get("slippage_model") or SLIPPAGE_MODELS[0]
    found = Settings(
        fee_maker=None if none_given else fields.fraction("fee_maker", maker, zero, faults),
        slippage_model=str(model),
        price_impact=fields.number(
            "price_impact", asked.get("price_impact"), DEFAULT_IMPACT, faults
        ),
        volume_limit=fields.number(
            "volume_limit", asked.get("volume_limit"), DEFAULT_LIMIT, faults
        ),
        detail=_detail(asked.get("detail"), timeframe, faults),
        funding=fields.flag("funding", asked.get("funding"), faults),
    )
    named = {fault.path for fault in faults}
    told = cost_faults(found.costs(fee_rate, slippage))
    faults += [fault for fault in told if fault.path not in named]
    return found


def _detail(value: object, timeframe: str | None, faults: list[FieldFault]) -> str | None:
    if value is None or value == "":
        return None
    if not isinstance(value, str) or value not in TIMEFRAME_MS:
        known = ", ".join(TIMEFRAME_MS)
        faults.append(FieldFault("detail", f"must be a timeframe: {known}"))
        return None
    if timeframe is not None and (value == timeframe or not divides(value, timeframe)):
        words = f"{value} candles do not divide {timeframe}; choose a finer timeframe that does"
        faults.append(FieldFault("detail", words))
    return value
