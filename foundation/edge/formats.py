"""Which form an answer takes: `?format=csv`, or the Accept header."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from rest_framework.negotiation import DefaultContentNegotiation
from typing_extensions import override

from foundation.lib.errors import BadInput, FieldFault


class KnownFormats(DefaultContentNegotiation):
    """An unknown format is a fault of the request; the framework says "Not found" to it."""

    @override
    def filter_renderers(self, renderers: Iterable[Any], format: str) -> list[Any]:
        """BadInput: names the formats that this address has."""
        kept = [one for one in renderers if one.format == format]
        if not kept:
            known = ", ".join(dict.fromkeys(one.format for one in renderers))
            words = f"this address answers as {known}"
            raise BadInput(f"format: {words}", [FieldFault("format", words)])
        return kept
