"""Parsing only: what the strategy and bot pages accept."""

from __future__ import annotations

import json
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django import forms

from bots.core import bot_risk
from bots.core.formula import LENGTH_MAX
from bots.core.kinds.base import Kind
from bots.core.kinds.params import Param, Type
from bots.core.strategy.reading import SPEC_BYTES_MAX, load
from bots.models.signal import LAG_S_DEFAULT, LAG_S_MAX, SECRET_CHARS_MAX
from exchanges.core.candles import TIMEFRAME_MS
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
    """What a person says to start a bot, on paper or with an exchange account's money."""

    strategy = forms.TypedChoiceField(label="Strategy", coerce=int)
    market = forms.ChoiceField(label="Market")
    name = forms.CharField(
        label="Name", required=False, max_length=100, help_text="Empty: the strategy's name."
    )
    allocation = forms.DecimalField(label="Money it may use", initial="1000", max_digits=30)
    credential = forms.TypedChoiceField(
        label="Whose money", coerce=int, empty_value=None, required=False,
        help_text="Real money needs a market of the account's own exchange.",
    )  # fmt: skip
    skip_gate = forms.BooleanField(required=False)

    def __init__(
        self,
        *args: Any,
        strategies: list[tuple[int, str]],
        markets: list[tuple[str, str]],
        accounts: Sequence[tuple[int, str]] = (),
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        offered: dict[str, list[Any]] = {
            "strategy": strategies,
            "market": markets,
            "credential": [("", "Paper money"), *accounts],
        }
        for name, choices in offered.items():
            if name in self.fields:  # a form for another kind of bot has no strategy
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


class PositionForm(forms.Form):
    """What becomes of a position when its bot stops or goes: nothing said is for the service."""

    position = forms.ChoiceField(
        required=False, choices=[("close", "Sell it at the market"), ("keep", "Keep the coins")]
    )


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


HUNDRED = Decimal(100)
WEIGHTS_HINT = "A line each, in percent: BTC/USDT 60."


class KindForm(forms.Form):
    """The parameters of a kind of bot, as fields named like the paths of their faults.

    Only reads numbers; what is allowed the kind says. Fractions are percent here. The bot's own
    market is chosen in its own field.
    """

    def __init__(self, *args: Any, kind: Kind, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind = kind
        self.shown = [one for one in kind.params if one.name != kind.own]
        for one in self.shown:
            self.fields[f"params.{one.name}"] = field_of(one)
        for one in kind.params:
            if one.name == kind.own:
                self.fields["market"].label = one.label
                self.fields["market"].help_text = one.help
        if kind.inputs:
            self.fields["events"] = forms.CharField(
                label="Events", strip=False, max_length=SPEC_BYTES_MAX,
                widget=forms.Textarea(attrs={"rows": 6, "spellcheck": "false"}),
                help_text="A JSON list of what comes in, each with time_ms.",
            )  # fmt: skip

    @property
    def rows(self) -> list[tuple[forms.BoundField, str]]:
        """(field, its unit) of every parameter, in the order of the kind."""
        return [
            (self[f"params.{one.name}"], "%" if one.type is Type.FRACTION else "")
            for one in self.shown
        ]

    def clean_events(self) -> list[Any]:
        try:
            data = json.loads(self.cleaned_data["events"])
        except (ValueError, RecursionError) as fault:
            raise forms.ValidationError(f"is not JSON: {fault}") from fault
        if not isinstance(data, list):
            raise forms.ValidationError("Write a list: [{…}, …]")
        return data

    def params(self) -> dict[str, Any]:
        """As the kind takes them; what was left empty is left out."""
        given = {one.name: self.value(one) for one in self.shown}
        if self.kind.own:
            given[self.kind.own] = self.cleaned_data["market"].partition("|")[2]
        return {name: value for name, value in given.items() if value is not None}

    def value(self, one: Param) -> Any:
        value = self.cleaned_data.get(f"params.{one.name}")
        if value in (None, ""):
            return None
        if one.type is Type.FRACTION:
            return float(value / HUNDRED)
        if one.type is Type.WEIGHTS:
            return weights_of(value)
        return float(value) if isinstance(value, Decimal) else value


def weights_of(text: str) -> Any:
    """{"BTC/USDT": 0.6} of "BTC/USDT 60"; what cannot be read stays text: the kind refuses it."""
    rows = [line.replace("%", " ").split() for line in text.splitlines() if line.strip()]
    try:
        found = {symbol.upper(): float(Decimal(percent) / HUNDRED) for symbol, percent in rows}
    except (ValueError, ArithmeticError):
        return text
    return found if len(found) == len(rows) else text


def field_of(one: Param) -> forms.Field:
    """required is False: the kind says what is missing."""
    first = one.default
    if one.type is Type.FRACTION and first is not None:
        first = f"{Decimal(str(first)) * HUNDRED:f}".rstrip("0").rstrip(".") or "0"
    elif isinstance(first, float):
        first = f"{first:.10g}"
    shown: dict[str, Any] = {
        "label": one.label, "help_text": one.help, "required": False, "initial": first,
    }  # fmt: skip
    if one.type is Type.FLAG:
        return forms.BooleanField(**shown)
    if one.type is Type.CHOICE:
        choices = [(name, name.replace("_", " ").capitalize()) for name in one.choices]
        return forms.ChoiceField(choices=choices, **shown)
    if one.type in (Type.INTEGER, Type.REFERENCE):
        return forms.IntegerField(**shown)
    if one.type is Type.WEIGHTS:
        area = forms.Textarea(attrs={"rows": 4, "placeholder": "BTC/USDT 60\nETH/USDT 40"})
        shown["help_text"] += f" {WEIGHTS_HINT}"
        return forms.CharField(widget=area, max_length=5000, **shown)
    if one.type is Type.SYMBOL:
        return forms.CharField(max_length=100, **shown)
    widget = forms.NumberInput(attrs={"step": "any"})
    return forms.DecimalField(widget=widget, max_digits=30, **shown)


class KindBotForm(KindForm, BotForm):
    """A bot of another kind: its parameters in the place of the strategy."""

    strategy = None  # type: ignore[assignment] # how a form leaves a field of its parent out
    timeframe = forms.ChoiceField(
        label="Asked at", choices=[(name, name) for name in TIMEFRAME_MS], initial="1h",
        help_text="It decides when a candle of this length closes.",
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, strategies=[], **kwargs)
        self.fields.pop("events", None)  # live they come by themselves
        self.fields["name"].help_text = "Empty: what kind it is."
