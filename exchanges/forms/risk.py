"""Parsing only: limits of risk as people write them; fractions in percent."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms

from exchanges.core.risk_gate import PRESETS, Limits
from exchanges.forms.amounts import AmountField
from exchanges.services.risk_limits import ORDERS_MAX
from foundation.edge.downloads import cell

HUNDRED = Decimal(100)


class RiskForm(forms.Form):
    """Empty: no limit."""

    exposure_coin = AmountField(label="Most in one coin", required=False)
    position = AmountField(label="Most in one position", required=False)
    leverage = AmountField(label="Most leverage", required=False)
    daily_loss = AmountField(label="Most lost in a day", required=False)
    daily_loss_fraction = AmountField(label="Most lost in a day, of equity", required=False)
    orders_hour = forms.IntegerField(
        label="Most orders in an hour", required=False, min_value=1, max_value=ORDERS_MAX
    )

    def limits(self) -> dict[str, Any]:
        """What was entered, by the names of Limits."""
        values = dict(self.cleaned_data)
        if values["daily_loss_fraction"] is not None:
            values["daily_loss_fraction"] /= HUNDRED
        return values


class PresetForm(forms.Form):
    preset = forms.ChoiceField(choices=[(name, one.title) for name, one in PRESETS.items()])


def initial(limits: Limits) -> dict[str, Any]:
    """Limits as the form shows them."""
    names = ("exposure_coin", "position", "leverage", "daily_loss")
    shown: dict[str, Any] = {name: cell(getattr(limits, name)) for name in names}
    part = limits.daily_loss_fraction
    shown["daily_loss_fraction"] = cell(None if part is None else part * HUNDRED)
    return shown | {"orders_hour": limits.orders_hour}
