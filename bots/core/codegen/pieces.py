"""The real code that programs are made of: every top-level definition, and what it calls."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from bots.core.codegen.dialects import Dialect

HERE = Path(__file__).parent
# The order in which a program shows them; the strategy's own part comes first.
FOLDERS = ("indicators", "trading", "program")
WORD = re.compile(r"[A-Za-z_$][\w$]*")
TOP_LEVEL = re.compile(r"(?:export )?(?:async )?(?:function|class|const|let) ([A-Za-z_$][\w$]*)")
IMPORT = re.compile(r"^import \{([^}]*)\} from \"([^\"]*)\";\n", re.MULTILINE)
NOT_CODE = re.compile(r"/\*.*?\*/|//[^\n]*|\"(?:[^\"\\\n]|\\.)*\"", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Piece:
    """One definition. uses: every word in it; imports: (module, name) of the standard library.

    An empty name is the module itself.
    """

    name: str
    folder: str
    source: str
    uses: frozenset[str]
    imports: frozenset[tuple[str, str]] = frozenset()


@cache
def pieces(key: str, with_options: bool = False) -> dict[str, Piece]:
    """Every piece of a language by name, in the order of the files.

    with_options: the functions of the folder options stand in for the plain ones of their names.
    """
    found: dict[str, Piece] = {}
    read, suffix = (_python, "py") if key == "python" else (_javascript, "js")
    for folder in FOLDERS:
        for path in sorted((HERE / key / folder).glob(f"*.{suffix}")):
            for piece in read(path.read_text(encoding="utf-8"), folder):
                assert found.setdefault(piece.name, piece).source == piece.source, piece.name
    for path in sorted((HERE / key / "options").glob(f"*.{suffix}")) if with_options else ():
        found |= {one.name: one for one in read(path.read_text(encoding="utf-8"), "trading")}
    return found


def needed(dialect: Dialect, code: str, with_options: bool) -> list[Piece]:
    """The pieces that this code calls, and those that they call, in their own order."""
    known = pieces(dialect.key, with_options)
    wanted: set[str] = set()
    left = [name for name in _words(dialect, code) if name in known]
    while left:
        name = left.pop()
        if name not in wanted:
            wanted.add(name)
            left += [other for other in known[name].uses if other in known]
    return [piece for name, piece in known.items() if name in wanted]


def _words(dialect: Dialect, code: str) -> Iterable[str]:
    if dialect.key == "python":
        return _names(ast.parse(code))
    return _javascript_words(code)


def _names(tree: ast.AST) -> frozenset[str]:
    return frozenset(node.id for node in ast.walk(tree) if isinstance(node, ast.Name))


def _python(text: str, folder: str) -> Iterable[Piece]:
    tree, lines = ast.parse(text), text.splitlines()
    imports: dict[str, tuple[str, str]] = {}
    for node in tree.body:
        if isinstance(node, ast.Import):
            imports |= {alias.name: (alias.name, "") for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not str(node.module).startswith("bots."):
            for alias in node.names:
                imports[alias.name] = (str(node.module), alias.name)
        elif isinstance(node, ast.FunctionDef | ast.ClassDef | ast.Assign):
            name = node.name if not isinstance(node, ast.Assign) else ast.unparse(node.targets[0])
            source = "\n".join(lines[_start(node, lines) : node.end_lineno])
            uses = _names(node)
            yield Piece(
                name, folder, source, uses, frozenset(imports[u] for u in uses & {*imports})
            )


def _start(node: ast.stmt, lines: list[str]) -> int:
    """The first line, with the comment above it."""
    start = node.lineno - 1
    while start > 0 and lines[start - 1].startswith("#"):
        start -= 1
    return start


def _javascript(text: str, folder: str) -> Iterable[Piece]:
    """Definitions begin in the first column, and end before the next one's comment."""
    imports = dict(_javascript_imports(text))
    lines = IMPORT.sub("", text).splitlines()
    starts = [i for i, line in enumerate(lines) if TOP_LEVEL.match(line)]
    heads = [_comment_above(lines, start) for start in starts]
    for start, head, end in zip(starts, heads, [*heads[1:], len(lines)], strict=True):
        match = TOP_LEVEL.match(lines[start])
        assert match is not None
        source = (
            "\n".join(lines[head:end])
            .strip("\n")
            .replace(match[0], match[0].removeprefix("export "), 1)
        )
        uses = _javascript_words(source)
        needs = frozenset(imports[one] for one in uses & {*imports})
        yield Piece(match[1], folder, source, uses, needs)


def _javascript_imports(text: str) -> Iterable[tuple[str, tuple[str, str]]]:
    """Word in the code -> (module, name), of the modules that Node.js brings along."""
    for names, module in IMPORT.findall(text):
        for name in filter(None, (one.strip() for one in names.split(","))):
            if module.startswith("node:"):
                yield name.split(" as ")[-1], (module, name)


def _comment_above(lines: list[str], start: int) -> int:
    while start > 0 and lines[start - 1].startswith(("//", "/**", " *")):
        start -= 1
    return start


def _javascript_words(code: str) -> frozenset[str]:
    return frozenset(WORD.findall(NOT_CODE.sub(" ", code)))
