"""generate(): a checked strategy as the text of a program."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from bots.core.codegen.beside import beside_faults
from bots.core.codegen.dialects import DIALECTS, Dialect
from bots.core.codegen.options import Options
from bots.core.codegen.pieces import Piece, needed
from bots.core.codegen.strategy_code import strategy_code
from bots.core.strategy.risk_options import options_used
from bots.core.strategy.spec import Spec
from bots.core.strategy.spot_faults import spot_faults
from foundation.lib.errors import BadInput, FieldFault

STEM_CHARS_MAX = 60
TITLES = {
    "indicators": "Indicators",
    "trading": "Trading: candles, money, decisions",
    "program": "The program",
}
# What comes first in the file: nothing of a user's, since Python looks for an encoding there.
HEADS = {
    "python": '#!/usr/bin/env python3\n"""A trading bot that stands alone: pip install ccxt"""\n',
    "javascript": "#!/usr/bin/env node\n// A trading bot that stands alone: npm install ccxt\n",
}
RUNS = {"python": "python3", "javascript": "node"}


@dataclass(frozen=True, slots=True)
class Program:
    """One file."""

    language: str
    filename: str
    source: str

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.source.encode()).hexdigest()


def generate(spec: Spec, language: str, options: Options) -> Program:
    """The same spec and options always give the same text. BadInput: bots refuse the strategy."""
    refused = [*spot_faults(spec), *beside_faults(spec)]
    faults = [FieldFault("strategy", f"the strategy {words}") for words in refused]
    if faults:
        raise BadInput("; ".join(fault.message for fault in faults), faults)
    dialect = DIALECTS[language]
    stem = _stem(spec, options)
    own = strategy_code(dialect, spec, options, stem)
    used = needed(dialect, f"{own}\n\nmain()\n", bool(options_used(spec.risk)))
    filename = f"{stem}{dialect.suffix}"
    parts = [
        HEADS[language],
        "\n".join(_about(dialect, spec, options, filename)),
        "\n".join(_imports(dialect, used)),
        _titled(dialect, "The strategy", own),
        *_sections(dialect, used),
        _end(dialect),
    ]
    return Program(language, filename, "\n".join(part for part in parts if part))


def _stem(spec: Spec, options: Options) -> str:
    """A file name of letters, digits and dashes."""
    text = unicodedata.normalize("NFKD", f"{spec.name or 'strategy'} {options.symbol}")
    made = re.sub(r"[^a-z0-9]+", "-", text.encode("ascii", "ignore").decode().lower())
    return made.strip("-")[:STEM_CHARS_MAX].strip("-") or "strategy"


def _about(dialect: Dialect, spec: Spec, options: Options, filename: str) -> list[str]:
    """What it is and how it is run, as comments; a user's words among them are made plain."""
    run = f"{RUNS[dialect.key]} {filename}"
    lines = [
        *dialect.comments(f"{spec.name or 'Strategy'}: {options.symbol}, {spec.timeframe} candles"),
        *(dialect.comments(spec.description) if spec.description.strip() else []),
        dialect.comment,
    ]
    for words, command in (
        ("on paper", f"{run} --paper"),
        ("at the exchange", f"EXCHANGE_API_KEY=... EXCHANGE_API_SECRET=... {run} --live"),
        ("how it did so far", f"{run} --summary"),
        ("over a candle file", f"{run} --candles FILE.csv"),
        ("its decisions there", f"{run} --candles FILE.csv --vectors"),
    ):
        lines.append(f"{dialect.comment} {words + ':':<20} {command}")
    lines += [dialect.comment, *dialect.comments(NOTE), ""]
    return lines


NOTE = (
    "Stops and targets of a live position are watched by this program: they only work while it "
    "runs. Its state is kept on disk, so that it goes on where it was stopped. Trading can lose "
    "money; try it on paper first."
)


def _imports(dialect: Dialect, used: Sequence[Piece]) -> list[str]:
    by_module: dict[str, list[str]] = {}
    for module, name in sorted({one for piece in used for one in piece.imports}):
        by_module.setdefault(module, []).append(name)
    lines = []
    for module, names in by_module.items():
        if dialect.key == "javascript":
            lines.append(f'import {{ {", ".join(names)} }} from "{module}";')
        else:
            lines += [f"import {module}"] * ("" in names)
            found = [name for name in names if name]
            lines += [f"from {module} import {', '.join(found)}"] * bool(found)
    return [*sorted(lines, key=lambda line: line.startswith("from")), ""]


def _titled(dialect: Dialect, title: str, code: str) -> str:
    rule = f"{dialect.comment} {'-' * 10} {title} {'-' * (70 - len(title))}"
    return f"\n{rule}\n\n{code}\n"


def _sections(dialect: Dialect, used: Sequence[Piece]) -> list[str]:
    made = []
    for folder, title in TITLES.items():
        sources = [piece.source for piece in used if piece.folder == folder]
        if sources:
            made.append(_titled(dialect, title, _joined(dialect, sources)))
    return made


def _joined(dialect: Dialect, sources: Sequence[str]) -> str:
    """Constants close together, functions apart."""
    gap = "\n\n\n" if dialect.key == "python" else "\n\n"
    text = ""
    for before, source in zip(["", *sources], sources, strict=False):
        are_lines = "\n" not in source and "\n" not in before
        text += ("\n" if are_lines else gap) * bool(text) + source
    return text


def _end(dialect: Dialect) -> str:
    if dialect.key == "python":
        return '\nif __name__ == "__main__":\n    main()\n'
    return "\nawait main();\n"
