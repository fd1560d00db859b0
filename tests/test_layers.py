"""The run-time half of the layers: what import-linter cannot see."""

from __future__ import annotations

import ast
import inspect
import re
import subprocess
import sys
from collections.abc import Iterator
from fnmatch import fnmatch
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from cryptobot.celery import SCHEDULE, app
from cryptobot.embedded import BASE_DIR

APPS = ("accounts", "exchanges", "bots", "backtesting", "marketplace")
CORES = [name for name in APPS if (BASE_DIR / name / "core").is_dir()]
FOREIGN = ("django", "celery", "ccxt", "rest_framework", "channels", "redis")
REQUIREMENTS = ("requirements.txt", "requirements-dev.txt")
TASK_ARGUMENTS = {"int", "str", "float", "bool", "int | None", "str | None"}

IMPORT_ALL = """
import importlib, pkgutil, sys
package = importlib.import_module(sys.argv[1])
for module in pkgutil.walk_packages(package.__path__, f"{sys.argv[1]}."):
    if not module.name.endswith("__main__"):
        importlib.import_module(module.name)
print(*sorted(name for name in sys.argv[2:] if name in sys.modules))
"""


def product_files() -> Iterator[Path]:
    for folder in ("foundation", "cryptobot", *APPS):
        for path in sorted((BASE_DIR / folder).rglob("*.py")):
            if not {"tests", "migrations"} & set(path.parts):
                yield path


@pytest.mark.parametrize("name", CORES)
def test_a_core_loads_nothing_of_django(name: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", IMPORT_ALL, f"{name}.core", *FOREIGN],
        cwd=BASE_DIR,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == [], f"{name}.core loads what only the edges may know"


def enqueued_names() -> Iterator[tuple[str, str]]:
    """(where, task name) of each call of queue.enqueue and send_task with a literal name."""
    for path in product_files():
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
                called = getattr(node.func, "attr", getattr(node.func, "id", ""))
                if called in {"enqueue", "send_task"}:
                    yield f"{path.relative_to(BASE_DIR)}:{node.lineno}", str(node.args[0].value)


def tasks() -> dict[str, object]:
    app.loader.import_default_modules()
    return {name: task for name, task in app.tasks.items() if not name.startswith("celery.")}


def test_every_enqueued_task_exists() -> None:
    known = tasks()
    assert [(where, name) for where, name in enqueued_names() if name not in known] == []


def test_every_periodic_task_exists_and_its_queue_is_served() -> None:
    known = tasks()
    assert {name for name, (task, *_) in SCHEDULE.items() if task not in known} == set()
    assert all(entry["options"]["expires"] for entry in app.conf.beat_schedule.values())


def test_every_task_has_a_queue_of_its_own_choosing() -> None:
    patterns = app.conf.task_routes
    lost = [name for name in tasks() if not any(fnmatch(name, pattern) for pattern in patterns)]
    assert lost == []


def test_tasks_take_only_ids_and_times() -> None:
    """An object in a message is stale when it is read, and may carry a secret."""
    wrong = []
    for name, task in tasks().items():
        for parameter in inspect.signature(task.run).parameters.values():  # type: ignore[attr-defined]
            if parameter.name not in {"self", "_"} and parameter.annotation not in TASK_ARGUMENTS:
                wrong.append(f"{name}({parameter.name}: {parameter.annotation})")
    assert wrong == []


def test_the_package_files_of_apps_are_empty() -> None:
    """Importing a core runs them: one import there would pull in Celery and Django."""
    files = [BASE_DIR / name / "__init__.py" for name in ("cryptobot", "foundation", *APPS)]
    assert [str(path) for path in files if re.sub(r"\s", "", path.read_text())] == []


def required() -> set[str]:
    """Distribution names that the requirements files name themselves."""
    text = "".join((BASE_DIR / name).read_text() for name in REQUIREMENTS)
    return {plain_name(name) for name in re.findall(r"^([\w-]+)[\[\]\w,]*==", text, re.MULTILINE)}


def plain_name(name: str) -> str:
    return name.lower().replace("_", "-")


def test_every_package_that_is_imported_is_required_by_name() -> None:
    """What comes only with another package goes when that one drops it."""
    owners = packages_distributions()
    ours = {"foundation", "cryptobot", "tests", "bench", "conftest", *APPS}
    found = set()
    for path in (*product_files(), BASE_DIR / "conftest.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                found |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                found.add(node.module.split(".")[0])
    foreign = found - ours - set(sys.stdlib_module_names)
    missing = [
        name
        for name in sorted(foreign)
        if not required() & set(map(plain_name, owners.get(name, ())))
    ]
    assert missing == []
