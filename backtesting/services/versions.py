"""Names the code that computed a result: same code, same candles, same result."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

from django.conf import settings

CORES = ("foundation/lib", "exchanges/core", "bots/core", "backtesting/core")
DIGEST_CHARS = 12


@cache
def code_version() -> str:
    """Version of the release and a digest of every source file that a result depends on."""
    root = Path(settings.BASE_DIR)
    digest = hashlib.sha256()
    for core in CORES:
        for source in sorted((root / core).rglob("*.py")):
            digest.update(str(source.relative_to(root)).encode())
            digest.update(source.read_bytes())
    version = settings.SPECTACULAR_SETTINGS["VERSION"]
    return f"{version}+{digest.hexdigest()[:DIGEST_CHARS]}"
