"""How the two languages write the same thing."""

from __future__ import annotations

import re
import textwrap
from dataclasses import dataclass
from typing import Any

COMMENT_WIDTH = 90
Literal = str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Dialect:
    """One language. The words of each are what differs between them."""

    key: str
    suffix: str
    comment: str
    missing: str
    none: str
    and_: str
    or_: str
    not_: str
    equals: str
    true: str
    false: str
    number: str

    def name(self, snake: str) -> str:
        """A function's name in the manner of the language; constants stay as they are."""
        if self.key == "python" or snake.isupper():
            return snake
        return re.sub(r"(?<=[a-z0-9])_([a-z0-9])", lambda found: found[1].upper(), snake)

    def call(self, function: str, *arguments: str) -> str:
        return f"{self.name(function)}({', '.join(arguments)})"

    def literal(self, value: Literal) -> str:
        """A constant that reads back as the same value, whatever it holds."""
        if value is None:
            return self.none
        if isinstance(value, bool):
            return self.true if value else self.false
        if isinstance(value, str):
            return f'"{"".join(self._escaped(character) for character in value)}"'
        if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
            return str(int(value)) if self.key == "javascript" else repr(value)
        return repr(value)

    def data(self, value: Any) -> str:
        """Lists and objects of constants."""
        if isinstance(value, dict):
            parts = [f"{self.literal(key)}: {self.data(one)}" for key, one in value.items()]
            return f"{{{', '.join(parts)}}}"
        if isinstance(value, list):
            return f"[{', '.join(self.data(one) for one in value)}]"
        return self.literal(value)

    def _escaped(self, character: str) -> str:
        code = ord(character)
        if character in '"\\':
            return f"\\{character}"
        if 0x20 <= code < 0x7F:
            return character
        if code <= 0xFFFF:
            return f"\\u{code:04x}"
        return f"\\U{code:08x}" if self.key == "python" else f"\\u{{{code:x}}}"

    def comments(self, text: str, indent: str = "") -> list[str]:
        """The text as comment lines; what is not printable, line breaks too, becomes a space."""
        plain = "".join(one if one.isprintable() else " " for one in text)
        lines = textwrap.wrap(plain, COMMENT_WIDTH) or [""]
        return [f"{indent}{self.comment} {line}".rstrip() for line in lines]

    def chosen(self, condition: str, then: str, otherwise: str) -> str:
        if self.key == "python":
            return f"({then} if {condition} else {otherwise})"
        return f"({condition} ? {then} : {otherwise})"

    def every(self, value: str) -> str:
        """A column of an expression over i, as long as the variable `size` says."""
        if self.key == "python":
            return f"[{value} for i in range(size)]"
        return f"Array.from({{ length: size }}, (_, i) => {value})"

    def assigned(self, name: str, value: str) -> str:
        return f"{name} = {value}" if self.key == "python" else f"const {name} = {value};"

    def stored(self, place: str, value: str) -> str:
        return f"{place} = {value}" if self.key == "python" else f"{place} = {value};"


PYTHON = Dialect(
    "python", ".py", "#", "NAN", "None", "and", "or", "not ", "==", "True", "False", "float"
)
JAVASCRIPT = Dialect(
    "javascript", ".mjs", "//", "NaN", "null", "&&", "||", "!", "===", "true", "false", "Number"
)
DIALECTS = {one.key: one for one in (PYTHON, JAVASCRIPT)}
