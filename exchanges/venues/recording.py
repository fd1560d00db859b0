"""What a call sent and heard: ccxt's exceptions alone do not say whether anything went out."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from exchanges.core.outcome_table import Action, Answer

READS = "GET"
# Where the venues put their codes and words, in the order in which they are believed.
CODE_FIELDS = (
    "code", "retCode", "sCode", "err-code", "err_code", "error_code", "errorCode", "error",
    "errors", "status", "failure_reason", "edit_failure_reason",
)  # fmt: skip
# Coinbase writes these beside the reason, if it has one.
NO_REASONS = frozenset({"unknown_failure_reason", "unknown_cancel_failure_reason"})
WORD_FIELDS = ("msg", "retMsg", "sMsg", "message", "err-msg", "err_msg", "error_details", "name")
OKAY = frozenset({"", "0", "1", "200", "ok", "success", "none", "[]", "{}"})
DEPTH_MAX = 3
MESSAGE_CHARS = 200


@dataclass
class Recording:
    """One call. status None: no answer. writes: requests that may have changed something. broken:
    answers that are no whole JSON; ccxt reads those as if the venue had told nothing."""

    status: int | None = None
    headers: dict[str, str] = field(default_factory=dict)
    body: str = ""
    writes: int = 0
    requests: int = 0
    broken: int = 0

    def watch(self, exchange: Any) -> None:
        """Follow the object's next calls, instead of who followed before."""
        plain: Callable[..., Any] = type(exchange).fetch.__get__(exchange)

        def fetch(url: str, method: str = READS, headers: Any = None, body: Any = None) -> Any:
            self.requests += 1
            self.status, self.body = None, ""
            self.writes += method != READS
            return plain(url, method, headers, body)

        def on_rest_response(code: int, *rest: Any) -> str:
            _reason, _url, _method, headers, body, *_ = rest
            self.status, self.headers = code, {k.lower(): v for k, v in headers.items()}
            self.body = str(body).strip()
            self.broken += not told(self.body)[2]
            return self.body

        exchange.fetch, exchange.on_rest_response = fetch, on_rest_response

    @property
    def retry_after_s(self) -> float | None:
        try:
            return float(self.headers["retry-after"])
        except (KeyError, ValueError):
            return None

    def answer(self, fault: BaseException, action: Action) -> Answer:
        """As the table takes it."""
        code, message, is_whole = told(self.body)
        if not self.requests:
            message = str(fault)[:MESSAGE_CHARS]  # ccxt's own refusal: no address in it
        sent = self.requests if action is Action.QUERY else self.writes
        was_sent = bool(sent) and not never_connected(fault)
        classes = tuple(one.__name__ for one in type(fault).__mro__)
        return Answer(self.status, code, message, classes, was_sent, is_whole)


def told(body: str) -> tuple[str, str, bool]:
    """(the venue's code, its words, whether the body is whole JSON)."""
    try:
        parsed = json.loads(body)
    except ValueError:
        return "", "", False
    codes = [one for one in _values(parsed, CODE_FIELDS) if one.lower() not in OKAY]
    code = next((one for one in codes if one.lower() not in NO_REASONS), "".join(codes[:1]))
    words = next((one for one in _values(parsed, WORD_FIELDS) if one.lower() not in OKAY), "")
    return code[:MESSAGE_CHARS], words[:MESSAGE_CHARS], True


def is_refusal(body: str) -> bool:
    """Whether an answer says by itself that nothing was done. Some of these ccxt passes over: of
    HTX's linear contracts codes that it does not know, of Coinbase a change that failed."""
    try:
        parsed = json.loads(body)
    except ValueError:
        return False
    if not isinstance(parsed, dict):
        return False
    return parsed.get("success") is False or str(parsed.get("code", "")).lower() not in OKAY


def _values(part: Any, names: tuple[str, ...], depth: int = 0) -> Iterator[str]:
    """Texts and numbers under these names, the outer ones first."""
    if depth > DEPTH_MAX:
        return
    if isinstance(part, dict):
        for name in names:
            value = part.get(name)
            if isinstance(value, str | int) and not isinstance(value, bool):
                yield str(value)
            elif isinstance(value, list) and value and isinstance(value[0], str):
                yield value[0]
    inner = part.values() if isinstance(part, dict) else part if isinstance(part, list) else ()
    for one in list(inner)[:4]:
        yield from _values(one, names, depth + 1)


# By name: they are urllib3's, which is ccxt's choice and none of ours.
BEFORE_ANY_BYTE = frozenset({"NewConnectionError", "ConnectTimeoutError", "NameResolutionError"})


def never_connected(fault: BaseException) -> bool:
    """Whether it is certain that no byte left: the name was not found, or the door was closed."""
    seen: BaseException | None = fault
    while seen is not None:
        inner = [seen, getattr(seen, "reason", None), *seen.args]
        inner += [getattr(one, "reason", None) for one in inner]
        names = {kind.__name__ for one in inner for kind in type(one).__mro__}
        if names & BEFORE_ANY_BYTE:
            return True
        seen = seen.__cause__ or seen.__context__
    return False
