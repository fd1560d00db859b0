"""Setting limits of risk: users for themselves, within what the operators set for everybody."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from decimal import Decimal
from typing import Any

from django.db import transaction

from accounts.models import User
from accounts.services import audit
from exchanges.core import risk_gate as core
from exchanges.core.risk_gate import NAMES, PRESETS, Limits
from exchanges.models import RiskLimits
from exchanges.selectors import risk as selectors
from foundation.lib.errors import BadInput, FieldFault

ORDERS_MAX = 1_000_000


@transaction.atomic
def set_own(*, owner: User, values: Mapping[str, Any]) -> Limits:
    """Replace a user's limits: the named ones, None for none; those not named stay as they are.

    BadInput with every limit that makes no sense or is wider than the operators'.
    """
    row = RiskLimits.objects.select_for_update().filter(owner=owner).first()
    row = row or RiskLimits(owner=owner)
    wanted = Limits(**{**asdict(row.limits()), **{n: values[n] for n in NAMES if n in values}})
    _check(wanted, selectors.everybody())
    before, after = audit.differences(asdict(row.limits()), asdict(wanted))
    if after:
        audit.record(owner, "limits.changed", owner, before, after)
    _keep(row, wanted)
    return wanted


def apply_preset(*, owner: User, name: str) -> Limits:
    """The limits of a tolerance of risk, by what the user's paper money is worth now; of each the
    operators' where that is tighter."""
    if name not in PRESETS:
        words = f"must be one of {', '.join(PRESETS)}"
        raise BadInput(f"preset {words}", [FieldFault("preset", words)])
    found = PRESETS[name].limits(selectors.equity(owner.pk))
    within = core.merge(selectors.everybody(), found)
    bounded = {n: getattr(within, n) for n in NAMES if getattr(found, n) is not None}
    none: dict[str, Any] = dict.fromkeys(NAMES)
    return set_own(owner=owner, values=none | bounded)


def _check(wanted: Limits, everybody: Limits) -> None:
    faults = []
    for name in NAMES:
        value = getattr(wanted, name)
        if value is None:
            continue
        if not Decimal(value).is_finite() or value <= 0:
            faults.append(FieldFault(name, "must be above 0; leave it empty for no limit"))
        elif name == "daily_loss_fraction" and value > 1:
            faults.append(FieldFault(name, "must be at most 1: it is a fraction of your equity"))
        elif name == "orders_hour" and value > ORDERS_MAX:
            faults.append(FieldFault(name, f"must be at most {ORDERS_MAX}"))
    wider = core.beyond(everybody, wanted)
    told = {one.path for one in faults}
    faults += [FieldFault(name, words) for name, words in wider.items() if name not in told]
    if faults:
        raise BadInput("; ".join(f"{one.path} {one.message}" for one in faults), faults)


def _keep(row: RiskLimits, wanted: Limits) -> None:
    for name in NAMES:
        setattr(row, name, getattr(wanted, name))
    if wanted.is_empty:
        if row.pk:
            row.delete()
    else:
        row.save()
