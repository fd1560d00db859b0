"""Tokens -> tree, by precedence climbing; every bound is checked while it is read."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache

from bots.core.formula import calls
from bots.core.formula.functions import FUNCTIONS
from bots.core.formula.nodes import (
    COMPARISONS,
    Ago,
    Binary,
    IndicatorCall,
    Node,
    Number,
    PriceColumn,
    Unary,
    walk,
)
from bots.core.formula.tokens import FormulaError, Token, tokens
from bots.core.indicators.compute import SOURCES
from bots.core.indicators.registry import INDICATORS
from bots.core.strategy.reading import unknown

NODES_MAX = 200
DEPTH_MAX = 32
CALLS_MAX = 16
AGO_MAX = 1000
NUMBER_MAX = 1e18

# From loose to tight; the words and signs of one row bind alike, from the left.
LEVELS = {
    "or": 1, "and": 2, **dict.fromkeys(COMPARISONS, 4), "+": 5, "-": 5, "*": 6, "/": 6, "%": 6,
    "**": 8,
}  # fmt: skip
NOT, COMPARING, SIGN = 3, 4, 7
WORDS = ("and", "or", "not")


def parse(text: object) -> Node:
    """The tree of a formula. FormulaError says where it is wrong and how to mend it."""
    if not isinstance(text, str):
        raise FormulaError('must be text, such as "close - ema(close, 20)"', 0)
    return _parsed(text)


@lru_cache(maxsize=1024)
def _parsed(text: str) -> Node:
    """Kept by text: a strategy's formula is asked for with each of its ticks."""
    parser = Parser(tokens(text))
    node = parser.expression(0)
    if parser.token.kind != "end":
        raise parser.stray()
    if not any(isinstance(one, PriceColumn | IndicatorCall) for one in walk(node)):
        raise FormulaError("reads no column; use close, volume or an indicator", 0)
    return node


@dataclass(slots=True)
class Parser:
    """Reads one formula once."""

    found: list[Token]
    place: int = 0
    depth: int = 0
    nodes: int = 0
    indicators: set[IndicatorCall] = field(default_factory=set)

    @property
    def token(self) -> Token:
        return self.found[self.place]

    def take(self) -> Token:
        token = self.token
        if token.kind != "end":
            self.place += 1
        return token

    def has(self, text: str) -> bool:
        return self.token.text == text and self.token.kind in ("op", "name")

    def expect(self, text: str, why: str) -> None:
        if not self.has(text):
            raise FormulaError(f'expected "{text}" {why}, found {self.token}', self.token.position)
        self.take()

    def made(self, node: Node, at: Token) -> Node:
        """Count a new node."""
        self.nodes += 1
        if self.nodes > NODES_MAX:
            raise FormulaError(f"has more than {NODES_MAX} parts; shorten it", at.position)
        return node

    def expression(self, loosest: int) -> Node:
        """Everything from here on that binds at least as tightly as `loosest`."""
        self.depth += 1
        if self.depth > DEPTH_MAX:
            raise FormulaError(
                f"is nested deeper than {DEPTH_MAX} levels; flatten it", self.token.position
            )
        left = self.prefixed(loosest)
        while (level := self.level()) >= max(loosest, 1):
            left = self.infix(left, level)
        self.depth -= 1
        return left

    def level(self) -> int:
        """How tightly the operator that comes next binds; 0: none comes."""
        return LEVELS.get(self.token.text, 0) if self.token.kind in ("op", "name") else 0

    def infix(self, left: Node, level: int) -> Node:
        at = self.take()
        # A power binds from the right, and takes a sign behind it: 2 ** -close.
        right = self.expression(SIGN if at.text == "**" else level + 1)
        if level == COMPARING and self.level() == COMPARING:
            raise FormulaError(
                'comparisons cannot be chained; write "a < b and b < c"', self.token.position
            )
        return self.made(Binary(at.text, left, right), at)

    def prefixed(self, loosest: int) -> Node:
        if self.has("not"):
            at = self.take()
            if loosest > NOT:
                raise FormulaError('put "not ..." in brackets here', at.position)
            return self.made(Unary("not", self.expression(NOT)), at)
        if self.has("-") or self.has("+"):
            at = self.take()
            of = self.expression(SIGN)
            return of if at.text == "+" else self.made(Unary("-", of), at)
        return self.postfixed(self.primary())

    def postfixed(self, node: Node) -> Node:
        while self.has("["):
            at = self.take()
            candles = self.whole_number()
            self.expect("]", "behind the number of candles")
            if isinstance(node, Number):
                raise FormulaError("a number has no candles; remove the [ ]", at.position)
            node = self.made(Ago(node, candles), at) if candles else node
        if self.has("."):
            raise FormulaError(
                "only an indicator with several outputs takes a dot, as macd(close).hist",
                self.token.position,
            )
        return node

    def whole_number(self) -> int:
        token = self.take()
        if token.kind != "number" or not token.text.isdigit() or len(token.text) > 9:
            raise FormulaError(
                f"expected a whole number of candles, as in close[1], found {token}",
                token.position,
            )
        if int(token.text) > AGO_MAX:
            raise FormulaError(
                f"looks {int(token.text)} candles back; at most {AGO_MAX} are allowed",
                token.position,
            )
        return int(token.text)

    def primary(self) -> Node:
        token = self.token
        if token.kind == "number":
            return self.number()
        if self.has("("):
            self.take()
            node = self.expression(0)
            self.expect(")", "to close the bracket")
            return node
        if token.kind != "name" or token.text in WORDS:
            raise FormulaError(
                f"expected a column, a number, a function or ( here, found {token}",
                token.position,
            )
        self.take()
        return self.named(token)

    def number(self) -> Node:
        token = self.take()
        value = float(token.text)
        if value > NUMBER_MAX:
            raise FormulaError(f"a number may be at most {NUMBER_MAX:g}", token.position)
        return self.made(Number(value), token)

    def named(self, token: Token) -> Node:
        name, is_called = token.text, self.has("(")
        if name in SOURCES:
            if is_called:
                raise FormulaError(
                    f"{name} is a column; write {name} without brackets", token.position
                )
            return self.made(PriceColumn(name), token)
        if name not in FUNCTIONS and name not in INDICATORS:
            known = [*SOURCES, *FUNCTIONS, *INDICATORS, *WORDS]
            raise FormulaError(unknown("name", name, known), token.position)
        if not is_called:
            raise FormulaError(f"{name} needs brackets: {calls.usage(name)}", token.position)
        if name in FUNCTIONS:
            return self.made(calls.function(self, token), token)
        node = self.made(calls.indicator(self, token), token)
        assert isinstance(node, IndicatorCall)
        self.indicators.add(node)
        if len(self.indicators) > CALLS_MAX:
            raise FormulaError(
                f"uses more than {CALLS_MAX} indicators; split it into several", token.position
            )
        return node

    def stray(self) -> FormulaError:
        """What stands behind a whole expression."""
        token = self.token
        if token.text == "=":
            return FormulaError('to compare, write "=="', token.position)
        if token.text in (")", "]"):
            return FormulaError(f"{token} closes nothing; remove it", token.position)
        if token.text == ",":
            return FormulaError("a comma stands only between arguments; remove it", token.position)
        return FormulaError(f"expected an operator before {token}", token.position)
