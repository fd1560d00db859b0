"""Parsing only: the way of a bot from paper to an account's money."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django import forms

from bots.core.kinds.params import Param, Type
from bots.core.promotion import PARAMS
from bots.forms import HUNDRED, field_of


class PlanForm(forms.Form):
    """Account and plan, its fields named like the paths of their faults; fractions are percent."""

    credential = forms.TypedChoiceField(
        label="Exchange account", coerce=int, help_text="Whose money it trades with in the end."
    )

    def __init__(self, *args: Any, accounts: Sequence[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offered: Any = [("", "Choose an account"), *accounts]
        self.fields["credential"].choices = offered  # type: ignore[attr-defined] # a choice field
        for one in PARAMS:
            self.fields[f"plan.{one.name}"] = field_of(one)

    @property
    def rows(self) -> list[tuple[forms.BoundField, str]]:
        """(field, its unit) of the plan."""
        units = {"paper_days": "days", "ramp_days": "days", "ramp_factor": "times"}
        return [
            (
                self[f"plan.{one.name}"],
                "%" if one.type is Type.FRACTION else units.get(one.name, ""),
            )
            for one in PARAMS
        ]

    @property
    def is_plan_faulty(self) -> bool:
        return any(name.startswith("plan.") for name in self.errors)

    def plan(self) -> dict[str, Any]:
        """As the service takes it; what was left empty is left out."""
        given = {one.name: self._value(one) for one in PARAMS}
        return {name: value for name, value in given.items() if value is not None}

    def _value(self, one: Param) -> Any:
        value = self.cleaned_data.get(f"plan.{one.name}")
        if value is None:
            return None
        if one.type is Type.FRACTION:
            return float(value / HUNDRED)
        return float(value) if isinstance(value, Decimal) else value
