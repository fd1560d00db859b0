"""Exchange accounts of users: connect, change, replace the keys, check, remove.

Keys come in here and are sealed at once; nothing in this module can open them again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.db.models import ProtectedError, Q

from accounts.models import User
from accounts.services import audit, mfa, staying
from exchanges.core import key_shapes
from exchanges.core.key_shapes import KeyShape
from exchanges.core.keys import Keys
from exchanges.core.outcomes import Outcome, VenueFault
from exchanges.core.symbols import parse_symbol
from exchanges.models import CredentialUse, ExchangeCredential
from exchanges.models.credential import LABEL_CHARS_MAX
from exchanges.services import key_ring, signing
from exchanges.venues.key_shapes import KEY_SHAPES
from foundation.edge import publish
from foundation.lib import clock
from foundation.lib.errors import AppError, BadInput, Conflict, FieldFault, NotFound
from foundation.lib.queue import enqueue

ACCOUNTS_MAX = 50  # of one user
SYMBOLS_MAX = 100
KEYS_AN_HOUR_MAX = 60  # entered by one user: each is tried at a venue, which counts our address
ASK_AGAIN_AFTER = timedelta(seconds=15)
FAULTY = "The exchange account has a fault."
KEYS_REFUSED = (Outcome.AUTH, Outcome.PERMISSION)
ACT = "connecting an exchange account"  # what a second factor is asked for
CHECK_TASK = "exchanges.check_credential"


class TooManyKeys(AppError):
    """Wait: so many keys at once look like somebody trying which of them work."""

    code, status = "throttled", 429


def add(
    *,
    owner: User,
    venue: str,
    label: str,
    keys: Keys,
    is_testnet: bool = False,
    symbols: Iterable[str] = (),
    notional_day_max: Decimal | None = None,
) -> ExchangeCredential:
    """A new account, its keys sealed; a worker then asks the venue what they may do."""
    mfa.require(owner, ACT)
    label, symbols = label.strip(), list(symbols)
    shape = _shape(venue)
    keys = Keys(keys.api_key, key_shapes.clean_secret(keys.secret), keys.passphrase)
    found = [*_label_faults(label), *key_shapes.faults(shape, keys)]
    found += [*_testnet_faults(shape, is_testnet), *_limit_faults(symbols, notional_day_max)]
    if found:
        raise BadInput(FAULTY, found)
    with transaction.atomic():
        # One at a time for each user: of two at once neither may overlook the other.
        User.objects.select_for_update(no_key=True).get(pk=owner.pk)
        _check_entering(owner)
        if ExchangeCredential.objects.owned_by(owner).count() >= ACCOUNTS_MAX:
            raise Conflict(f"You have {ACCOUNTS_MAX} exchange accounts, which is the most.")
        row = ExchangeCredential(
            pk=_next_id(),
            owner=owner,
            venue=venue,
            label=label,
            is_testnet=is_testnet,
            symbols=[str(parse_symbol(one)) for one in symbols],
            notional_day_max=notional_day_max,
        )
        _put_keys(row, keys)
        _save(row, force_insert=True)
        signing.note(row, "add")
        audit.record(owner, "exchange_account.added", row, after=_told(row))
        ask_check(row)
    return row


def change(
    *, owner: User, credential_id: int, keys: Keys | None = None, **values: Any
) -> ExchangeCredential:
    """label, symbols, notional_day_max; keys: new ones in place of the old, to be checked anew."""
    if keys is not None:
        mfa.require(owner, ACT)
    with transaction.atomic():
        row = get(owner, credential_id, for_update=True)
        before = _told(row)
        changed = {name: value for name, value in values.items() if getattr(row, name) != value}
        if "label" in changed:
            changed["label"] = str(changed["label"]).strip()
        found = [*_label_faults(changed.get("label", row.label))]
        symbols = list(changed.get("symbols", row.symbols))
        found += _limit_faults(symbols, changed.get("notional_day_max", row.notional_day_max))
        if keys is not None:
            keys = Keys(keys.api_key, key_shapes.clean_secret(keys.secret), keys.passphrase)
            found += key_shapes.faults(_shape(row.venue), keys)
        if found:
            raise BadInput(FAULTY, found)
        for name, value in changed.items():
            setattr(row, name, value)
        row.symbols = [str(parse_symbol(one)) for one in symbols]
        if keys is not None:
            _check_entering(owner)
            _put_keys(row, keys)
        _save(row)
        if keys is not None or changed:
            signing.note(row, "change" if keys is None else "replace")
            audit.record(
                owner, "exchange_account.changed", row, *audit.differences(before, _told(row))
            )
        if keys is not None:
            ask_check(row)
    return row


def delete(*, owner: User, credential_id: int) -> None:
    """The keys are gone from here; at the venue they live on until they are deleted there."""
    with transaction.atomic():
        row = get(owner, credential_id, for_update=True)
        signing.note(row, "delete")
        audit.record(owner, "exchange_account.deleted", row, before=_told(row))
        try:
            row.delete()
        except ProtectedError as fault:
            words = "Bots trade with this account; stop and delete them first."
            raise Conflict(words) from fault


def validate(*, owner: User, credential_id: int) -> ExchangeCredential:
    """Ask the venue again what the keys may do; the answer comes later, into the row.

    Asked again at once, it is the same question: the venue counts ours by address.
    """
    with transaction.atomic():
        row = get(owner, credential_id, for_update=True)
        if row.asked_at is None or row.asked_at < clock.now() - ASK_AGAIN_AFTER:
            ask_check(row)
    return row


def ask_check(row: ExchangeCredential) -> None:
    """A worker that holds the private key checks it; the task is told the row's id and no more."""
    row.asked_at = clock.now()
    ExchangeCredential.objects.filter(pk=row.pk).update(asked_at=row.asked_at)
    enqueue(CHECK_TASK, credential_id=row.pk)


def suspect(credential_id: int, fault: AppError) -> None:
    """A call failed: where the venue did not take the keys, they are checked before long."""
    if not isinstance(fault, VenueFault) or fault.outcome not in KEYS_REFUSED:
        return
    a_while_ago = clock.now() - ASK_AGAIN_AFTER
    long_ago = Q(asked_at__isnull=True) | Q(asked_at__lt=a_while_ago)
    row = ExchangeCredential.objects.filter(long_ago, pk=credential_id).first()
    if row is not None:
        ask_check(row)


def get(owner: User, credential_id: int, *, for_update: bool = False) -> ExchangeCredential:
    rows = ExchangeCredential.objects.owned_by(owner)
    rows = rows.select_for_update(no_key=True, of=("self",)) if for_update else rows
    row = rows.filter(pk=credential_id).first()
    if row is None:
        raise NotFound("There is no such exchange account.")
    return row


def tell(row: ExchangeCredential) -> None:
    """The owner's open pages hear that an account changed."""
    frame = {"kind": "exchange_account", "id": row.pk, "state": row.state, "words": row.words}
    publish.to_user(row.owner_id, "notifications", frame)


def _told(row: ExchangeCredential) -> dict[str, Any]:
    """For the audit log: nothing of the keys but their last four characters."""
    names = ("venue", "label", "last_four", "is_testnet", "symbols", "notional_day_max")
    return {name: getattr(row, name) for name in names} | {"sealed_at": row.sealed_at}


def _check_entering(owner: User) -> None:
    """AccountLeaving, or TooManyKeys."""
    staying.check(owner, "enter keys")
    an_hour_ago = clock.now() - timedelta(hours=1)
    entered = CredentialUse.objects.filter(owner=owner, purpose__in=("add", "replace"))
    if entered.filter(at__gte=an_hour_ago).count() >= KEYS_AN_HOUR_MAX:
        raise TooManyKeys(f"{KEYS_AN_HOUR_MAX} keys an hour are the most. Wait, then try again.")


def _put_keys(row: ExchangeCredential, keys: Keys) -> None:
    made = key_ring.sealed(keys, row_id=row.pk, owner_id=row.owner_id, venue=row.venue)
    for name, value in made.items():
        setattr(row, name, value)
    row.last_four, row.sealed_at = keys.api_key[-4:], clock.now()
    row.state, row.words, row.was_working = ExchangeCredential.State.CHECKING, "", False
    row.permissions, row.is_ip_restricted, row.checked_at = [], None, None


def _save(row: ExchangeCredential, **how: Any) -> None:
    try:
        with transaction.atomic():
            row.save(**how)
    except IntegrityError as fault:
        if "credential_label_once_a_venue" not in str(fault):
            raise
        why = f"is taken: you have another {row.venue} account of this name; choose a new one"
        raise BadInput(FAULTY, [FieldFault("label", why)]) from None


def _next_id() -> int:
    """The id comes first: the box is bound to it."""
    table = ExchangeCredential._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence(%s, 'id'))", [table])
        return int(cursor.fetchone()[0])


def _shape(venue: str) -> KeyShape:
    if venue not in KEY_SHAPES:
        why = f"is none that accounts can be connected to; known are {', '.join(KEY_SHAPES)}"
        raise BadInput(FAULTY, [FieldFault("venue", why)])
    return KEY_SHAPES[venue]


def _label_faults(label: str) -> Iterator[FieldFault]:
    if not (1 <= len(label) <= LABEL_CHARS_MAX and label.isprintable()):
        yield FieldFault("label", f"must have 1 to {LABEL_CHARS_MAX} printable characters")


def _testnet_faults(shape: KeyShape, is_testnet: bool) -> Iterator[FieldFault]:
    if is_testnet and not shape.has_testnet:
        yield FieldFault("is_testnet", f"must be false: {shape.name} has no testnet")


def _limit_faults(symbols: list[str], notional_day_max: Decimal | None) -> Iterator[FieldFault]:
    if len(symbols) > SYMBOLS_MAX:
        yield FieldFault("symbols", f"must have at most {SYMBOLS_MAX}")
    for place, text in enumerate(symbols[:SYMBOLS_MAX]):
        try:
            parse_symbol(text)
        except ValueError as fault:
            yield FieldFault(f"symbols[{place}]", str(fault))
    if notional_day_max is not None and notional_day_max <= 0:
        yield FieldFault("notional_day_max", "must be above 0, or left out for no limit")
