"""Changes of working orders and positions, and moving play money."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.validators import RegexValidator

from exchanges.forms.amounts import AmountField

WALLETS = [("spot", "Spot wallet"), ("futures", "Futures wallet")]


class AmendForm(forms.Form):
    """What is left empty stays as it is."""

    quantity = AmountField(label="Amount", required=False)
    price = AmountField(label="Price", required=False)
    trigger_price = AmountField(label="Trigger", required=False)


class MarginForm(forms.Form):
    amount = AmountField(label="Amount")
    way = forms.ChoiceField(
        label="What to do", choices=[("add", "Add"), ("take", "Take out")], initial="add"
    )


class ProtectForm(forms.Form):
    """What is left empty is taken away."""

    take_profit = AmountField(label="Take profit at", required=False)
    stop_loss = AmountField(label="Stop loss at", required=False)


class CloseForm(forms.Form):
    """Empty: the whole position."""

    quantity = AmountField(label="Amount", required=False)


class KeyedForm(forms.Form):
    """key: of one showing of the form, so that money that is sent twice moves once."""

    key = forms.CharField(
        max_length=40, validators=[RegexValidator(r"^[A-Za-z0-9_-]+\Z")], widget=forms.HiddenInput
    )


class TransferForm(KeyedForm):
    amount = AmountField(label="Amount")
    asset = forms.CharField(label="Asset", max_length=24, initial="USDT")
    source = forms.ChoiceField(label="From", choices=WALLETS, initial="spot")
    target = forms.ChoiceField(label="To", choices=WALLETS, initial="futures")

    def __init__(self, data: Any = None, **options: Any) -> None:
        super().__init__(data, auto_id="transfer_%s", **options)

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("source") and given.get("source") == given.get("target"):
            self.add_error("target", "Choose the other wallet.")
        return given


class DepositForm(KeyedForm):
    amount = AmountField(label="Amount")
    asset = forms.CharField(label="Asset", max_length=24, initial="USDT")
    wallet = forms.ChoiceField(label="To", choices=WALLETS, initial="spot")

    def __init__(self, data: Any = None, **options: Any) -> None:
        super().__init__(data, auto_id="deposit_%s", **options)
