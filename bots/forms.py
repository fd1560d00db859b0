"""Parsing only: what the strategy and bot pages accept."""

from __future__ import annotations

from typing import Any

from django import forms

from bots.core import bot_risk
from bots.core.formula import LENGTH_MAX
from bots.core.kinds.params import Param, Type
from bots.core.strategy.reading import SPEC_BYTES_MAX, load
from foundation.lib.errors import BadInput


class StrategyForm(forms.Form):
    """The whole strategy as one text: the rows of the editor write it, and so may a person."""

    spec = forms.CharField(label="Strategy as JSON", max_length=SPEC_BYTES_MAX, strip=False)
    version = forms.IntegerField(required=False, min_value=1)

    def clean_spec(self) -> dict[str, Any]:
        try:
            data = load(self.cleaned_data["spec"])
        except BadInput as fault:
            raise forms.ValidationError(fault.message) from fault
        if not isinstance(data, dict):
            raise forms.ValidationError("Write one JSON object: {…}")
        return data


class FormulaForm(forms.Form):
    """A formula kept by name; what the expression means is checked by the service."""

    name = forms.CharField(label="Name", max_length=60)
    expression = forms.CharField(
        label="Formula",
        max_length=LENGTH_MAX,
        widget=forms.Textarea(attrs={"rows": 4, "spellcheck": "false", "data-expression": ""}),
    )
    description = forms.CharField(label="What it is for", max_length=500, required=False)
    version = forms.IntegerField(required=False, min_value=1, widget=forms.HiddenInput)


class BotForm(forms.Form):
    """What a person says to start a bot on paper."""

    strategy = forms.TypedChoiceField(label="Strategy", coerce=int)
    market = forms.ChoiceField(label="Market")
    name = forms.CharField(
        label="Name", required=False, max_length=100, help_text="Empty: the strategy's name."
    )
    allocation = forms.DecimalField(label="Money it may use", initial="1000", max_digits=30)

    def __init__(
        self,
        *args: Any,
        strategies: list[tuple[int, str]],
        markets: list[tuple[str, str]],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        for name, choices in (("strategy", strategies), ("market", markets)):
            self.fields[name].choices = choices  # type: ignore[attr-defined] # a choice field
        for one in bot_risk.PARAMS:
            self.fields[f"risk_{one.name}"] = _limit_field(one)

    @property
    def limit_fields(self) -> list[tuple[Any, str]]:
        """The bot's own limits, each with its unit."""
        units = {"fraction": "%", "integer": ""}
        return [(self[f"risk_{one.name}"], units[one.type]) for one in bot_risk.PARAMS]

    def risk(self) -> dict[str, Any]:
        """The limits that were entered; fractions as such."""
        found: dict[str, Any] = {}
        for one in bot_risk.PARAMS:
            value = self.cleaned_data[f"risk_{one.name}"]
            if value is not None:
                found[one.name] = value / 100 if one.type == Type.FRACTION else value
        return found


def _limit_field(one: Param) -> forms.Field:
    """Of a limit as it is declared; a fraction is entered in percent."""
    words: dict[str, Any] = {"label": one.label, "help_text": one.help, "required": False}
    assert one.low is not None and one.high is not None
    if one.type == Type.FRACTION:
        return forms.FloatField(min_value=one.low * 100, max_value=one.high * 100, **words)
    return forms.IntegerField(min_value=int(one.low), max_value=int(one.high), **words)
