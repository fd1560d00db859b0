"""The tree of a formula, and the one way to walk over it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from bots.core.indicators.registry import ParamValue

ARITHMETIC = ("+", "-", "*", "/", "%", "**")
COMPARISONS = (">", ">=", "<", "<=", "==", "!=")
LOGIC = ("and", "or")

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Number:
    """A constant; always a float."""

    value: float


@dataclass(frozen=True, slots=True)
class PriceColumn:
    """open, high, low, close, volume, or a mean of prices (hl2, hlc3, ohlc4)."""

    name: str


@dataclass(frozen=True, slots=True)
class Ago:
    """What it holds, `candles` candles ago."""

    of: Node
    candles: int


@dataclass(frozen=True, slots=True)
class Unary:
    """op: "-" or "not"."""

    op: str
    of: Node


@dataclass(frozen=True, slots=True)
class Binary:
    """op: one of ARITHMETIC, COMPARISONS or LOGIC; the last two give 1 or 0."""

    op: str
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Call:
    """A function of functions.py, candle by candle."""

    function: str
    arguments: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class IndicatorCall:
    """One output of a library indicator; every parameter filled in.

    source: None where the type reads fixed columns.
    """

    key: str
    params: tuple[tuple[str, ParamValue], ...]
    source: Node | None
    output: str


Node = Number | PriceColumn | Ago | Unary | Binary | Call | IndicatorCall


class Visitor(Protocol[T]):
    """What to make of each kind of node, given what was made of its children."""

    def number(self, node: Number) -> T: ...
    def column(self, node: PriceColumn) -> T: ...
    def ago(self, node: Ago, of: T) -> T: ...
    def unary(self, node: Unary, of: T) -> T: ...
    def binary(self, node: Binary, left: T, right: T) -> T: ...
    def call(self, node: Call, arguments: Sequence[T]) -> T: ...
    def indicator(self, node: IndicatorCall, source: T | None) -> T: ...


def children(node: Node) -> tuple[Node, ...]:
    """The nodes it is made of, left to right."""
    match node:
        case Ago() | Unary():
            return (node.of,)
        case Binary():
            return (node.left, node.right)
        case Call():
            return node.arguments
        case IndicatorCall():
            return () if node.source is None else (node.source,)
        case _:
            return ()


def walk(node: Node) -> Iterator[Node]:
    """Every node, children before their parent; without recursion, a long sum being a deep tree."""
    open_nodes: list[tuple[Node, bool]] = [(node, False)]
    while open_nodes:
        current, is_ready = open_nodes.pop()
        if is_ready:
            yield current
        else:
            open_nodes.append((current, True))
            open_nodes.extend((child, False) for child in reversed(children(current)))


def fold(node: Node, visitor: Visitor[T]) -> T:
    """What the visitor makes of the whole tree, from the leaves up."""
    made: list[T] = []
    for current in walk(node):
        count = len(children(current))
        parts = [made.pop() for _ in range(count)][::-1]
        made.append(_visit(current, parts, visitor))
    return made[0]


def _visit(node: Node, parts: list[T], visitor: Visitor[T]) -> T:
    match node:
        case Number():
            return visitor.number(node)
        case PriceColumn():
            return visitor.column(node)
        case Ago():
            return visitor.ago(node, *parts)
        case Unary():
            return visitor.unary(node, *parts)
        case Binary():
            return visitor.binary(node, *parts)
        case Call():
            return visitor.call(node, parts)
        case IndicatorCall():
            return visitor.indicator(node, parts[0] if parts else None)


def indicator_calls(node: Node) -> int:
    """How often the formula computes an indicator; equal calls count once."""
    return len({one for one in walk(node) if isinstance(one, IndicatorCall)})
