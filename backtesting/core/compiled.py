"""Compiles functions once and keeps the machine code on disk, so that a worker starts warm.

numba notices a change of the file a function stands in, but not of the formulas it calls from
other files. So the folder is named after the contents of all of them.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar, cast

import numba
from numba.extending import register_jitable

from bots.core.engine.series import Series
from bots.core.strategy import decide, entering, protections, risk, sizing
from exchanges.core import costs, margin, market, matching, positions
from foundation.lib import decimals
from foundation.lib.left_out import left_out

# numba would import it for linear algebra, of which nothing is compiled here. 0.1 s.
with left_out("scipy.linalg"):
    import numba.np.arraymath

F = TypeVar("F", bound=Callable[..., object])

PROJECT = Path(__file__).resolve().parents[2]
# Every formula that the kernels call, directly or through another; a missing one is an error
# when compiling. Inside compiled code they are the same source over float.
FORMULAS = (
    decimals.steps_down,
    market.floor_to_step, market.round_to_step,
    costs.fee, costs.slipped, costs.funding_payment, costs.as_maker, costs.volume_room,
    costs.slippage_of,
    margin.tier_index, margin.notional_max, margin.initial_margin, margin.unrealised_pnl,
    margin.liquidation_price, margin.bankruptcy_price, margin.liquidation_levels,
    margin.entry_tier,
    matching.market_price, matching.stop_loss_price, matching.take_profit_price,
    matching.active_stop, matching.best_price, matching.protective_fill, matching.market_exit,
    matching.stopped_at, matching.liquidated_at, matching.price_away, matching.limit_fill,
    matching.after_limit,
    positions.settle, positions.forfeit, positions.value, positions.spend,
    positions.average_price,
    risk.drawdown_reached, risk.cooled_down, risk.slot_free,
    decide.entry_side, decide.exit_wanted,
    protections.was_stopped, protections.looked_back, protections.locked_until,
    sizing.entry_budget, sizing.quantity_for, sizing.quantity_cap, sizing.entry_quantity,
    sizing.checked_quantity, sizing.largest_quantity,
    entering.kelly, entering.sized_notional, entering.sized_entry, entering.market_entry,
    entering.limit_entry, entering.addition_cap, entering.market_addition,
    entering.partial_quantity,
)  # fmt: skip


def fingerprint() -> str:
    """Of every source that ends up in compiled code."""
    here = Path(__file__).parent
    formulas = {Path(str(sys.modules[formula.__module__].__file__)) for formula in FORMULAS}
    ours = {here / name for name in ("held.py", "chunks.py", "compiled.py")}
    ours.add(Path(str(sys.modules[Series.__module__].__file__)))
    digest = hashlib.sha256()
    for path in sorted(formulas | ours | set(here.glob("kernel*.py"))):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def cache_folder() -> Path:
    """Where machine code is kept: NUMBA_CACHE_DIR, or .numba_cache beside the code.

    In a read-only image, a copy of it in the user's own cache, where more can be added.
    """
    name = fingerprint()
    folder = Path(os.environ.get("NUMBA_CACHE_DIR") or PROJECT / ".numba_cache") / name
    if writable(folder):
        return folder
    own = Path.home() / ".cache" / "cryptobot" / name
    copy = own if writable(own) else Path(tempfile.mkdtemp())
    if folder.is_dir():
        shutil.copytree(folder, copy, dirs_exist_ok=True)
    return copy


def writable(folder: Path) -> bool:
    """Whether files can be made there; makes the folder."""
    with suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
    return os.access(folder, os.W_OK)


def compiled(function: F) -> F:
    """Machine code of a function over plain numbers and arrays; the same floats as Python's.

    Neither fastmath nor contraction: every + - * / rounds as in the reference simulator.
    """
    before, config.CACHE_DIR = config.CACHE_DIR, str(FOLDER)
    try:
        made: Any = numba.njit(cache=True, error_model="numpy", fastmath=False, nogil=True, **LEAN)(
            function
        )
    finally:
        config.CACHE_DIR = before
    return cast(F, made)


def jitable(function: F) -> F:
    """Plain Python outside compiled code, part of it inside."""
    made: F = register_jitable(forceinline=True, **LEAN)(function)
    return made


# Compiled code makes no arrays, it is given them: without reference counts, whose atomic
# instructions cost three times as much as the simulation itself.
LEAN: dict[str, Any] = {"_nrt": False}
config: Any = numba.config
FOLDER = cache_folder()
for formula in FORMULAS:
    jitable(formula)
