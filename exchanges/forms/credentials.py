"""Parsing only: exchange accounts. What is typed as a key is never written back into a page."""

from __future__ import annotations

import re
from typing import Any

from django import forms

from exchanges.core.key_shapes import PEM_CHARS_MAX, KeyShape
from exchanges.core.keys import Keys
from exchanges.forms.amounts import AmountField
from exchanges.models.credential import LABEL_CHARS_MAX
from exchanges.services.halts import REASON_CHARS_MAX
from exchanges.venues.key_shapes import KEY_SHAPES

VENUES = [(shape.venue, shape.name) for shape in KEY_SHAPES.values()]
KEY_CHARS_READ_MAX = 20_000
assert PEM_CHARS_MAX < KEY_CHARS_READ_MAX  # the service says what is wrong with a longer one


def key_field(label: str, help_text: str) -> forms.CharField:
    """Hidden like a password; shown empty whatever was sent, and read with every space it has."""
    attributes = {"autocomplete": "off", "spellcheck": "false"}
    return forms.CharField(
        label=label,
        help_text=help_text,
        strip=False,
        max_length=KEY_CHARS_READ_MAX,
        widget=forms.PasswordInput(attrs=attributes, render_value=False),
    )


class KeysForm(forms.Form):
    """The keys that one venue gives."""

    api_key = key_field("API key", "")
    secret = key_field("Secret", "Shown by the venue once, when the key is made.")
    passphrase = key_field("Passphrase", "The one that you chose when you made the key.")

    def __init__(self, shape: KeyShape, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        if not shape.needs_passphrase:
            del self.fields["passphrase"]
        if shape.takes_pem:
            self.fields["secret"].help_text = (
                "Shown by the venue once, when the key is made; a private key in a file's form "
                "is taken too."
            )

    def keys(self) -> Keys:
        given = self.cleaned_data
        return Keys(given["api_key"], given["secret"], given.get("passphrase", ""))


class LimitsForm(forms.Form):
    label = forms.CharField(
        label="Name", max_length=LABEL_CHARS_MAX, help_text="So that you know it again."
    )
    symbols = forms.CharField(
        label="Only these markets",
        required=False,
        max_length=8_000,
        help_text="Like BTC/USDT ETH/USDT:USDT, with spaces between. Empty: all.",
    )
    notional_day_max = AmountField(
        label="Most a day",
        required=False,
        help_text="Sum of all orders of a UTC day, in the market's quote. Empty: no limit. What "
        "protects or closes a position is never stopped.",
    )

    def clean_symbols(self) -> list[str]:
        return [text for text in re.split(r"[\s,;]+", self.cleaned_data["symbols"]) if text]


class AccountForm(KeysForm, LimitsForm):
    venue = forms.ChoiceField(label="Exchange", choices=VENUES)
    is_testnet = forms.BooleanField(label="This is a key of its test network", required=False)
    field_order = ("venue", "label", "api_key", "secret", "passphrase")

    def __init__(self, shape: KeyShape, *args: Any, **options: Any) -> None:
        super().__init__(shape, *args, **options)
        if not shape.has_testnet:
            del self.fields["is_testnet"]


class HaltForm(forms.Form):
    reason = forms.CharField(label="Why", required=False, max_length=REASON_CHARS_MAX)
    everybody = forms.BooleanField(required=False)
