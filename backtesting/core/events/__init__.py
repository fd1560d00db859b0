"""Order-level bots on a venue in memory; `simulate` plays a rule strategy as one of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bots.core.engine.series import Simulation, Task


def simulate(task: Task) -> Simulation:
    """The engine of rule strategies, order by order."""
    from backtesting.core.events import loop  # 20 ms that runs on other engines do without

    return loop.simulate(task)
