"""The profile: who somebody is."""

from __future__ import annotations

from django.db import transaction

from accounts.core import contacts
from accounts.models import User
from accounts.services import audit
from foundation.lib.errors import BadInput, FieldFault

NAME_CHARS_MAX = contacts.NAME_CHARS_MAX


def set_profile(*, user: User, name: str | None = None, phone: str | None = None) -> User:
    """Change what is given, leave the rest; all faults are told at once. phone: E.164, "": none."""
    chosen: dict[str, str] = {}
    faults: list[FieldFault] = []
    if name is not None:
        try:
            chosen["name"] = contacts.clean_name(name)
        except ValueError as fault:
            faults.append(FieldFault("name", str(fault)))
    if phone is not None:
        try:
            chosen["phone"] = contacts.clean_phone(phone)
        except ValueError as fault:
            faults.append(FieldFault("phone", str(fault)))
    if faults:
        raise BadInput("The profile has a fault.", faults)
    return _put(user, chosen)


@transaction.atomic
def _put(user: User, chosen: dict[str, str]) -> User:
    row = User.objects.select_for_update(no_key=True).get(pk=user.pk)
    before = {name: getattr(row, name) for name in chosen}
    if before != chosen:
        User.objects.filter(pk=user.pk).update(**chosen)
        # Which, not what: the log cannot be changed, and a deleted account leaves nothing in it.
        fields = sorted(name for name in chosen if before[name] != chosen[name])
        audit.record(user, "profile.changed", user, after={"fields": fields})
    user.refresh_from_db(fields=["name", "phone"])
    return user
