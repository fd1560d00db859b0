"""The profile: who somebody is."""

from __future__ import annotations

from accounts.core import contacts
from accounts.models import User
from foundation.lib.errors import BadInput, FieldFault

NAME_CHARS_MAX = 100


def set_profile(*, user: User, name: str | None = None, phone: str | None = None) -> User:
    """Change what is given, leave the rest; all faults are told at once. phone: E.164, "": none."""
    chosen: dict[str, str] = {}
    faults: list[FieldFault] = []
    if name is not None:
        chosen["name"] = name.strip()
        if not 1 <= len(chosen["name"]) <= NAME_CHARS_MAX or not chosen["name"].isprintable():
            words = f"must have 1 to {NAME_CHARS_MAX} characters that can be read"
            faults.append(FieldFault("name", words))
    if phone is not None:
        try:
            chosen["phone"] = contacts.clean_phone(phone)
        except ValueError as fault:
            faults.append(FieldFault("phone", str(fault)))
    if faults:
        raise BadInput("The profile has a fault.", faults)
    User.objects.filter(pk=user.pk).update(**chosen)
    user.refresh_from_db(fields=["name", "phone"])
    return user
