"""How the OpenAPI document tells of our own fields: what it allows is what they take."""

from __future__ import annotations

from typing import Any

from drf_spectacular.extensions import OpenApiSerializerExtension, OpenApiSerializerFieldExtension
from drf_spectacular.openapi import AutoSchema

from foundation.edge.fields import AmountInput
from foundation.lib.decimals import AMOUNT_MAX, DECIMAL_PLACES, MAX_DIGITS

# Anything but what Python calls white space; the four separators and 0x85 are none to others.
SAID = r"[^\s\x1c-\x1f\x85]"
WHOLE_DIGITS = MAX_DIGITS - DECIMAL_PLACES


class StrictBody(OpenApiSerializerExtension):  # type: ignore[no-untyped-call] # it registers itself
    """An unknown field of a body is refused, so the document says that there are no others."""

    target_class = "foundation.edge.fields.Body"
    match_subclasses = True

    def map_serializer(self, auto_schema: AutoSchema, direction: Any) -> dict[str, Any]:
        told = auto_schema._map_serializer(  # type: ignore[no-untyped-call] # it has no types
            self.target, direction, bypass_extensions=True
        )
        if direction == "request":
            told["additionalProperties"] = False
        return dict(told)


class SaysSomething(OpenApiSerializerFieldExtension):  # type: ignore[no-untyped-call] # it registers itself
    """White space around a text is taken off: one of nothing else is empty, and refused."""

    target_class = "rest_framework.fields.CharField"
    match_subclasses = True

    def map_serializer_field(self, auto_schema: AutoSchema, direction: Any) -> dict[str, Any]:
        told = auto_schema._map_serializer_field(  # type: ignore[no-untyped-call] # it has no types
            self.target, direction, bypass_extensions=True
        )
        field = self.target
        if direction == "request" and field.trim_whitespace and not field.allow_blank:
            told.setdefault("pattern", SAID)
        return dict(told)


class AmountText(OpenApiSerializerFieldExtension):  # type: ignore[no-untyped-call] # it registers itself
    """Text or a number, with the bounds of the instance."""

    target_class = "foundation.edge.fields.AmountInput"
    match_subclasses = True

    def map_serializer_field(self, auto_schema: AutoSchema, direction: Any) -> dict[str, Any]:  # noqa: ARG002 - drf-spectacular's signature
        return amount_schema(self.target)


def amount_schema(field: AmountInput) -> dict[str, Any]:
    sign = "-?" if field.signed else ""
    some = "" if field.zero else "(?=.*[1-9])"
    text = f"^{some}{sign}[0-9]{{1,{WHOLE_DIGITS}}}(\\.[0-9]{{1,{DECIMAL_PLACES}}})?$"
    most = int(AMOUNT_MAX)
    number: dict[str, Any] = {"type": "number", "maximum": most, "exclusiveMaximum": True}
    if field.signed:
        number |= {"minimum": -most, "exclusiveMinimum": True}
    else:
        number |= {"minimum": 0} if field.zero else {"minimum": 0, "exclusiveMinimum": True}
    return {"oneOf": [{"type": "string", "example": "0.001", "pattern": text}, number]}
