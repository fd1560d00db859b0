"""The one column type of amounts and prices."""

from __future__ import annotations

from typing import Any

from django.db import models

from foundation.lib.decimals import DECIMAL_PLACES, MAX_DIGITS


def amount_field(**options: Any) -> models.DecimalField[Any, Any]:
    """NUMERIC(38, 18), as every amount and price in this database, with its usual options."""
    return models.DecimalField(max_digits=MAX_DIGITS, decimal_places=DECIMAL_PLACES, **options)
