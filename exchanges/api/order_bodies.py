"""What the order endpoints take."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework.exceptions import ValidationError
from typing_extensions import override

from exchanges.api.callers import market_name
from exchanges.core.order_types import all_order_types
from exchanges.core.orders import Side
from exchanges.core.symbols import SYMBOL_CHARS_MAX, SYMBOL_PATTERN, VENUE_PATTERN
from exchanges.core.ticket_checks import MARGIN_MODES, TIME_IN_FORCE
from exchanges.core.tickets import Pair, Ticket
from foundation.edge.fields import AmountInput, Body, ChoiceInput, TextInput, TruthInput, WholeInput

CLIENT_ID = re.compile(r"[A-Za-z0-9.:/_-]{1,36}")
CLIENT_ID_WORDS = "must be 1 to 36 of the characters A-Z a-z 0-9 . : / _ -"
IDEMPOTENCY_KEY = "Idempotency-Key"
KEY_SCHEMA = {"type": "string", "pattern": f"^{CLIENT_ID.pattern}$"}


@extend_schema_field({"type": "string", "pattern": VENUE_PATTERN})
class VenueInput(TextInput):
    """A venue's key."""


@extend_schema_field({"type": "string", "pattern": SYMBOL_PATTERN, "maxLength": SYMBOL_CHARS_MAX})
class SymbolInput(TextInput):
    """A market's name."""


@extend_schema_field(KEY_SCHEMA)
class ClientIdInput(TextInput):
    """A name that the client gives its order, before it sends it."""

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=36, **options)

    @override
    def to_internal_value(self, data: Any) -> str:
        text = super().to_internal_value(data)
        if not CLIENT_ID.fullmatch(text):
            raise ValidationError(CLIENT_ID_WORDS)
        return text


def _amount(help_text: str) -> AmountInput:
    return AmountInput(required=False, allow_null=True, help_text=help_text)


class OrderBody(Body):
    """POST orders. Amounts are text or numbers, exact to the last digit; null is left out."""

    venue = VenueInput(max_length=32, required=False, help_text="the paper venue if left out")
    symbol = SymbolInput(max_length=70, help_text="BTC/USDT is spot, BTC/USDT:USDT the perpetual")
    side = ChoiceInput(list(Side))
    type = ChoiceInput(list(all_order_types()))
    quantity = _amount("base currency")
    amount_quote = _amount("quote currency instead of a quantity: spot market orders")
    price = _amount("limit price")
    trigger_price = _amount("the price at which a stop or take-profit order acts")
    callback_rate = _amount("how far a trailing stop hangs behind: 0.01 is 1 %")
    activation_price = _amount("from where on a trailing stop follows; at once if left out")
    time_in_force = ChoiceInput(TIME_IN_FORCE, required=False, help_text="GTC if left out")
    post_only = TruthInput(required=False, help_text="another word for time_in_force PO")
    reduce_only = TruthInput(required=False)
    close_position = TruthInput(required=False, help_text="the whole position, without a quantity")
    client_order_id = ClientIdInput(required=False, help_text=CLIENT_ID_WORDS)
    leverage = WholeInput(least=1, most=125, required=False, allow_null=True)
    margin_mode = ChoiceInput(MARGIN_MODES, required=False, allow_null=True)
    take_profit_price = _amount("with it the order brings a take-profit along")
    stop_loss_price = _amount("with it the order brings a stop along")

    @override
    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs.get("post_only") and attrs.get("time_in_force", "PO") != "PO":
            raise ValidationError({"post_only": f"contradicts {attrs['time_in_force']}"})
        return attrs


class PairBody(Body):
    """POST orders/oco: a limit order at `price` and a stop at `trigger_price`; when one trades, the
    other goes. With limit_price the stop is a stop-limit order."""

    venue = VenueInput(max_length=32, required=False)
    symbol = SymbolInput(max_length=70)
    side = ChoiceInput(list(Side))
    quantity = AmountInput()
    price = AmountInput()
    trigger_price = AmountInput()
    limit_price = _amount("of the stop, once it is triggered")
    reduce_only = TruthInput(required=False)
    client_order_id = ClientIdInput(required=False, help_text="of the limit order")
    stop_client_order_id = ClientIdInput(required=False, help_text="of the stop")


class AmendBody(Body):
    """PUT orders/{id}: what is given changes, the rest stays."""

    quantity = _amount("the whole quantity, what is filled included")
    price = _amount("limit price")
    trigger_price = _amount("of a waiting stop or take-profit order")

    @override
    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        given = {name: value for name, value in attrs.items() if value is not None}
        if not given:
            raise ValidationError("Give a quantity, a price or a trigger_price.")
        return given


def ticket(values: Mapping[str, Any], key: str = "") -> Ticket:
    """The ticket of an OrderBody's values. key: the Idempotency-Key, "" without one."""
    wanted = {name: value for name, value in values.items() if value is not None}
    wanted |= market_name(wanted)
    if wanted.pop("post_only", False):
        wanted["time_in_force"] = "PO"
    if key:
        if wanted.setdefault("client_order_id", key) != key:
            raise ValidationError({"client_order_id": f"differs from the {IDEMPOTENCY_KEY}"})
        check_key(key)
    return Ticket(**wanted | {"side": Side(wanted["side"])})


def check_key(key: str) -> str:
    """An Idempotency-Key as it was sent, "" without one; ValidationError that names the header."""
    if key and not CLIENT_ID.fullmatch(key):
        raise ValidationError({IDEMPOTENCY_KEY: CLIENT_ID_WORDS})
    return key


def pair(values: Mapping[str, Any]) -> Pair:
    """The two tickets of a PairBody's values."""
    limit_price = values.get("limit_price")
    shared = {
        **market_name(values),
        "side": Side(values["side"]),
        "quantity": values["quantity"],
        "reduce_only": values.get("reduce_only", False),
    }
    return Pair(
        limit=Ticket(
            **shared,
            type="limit",
            price=values["price"],
            client_order_id=values.get("client_order_id", ""),
        ),
        stop=Ticket(
            **shared,
            type="stop_loss" if limit_price is None else "stop_limit",
            price=limit_price,
            trigger_price=values["trigger_price"],
            client_order_id=values.get("stop_client_order_id", ""),
        ),
    )
