"""The formulas a user keeps, and strategies that name one of them."""

from __future__ import annotations

from typing import Any

from bots.core.strategy.reading import shown
from bots.models import CustomIndicator
from bots.models.custom_indicator import CustomIndicatorQuerySet
from foundation.lib.errors import BadInput, FieldFault, NotFound

SAVED = "saved"


def owned(user: Any) -> CustomIndicatorQuerySet:
    """The user's own, by name."""
    return CustomIndicator.objects.owned_by(user)


def get_owned(user: Any, formula_id: int) -> CustomIndicator:
    """The owner's; a strange one is as absent as a missing one."""
    found = owned(user).filter(pk=formula_id).first()
    if found is None:
        raise NotFound("no such formula")
    return found


def resolved(user: Any, spec: object) -> object:
    """The spec with {"saved": name} replaced by {"expression": …}, as it is kept now.

    BadInput where the user keeps none of that name. What is no spec comes back as it is: the
    parser tells what is wrong with it.
    """
    listed = spec.get("indicators") if isinstance(spec, dict) else None
    if not isinstance(spec, dict) or not isinstance(listed, list):
        return spec
    named = {i: one["params"][SAVED] for i, one in enumerate(listed) if _names_saved(one)}
    if not named:
        return spec
    names = {name.lower() for name in named.values() if isinstance(name, str)}
    kept = {one.name.lower(): one.expression for one in owned(user)} if names else {}
    _check_known(named, kept)
    made = list(listed)
    for i, name in named.items():
        rest = {key: value for key, value in listed[i]["params"].items() if key != SAVED}
        made[i] = {**listed[i], "params": {**rest, "expression": kept[name.lower()]}}
    return {**spec, "indicators": made}


def _names_saved(one: object) -> bool:
    return (
        isinstance(one, dict)
        and one.get("type") == "formula"
        and isinstance(one.get("params"), dict)
        and SAVED in one["params"]
        and "expression" not in one["params"]
    )


def _check_known(named: dict[int, Any], kept: dict[str, str]) -> None:
    faults = [
        FieldFault(f"indicators[{i}].params.{SAVED}", f"you keep no formula named {shown(name)}")
        for i, name in named.items()
        if not isinstance(name, str) or name.lower() not in kept
    ]
    if faults:
        raise BadInput(f"The strategy has a fault; {faults[0].path}: {faults[0].message}", faults)
