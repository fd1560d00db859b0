"""What of a strategy is too much for a spot market, or for real money: bots and programs alike."""

from __future__ import annotations

from collections.abc import Iterator

from bots.core.strategy.risk_options import options_used
from bots.core.strategy.spec import Spec


def spot_faults(spec: Spec) -> Iterator[str]:
    """Sentences about what of it nobody can do on a spot market."""
    if spec.short_conditions is not None:
        yield "sells short (short_conditions); a bot on a spot market only buys and sells"
    if spec.risk.leverage > 1:
        yield f"uses leverage {spec.risk.leverage:g} (risk.leverage); a spot market has none"


def real_faults(spec: Spec) -> Iterator[str]:
    """Sentences about what is done on paper only: elsewhere it could not keep to its backtest."""
    for key in options_used(spec.risk):
        yield f"uses risk.{key}, which bots do on paper only; leave it out"
