"""docs/bots.md: what each kind does and asks for, out of its declaration."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any

from bots.core.kinds.base import Kind
from bots.core.kinds.params import Param, Type, check

INPUTS = {
    "signals": "It acts on signals that come in.",
    "leader": "It acts on the fills of the bot that it follows.",
    "script": "It acts on the answers of a sandboxed script.",
}
HEAD = """\
# Kinds of bots

Written by `manage.py document_kinds` out of `bots/core/kinds/`; a test holds it to that.

A kind trades spot, long only. It decides at the close of a candle; what it sends can be filled from
the next candle on, as `docs/semantics.md`, section 3, "Order-level bots", says. All of its state is
JSON, and a bot that was stopped and started at any close goes on with the very same orders. Orders
that were refused or lost are sent again at the next close.

Backtest one: `POST /api/backtests` with `{"kind": "grid", "params": {…}, "symbols": ["BTC/USDT"],
"timeframe": "1h", "venue": "binance"}`, `manage.py backtest --kind grid --params grid.json …`, or
the page *New backtest*. A kind that acts on events takes them in `events`, each with `time_ms`,
when it came in; it is heard at the first close from then on. Fractions: 0.02 is 2 %, and 2 on the
pages. `GET /api/bots/kinds` lists all of this.

A trade of the report lasts from the first fill until nothing is held: a grid may have many fills in
few trades.
"""


def document(kinds: Mapping[str, Kind]) -> str:
    """The whole file."""
    return "\n".join([HEAD, *map(section, kinds.values())])


def section(kind: Kind) -> str:
    module = inspect.getmodule(type(kind.make({})))
    about = inspect.cleandoc(module.__doc__ or "") if module else ""
    lines = [f"## {kind.title} (`{kind.name}`)", "", kind.summary, "", about, ""]
    for note in (
        INPUTS.get(kind.inputs, ""),
        kind.backtests and f"No backtests: {kind.backtests}.",
        "It holds several currencies, and counts in the first market's." if kind.wallet else "",
    ):
        lines += [note, ""] if note else []
    lines += ["| parameter | type | default | from | to | meaning |", "|---|---|---|---|---|---|"]
    return "\n".join([*lines, *map(row, kind.params), ""])


def row(one: Param) -> str:
    choices = f" ({', '.join(one.choices)})" if one.choices else ""
    default = plain(one.default) or ("none" if one.optional else "needed")
    cells = (
        f"`{one.name}`", f"{one.type}{choices}", default, plain(one.low),
        plain(one.high), f"{one.label}. {one.help}",
    )  # fmt: skip
    return f"| {' | '.join(cells)} |"


def in_words(kind: Kind, params: Mapping[str, Any]) -> list[tuple[str, str]]:
    """(label, value as a page shows it) of every parameter, defaults included."""
    values, _ = check(kind.params, params)
    return [(one.label, shown(one, values[one.name])) for one in kind.params]


def shown(one: Param, value: Any) -> str:
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping):
        return ", ".join(f"{symbol} {part * 100:.6g} %" for symbol, part in value.items())
    if one.type is Type.FRACTION:
        return f"{value * 100:.6g} %"
    return value.capitalize() if isinstance(value, str) else f"{value:,.10g}"


def plain(value: Any) -> str:
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool | str) else f"{value:.10g}"
