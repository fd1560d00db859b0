"""The audit log's own language: the acts it knows, how one is written, how they are chained.

Each row's body is one canonical JSON text, and that text is the record; columns beside it are there
to be searched. hash = SHA-256(previous hash, its number, its body): the database computes it when
the act is committed, and `broken_by` computes it again from what is stored.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

# action -> what it tells, in one plain sentence.
ACTIONS = {
    "sign_in": "Somebody signed in.",
    "sign_in.held": "So many wrong passwords for one address that further ones are not looked at.",
    "sign_out": "Somebody signed out, or ended one of their sign-ins.",
    "sign_out.everywhere": "Somebody ended all of their sign-ins.",
    "token.reused": "A refresh token came a second time; its whole family was ended.",
    "password.changed": "A password was changed.",
    "password.reset": "A forgotten password was replaced.",
    "mfa.changed": "A second factor was added, removed or used up.",
    "api_key.made": "An API key was made.",
    "api_key.revoked": "An API key was revoked.",
    "exchange_account.added": "Keys of an exchange account were entered.",
    "exchange_account.changed": "An exchange account was changed, or its keys were replaced.",
    "exchange_account.deleted": "An exchange account and its keys were deleted.",
    "user.role": "Somebody was given another role.",
    "user.suspended": "An account was suspended.",
    "user.reactivated": "A suspended account was opened again.",
    "user.changed": "An account was changed in the admin.",
    "profile.changed": "Somebody changed their name or telephone.",
    "gate.changed": "The gate before a first bot with real money was opened or closed.",
    "referral.set": "Somebody signed up who was invited by another.",
    "user.exported": "Somebody took their data with them.",
    "user.deletion_asked": "Somebody asked for their account to be deleted.",
    "user.deletion_withdrawn": "Somebody kept an account that was to be deleted.",
    "user.deleted": "An account was deleted.",
    "user.impersonated": "An admin looked at the site as somebody else.",
    "plan.changed": "Somebody chose another plan.",
    "plan.given": "Somebody was given a plan for nothing.",
    "plan.renewed": "A plan was paid for another month.",
    "plan.unpaid": "A plan could not be paid; it goes on for a few days.",
    "plan.ended": "A plan ended by itself.",
    "setting.changed": "A setting of the installation was changed.",
    "market.changed": "An admin changed a market.",
    "admin.changed": "An admin changed, made or removed a row in the admin.",
    "limits.changed": "Limits of risk were changed.",
    "money.moved": "Money was moved between wallets.",
    "money.given": "Play money was paid in.",
    "sending.stopped": "All sending of orders was stopped.",
    "sending.resumed": "Sending of orders may go on.",
    "kill_switch.pulled": "A kill switch was switched on.",
    "kill_switch.lifted": "A kill switch was lifted.",
    "bot.started": "A bot was started.",
    "bot.stopped": "A bot was stopped.",
    "bot.deleted": "A bot was to be deleted.",
    "bot.promotion": "A bot was put on its way to real money, or moved on it.",
    "order.asked": "An order by hand for a real account was asked for.",
    "order.cancelled": "An order by hand at a real account was taken back.",
}
GENESIS = ""  # what stands before the first row
BODY_BYTES_MAX = 64 * 1024
CHARS_MAX = 2000  # of one text in before and after
ITEMS_MAX = 200
_ADDRESS = re.compile(r"[^\s@<>\"']{1,254}@[^\s@<>\"']{1,254}")


@dataclass(frozen=True, slots=True)
class Act:
    """Who did what to what, when and from where. id: random, so that no two bodies are equal.

    target: (kind, id, name) as of then. before, after: plain JSON values without secrets.
    """

    id: str
    at: datetime
    actor_id: int | None
    actor: str
    action: str
    target_kind: str
    target_id: str
    target: str
    ip: str
    user_agent: str
    request_id: str
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class Row:
    """What is stored of an act, as far as checking needs it. mac: see `seal`."""

    number: int | None
    body: str
    mac: str
    previous_hash: str
    hash: str
    columns: Mapping[str, Any]


def canonical(act: Act) -> str:
    """One text for one act: sorted keys, no spaces, ASCII only."""
    values = asdict(act) | {"at": act.at.astimezone(UTC).isoformat()}
    body = _written(values)
    if len(body) > BODY_BYTES_MAX:
        cut = {"cut": "too large to be kept here"}
        body = _written(values | {"before": cut, "after": cut})
    return body


def _written(values: Mapping[str, Any]) -> str:
    return json.dumps(values, sort_keys=True, separators=(",", ":"), ensure_ascii=True)


def plain(value: Any, depth: int = 6) -> Any:
    """As JSON has it: money and times become text, long texts and lists are cut."""
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, Mapping) and depth:
        return {str(k): plain(v, depth - 1) for k, v in list(value.items())[:ITEMS_MAX]}
    if isinstance(value, list | tuple | set | frozenset) and depth:
        items = sorted(value, key=str) if isinstance(value, set | frozenset) else value
        return [plain(one, depth - 1) for one in list(items)[:ITEMS_MAX]]
    return str(value)[:CHARS_MAX]


def without_addresses(value: Any) -> Any:
    """The same plain value, with a word in the place of each email address."""
    if isinstance(value, str):
        return _ADDRESS.sub("(an address)", value)
    if isinstance(value, dict):
        return {name: without_addresses(one) for name, one in value.items()}
    if isinstance(value, list):
        return [without_addresses(one) for one in value]
    return value


def seal(body: str, key: str) -> str:
    """HMAC-SHA256 by a key outside the database: who can only write rows cannot write this."""
    return hmac.new(key.encode(), body.encode("ascii"), hashlib.sha256).hexdigest()


def link(previous_hash: str, number: int, body: str) -> str:
    """The hash of a row. Source: migration 0010 (audit_chain) computes the very same."""
    return hashlib.sha256(f"{previous_hash}|{number}|{body}".encode("ascii")).hexdigest()


def broken_by(row: Row, *, expected: int, previous_hash: str, keys: Iterable[str]) -> str:
    """What is wrong with a row at this place of the chain; "" if nothing is."""
    if row.number != expected:
        gone = (row.number or 0) - expected
        return f"{gone} rows before it are missing" if gone > 0 else "its number comes twice"
    if not row.body.isascii() or link(row.previous_hash, row.number, row.body) != row.hash:
        return "it was changed after it was written"
    if row.previous_hash != previous_hash:
        return "it does not follow the row before it: rows were replaced or put in another order"
    if not any(hmac.compare_digest(seal(row.body, key), row.mac) for key in keys):
        return "it was not written by this program, or SECRET_KEY_FALLBACKS lacks a former key"
    differs = _differing(row)
    return f"its {differs} is not what was written" if differs else ""


def _differing(row: Row) -> str:
    body = json.loads(row.body)
    for name, value in row.columns.items():
        if (plain(value) if name == "at" else value) != body.get(name):
            return name
    return ""
