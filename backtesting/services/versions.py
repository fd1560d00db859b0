"""Names the code that computed a result: same code, same candles, same result."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from django.conf import settings

from bots.core.engine.series import Funding
from exchanges.core.margin import tier_rows
from exchanges.core.market import MarketRules

CORES = ("foundation/lib", "exchanges/core", "bots/core", "backtesting/core")
DIGEST_CHARS = 12
LIBRARIES = ("numpy", "numba", "TA-Lib")


@cache
def code_version() -> str:
    """Version of the release and a digest of every source file that a result depends on."""
    root = Path(settings.BASE_DIR)
    digest = hashlib.sha256()
    for core in CORES:
        for source in sorted((root / core).rglob("*.py")):
            digest.update(str(source.relative_to(root)).encode())
            digest.update(source.read_bytes())
    release = settings.SPECTACULAR_SETTINGS["VERSION"]
    return f"{release}+{digest.hexdigest()[:DIGEST_CHARS]}"


def environment_of(
    rules: Mapping[str, MarketRules], funding: Mapping[str, Funding]
) -> dict[str, Any]:
    """What a result depends on beside spec, candles and code: {"rules": …, "libraries": …}, and
    "funding" where fundings are paid."""
    made: dict[str, Any] = {
        "rules": {symbol: _rules(one) for symbol, one in sorted(rules.items())},
        "libraries": libraries(),
    }
    if funding:
        made["funding"] = {symbol: _funding(one) for symbol, one in sorted(funding.items())}
    return made


def _funding(funding: Funding) -> str:
    """How many, and a digest of them."""
    digest = hashlib.sha256(np.ascontiguousarray(funding.time_ms, dtype="<i8").data)
    digest.update(np.ascontiguousarray(funding.rate, dtype="<f8").data)
    return f"{funding.time_ms.size} {digest.hexdigest()[:DIGEST_CHARS]}"


def _rules(rules: MarketRules) -> dict[str, str | None]:
    # Without the market's fees: a run has its own. The tiers are long, so their digest stands here.
    values: dict[str, str | None] = {
        name: None if (step := getattr(rules, name)) is None else f"{step.normalize():f}"
        for name in ("price_step", "amount_step", "amount_min", "notional_min")
    }
    tiers = repr(tier_rows(rules.tiers, float)).encode()
    return values | {"tiers": hashlib.sha256(tiers).hexdigest()[:DIGEST_CHARS]}


@cache
def libraries() -> dict[str, str]:
    """Versions of the packages that compute: another one may round otherwise."""
    # Imported here: a run on the command line that stores nothing does not need it.
    from importlib.metadata import PackageNotFoundError, version

    found = {}
    for name in LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found
