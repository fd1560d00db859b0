"""Calls: the arguments of functions and indicators, checked against what those take."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bots.core.formula.functions import FUNCTIONS
from bots.core.formula.nodes import Call, IndicatorCall, Node, PriceColumn, walk
from bots.core.formula.tokens import FormulaError, Token
from bots.core.indicators.registry import INDICATORS, Indicator, ParamValue
from bots.core.strategy.params import read_params
from bots.core.strategy.reading import Faults, unknown

if TYPE_CHECKING:
    from bots.core.formula.parser import Parser

SOURCE = "source"


def usage(name: str) -> str:
    """How it is written: «ema(close, period=20)»."""
    if name in FUNCTIONS:
        return FUNCTIONS[name].usage
    kind = INDICATORS[name]
    parts = ["close"] if kind.takes_source else []
    parts += [f"{param}={one.default}" for param, one in kind.params.items()]
    output = f".{kind.outputs[-1]}" if len(kind.outputs) > 1 else ""
    return f"{name}({', '.join(parts)}){output}"


def function(parser: Parser, name: Token) -> Node:
    """name(a, b); the name is read, its bracket is next."""
    one = FUNCTIONS[name.text]
    arguments: list[Node] = []
    parser.take()
    while not parser.has(")"):
        if arguments:
            parser.expect(",", f"or ) in {one.usage}")
        arguments.append(parser.expression(0))
    parser.take()
    if not one.least <= len(arguments) <= one.most:
        wanted = str(one.least) if one.least == one.most else f"{one.least} to {one.most}"
        raise FormulaError(
            f"{name.text} takes {wanted} arguments, not {len(arguments)}: {one.usage}",
            name.position,
        )
    return Call(name.text, tuple(arguments))


def indicator(parser: Parser, name: Token) -> Node:
    """name(source, params).output; the name is read, its bracket is next."""
    kind = INDICATORS[name.text]
    if kind.is_formula:
        raise FormulaError("a formula cannot call a formula; write it in brackets", name.position)
    source: Node | None = PriceColumn("close") if kind.takes_source else None
    written: dict[str, ParamValue] = {}
    places: dict[str, int] = {}
    order = ([SOURCE] if kind.takes_source else []) + list(kind.params)
    parser.take()
    while not parser.has(")"):
        if places:
            parser.expect(",", f"or ) in {usage(kind.key)}")
        at = parser.token.position
        argument = _name_of(parser, kind, order, places)
        places[argument] = at
        if argument == SOURCE:
            source = _source(parser, kind)
        else:
            written[argument] = _value(parser, kind, argument)
    parser.take()
    params = _checked(kind, written, places, name.position)
    return IndicatorCall(kind.key, tuple(params.items()), source, _output(parser, kind))


def _name_of(parser: Parser, kind: Indicator, order: list[str], places: dict[str, int]) -> str:
    """Which argument comes next: by its name, or by its place."""
    token = parser.token
    following = parser.found[min(parser.place + 1, len(parser.found) - 1)]
    if token.kind == "name" and following.text == "=":
        if token.text not in order:
            raise FormulaError(
                unknown(f"parameter of {kind.key}", token.text, order), token.position
            )
        if token.text in places:
            raise FormulaError(f"{token.text} is given twice; keep one", token.position)
        parser.take()
        parser.take()
        return token.text
    if places and len(places) < len(order) and list(places) != order[: len(places)]:
        raise FormulaError(
            f"behind a named parameter every other needs its name: {usage(kind.key)}",
            token.position,
        )
    if len(places) >= len(order):
        raise FormulaError(f"too many arguments: {usage(kind.key)}", token.position)
    return order[len(places)]


def _source(parser: Parser, kind: Indicator) -> Node:
    at = parser.token.position
    source = parser.expression(0)
    if not any(isinstance(one, PriceColumn | IndicatorCall) for one in walk(source)):
        raise FormulaError(
            f"the first argument is what {kind.key} reads, a column: {usage(kind.key)}", at
        )
    return source


def _value(parser: Parser, kind: Indicator, name: str) -> ParamValue:
    """A plain number or word: a parameter cannot change from candle to candle."""
    at = parser.token
    sign = -1 if parser.has("-") else 1
    if sign < 0:
        parser.take()
    token = parser.take()
    # Where the text ends here, what is wrong is the bracket: the caller says so.
    is_plain = parser.has(",") or parser.has(")") or parser.token.kind == "end"
    if token.kind == "number" and is_plain:
        number = sign * float(token.text)
        return int(number) if number.is_integer() and abs(number) < 2**53 else number
    if kind.params[name].kind == "choice" and token.kind in ("name", "text") and sign > 0:
        return token.text.strip("\"'")
    if kind.params[name].kind == "choice":
        raise FormulaError(f"{name} of {kind.key} is a word in quotes", at.position)
    raise FormulaError(f"{name} of {kind.key} must be a plain number", at.position)


def _checked(
    kind: Indicator, written: dict[str, ParamValue], places: dict[str, int], at: int
) -> dict[str, ParamValue]:
    """Every parameter within the bounds of the registry; the place of the first fault."""
    faults = Faults()
    params = read_params(faults, "", written, kind)
    for fault in faults.found:
        raise FormulaError(f"{fault.path} {fault.message}", places.get(fault.path, at))
    return params


def _output(parser: Parser, kind: Indicator) -> str:
    """.hist behind the bracket; without it the main output."""
    if not parser.has("."):
        return kind.outputs[0]
    parser.take()
    token = parser.take()
    if token.kind != "name" or token.text not in kind.outputs:
        raise FormulaError(
            unknown(f"output of {kind.key}", token.text, kind.outputs), token.position
        )
    return token.text
