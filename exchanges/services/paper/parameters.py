"""The risk engine's figures as they are now; read anew every few seconds."""

from __future__ import annotations

import time
from decimal import Decimal

from exchanges.core.risk_parameters import PARAMETERS
from exchanges.models import RiskParameter

READ_EVERY_S = 5.0
_kept: tuple[float, dict[str, Decimal]] = (float("-inf"), {})


def value(name: str) -> Decimal:
    """What an admin set, or the usual value."""
    global _kept  # noqa: PLW0603 - one small table a process
    if time.monotonic() - _kept[0] > READ_EVERY_S:
        _kept = time.monotonic(), dict(RiskParameter.objects.values_list("name", "value"))
    return _kept[1].get(name, PARAMETERS[name].usual)


def forget() -> None:
    """Read again at the next look: after a change, and between tests."""
    global _kept  # noqa: PLW0603 - as above
    _kept = float("-inf"), {}
