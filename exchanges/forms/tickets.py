"""The order ticket: one form for every type of order, read into one Ticket."""

from __future__ import annotations

import secrets
from decimal import Decimal
from typing import Any

from django import forms
from django.core.validators import RegexValidator

from exchanges.core.leverage import leverage_max
from exchanges.core.order_types import OrderType, all_order_types
from exchanges.core.order_types.base import Trigger
from exchanges.core.orders import Side
from exchanges.core.ticket_room import Room, sized
from exchanges.core.tickets import Ticket
from exchanges.forms.amounts import AmountField
from exchanges.models import Market

TYPES = (
    "market", "limit", "stop_loss", "stop_limit", "take_profit", "take_profit_limit",
    "trailing_stop",
)  # fmt: skip
AMOUNT_BY = ("quantity", "cost", "percent")
# Fields of the form that say by another name what a ticket's field says.
FIELD_OF = {"callback_rate": "callback_percent", "amount_quote": "cost", "symbol": "type"}
TYPED = {
    "quantity", "cost", "percent", "price", "trigger_price", "callback_percent",
    "activation_price", "take_profit_price", "stop_loss_price",
}  # fmt: skip
CLIENT_ID_BYTES = 12
NO_AMOUNT = "How much?"
CARRIED = ("side", "type", "amount_by", "time_in_force", "post_only", "leverage", "margin_mode")


def new_client_id() -> str:
    """Of one showing of the form: however often it is sent, it is one order."""
    return f"web{secrets.token_hex(CLIENT_ID_BYTES)}"


class Slider(forms.NumberInput):
    """By how far it is drawn; without a script its words say what it is a share of."""

    input_type = "range"


class TicketForm(forms.Form):
    """Fields that do not go with the chosen type are not looked at: the page hides them."""

    side = forms.ChoiceField(choices=[("buy", "Buy"), ("sell", "Sell")], initial="buy")
    type = forms.ChoiceField(label="Type")
    amount_by = forms.ChoiceField(
        label="Amount by", choices=[(name, name) for name in AMOUNT_BY], initial="quantity"
    )
    quantity = AmountField(label="Amount", required=False)
    cost = AmountField(label="Amount", required=False)
    percent = forms.IntegerField(
        label="Share", required=False, min_value=0, max_value=100, initial=0, widget=Slider
    )
    price = AmountField(label="Price", required=False)
    trigger_price = AmountField(label="Trigger", required=False)
    callback_percent = AmountField(label="Distance", required=False)
    activation_price = AmountField(label="Starts at", required=False)
    time_in_force = forms.ChoiceField(
        label="In force",
        choices=[("GTC", "Until cancelled"), ("IOC", "At once, rest off"), ("FOK", "All or none")],
        initial="GTC",
        required=False,
    )
    post_only = forms.BooleanField(label="Post only", required=False)
    reduce_only = forms.BooleanField(label="Reduce only", required=False)
    take_profit_price = AmountField(label="Take profit at", required=False)
    stop_loss_price = AmountField(label="Stop loss at", required=False)
    leverage = forms.IntegerField(label="Leverage", required=False, min_value=1)
    margin_mode = forms.ChoiceField(
        label="Margin", choices=[("isolated", "Isolated"), ("cross", "Cross")], required=False
    )
    client_order_id = forms.CharField(
        max_length=36, validators=[RegexValidator(r"^[A-Za-z0-9_-]+\Z")], widget=forms.HiddenInput
    )

    def __init__(self, data: Any = None, *, market: Market, room: Room, **options: Any) -> None:
        super().__init__(data, auto_id="ticket_%s", **options)
        self.market, self.room = market, room
        kinds = all_order_types()
        self.fields["type"].choices = [(key, kinds[key].name) for key in TYPES]  # type: ignore[attr-defined] # a choice field
        if not market.is_contract:
            for name in ("reduce_only", "leverage", "margin_mode"):
                del self.fields[name]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        kind = self.kind
        if kind is None:
            return given
        self._forget_others(kind, given.get("amount_by", ""))
        if self.errors:
            return given
        for name in sorted(kind.needs):
            field = FIELD_OF.get(name, name)
            if given.get(field) is None:
                self.add_error(field, f"Needed for a {kind.name.lower()} order.")
        if not given.get(given["amount_by"]):
            self.add_error(given["amount_by"], NO_AMOUNT)
        most = leverage_max(self.room.rules.tiers)
        if (given.get("leverage") or 1) > most:
            self.add_error("leverage", f"This market offers up to {most}x.")
        return given

    def _forget_others(self, kind: OrderType, amount_by: str) -> None:
        """What stands in a field that this type of order does not show is no fault of it."""
        shown = {FIELD_OF.get(name, name) for name in kind.needs | kind.may} | {amount_by}
        if not kind.trigger:
            shown |= {"take_profit_price", "stop_loss_price"}
        for name in TYPED - shown:
            self.errors.pop(name, None)

    @property
    def kind(self) -> OrderType | None:
        return all_order_types().get(self.cleaned_data.get("type", ""))


def ticket_of(form: TicketForm) -> Ticket:
    """What was sent, as one ticket. Leverage and mode only where they would change something."""
    given, kind, room = form.cleaned_data, form.kind, form.room
    assert kind is not None, "read a form that is valid"
    wanted = kind.needs | kind.may
    rests_now = kind.rests and not kind.trigger
    force = given.get("time_in_force") or "GTC"
    percent = given.get("callback_percent")
    brings = not kind.trigger and not given.get("reduce_only")
    ticket = Ticket(
        venue=form.market.venue,
        symbol=form.market.symbol,
        side=Side(given["side"]),
        type=kind.key,
        price=given.get("price") if "price" in wanted else None,
        trigger_price=given.get("trigger_price") if "trigger_price" in wanted else None,
        callback_rate=percent / 100 if percent and kind.trigger is Trigger.TRAIL else None,
        activation_price=given.get("activation_price") if "activation_price" in wanted else None,
        time_in_force="PO" if rests_now and given.get("post_only") else force_of(kind, force),
        reduce_only=bool(given.get("reduce_only")),
        client_order_id=given["client_order_id"],
        stop_loss_price=given.get("stop_loss_price") if brings else None,
        take_profit_price=given.get("take_profit_price") if brings else None,
        leverage=changed(given.get("leverage"), room.leverage),
        margin_mode=changed(given.get("margin_mode"), room.margin_mode),
    )
    by = given["amount_by"]
    return sized(ticket, kind, room, amount_by=by, amount=Decimal(given[by]))


def force_of(kind: OrderType, force: str) -> str:
    return force if kind.rests else "GTC"


def changed(value: Any, now: Any) -> Any:
    return value if value not in (None, "", now) else None


def next_values(form: TicketForm) -> dict[str, Any]:
    """What a trader's next ticket begins with: the choices of the last one, no amounts."""
    return {name: form.cleaned_data.get(name) for name in CARRIED if name in form.fields}
