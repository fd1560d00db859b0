"""Fields of request bodies that are read as they were written: nothing is guessed or converted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any

from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from typing_extensions import override

from foundation.lib.decimals import parse_amount

NAME_CHARS_SHOWN = 60
WORDS: dict[str, Any] = {"required": "is missing", "null": "must not be null"}


# What the framework's own fields would make into something else: 1 into "1", "no" into false.
UNCONVERTED: tuple[tuple[Any, type, str], ...] = (
    (serializers.CharField, str, "must be text"),
    (serializers.BooleanField, bool, "must be true or false"),
    (serializers.IntegerField, int, "must be a whole number"),
)


class Body(serializers.Serializer[Any]):
    """A request body: an object of known fields. A misspelt one is a fault, never ignored."""

    @override
    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, Mapping):
            raise ValidationError({"non_field_errors": ["Send a JSON object."]})
        known = ", ".join(self.fields)
        faults: dict[str, Any] = {
            str(key)[:NAME_CHARS_SHOWN]: f"unknown field; known are {known}"
            for key in data
            if key not in self.fields
        }
        faults |= {name: words for name, words in self._converted(data) if name not in faults}
        try:
            value = super().to_internal_value(data)
        except ValidationError as found:
            faults |= dict(found.detail)  # type: ignore[arg-type] # a serializer's is one
        if faults:
            raise ValidationError(faults)
        return value

    def _converted(self, data: Mapping[Any, Any]) -> Iterator[tuple[str, str]]:
        for name, field in self.fields.items():
            value = data.get(name)
            for kind, wanted, words in UNCONVERTED:
                if isinstance(field, kind) and value is not None and type(value) is not wanted:
                    yield name, words


def values_of(kind: type[Body], data: Any) -> dict[str, Any]:
    """What a body says, or ValidationError with every fault that it has."""
    given = kind(data=data)
    given.is_valid(raise_exception=True)
    return dict(given.validated_data)


class AmountInput(serializers.Field[Decimal, Any, str, Any]):
    """A decimal above 0, as text or number, exact to the last digit; at most NUMERIC(38, 18)."""

    def __init__(self, *, signed: bool = False, zero: bool = False, **options: Any) -> None:
        super().__init__(error_messages=WORDS, **options)
        self.signed, self.zero = signed, zero

    @override
    def to_internal_value(self, data: Any) -> Decimal:
        if isinstance(data, bool) or not isinstance(data, str | int | Decimal):
            raise ValidationError('must be an amount as text or number, like "0.001"')
        try:
            value = parse_amount(data)
        except ValueError as fault:
            raise ValidationError(str(fault)) from None
        if value < 0 and not self.signed:
            raise ValidationError("must not be below 0" if self.zero else "must be above 0")
        if value == 0 and not self.zero:
            raise ValidationError("must not be 0" if self.signed else "must be above 0")
        return value

    @override
    def to_representation(self, value: Decimal) -> str:
        return f"{value:f}"


class TextInput(serializers.CharField):
    """Text and nothing that could be made into text."""

    def __init__(self, *, max_length: int, **options: Any) -> None:
        super().__init__(
            max_length=max_length,
            error_messages={
                **WORDS,
                "blank": "must not be empty",
                "max_length": f"must have at most {max_length} characters",
            },
            **options,
        )

    @override
    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            raise ValidationError("must be text")
        return super().to_internal_value(data)


class ChoiceInput(serializers.ChoiceField):
    """One of a few words; the refusal names them all."""

    def __init__(self, choices: Iterable[str], **options: Any) -> None:
        names = list(choices)
        invalid = f"must be one of {', '.join(names)}"
        super().__init__(names, error_messages={**WORDS, "invalid_choice": invalid}, **options)

    @override
    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, str) or data == "":
            self.fail("invalid_choice")
        return super().to_internal_value(data)


class TruthInput(serializers.BooleanField):
    """true or false; "yes" and 1 are neither."""

    def __init__(self, **options: Any) -> None:
        super().__init__(error_messages=WORDS, **options)

    @override
    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool):
            raise ValidationError("must be true or false")
        return data


class WholeInput(serializers.IntegerField):
    """A whole number within bounds; 10.0 and "10" are none."""

    def __init__(self, *, least: int, most: int, **options: Any) -> None:
        self.bounds = f"must be a whole number from {least} to {most}"
        words = {**WORDS, "min_value": self.bounds, "max_value": self.bounds}
        super().__init__(min_value=least, max_value=most, error_messages=words, **options)

    @override
    def to_internal_value(self, data: Any) -> int:
        if isinstance(data, bool) or not isinstance(data, int):
            raise ValidationError(self.bounds)
        return data
