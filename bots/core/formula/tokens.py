"""Text -> tokens, and the one error that anything about a formula raises."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

LENGTH_MAX = 2000
SHOWN_CHARS_MAX = 30

TOKEN = re.compile(
    r"""(?P<space>[ \t\r\n]+)
    |(?P<number>(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)
    |(?P<name>[A-Za-z_][A-Za-z0-9_]*)
    |(?P<text>"[A-Za-z0-9_ ]*"|'[A-Za-z0-9_ ]*')
    |(?P<op>\*\*|>=|<=|==|!=|[-+*/%<>(),.=\[\]])""",
    re.VERBOSE,
)
# What people write out of habit -> what it is called here.
HABITS = {
    "&": 'write "and"',
    "|": 'write "or"',
    "!": 'write "not"',
    "^": "a power is written **",
    "?": "write if(condition, then, otherwise)",
    ":": "write if(condition, then, otherwise)",
    ";": "a formula is one expression; remove it",
    "{": "use round brackets ( )",
    "}": "use round brackets ( )",
    "×": "write *",  # noqa: RUF001  # as copied from a text
    "÷": "write /",
    "≥": "write >=",
    "≤": "write <=",
    "−": "write -",  # noqa: RUF001  # as copied from a text
    "–": "write -",  # noqa: RUF001  # as copied from a text
}

Kind = Literal["number", "name", "text", "op", "end"]


class FormulaError(ValueError):
    """What is wrong, and what to write instead. position: counted from 0, in characters."""

    def __init__(self, message: str, position: int) -> None:
        super().__init__(f"{message} (character {position + 1})")
        self.message = message
        self.position = position


@dataclass(frozen=True, slots=True)
class Token:
    kind: Kind
    text: str
    position: int

    def __str__(self) -> str:
        if self.kind == "end":
            return "the end"
        cut = self.text if len(self.text) <= SHOWN_CHARS_MAX else f"{self.text[:SHOWN_CHARS_MAX]}…"
        return f'"{cut}"'


def tokens(text: str) -> list[Token]:
    """Every token, and one of the kind "end" behind them."""
    if len(text) > LENGTH_MAX:
        raise FormulaError(
            f"has {len(text)} characters; at most {LENGTH_MAX} are allowed", LENGTH_MAX
        )
    found: list[Token] = []
    position = 0
    while position < len(text):
        match = TOKEN.match(text, position)
        if match is None:
            raise _no_token(text, position)
        kind = match.lastgroup
        if kind != "space":
            found.append(Token(kind, match[0], position))  # type: ignore[arg-type]  # the groups are the kinds
        position = match.end()
    return [*found, Token("end", "", len(text))]


def _no_token(text: str, position: int) -> FormulaError:
    character = text[position]
    if character in "\"'":
        return FormulaError("a quoted word is not closed, or holds more than a name", position)
    shown = character if character.isprintable() else f"U+{ord(character):04X}"
    hint = HABITS.get(character, "it has no meaning here; remove it")
    return FormulaError(f'unexpected "{shown}": {hint}', position)
