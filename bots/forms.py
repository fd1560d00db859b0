"""Parsing only: what the strategy and bot pages accept."""

from __future__ import annotations

from typing import Any

from django import forms

from bots.core.formula import LENGTH_MAX
from bots.core.strategy.reading import SPEC_BYTES_MAX, load
from bots.models.signal import LAG_S_DEFAULT, LAG_S_MAX, SECRET_CHARS_MAX
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


class HookForm(forms.Form):
    """What the address of a bot's signals asks for."""

    secret = forms.CharField(
        label="Secret",
        required=False,
        strip=False,
        max_length=SECRET_CHARS_MAX,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text="Then a signal must have it as “secret”, or “email_token”. Empty: as it is.",
    )
    ends_secret = forms.BooleanField(required=False)
    lag_s_max = forms.IntegerField(
        label="Oldest signal",
        min_value=1,
        max_value=LAG_S_MAX,
        initial=LAG_S_DEFAULT,
        help_text="One that tells its time and is older is refused.",
    )

    def changes(self) -> dict[str, Any]:
        given = self.cleaned_data
        found: dict[str, Any] = {"lag_s_max": given["lag_s_max"]}
        if given["ends_secret"]:
            return found | {"secret": ""}
        return found | {"secret": given["secret"]} if given["secret"] else found
