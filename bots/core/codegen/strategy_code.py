"""What only this strategy has: its constants, its columns, its conditions."""

from __future__ import annotations

from typing import Any

from bots.core.codegen.condition_code import condition_code
from bots.core.codegen.dialects import Dialect, Literal
from bots.core.codegen.formula_code import formula_body
from bots.core.codegen.history import history
from bots.core.codegen.indicator_code import indicator_call, source_code
from bots.core.codegen.options import Options
from bots.core.formula import parse as parse_formula
from bots.core.indicators import INDICATORS, SOURCES
from bots.core.strategy.indicator_specs import IndicatorSpec
from bots.core.strategy.operands import column_names
from bots.core.strategy.options import option_numbers
from bots.core.strategy.risk_options import options_to_json, options_used
from bots.core.strategy.spec import Spec, fingerprint

RISK = (
    "stop_loss",
    "take_profit",
    "trailing_stop",
    "max_position_size",
    "max_drawdown",
    "cooldown_candles",
)


def strategy_code(dialect: Dialect, spec: Spec, options: Options, stem: str) -> str:
    """The constants, and the functions indicator_columns, buys and sells."""
    formulas = [
        _formula(dialect, spec, number)
        for number, one in enumerate(spec.indicators)
        if INDICATORS[one.type].is_formula
    ]
    parts = [
        "\n".join(_constants(dialect, spec, options, stem)),
        *formulas,
        _columns(dialect, spec),
        _condition(dialect, spec, "buys", "buy"),
        _condition(dialect, spec, "sells", "sell"),
    ]
    return ("\n\n\n" if dialect.key == "python" else "\n\n").join(parts)


def _constants(dialect: Dialect, spec: Spec, options: Options, stem: str) -> list[str]:
    texts: dict[str, Literal] = {
        "NAME": spec.name or "Strategy",
        "SYMBOL": options.symbol,
        "TIMEFRAME": spec.timeframe,
        "EXCHANGE": options.exchange,
        "STATE_FILE": f"{stem}.state.json",
        "FINGERPRINT": fingerprint(spec),
        "PAPER_ONLY": ", ".join(f"risk.{key}" for key in options_used(spec.risk)),
    }
    lines = [dialect.assigned(name, dialect.literal(value)) for name, value in texts.items()]
    lines += dialect.comments("Candles that the indicators need to settle, by timeframe.")
    lines.append(dialect.assigned("HISTORY", dialect.data(history(spec))))
    lines.append(dialect.assigned("RISK", dialect.data(_risk(spec))))
    return lines


def _risk(spec: Spec) -> dict[str, Any]:
    """The limits, 0 for none; and the options, where there are any, as the strategy has them."""
    risk: dict[str, Any] = {key: getattr(spec.risk, key) or 0 for key in RISK}
    if not options_used(spec.risk):
        return risk
    risk |= {"sizing": None, "entry_order": None, "scale_in": [], "protections": []}
    risk |= options_to_json(spec.risk)
    # By rising distance, the last one closing what is left, as the engines take them.
    risk["scale_out"] = [
        {"at": at, "part": part, "closes": closes > 0}
        for at, part, closes in option_numbers(spec.risk).scale_out
    ]
    risk["closes_kept"] = (spec.risk.sizing.window if spec.risk.sizing else 0) + 1
    return risk


def _function(dialect: Dialect, name: str, arguments: str, doc: str, statements: list[str]) -> str:
    """doc: ours, never a user's words."""
    body = [f"{'    ' if dialect.key == 'python' else '  '}{line}" for line in statements]
    if dialect.key == "python":
        return "\n".join([f"def {name}({arguments}):", f'    """{doc}"""', *body])
    head = f"function {dialect.name(name)}({arguments}) {{"
    return "\n".join([f"/** {doc} */", head, *body, "}"])


def _formula(dialect: Dialect, spec: Spec, number: int) -> str:
    one = spec.indicators[number]
    text = str(dict(one.params)["expression"])
    statements = [*dialect.comments(text), *formula_body(dialect, parse_formula(text))]
    name = f"formula_{number + 1}"
    return _function(dialect, name, "base", f"Column {one.id}, one value a candle.", statements)


def _columns(dialect: Dialect, spec: Spec) -> str:
    base = f"frames[{dialect.literal(spec.timeframe)}]"
    spread = "{**base}" if dialect.key == "python" else "{ ...base }"
    statements = [
        dialect.assigned("base", base),
        dialect.assigned("columns", spread),
        dialect.assigned("own", "{}"),
    ]
    for one in _in_order(spec):
        statements += _one_indicator(dialect, spec, one)
    statements.append("return columns" if dialect.key == "python" else "return columns;")
    doc = "Every column that the conditions read. frames: candle columns by timeframe."
    return _function(dialect, "indicator_columns", "frames", doc, statements)


def _in_order(spec: Spec) -> list[IndicatorSpec]:
    """Each behind the indicator that it reads."""
    placed: dict[str, IndicatorSpec] = {}
    by_id = {one.id: one for one in spec.indicators}

    def place(one: IndicatorSpec) -> None:
        if one.source_id is not None:
            place(by_id[one.source_id])
        placed.setdefault(one.id, one)

    for one in spec.indicators:
        place(one)
    return list(placed.values())


def _one_indicator(dialect: Dialect, spec: Spec, one: IndicatorSpec) -> list[str]:
    kind, timeframe = INDICATORS[one.type], one.timeframe or spec.timeframe
    frame = "base" if timeframe == spec.timeframe else f"frames[{dialect.literal(timeframe)}]"
    own = f"own[{dialect.literal(one.id)}]"
    if kind.is_formula:
        made = dialect.call(f"formula_{spec.indicators.index(one) + 1}", frame)
    else:
        source = _source(dialect, spec, one, frame) if kind.takes_source else None
        made = indicator_call(dialect, one.type, dict(one.params), frame, source)
    lines = [*dialect.comments(f"{one.id}: {kind.name}"), dialect.stored(own, made)]
    for place, name in enumerate(column_names(one.id, kind.outputs)):
        value = f"{own}[{place}]"
        if frame != "base":
            arguments = (value, frame, dialect.literal(timeframe))
            value = dialect.call("shown", *arguments, "base", dialect.literal(spec.timeframe))
        lines.append(dialect.stored(f"columns[{dialect.literal(name)}]", value))
    return lines


def _source(dialect: Dialect, spec: Spec, one: IndicatorSpec, frame: str) -> str:
    """What it reads: a price, a mean of prices, or an output of another indicator."""
    name, _, output = one.source.partition(".")
    if name in SOURCES:
        return source_code(dialect, name, frame)
    read = next(other for other in spec.indicators if other.id == name)
    outputs = INDICATORS[read.type].outputs
    return f"own[{dialect.literal(name)}][{outputs.index(output) if output else 0}]"


def _condition(dialect: Dialect, spec: Spec, name: str, side: str) -> str:
    code = condition_code(dialect, getattr(spec, f"{side}_conditions"))
    statement = f"return {code}" if dialect.key == "python" else f"return {code};"
    doc = f"Whether the close of candle i says {side}."
    return _function(dialect, name, "c, i", doc, [statement])
