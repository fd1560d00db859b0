"""Asking a venue what a key may do, through ccxt. Only in a process that signs.

ccxt's own errors carry addresses that may hold the key: nothing of them gets out of here.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from exchanges.core.keys import Keys
from exchanges.venues.ccxt_venue import UNREADABLE
from exchanges.venues.key_faults import cause_of, sentence
from exchanges.venues.key_rights import QUESTIONS, TESTNET_QUESTIONS, UNTOLD, Question, Rights
from exchanges.venues.key_shapes import KEY_SHAPES
from foundation.lib.errors import TryLater

log = logging.getLogger(__name__)

TIMEOUT_MS = 15_000
TRADES = frozenset({"spot", "margin", "futures", "options", "trade"})


@dataclass(frozen=True, slots=True)
class Inspection:
    """What a venue said of a key. withdraws, ip_restricted: None where it does not tell.

    works False: the venue refuses it, and words say why and what to do.
    """

    works: bool
    permissions: tuple[str, ...]
    withdraws: bool | None
    ip_restricted: bool | None
    words: str


class _Refused(Exception):
    def __init__(self, cause: str) -> None:
        super().__init__(cause)
        self.cause = cause


def inspect(
    venue: str,
    keys: Keys,
    *,
    is_testnet: bool = False,
    adjust: Callable[[Any], None] | None = None,
) -> Inspection:
    """One look at a key; TryLater if the venue could not be asked, which says nothing of the key.

    adjust: changes ccxt's object before its first call; tests point it at a local server.
    """
    name = KEY_SHAPES[venue].name
    question = (TESTNET_QUESTIONS if is_testnet else {}).get(venue) or QUESTIONS[venue]
    exchange = None
    try:
        exchange = _exchange(venue, keys, is_testnet)
        if adjust is not None:
            adjust(exchange)
        found = _ask(exchange, question, venue, keys.api_key)
    except _Refused as refused:
        words = sentence(refused.cause, name, is_testnet=is_testnet)
        return Inspection(False, (), None, None, words)
    except TryLater:
        raise TryLater(f"{name} could not be asked about this key.") from None
    finally:
        _forget(exchange)
    return Inspection(
        True, found.permissions, found.withdraws, found.is_ip_restricted, _words(found, name)
    )


def _exchange(venue: str, keys: Keys, is_testnet: bool) -> Any:
    import ccxt

    exchange = getattr(ccxt, venue)(
        {
            "apiKey": keys.api_key,
            "secret": keys.secret,
            "password": keys.passphrase or None,
            "enableRateLimit": True,
            "timeout": TIMEOUT_MS,
            "options": {"maxRetriesOnFailure": 0, "recvWindow": 5_000},
        }
    )
    if is_testnet:
        exchange.set_sandbox_mode(True)
    return exchange


def _ask(exchange: Any, question: Question, venue: str, api_key: str) -> Rights:
    params: dict[str, Any] = {}
    try:
        if question.first:
            params["uid"] = _called(exchange, question.first, venue, {})["data"]
        answer = _called(exchange, question.call, venue, params)
        return question.read(answer, api_key)
    except UNREADABLE:
        kind = "unreadable"
    except _Refused as refused:
        # Who answered the first call has shown that the keys are right.
        if not params or refused.cause not in {"rights", "auth"}:
            raise
        return UNTOLD
    raise TryLater(kind)


def _called(exchange: Any, name: str, venue: str, params: dict[str, Any]) -> Any:
    """One call; its faults as ours, raised where no trace of ccxt's goes along."""
    import ccxt

    cause, kind = "", ""
    try:
        return getattr(exchange, name)(params)
    except ccxt.PermissionDenied as fault:
        cause = cause_of(venue, str(fault), is_permission=True)
    except (ccxt.AuthenticationError, ccxt.AccountNotEnabled) as fault:
        cause = cause_of(venue, str(fault))
    except ccxt.NetworkError as fault:
        kind = type(fault).__name__
    except ccxt.BaseError as fault:
        # Venues also refuse keys by codes that ccxt takes for something else.
        found = cause_of(venue, str(fault))
        cause, kind = ("", type(fault).__name__) if found == "auth" else (found, "")
    except Exception as fault:
        # A secret that is no base64 or PEM fails in the signing itself, before anything is sent.
        cause = "secret_form"
        log.info("a key of %s cannot sign: %s", venue, type(fault).__name__)
    if cause:
        raise _Refused(cause)
    raise TryLater(kind)


def _forget(exchange: Any) -> None:
    """Nothing of the keys outlives the call in an object of ccxt's, nor an open connection."""
    if exchange is None:
        return
    exchange.apiKey = exchange.secret = exchange.password = ""
    exchange.last_request_headers = exchange.last_request_body = exchange.last_request_url = None
    if getattr(exchange, "session", None) is not None:
        exchange.session.close()


def _words(found: Rights, name: str) -> str:
    if found.withdraws:
        return (
            "This key may withdraw money, so it is not used. Take that right away from it at "
            f"{name}, or make a new key without it, then check again."
        )
    said = ["It works."]
    if found.withdraws is None:
        said.append(f"{name} does not tell whether it may withdraw: see there that it may not.")
    elif not TRADES & set(found.permissions):
        said.append("It may only look: to trade, allow trading there and check again.")
    if "transfer" in found.permissions:
        said.append("It may move money between your own accounts: take that away if you can.")
    if found.is_ip_restricted is False:
        said.append(
            "It is not bound to an address: bind it to this server's there, so that it is worth "
            "nothing to a thief."
        )
    return " ".join(said)
