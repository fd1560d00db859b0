"""Parsing only: an order by hand on a connected account."""

from __future__ import annotations

from django import forms

from exchanges.forms.amounts import AmountField
from exchanges.venues.capabilities import Trading

WORDS = {
    "market": "Market", "limit": "Limit", "stop_loss": "Stop", "stop_limit": "Stop limit",
    "take_profit": "Take profit", "take_profit_limit": "Take profit limit",
}  # fmt: skip


class AccountOrderForm(forms.Form):
    """Kinds are those that the venue has; what a kind needs is said by the service."""

    symbol = forms.CharField(label="Market", max_length=70, help_text="e.g. BTC/USDT")
    side = forms.ChoiceField(label="Side", choices=[("buy", "Buy"), ("sell", "Sell")])
    type = forms.ChoiceField(label="Type")
    quantity = AmountField(label="Amount", help_text="Of the base asset.")
    price = AmountField(label="Price", required=False, help_text="Of limit orders.")
    trigger_price = AmountField(
        label="Trigger price", required=False, help_text="Of orders that wait for a price."
    )
    target_price = AmountField(
        label="Target price",
        required=False,
        help_text="Of a stop: the exchange sells here instead, whichever comes first.",
    )

    def __init__(self, trading: Trading, *args: object, **options: object) -> None:
        super().__init__(*args, **options)  # type: ignore[arg-type] # a form takes what it takes
        there = [(key, words) for key, words in WORDS.items() if key in trading.order_types]
        self.fields["type"].choices = there  # type: ignore[attr-defined] # a choice field
        if not trading.pairs:
            del self.fields["target_price"]
