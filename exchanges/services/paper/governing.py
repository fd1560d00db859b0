"""What admins set on the paper venue: markets and the figures of the risk engine."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.db import transaction

from accounts.services import audit
from exchanges.core.risk_parameters import PARAMETERS
from exchanges.models import Market, RiskParameter
from exchanges.services import activity
from exchanges.services.paper import catalogue, parameters
from foundation.lib.errors import BadInput, FieldFault

RATES_MOST = {"fee_maker": "0.1", "fee_taker": "0.1", "funding_rate": "0.05"}


@transaction.atomic
def change_market(*, market: Market, by: str, **values: Any) -> Market:
    """Set a market's steps, minimums, fees, tiers, funding rate or is_active; admins are told.

    Working orders work on. leverage_tiers: rows of Decimals, kept as text.
    """
    _refuse(
        FieldFault(name, f"must be {most} at most, as a fraction")
        for name, most in RATES_MOST.items()
        if abs(values.get(name) or 0) > Decimal(most)
    )
    if values.get("leverage_tiers") is not None:
        values["leverage_tiers"] = [
            [f"{number:f}" for number in row] for row in values["leverage_tiers"]
        ]
    before, after = audit.differences({name: getattr(market, name) for name in values}, values)
    for name, value in values.items():
        setattr(market, name, value)
    market.clean()
    market.save(update_fields=list(values))
    told = {"event": "market_changed", "by": by, "symbol": market.symbol, "values": values}
    activity.tell([told])
    audit.record(None, "market.changed", market, before, after)
    transaction.on_commit(catalogue.forget)
    return market


@transaction.atomic
def set_parameters(*, values: Mapping[str, Decimal], by: str) -> None:
    """Set figures of the risk engine within their bounds; every process follows in seconds."""
    _refuse(
        FieldFault(name, f"must be {PARAMETERS[name].least:f} to {PARAMETERS[name].most:f}")
        for name, value in values.items()
        if not PARAMETERS[name].least <= value <= PARAMETERS[name].most
    )
    rows = RiskParameter.objects.filter(name__in=values)
    before, after = audit.differences(dict(rows.values_list("name", "value")), values)
    for name, value in values.items():
        RiskParameter.objects.update_or_create(name=name, defaults={"value": value})
    activity.tell([{"event": "risk_changed", "by": by, "values": dict(values)}])
    audit.record(None, "setting.changed", "figures of the risk engine", before, after)
    transaction.on_commit(parameters.forget)


def _refuse(found: Any) -> None:
    faults = list(found)
    if faults:
        raise BadInput("; ".join(f"{one.path} {one.message}" for one in faults), faults)
