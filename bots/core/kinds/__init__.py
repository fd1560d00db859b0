"""KINDS: every kind of bot, one module each. To add one, write its module and name it here."""

from __future__ import annotations

from bots.core.kinds import copy, dca, grid, rebalance, script, signal, triangle
from bots.core.kinds.base import Kind

KINDS: dict[str, Kind] = {
    module.KIND.name: module.KIND
    for module in (dca, grid, rebalance, signal, copy, triangle, script)
}
