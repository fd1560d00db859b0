"""Fields for amounts: exact decimals, written as people write them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from foundation.lib.decimals import parse_amount
from foundation.lib.errors import AppError

CHARS_MAX = 60


class AmountField(forms.Field):
    """A decimal of at most 18 places, above 0 unless it may be signed; empty is None."""

    def __init__(self, *, is_signed: bool = False, **options: Any) -> None:
        attributes = {"inputmode": "decimal", "autocomplete": "off", "spellcheck": "false"}
        options.setdefault("widget", forms.TextInput(attrs=attributes))
        super().__init__(**options)
        self.is_signed = is_signed

    def to_python(self, value: Any) -> Decimal | None:
        text = str(value or "").strip()
        if not text:
            return None
        if "," in text:
            # 1,500 is fifteen hundred to one reader and one and a half to another.
            raise ValidationError("Write it with a point and without commas, like 67000.5.")
        try:
            amount = parse_amount(text[:CHARS_MAX])
        except ValueError as fault:
            raise ValidationError(sentence(str(fault))) from fault
        if amount <= 0 and not self.is_signed:
            raise ValidationError("Must be above 0.")
        return amount


def sentence(text: str) -> str:
    """A fault's message as a sentence of its own."""
    return text[:1].upper() + text[1:].rstrip(".") + "."


def put_faults(form: forms.Form, fault: AppError, names: dict[str, str] | None = None) -> None:
    """What a service refused, beside the field it names; what names none, on top."""
    if not fault.faults:
        form.add_error(None, sentence(fault.message))
    for one in fault.faults:
        name = (names or {}).get(one.path, one.path)
        form.add_error(name if name in form.fields else None, sentence(one.message))
