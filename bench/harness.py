"""Runs the figures, prints a table, writes results.json. One module of this package per figure."""

from __future__ import annotations

import importlib
import json
import os
import pkgutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from types import ModuleType

HERE = Path(__file__).parent
PROJECT = HERE.parent
RESULTS = HERE / "results.json"
PEERS = PROJECT.parent / "shared" / "bench"
FOLDER = Path(os.environ.get("BENCH_DIR") or PROJECT / ".data" / "bench")


@dataclass(frozen=True, slots=True)
class Row:
    """One figure beside one peer. ratio: ours / the peer's; None without a peer here."""

    name: str
    value: float
    unit: str
    peer: str | None = None
    peer_value: float | None = None
    ratio: float | None = None


def row(
    name: str, value: float, unit: str, peer: str | None = None, peer_value: float | None = None
) -> Row:
    ratio = None if not peer_value else value / peer_value
    return Row(name, value, unit, peer if peer_value else None, peer_value, ratio)


def medians_ms(*calls: Callable[[], object], repeats: int = 51) -> list[float]:
    """Median of each call, after one that is not counted.

    In turns, so that whatever else the machine does meets all of them alike.
    """
    taken: list[list[float]] = [[] for _ in calls]
    for number in range(repeats + 1):
        for call, times in zip(calls, taken, strict=True):
            start = time.perf_counter()
            call()
            if number:
                times.append(time.perf_counter() - start)
    return [statistics.median(times) * 1000 for times in taken]


# A small process in between: Linux counts what the starting process held to its child's peak.
WATCH = """
import os, sys, time
nothing = os.open(os.devnull, os.O_WRONLY)
start = time.perf_counter()
child = os.posix_spawn(
    sys.argv[1], sys.argv[1:], os.environ, file_actions=[(os.POSIX_SPAWN_DUP2, nothing, 1)]
)
_, status, usage = os.wait4(child, 0)
print(time.perf_counter() - start, usage.ru_maxrss / 1024)
sys.exit(os.waitstatus_to_exitcode(status))
"""


# Bytecode is one of the caches that are warm; the settings are what each command takes itself.
NOT_INHERITED = ("PYTHONDONTWRITEBYTECODE", "DJANGO_SETTINGS_MODULE")


def process(command: Sequence[str], environment: dict[str, str]) -> tuple[float, float]:
    """(seconds, peak MB) of a whole process; a failing one stops the benchmark."""
    inherited = {k: v for k, v in os.environ.items() if k not in NOT_INHERITED}
    watched = subprocess.run(
        [sys.executable, "-S", "-c", WATCH, *command],
        cwd=PROJECT,
        env=inherited | environment,
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    if watched.returncode:
        raise RuntimeError(f"{' '.join(command[:4])} … ended with {watched.returncode}")
    seconds, megabytes = watched.stdout.split()
    return float(seconds), float(megabytes)


def median_processes(
    *commands: Sequence[str], environment: dict[str, str], repeats: int = 5
) -> list[tuple[float, float]]:
    """Medians of (seconds, peak MB) of each, in turns, after one run that warms the caches."""
    rounds = [[process(one, environment) for one in commands] for _ in range(repeats + 1)][1:]
    return [
        (statistics.median(r[0] for r in runs), statistics.median(r[1] for r in runs))
        for runs in zip(*rounds, strict=True)
    ]


def peers_python() -> str | None:
    """The peers' interpreter: BENCH_PEERS_PYTHON, or what `make bench-peers` made."""
    own = FOLDER / "peers" / "bin" / "python"
    return os.environ.get("BENCH_PEERS_PYTHON") or (str(own) if own.exists() else None)


def peer_run(script: str, *arguments: str) -> dict[str, float] | None:
    """What a script of bench/peers says of itself; None, with the reason told, if it cannot run."""
    python, reason = peers_python(), "the peers are not installed; run `make bench-peers`"
    if python is not None:
        told = subprocess.run(
            [python, str(HERE / "peers" / script), *arguments],
            env=os.environ | {"BENCH_DIR": str(FOLDER)},
            capture_output=True,
            text=True,
            check=False,
        )
        if told.returncode == 0:
            found: dict[str, float] = json.loads(told.stdout)
            return found
        reason = (told.stderr.strip().splitlines() or ["it said nothing"])[-1]
    sys.stdout.write(f"{'':28} skipped {script} {' '.join(arguments)}: {reason}\n")
    return None


def figures(only: str) -> Iterator[ModuleType]:
    """Modules that measure names beginning with `only`."""
    for found in sorted(pkgutil.iter_modules([str(HERE)]), key=lambda one: one.name):
        if not found.name.startswith("figure_"):
            continue
        module = importlib.import_module(f"bench.{found.name}")
        if any(name.startswith(only) for name in module.NAMES):
            yield module


def show(rows: Sequence[Row]) -> None:
    """The table."""
    for one in rows:
        beside = ""
        if one.peer_value is not None and one.ratio is not None:
            beside = f"{one.peer}: {one.peer_value:,.2f} {one.unit}, ratio {one.ratio:.3g}"
        sys.stdout.write(f"{one.name:28} {one.value:>12,.2f} {one.unit:4} {beside}\n")
    sys.stdout.flush()


def main(only: str) -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    rows: list[Row] = []
    for module in figures(only):
        measured = [one for one in module.measure() if one.name.startswith(only)]
        show(measured)
        rows += measured
    if not rows:
        raise SystemExit(f"no figure begins with {only!r}")
    RESULTS.write_text(json.dumps([asdict(one) for one in rows], indent=1) + "\n")
