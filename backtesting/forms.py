"""Parsing only: what a person asks of a backtest. What is possible is for the service to say."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms

from backtesting.core.honesty.kinds import Kind
from backtesting.core.honesty.settings import Setting
from exchanges.core.candles import TIMEFRAME_MS

HUNDRED = Decimal(100)


def date_field(label: str, help_text: str) -> forms.DateField:
    widget = forms.DateInput(attrs={"type": "date"})
    return forms.DateField(label=label, required=False, widget=widget, help_text=help_text)


def percent_field(label: str, initial: str, help_text: str) -> forms.DecimalField:
    widget = forms.NumberInput(attrs={"step": "any"})
    return forms.DecimalField(
        label=label, initial=initial, max_digits=12, widget=widget, help_text=help_text
    )


class BacktestForm(forms.Form):
    """fraction(): percent on the page, fractions everywhere else."""

    strategy = forms.TypedChoiceField(label="Strategy", coerce=int)
    market = forms.ChoiceField(label="Market")
    timeframe = forms.ChoiceField(label="Candles", required=False)
    start = date_field("From", "Empty: the first stored candle.")
    end = date_field("Until", "Empty: the last stored candle.")
    cash = forms.DecimalField(label="Starting with", initial="10000", max_digits=30)
    fee = percent_field("Fee", "0.04", "Of each fill, on both sides.")
    slippage = percent_field("Slippage", "0", "How much worse than the open a market order fills.")

    def __init__(
        self,
        *args: Any,
        strategies: list[tuple[int, str]],
        markets: list[tuple[str, str]],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        choices: dict[str, list[Any]] = {
            "strategy": strategies,
            "market": markets,
            "timeframe": [("", "As the strategy says"), *((name, name) for name in TIMEFRAME_MS)],
        }
        for name, values in choices.items():
            self.fields[name].choices = values  # type: ignore[attr-defined] # a choice field

    def asked(self) -> dict[str, Any]:
        """As the service takes it; `strategy` apart."""
        given = self.cleaned_data
        venue, _, symbol = given["market"].partition("|")
        start, end = given["start"], given["end"]
        return {
            "venue": venue,
            "symbols": [symbol],
            "timeframe": given["timeframe"] or None,
            "start": start.isoformat() if start else None,
            "end": end.isoformat() if end else None,
            "cash": given["cash"],
            "fee": given["fee"] / HUNDRED,
            "slippage": given["slippage"] / HUNDRED,
        }


class CheckForm(forms.Form):
    """The settings of one kind of check, all as text: the service reads them, as from JSON."""

    def __init__(
        self, *args: Any, kind: Kind, given: dict[str, Any] | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        for one in kind.settings:
            self.fields[one.name] = _setting_field(one)
            self.initial[one.name] = _written((given or {}).get(one.name, one.default), one)


def _setting_field(one: Setting) -> forms.Field:
    shown: dict[str, Any] = {"label": one.label, "help_text": one.help, "required": False}
    if one.kind == "choice":
        offered = forms.Select(choices=[(name, _words(name)) for name in one.choices])
        return forms.CharField(widget=offered, **shown)
    if one.kind == "words":
        return forms.CharField(widget=forms.Textarea(attrs={"rows": 3}), **shown)
    if one.kind == "numbers":
        return forms.CharField(**shown)
    step = "1" if one.kind == "int" else "any"
    bounds = {"min": f"{one.low:.10g}", "max": f"{one.high:.10g}", "step": step}
    return forms.CharField(widget=forms.NumberInput(attrs=bounds), **shown)


def _written(value: Any, one: Setting) -> str:
    if isinstance(value, list):
        between = "\n" if one.kind == "words" else ", "
        return between.join(f"{part:.10g}" if one.kind == "numbers" else part for part in value)
    return str(value)


def _words(key: str) -> str:
    """total_return -> Total return."""
    return key.replace("_", " ").capitalize()
