"""What the data pages accept."""

from __future__ import annotations

from django import forms

from exchanges.core.candles import TIMEFRAME_MS

FILE_BYTES_MAX = 200 * 1024 * 1024


class ImportForm(forms.Form):
    """lines: faults of the file itself, each with its line number."""

    lines: list[str] = []

    file = forms.FileField(
        label="File of candles",
        max_length=200,
        help_text="CSV, CSV.gz or a Binance zip: time, open, high, low, close, volume.",
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,.gz,.zip"}),
    )
    venue = forms.CharField(label="Venue", max_length=32, initial="binance")
    symbol = forms.CharField(label="Market", max_length=70, initial="BTC/USDT")
    timeframe = forms.ChoiceField(
        label="Candles", choices=[(name, name) for name in TIMEFRAME_MS], initial="1m"
    )
