"""Strict JSON: the only thing that our REST endpoints read."""

from __future__ import annotations

import json
import math
from collections import Counter
from decimal import Decimal, InvalidOperation
from typing import Any

from rest_framework.exceptions import APIException, ParseError
from rest_framework.parsers import BaseParser
from typing_extensions import override

BODY_BYTES_MAX = 2 * 1024 * 1024
DEPTH_MAX = 64  # far below where Python's own recursion ends, in whatever reads the value later


class TooLarge(APIException):
    status_code, default_detail, default_code = 413, "The body is too large.", "too_large"


class StrictJSONParser(BaseParser):
    """JSON without what the database or arithmetic cannot hold: NaN, infinity, NUL, lone halves
    of a character; each key once; bounded in size and depth."""

    media_type = "application/json"

    @override
    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        body = stream.read(BODY_BYTES_MAX + 1)
        if len(body) > BODY_BYTES_MAX:
            raise TooLarge
        try:
            text = body.decode("utf-8")
            value = json.loads(
                text,
                parse_constant=self.parse_constant,
                parse_float=self.parse_float,
                object_pairs_hook=_each_key_once,
            )
            if text.count("[") + text.count("{") > DEPTH_MAX:
                _refuse_depth(value)
            # Only an escape can bring what UTF-8 itself refuses; most bodies have none.
            if "\\u" in text or "\x00" in text:
                json.dumps(value, ensure_ascii=False, default=str).encode("utf-8")
                _refuse_nul(value)
        except RecursionError:
            raise ParseError("The JSON is nested too deeply.") from None
        except ValueError as fault:
            raise ParseError(f"Not JSON that can be read: {fault}") from None
        return value

    def parse_float(self, text: str) -> Any:
        value = float(text)
        if not math.isfinite(value):
            raise ValueError("a number is too large")
        return value

    def parse_constant(self, text: str) -> Any:
        raise ValueError(f"{text} is not a number")


class ExactJSONParser(StrictJSONParser):
    """The same where amounts are read: numbers keep every digit that was written, as Decimal.

    What is no amount (NaN, 1e400) comes through, so that the field it stands in can refuse it.
    """

    @override
    def parse_float(self, text: str) -> Any:
        try:
            return Decimal(text)
        except InvalidOperation:  # an exponent that no Decimal has
            return Decimal("Infinity")

    @override
    def parse_constant(self, text: str) -> Any:
        return Decimal(text)


def _each_key_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Readers differ on which of two equal keys counts; a person who wrote both meant one."""
    made = dict(pairs)
    if len(made) != len(pairs):
        times = Counter(key for key, _ in pairs)
        twice = next(key for key in times if times[key] > 1)
        raise ValueError(f"the key {json.dumps(twice[:60])} is written twice")
    return made


def _refuse_depth(value: Any) -> None:
    level = [value]
    for _ in range(DEPTH_MAX):
        inside = (one.values() if isinstance(one, dict) else one for one in level)
        level = [item for items in inside for item in items if isinstance(item, dict | list)]
        if not level:
            return
    raise ValueError(f"it is nested more than {DEPTH_MAX} deep")


def _refuse_nul(value: Any) -> None:
    if isinstance(value, str) and "\x00" in value:
        raise ValueError("a text has a NUL character")
    for item in value if isinstance(value, list) else ():
        _refuse_nul(item)
    for key, item in value.items() if isinstance(value, dict) else ():
        _refuse_nul(key)
        _refuse_nul(item)
