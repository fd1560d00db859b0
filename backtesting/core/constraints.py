"""Constraints between parameters: "fast < slow and stop_loss * 2 <= take_profit".

A grammar of its own, read by descent; nothing is handed to Python's. Numbers, parameter names,
+ - * /, comparisons (also chained), and, or, not, brackets; min, max, abs.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

CHARS_MAX = 500
DEPTH_MAX = 20
NAME = r"[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z0-9_]+|\[[0-9]{1,3}\])*"
TOKEN = re.compile(
    rf"\s*(?:(?P<number>\d+(?:\.\d*)?(?:[eE][+-]?\d{{1,3}})?|\.\d+)|(?P<name>{NAME})"
    r"|(?P<sign><=|>=|==|!=|[-+*/()<>,]))"
)
COMPARE: dict[str, Callable[[Any, Any], Any]] = {
    "<": np.less, "<=": np.less_equal, ">": np.greater, ">=": np.greater_equal,
    "==": np.equal, "!=": np.not_equal,
}  # fmt: skip
ARITHMETIC: dict[str, Callable[[Any, Any], Any]] = {
    "+": np.add, "-": np.subtract, "*": np.multiply, "/": np.true_divide,
}  # fmt: skip
FUNCTIONS: dict[str, tuple[int, Callable[..., Any]]] = {
    "min": (2, np.minimum), "max": (2, np.maximum), "abs": (1, np.abs),
}  # fmt: skip
WORDS = ("and", "or", "not", *FUNCTIONS)

Evaluate = Callable[[Mapping[str, Any]], Any]


class Unreadable(ValueError):
    """What is wrong with the text, in words for the person who wrote it."""


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of the expression. truth: whether it is a yes or no instead of a number."""

    evaluate: Evaluate
    truth: bool


@dataclass(frozen=True, slots=True, eq=False)
class Constraint:
    """One readable constraint."""

    text: str
    part: Part

    def holds(self, values: Mapping[str, Any]) -> Any:
        """True or False; of columns of values, a column. What has no value does not hold."""
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            return self.part.evaluate(values)


def read_constraint(text: str, names: Collection[str]) -> Constraint:
    """names: parameters it may use, all numbers. Unreadable says what is wrong, and where."""
    if len(text) > CHARS_MAX:
        raise Unreadable(f"has {len(text)} characters; at most {CHARS_MAX} are allowed")
    reader = Reader(tokens_of(text), names)
    part = reader.either()
    if reader.kind:
        raise Unreadable(f'has "{reader.text}" where it should end')
    if not part.truth:
        raise Unreadable('compares nothing; write for example "fast < slow"')
    return Constraint(text, part)


def tokens_of(text: str) -> list[tuple[str, str]]:
    found, at = [], 0
    while text[at:].strip():
        match = TOKEN.match(text, at)
        if match is None:
            raise Unreadable(f'cannot be read from "{text[at:].strip()[:20]}" on')
        assert match.lastgroup is not None
        found.append((match.lastgroup, match[match.lastgroup]))
        at = match.end()
    return found


class Reader:
    """Reads tokens from the loosest operator to the tightest."""

    def __init__(self, tokens: list[tuple[str, str]], names: Collection[str]) -> None:
        self.tokens, self.names, self.at, self.depth = tokens, names, 0, 0

    @property
    def kind(self) -> str:
        return self.tokens[self.at][0] if self.at < len(self.tokens) else ""

    @property
    def text(self) -> str:
        return self.tokens[self.at][1] if self.at < len(self.tokens) else "the end"

    def take(self, *texts: str) -> str:
        """The next token if it is one of these, else nothing."""
        if self.kind in ("sign", "name") and self.text in texts:
            self.at += 1
            return self.tokens[self.at - 1][1]
        return ""

    def need(self, text: str) -> None:
        if not self.take(text):
            raise Unreadable(f'has {self.text} where "{text}" is needed')

    def either(self) -> Part:
        self.depth += 1
        if self.depth > DEPTH_MAX:
            raise Unreadable(f"is nested deeper than {DEPTH_MAX} levels")
        part = self.both()
        while self.take("or"):
            part = joined(np.logical_or, truth(part), truth(self.both()))
        self.depth -= 1
        return part

    def both(self) -> Part:
        part = self.negated()
        while self.take("and"):
            part = joined(np.logical_and, truth(part), truth(self.negated()))
        return part

    def negated(self) -> Part:
        turns = 0
        while self.take("not"):
            turns += 1
        part = self.compared()
        if not turns:
            return part
        inner = truth(part).evaluate
        return Part(lambda v: np.logical_not(inner(v)), True) if turns % 2 else truth(part)

    def compared(self) -> Part:
        left, whole = self.sum(), None
        while sign := self.take(*COMPARE):
            right = self.sum()
            one = joined(COMPARE[sign], number(left), number(right), valued=True)
            whole = one if whole is None else joined(np.logical_and, whole, one)
            left = right
        return left if whole is None else whole

    def sum(self) -> Part:
        part = self.product()
        while sign := self.take("+", "-"):
            part = joined(ARITHMETIC[sign], number(part), number(self.product()), made_truth=False)
        return part

    def product(self) -> Part:
        part = self.single()
        while sign := self.take("*", "/"):
            part = joined(ARITHMETIC[sign], number(part), number(self.single()), made_truth=False)
        return part

    def single(self) -> Part:
        minus = False
        while self.take("-"):
            minus = not minus
        part = self.atom()
        if not minus:
            return part
        inner = number(part).evaluate
        return Part(lambda v: np.negative(inner(v)), False)

    def atom(self) -> Part:
        kind, text = self.kind, self.text
        self.at += 1
        if kind == "number":
            value = float(text)
            return Part(lambda _: value, False)
        if text == "(":
            part = self.either()
            self.need(")")
            return part
        if text in FUNCTIONS:
            return self.call(*FUNCTIONS[text])
        if kind == "name" and text in self.names:
            return Part(lambda v: v[text], False)
        if kind == "name" and text not in WORDS:
            known = ", ".join(sorted(self.names)) or "none"
            raise Unreadable(f'names "{text}", which is no numeric parameter; known: {known}')
        raise Unreadable(f"has {text or 'the end'} where a number or a parameter is needed")

    def call(self, count: int, function: Callable[..., Any]) -> Part:
        self.need("(")
        arguments = [number(self.either())]
        while self.take(","):
            arguments.append(number(self.either()))
        self.need(")")
        if len(arguments) < count or (count == 1 and len(arguments) > 1):
            raise Unreadable(f"{function.__name__} has {len(arguments)} arguments")
        if count == 1:
            inner = arguments[0].evaluate
            return Part(lambda v: function(inner(v)), False)
        part = arguments[0]
        for other in arguments[1:]:
            part = joined(function, part, other, made_truth=False)
        return part


def joined(
    function: Callable[[Any, Any], Any],
    left: Part,
    right: Part,
    *,
    made_truth: bool = True,
    valued: bool = False,
) -> Part:
    """function of both sides. valued: false where a side has no value, for != as well."""
    one, other = left.evaluate, right.evaluate

    def evaluate(values: Mapping[str, Any]) -> Any:
        a, b = one(values), other(values)
        made = function(a, b)
        return made & np.equal(a, a) & np.equal(b, b) if valued else made

    return Part(evaluate, made_truth)


def truth(part: Part) -> Part:
    if not part.truth:
        raise Unreadable("joins a number with and, or, not; only comparisons can be joined")
    return part


def number(part: Part) -> Part:
    if part.truth:
        raise Unreadable("computes with a comparison; only numbers can be computed with")
    return part
