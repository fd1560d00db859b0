"""Parsing only: what a person asks of a backtest. What is possible is for the service to say."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms

from backtesting.core.honesty.kinds import Kind
from backtesting.core.honesty.settings import Setting
from bots.core.allocation import METHODS
from bots.core.allocation.settings import DEFAULTS, TIMEFRAMES
from exchanges.core.candles import TIMEFRAME_MS
from exchanges.core.costs import SLIPPAGE_MODELS
from foundation.lib.errors import AppError

HUNDRED = Decimal(100)
SLIPPAGE_WORDS = {
    "fixed": "the same for every order",
    "spread": "half of it on each side of the price",
    "volume_share": "larger with the order's share of the volume",
}


def date_field(label: str, help_text: str) -> forms.DateField:
    widget = forms.DateInput(attrs={"type": "date"})
    return forms.DateField(label=label, required=False, widget=widget, help_text=help_text)


def percent_field(label: str, initial: str, help_text: str) -> forms.DecimalField:
    widget = forms.NumberInput(attrs={"step": "any"})
    return forms.DecimalField(
        label=label, initial=initial, max_digits=12, widget=widget, help_text=help_text
    )


def optional_percent(label: str, help_text: str) -> forms.DecimalField:
    widget = forms.NumberInput(attrs={"step": "any"})
    return forms.DecimalField(
        label=label, required=False, max_digits=12, widget=widget, help_text=help_text
    )


def share_of(percent: Decimal | None) -> Decimal | None:
    """A fraction; None where nothing was said."""
    return None if percent is None else percent / HUNDRED


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

    refuse_gaps = forms.BooleanField(label="Refuse candles with gaps", required=False)
    funding = forms.BooleanField(label="Pay fundings", required=False)
    # --- How orders fill, beyond fee and slippage
    fee_maker = optional_percent("Fee of limit orders", "Empty: the same fee.")
    slippage_model = forms.ChoiceField(
        label="Slippage is",
        required=False,
        choices=[(name, SLIPPAGE_WORDS[name]) for name in SLIPPAGE_MODELS],
    )
    price_impact = forms.DecimalField(
        label="Price impact", required=False, max_digits=12,
        widget=forms.NumberInput(attrs={"step": "any"}),
        help_text="With the volume: times the square of the order's share of it. Empty: 0.1.",
    )  # fmt: skip
    volume_limit = optional_percent("Take at most", "Of a candle's volume. Empty: 2.5 %.")
    detail = forms.ChoiceField(
        label="Finer candles", required=False,
        help_text="They decide what a candle touched first: the stop, or the target.",
    )  # fmt: skip

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
            "detail": [("", "None: the stop counts first"), *((n, n) for n in TIMEFRAME_MS)],
        }
        for name in choices.keys() & self.fields.keys():
            self.fields[name].choices = choices[name]  # type: ignore[attr-defined] # a choice field

    def has_options(self) -> bool:
        """Whether anything of how orders fill was said, or is at fault."""
        names = ("fee_maker", "price_impact", "volume_limit", "detail")
        said = any(self[name].value() or self[name].errors for name in names)
        return said or self["slippage_model"].value() not in (None, "", SLIPPAGE_MODELS[0])

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
            "refuse_gaps": given["refuse_gaps"],
            "funding": given["funding"],
            "fee_maker": share_of(given["fee_maker"]),
            "slippage_model": given["slippage_model"] or None,
            "price_impact": given["price_impact"],
            "volume_limit": share_of(given["volume_limit"]),
            "detail": given["detail"] or None,
        }


def whole_field(label: str, initial: int, help_text: str) -> forms.IntegerField:
    return forms.IntegerField(label=label, initial=initial, help_text=help_text)


class PortfolioForm(forms.Form):
    """Markets, or backtests: whichever is chosen. Percent on the page, fractions elsewhere."""

    # A fault's first word -> the field it stands beside.
    FIELD_OF = {"symbols": "markets", "venue": "markets"}

    name = forms.CharField(label="Name", required=False, max_length=200)
    markets = forms.MultipleChoiceField(
        label="Markets", required=False, help_text="Two to thirty, of one venue."
    )
    backtests = forms.TypedMultipleChoiceField(
        label="or your strategies, by their backtests",
        required=False,
        coerce=int,
        help_text="Their equity is weighed. Choose markets or backtests, not both.",
    )
    method = forms.ChoiceField(
        label="Weights", choices=[(key, one.label) for key, one in METHODS.items()],
        initial=DEFAULTS["method"],
    )  # fmt: skip
    timeframe = forms.ChoiceField(
        label="Candles", choices=[(name, name) for name in TIMEFRAMES], initial="1d"
    )
    window = whole_field("Look back", DEFAULTS["window"], "Candles that a weighing looks at.")
    step = whole_field("Rebalance every", DEFAULTS["step"], "Candles until the next weighing.")
    min_weight = percent_field("At least of each", "0", "Of the whole.")
    max_weight = percent_field("At most of each", "100", "Of the whole.")
    fee = percent_field("Fee", "0.04", "Of what is traded.")
    start = date_field("From", "Empty: all there is.")
    end = date_field("Until", "Empty: all there is.")

    def __init__(
        self,
        *args: Any,
        markets: list[tuple[str, str]],
        backtests: list[tuple[int, str]],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        for name, values in (("markets", markets), ("backtests", backtests)):
            self.fields[name].choices = values  # type: ignore[attr-defined] # a choice field
            self.fields[name].widget.attrs["size"] = 6

    def clean_markets(self) -> list[str]:
        chosen: list[str] = self.cleaned_data["markets"]
        if len({one.partition("|")[0] for one in chosen}) > 1:
            raise forms.ValidationError("Choose markets of one venue.")
        return chosen

    def asked(self) -> dict[str, Any]:
        """As the service takes it."""
        given = self.cleaned_data
        start, end = given["start"], given["end"]
        body: dict[str, Any] = {
            "name": given["name"],
            "start": start.isoformat() if start else None,
            "end": end.isoformat() if end else None,
            **{key: given[key] for key in ("method", "timeframe", "window", "step")},
            **{key: float(given[key] / HUNDRED) for key in ("min_weight", "max_weight", "fee")},
        }
        if given["markets"] or not given["backtests"]:
            body["venue"] = (given["markets"] or [""])[0].partition("|")[0]
            body["symbols"] = [one.partition("|")[2] for one in given["markets"]]
        if given["backtests"]:
            body["backtests"] = given["backtests"]
        return body

    def put_faults(self, fault: AppError) -> None:
        """Each beside its field; what has no field stands above the form."""
        if not fault.faults:
            self.add_error(None, fault.message)
        for one in fault.faults:
            name = one.path.split("[")[0].split(".")[0]
            name = self.FIELD_OF.get(name, name)
            self.add_error(name if name in self.fields else None, one.message)


SEARCH_METHODS = [
    ("", "Every combination, or TPE if fewer trials are asked for"),
    ("grid", "Grid: every combination"),
    ("random", "Random"),
    ("tpe", "TPE: learns which values are good"),
    ("nsga2", "NSGA-II: for two or three metrics"),
]


class OptimizationForm(BacktestForm):
    """The run, and the search; the parameters' ranges are read by `pages.search_ranges`."""

    metric = forms.ChoiceField(label="Make best")
    second = forms.ChoiceField(label="And", required=False)
    method = forms.ChoiceField(label="Method", choices=SEARCH_METHODS, required=False)
    trials = forms.IntegerField(
        label="Trials", required=False, min_value=1, help_text="Empty: every combination, or 200."
    )
    constraints = forms.CharField(
        label="Only where",
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2, "placeholder": "fast.period < slow.period"}),
        help_text="One condition a line, between the names above.",
    )
    early_stopping = forms.BooleanField(required=False)

    def __init__(self, *args: Any, metrics: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["metric"].choices = metrics  # type: ignore[attr-defined] # a choice field
        self.fields["second"].choices = [("", "nothing else"), *metrics]  # type: ignore[attr-defined] # same

    def asked(self) -> dict[str, Any]:
        """Parameters apart."""
        given = self.cleaned_data
        second = [given["second"]] if given["second"] else []
        return super().asked() | {
            "objectives": [given["metric"], *second],
            "method": given["method"] or None,
            "trials": given["trials"],
            "constraints": [line for line in given["constraints"].splitlines() if line.strip()],
            "early_stopping": given["early_stopping"],
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
