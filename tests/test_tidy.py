"""The house rules: lengths, banned calls with what to use instead, nothing left over."""

from __future__ import annotations

import ast
import re
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from cryptobot.embedded import BASE_DIR

pytestmark = pytest.mark.xdist_group("tidy")  # one worker reads all sources, once
FILE_LINES_MAX = 300
FUNCTION_LINES_MAX = 40
CLOCK = "foundation/lib/clock.py"

# call -> (what to use instead, where it is allowed all the same)
BANNED = {
    "datetime.now": ("foundation.lib.clock.now()", ()),
    "datetime.utcnow": ("foundation.lib.clock.now()", ()),
    "datetime.today": ("foundation.lib.clock.now()", ()),
    "date.today": ("foundation.lib.clock.now().date()", ()),
    "timezone.now": ("foundation.lib.clock.now()", ()),
    "time.time": ("foundation.lib.clock.now_ms()", ()),
    "time.time_ns": ("foundation.lib.clock.now_ms()", (CLOCK,)),
    "print": ("self.stdout.write() in a command, structlog elsewhere", ("bin/", "bench/")),
    "breakpoint": ("a test", ()),
    "os.system": ("subprocess.run with a list", ()),
}
BANNED_IN_TESTS = {
    "time.sleep": "tests.watching.wait_until",
    "sleep": "tests.watching.wait_until, or an event of the thing waited for",
}
# A name that holds money must never pass through a float: 0.1 + 0.2 is not 0.3 there.
MONEY = re.compile(r"(amount|balance|cash|fee|price|quantity|notional|margin|pnl)", re.IGNORECASE)
LEFT_OVER = re.compile(
    r"\b(" + "|".join(("TO" + "DO", "FIX" + "ME", "X" * 3, "HA" + "CK")) + r")\b"
)
A_MODULE = re.compile(r"[a-z_]+(\.\w+)+")
UNFINISHED = re.compile(r"(?i)\b(coming soon|not implemented yet|lorem ipsum)\b")


@cache
def tracked() -> tuple[Path, ...]:
    """What git would commit: a clean clone and a working copy are judged alike."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    done = subprocess.run(command, cwd=BASE_DIR, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        pytest.skip("not a git checkout: nothing says which files are ours")
    return tuple(path for line in done.stdout.splitlines() if (path := BASE_DIR / line).is_file())


def name_of(path: Path) -> str:
    return path.relative_to(BASE_DIR).as_posix()


def is_test(path: Path) -> bool:
    return "tests" in path.parts or path.name == "conftest.py"


@cache
def sources() -> tuple[tuple[str, bool, tuple[ast.AST, ...]], ...]:
    """(name, is it a test, nodes) of each Python file but migrations."""
    found = (path for path in tracked() if path.suffix == ".py" and "migrations" not in path.parts)
    return tuple((name_of(path), is_test(path), nodes_of(path)) for path in found)


def nodes_of(path: Path) -> tuple[ast.AST, ...]:
    """What the rules look at, of the rest there is far more."""
    wanted = ast.Call | ast.FunctionDef | ast.AsyncFunctionDef
    wanted |= ast.Import | ast.ImportFrom | ast.Constant
    return tuple(node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, wanted))


def calls(nodes: tuple[ast.AST, ...]) -> Iterator[tuple[int, str, ast.Call]]:
    """(line, dotted name by its last two parts, node) of every call."""
    for node in nodes:
        if isinstance(node, ast.Call):
            if isinstance(node.func, ast.Name):
                yield node.lineno, node.func.id, node
            elif isinstance(node.func, ast.Attribute):
                owner = getattr(node.func.value, "id", getattr(node.func.value, "attr", ""))
                yield node.lineno, f"{owner}.{node.func.attr}", node


def test_files_are_short() -> None:
    kinds = {".py", ".js", ".css", ".html", ".sh", ".toml"}
    long = {
        name_of(path): lines
        for path in tracked()
        if path.suffix in kinds and "migrations" not in path.parts
        if (lines := len(path.read_text().splitlines())) > FILE_LINES_MAX
    }
    assert long == {}, "split by noun, not into utils"


def test_functions_are_short() -> None:
    functions = (
        (f"{name}:{node.lineno} {node.name}", (node.end_lineno or 0) - node.lineno + 1)
        for name, _, nodes in sources()
        for node in nodes
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    )
    assert {name: lines for name, lines in functions if lines > FUNCTION_LINES_MAX} == {}


def test_banned_calls() -> None:
    found = [
        f"{name}:{line} {called}: use {BANNED[called][0]}"
        for name, in_test, nodes in sources()
        for line, called, _ in calls(nodes)
        if called in BANNED and not in_test and not name.startswith(BANNED[called][1])
    ]
    assert found == []


def test_tests_do_not_sleep() -> None:
    found = [
        f"{name}:{line} {called}: use {BANNED_IN_TESTS[called]}"
        for name, in_test, nodes in sources()
        for line, called, _ in calls(nodes)
        if in_test and called in BANNED_IN_TESTS
    ]
    assert found == []


def test_services_and_models_keep_money_out_of_floats() -> None:
    found = [
        f"{name}:{line} float({ast.unparse(node.args[0])})"
        for name, _, nodes in sources()
        if re.match(r"\w+/(services|models)/", name) and not name.startswith("backtesting/")
        for line, called, node in calls(nodes)
        if called == "float" and node.args and MONEY.search(ast.unparse(node.args[0]))
    ]
    assert found == [], "money is Decimal; candles become arrays in core"


def test_nothing_is_left_over() -> None:
    found = []
    for path in tracked():
        if path.suffix in {".py", ".html", ".js", ".css", ".md", ".toml", ".yml", ".sh", ""}:
            for number, line in enumerate(path.read_text().splitlines(), 1):
                if LEFT_OVER.search(line) or (
                    UNFINISHED.search(line) and path.name != "test_tidy.py"
                ):
                    found.append(f"{name_of(path)}:{number} {line.strip()[:80]}")
    assert found == []


def test_every_suppression_says_which_rule() -> None:
    bare = re.compile(r"#\s*(noqa(?!:)|type:\s*ignore(?!\[))")
    found = [
        f"{name_of(path)}:{number}"
        for path in tracked()
        if path.suffix == ".py" and path.name != "test_tidy.py"
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if bare.search(line)
    ]
    assert found == []


def uses(name: str, nodes: tuple[ast.AST, ...]) -> Iterator[str]:
    """Modules that a file imports, or names in a string as settings do."""
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            package = node.module or ".".join(Path(name).parent.parts)
            yield from (package, *(f"{package}.{alias.name}" for alias in node.names))
        elif isinstance(node, ast.Constant) and A_MODULE.fullmatch(str(node.value)):
            yield from (str(node.value), str(node.value).rpartition(".")[0])


def test_no_module_is_dead() -> None:
    """A module that nothing imports, and that no framework finds by its name, is left over."""
    found_by_name = re.compile(
        r"(^|/)(tests|migrations|commands|bench|clients|pages|api|templatetags|venues|indicators"
        r"|metrics|order_types|sources)/|/(apps|admin|tasks|urls|signals|__init__|__main__)\.py$"
        r"|^(manage|conftest)\.py$|^cryptobot/|/warm\.py$|/codegen/python/"
    )
    used = {module for name, _, nodes in sources() for module in uses(name, nodes)}
    modules = (
        name for name, in_test, _ in sources() if not in_test and not found_by_name.search(name)
    )
    dead = [name for name in modules if name.removesuffix(".py").replace("/", ".") not in used]
    assert dead == []
