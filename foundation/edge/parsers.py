"""Strict JSON: the only thing that our REST endpoints read."""

from __future__ import annotations

import json
import math
from collections import Counter
from typing import Any, NoReturn

from rest_framework.exceptions import APIException, ParseError
from rest_framework.parsers import BaseParser
from typing_extensions import override

BODY_BYTES_MAX = 2 * 1024 * 1024


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
                parse_constant=_refuse_constant,
                parse_float=_finite,
                object_pairs_hook=_each_key_once,
            )
            # Only an escape can bring what UTF-8 itself refuses; most bodies have none.
            if "\\u" in text or "\x00" in text:
                json.dumps(value, ensure_ascii=False).encode("utf-8")
                _refuse_nul(value)
        except RecursionError:
            raise ParseError("The JSON is nested too deeply.") from None
        except ValueError as fault:
            raise ParseError(f"Not JSON that can be read: {fault}") from None
        return value


def _refuse_constant(text: str) -> NoReturn:
    raise ValueError(f"{text} is not a number")


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError("a number is too large")
    return value


def _each_key_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Readers differ on which of two equal keys counts; a person who wrote both meant one."""
    made = dict(pairs)
    if len(made) != len(pairs):
        times = Counter(key for key, _ in pairs)
        twice = next(key for key in times if times[key] > 1)
        raise ValueError(f"the key {json.dumps(twice[:60])} is written twice")
    return made


def _refuse_nul(value: Any) -> None:
    if isinstance(value, str) and "\x00" in value:
        raise ValueError("a text has a NUL character")
    for item in value if isinstance(value, list) else ():
        _refuse_nul(item)
    for key, item in value.items() if isinstance(value, dict) else ():
        _refuse_nul(key)
        _refuse_nul(item)
