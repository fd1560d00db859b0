"""What an answer of a venue, or its absence, says about a call: one table for all venues.

Sources: the venues' error pages, and what ccxt makes of them, which is often less: it maps
time-outs to network errors, duplicate ids to invalid orders, and an unknown state to a plain error.
So the venue's own code is asked first, the HTTP status next, ccxt's class last.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum

from exchanges.core.outcomes import Outcome as O


class Action(StrEnum):
    """What was asked. Only a query leaves nothing behind."""

    CREATE = "create"
    CANCEL = "cancel"
    AMEND = "amend"
    CHANGE = "change"  # of a setting: leverage, margin mode
    QUERY = "query"


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. http_status None: nothing that could be read as an answer.

    was_sent: whether any byte may have reached the venue. is_whole: the body could be read as
    what the venue promises. classes: names of ccxt's exception and its bases, most special first.
    """

    http_status: int | None = None
    code: str = ""
    message: str = ""
    classes: tuple[str, ...] = ()
    was_sent: bool = True
    is_whole: bool = True


_BINANCE = {
    "-1000": O.UNKNOWN, "-1001": O.UNKNOWN, "-1006": O.UNKNOWN, "-1007": O.UNKNOWN,
    "-1008": O.TRANSIENT,  # overloaded: "request was throttled", before the engine
    "-1003": O.RATE_LIMITED, "-1015": O.RATE_LIMITED, "-1034": O.RATE_LIMITED,
    "-1021": O.CLOCK, "-1022": O.AUTH, "-2014": O.AUTH, "-2015": O.AUTH, "-1002": O.PERMISSION,
    "-4109": O.PERMISSION, "-2017": O.PERMISSION,
    "-2018": O.INSUFFICIENT_FUNDS, "-2019": O.INSUFFICIENT_FUNDS, "-4047": O.INSUFFICIENT_FUNDS,
    "-2013": O.NOT_FOUND, "-2011": O.NOT_FOUND, "-4116": O.ALREADY_SENT, "-20132": O.ALREADY_SENT,
    "-5041": O.UNKNOWN,  # a time-out in its queue
    "-4015": O.INVALID_ORDER, "-1016": O.VENUE_DOWN,
}  # fmt: skip
_BYBIT = {
    "10000": O.UNKNOWN, "10016": O.UNKNOWN, "170007": O.UNKNOWN,
    # ccxt: invalid orders. "Creation timeout", "cancellation timeout", "submitted for processing"
    "170146": O.UNKNOWN, "170147": O.UNKNOWN, "170035": O.UNKNOWN,
    "10014": O.ALREADY_SENT, "12141": O.ALREADY_SENT, "110030": O.ALREADY_SENT,
    "10429": O.RATE_LIMITED, "10006": O.RATE_LIMITED, "10018": O.RATE_LIMITED, "10002": O.CLOCK,
    "10003": O.AUTH, "10004": O.AUTH, "33004": O.AUTH, "10005": O.PERMISSION, "10010": O.PERMISSION,
    "10024": O.PERMISSION, "110072": O.ALREADY_SENT, "170141": O.ALREADY_SENT,
    "110001": O.NOT_FOUND, "170213": O.NOT_FOUND, "110004": O.INSUFFICIENT_FUNDS,
    "110007": O.INSUFFICIENT_FUNDS, "110012": O.INSUFFICIENT_FUNDS, "110045": O.INSUFFICIENT_FUNDS,
    "170131": O.INSUFFICIENT_FUNDS,
}  # fmt: skip
_OKX = {
    "50001": O.VENUE_DOWN, "50004": O.UNKNOWN, "50013": O.TRANSIENT, "50026": O.UNKNOWN,
    "51149": O.UNKNOWN, "51054": O.UNKNOWN, "50011": O.RATE_LIMITED, "50040": O.RATE_LIMITED,
    "51011": O.ALREADY_SENT, "50061": O.RATE_LIMITED, "50102": O.CLOCK, "50112": O.CLOCK,
    "50103": O.AUTH, "50105": O.AUTH, "50111": O.AUTH, "50113": O.AUTH, "50119": O.AUTH,
    "50110": O.PERMISSION, "50120": O.PERMISSION, "51016": O.ALREADY_SENT, "51400": O.NOT_FOUND,
    "51401": O.NOT_FOUND, "51402": O.NOT_FOUND, "51503": O.NOT_FOUND, "51603": O.NOT_FOUND,
    "51008": O.INSUFFICIENT_FUNDS, "51131": O.INSUFFICIENT_FUNDS, "51502": O.INSUFFICIENT_FUNDS,
}  # fmt: skip
_KRAKEN = {
    "EService:Unavailable": O.UNKNOWN, "EService:Timeout": O.UNKNOWN,
    "EService:Deadline elapsed": O.UNKNOWN, "EGeneral:Internal error": O.UNKNOWN,
    "EService:Busy": O.TRANSIENT, "EService:Market in cancel_only mode": O.VENUE_DOWN,
    "EAPI:Rate limit exceeded": O.RATE_LIMITED, "EOrder:Rate limit exceeded": O.RATE_LIMITED,
    "EGeneral:Temporary lockout": O.RATE_LIMITED, "EAPI:Invalid nonce": O.CLOCK,
    "EAPI:Invalid key": O.AUTH, "EAPI:Invalid signature": O.AUTH,
    "EGeneral:Permission denied": O.PERMISSION, "EOrder:Insufficient funds": O.INSUFFICIENT_FUNDS,
    "EOrder:Insufficient margin": O.INSUFFICIENT_FUNDS, "EOrder:Unknown order": O.NOT_FOUND,
    "EOrder:Duplicate cl_ord_id": O.ALREADY_SENT,
}  # fmt: skip
_KRAKEN_FUTURES = {
    "apiLimitExceeded": O.RATE_LIMITED, "authenticationError": O.AUTH,
    "nonceBelowThreshold": O.CLOCK, "nonceDuplicate": O.CLOCK,
    "insufficientAvailableFunds": O.INSUFFICIENT_FUNDS,
    "clientOrderIdAlreadyExist": O.ALREADY_SENT, "notFound": O.NOT_FOUND,
    "orderForEditNotFound": O.NOT_FOUND, "Unavailable": O.UNKNOWN, "Server Error": O.UNKNOWN,
    # Of one order; ccxt: an error, or a venue that cannot be reached.
    "selfFill": O.INVALID_ORDER, "tooManySmallOrders": O.INVALID_ORDER,
    "wouldNotReducePosition": O.INVALID_ORDER, "marketSuspended": O.VENUE_DOWN,
    "marketInactive": O.VENUE_DOWN,
}  # fmt: skip
_HTX = {
    "gateway-internal-error": O.UNKNOWN, "1003": O.AUTH, "api-signature-not-valid": O.AUTH,
    "invalid-timestamp": O.CLOCK, "account-frozen-balance-insufficient-error": O.INSUFFICIENT_FUNDS,
    "account-balance-insufficient-error": O.INSUFFICIENT_FUNDS, "base-record-invalid": O.NOT_FOUND,
    "order-orderstate-error": O.NOT_FOUND, "too-many-requests": O.RATE_LIMITED,
    "client-order-id-exist": O.ALREADY_SENT, "1031": O.UNKNOWN, "1047": O.INSUFFICIENT_FUNDS,
    "1071": O.NOT_FOUND, "1017": O.NOT_FOUND, "1062": O.ALREADY_SENT,
    "1051": O.NOT_FOUND, "1061": O.NOT_FOUND,  # "no orders to cancel"
}  # fmt: skip
_BINGX = {
    "100001": O.AUTH, "100413": O.AUTH, "100419": O.PERMISSION, "100421": O.CLOCK,
    "100004": O.PERMISSION, "100410": O.RATE_LIMITED, "100500": O.UNKNOWN, "80012": O.UNKNOWN,
    "80014": O.INVALID_ORDER, "80016": O.NOT_FOUND, "80018": O.NOT_FOUND, "101400": O.INVALID_ORDER,
    "80001": O.INSUFFICIENT_FUNDS, "101204": O.INSUFFICIENT_FUNDS, "101253": O.INSUFFICIENT_FUNDS,
    "101481": O.ALREADY_SENT,
}  # fmt: skip
_COINBASE = {
    "INSUFFICIENT_FUND": O.INSUFFICIENT_FUNDS, "PREVIEW_INSUFFICIENT_FUND": O.INSUFFICIENT_FUNDS,
    "UNKNOWN_FAILURE_REASON": O.UNKNOWN, "INTERNAL": O.UNKNOWN, "NOT_FOUND": O.NOT_FOUND,
    "UNKNOWN_CANCEL_ORDER": O.NOT_FOUND, "ORDER_IS_FULLY_FILLED": O.NOT_FOUND,
    "ORDER_NOT_FOUND": O.NOT_FOUND, "ORDER_IS_BEING_REPLACED": O.UNKNOWN,
    "DUPLICATE_CANCEL_REQUEST": O.UNKNOWN, "UNKNOWN_CANCEL_FAILURE_REASON": O.UNKNOWN,
    "COMMANDER_REJECTED_CANCEL_ORDER": O.UNKNOWN, "internal_server_error": O.UNKNOWN,
    "PERMISSION_DENIED": O.PERMISSION,
    "rate_limit_exceeded": O.RATE_LIMITED, "DUPLICATE_CLIENT_ORDER_ID": O.ALREADY_SENT,
}  # fmt: skip
# By ccxt's name of the exchange.
CODES: Mapping[str, Mapping[str, O]] = {
    "binance": _BINANCE, "binanceusdm": _BINANCE, "binancecoinm": _BINANCE, "bybit": _BYBIT,
    "okx": _OKX, "kraken": _KRAKEN, "krakenfutures": _KRAKEN_FUTURES, "htx": _HTX,
    "bingx": _BINGX, "coinbase": _COINBASE,
}  # fmt: skip
# What a code alone does not say: (code, "" for any; a part of the message; outcome).
_BINANCE_WORDS = (
    ("-2010", "duplicate", O.ALREADY_SENT),
    ("-2010", "insufficient", O.INSUFFICIENT_FUNDS),
    ("-2010", "", O.INVALID_ORDER),
    ("-2026", "", O.CANCELLED),
)
_BITMEX_WORDS = (
    ("", "duplicate clordid", O.ALREADY_SENT),
    ("", "not found", O.NOT_FOUND),
    ("", "invalid orderid", O.NOT_FOUND),
    ("", "signature not valid", O.AUTH),
    ("", "invalid api key", O.AUTH),
    ("", "access denied", O.PERMISSION),
    ("", "overloaded", O.TRANSIENT),
    ("", "insufficient", O.INSUFFICIENT_FUNDS),
)
BY_WORDS: Mapping[str, tuple[tuple[str, str, O], ...]] = {
    "binance": _BINANCE_WORDS,
    "binanceusdm": _BINANCE_WORDS,
    "binancecoinm": _BINANCE_WORDS,
    "bitmex": _BITMEX_WORDS,
}

UNKNOWN_STATUS = frozenset({408, 409, *range(500, 600)})
BANNED, TOO_MANY = 418, 429
# ccxt's classes, the most special first; only asked where the venue gave no code of ours.
CLASSES: tuple[tuple[str, O], ...] = (
    ("InvalidNonce", O.CLOCK), ("PermissionDenied", O.PERMISSION),
    ("AccountSuspended", O.PERMISSION), ("AccountNotEnabled", O.PERMISSION),
    ("AuthenticationError", O.AUTH),
    ("InsufficientFunds", O.INSUFFICIENT_FUNDS), ("DuplicateOrderId", O.ALREADY_SENT),
    ("OrderNotFound", O.NOT_FOUND), ("InvalidOrder", O.INVALID_ORDER),
    ("RateLimitExceeded", O.RATE_LIMITED), ("DDoSProtection", O.RATE_LIMITED),
    ("OnMaintenance", O.VENUE_DOWN), ("BadSymbol", O.INVALID_ORDER),
    ("BadRequest", O.INVALID_ORDER), ("OperationRejected", O.INVALID_ORDER),
)  # fmt: skip

# By ccxt itself, before anything is sent.
REFUSED_HERE = ("InvalidOrder", "BadRequest", "BadSymbol", "ArgumentsRequired", "NotSupported")


def outcome_of(venue: str, action: Action, answer: Answer) -> O:
    """venue: ccxt's name. A query changes nothing: what is unknown of one is transient."""
    found = _told(venue, answer)
    if action is Action.QUERY and found in (O.UNKNOWN, O.NOT_SENT):
        return O.TRANSIENT
    return found


def _told(venue: str, answer: Answer) -> O:
    if not answer.was_sent:
        refused = frozenset(REFUSED_HERE) & frozenset(answer.classes)
        return O.INVALID_ORDER if refused else O.NOT_SENT
    if answer.http_status == TOO_MANY or answer.http_status == BANNED:
        return O.RATE_LIMITED
    if answer.is_whole and (found := by_code(venue, answer.code, answer.message)):
        return found
    if answer.http_status is None or answer.http_status in UNKNOWN_STATUS or not answer.is_whole:
        return O.UNKNOWN
    return _by_class(answer.classes, answer.http_status)


def by_code(venue: str, code: str, message: str) -> O | None:
    """What the venue's own code says; None where the table does not know it."""
    for known, words, outcome in BY_WORDS.get(venue, ()):
        if known in ("", code) and words in message.lower():
            return outcome
    return CODES.get(venue, {}).get(code)


def _by_class(classes: Collection[str], status: int) -> O:
    for name, outcome in CLASSES:
        if name in classes:
            return outcome
    # Read and refused: 4xx says so. A 2xx that is an error of no kind we know may be anything.
    return O.INVALID_ORDER if 400 <= status < 500 else O.UNKNOWN
