"""Settings of the installation, read by every process within seconds of a change."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from django.db import transaction

from accounts.core.system_settings import SETTINGS, fault
from accounts.models import SystemSetting, User
from accounts.services import audit
from foundation.lib import clock
from foundation.lib.errors import BadInput, FieldFault

AGE_S_MAX = 5.0

_read_at_s = float("-inf")
_kept: dict[str, Any] = {}


def read(name: str) -> Any:
    """The value now, at most AGE_S_MAX old."""
    return everything()[name]


def everything() -> dict[str, Any]:
    """name -> value, the usual one where nobody set another."""
    global _read_at_s, _kept
    now_s = time.monotonic()
    if now_s - _read_at_s > AGE_S_MAX:
        _kept, _read_at_s = _stored(), now_s
    return dict(_kept)


@transaction.atomic
def change(*, by: User, values: Mapping[str, Any]) -> dict[str, Any]:
    """Set the named ones; BadInput with every fault. Returns all of them."""
    found = ((name, fault(name, value)) for name, value in values.items())
    faults = [FieldFault(str(name)[:60], words) for name, words in found if words]
    if faults:
        raise BadInput("; ".join(f"{one.path} {one.message}" for one in faults), faults)
    before, after = audit.differences(_stored(), values)
    for name, value in after.items():
        SystemSetting.objects.update_or_create(
            name=name, defaults={"value": value, "changed_at": clock.now()}
        )
    if after:
        audit.record(by, "setting.changed", "settings of the installation", before, after)
    transaction.on_commit(forget)
    return _stored()


def forget() -> None:
    """Ask the database at the next reading."""
    global _read_at_s  # noqa: PLW0603 - what this process last read
    _read_at_s = float("-inf")


def _stored() -> dict[str, Any]:
    usual = {name: one.usual for name, one in SETTINGS.items()}
    rows = SystemSetting.objects.filter(name__in=SETTINGS).values_list("name", "value")
    return usual | dict(rows)
