"""Create, change, clone and delete strategies; every spec goes through the core's parser."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import F

from accounts.models import User
from bots.core.lifecycle import ACTIVE
from bots.core.strategy.signals import warmup_candles
from bots.core.strategy.spec import NAMELESS, Spec, fingerprint, parse, to_json
from bots.core.strategy.wording import summary
from bots.models import Strategy
from bots.selectors.custom_indicators import resolved
from foundation.lib import clock
from foundation.lib.errors import BadInput, Conflict, FieldFault

STRATEGIES_PER_USER_MAX = 500
BOTS_NAMED_MAX = 5
NAME_CHARS_MAX = 200


@dataclass(frozen=True, slots=True)
class Checked:
    """A spec that may be stored: its canonical text, and what it says in plain words."""

    spec: dict[str, Any]
    fingerprint: str
    summary: list[str]
    warmup_candles: int


def validate(*, spec: object, owner: User) -> Checked:
    """BadInput with every fault and its JSON path, or what the spec means."""
    parsed = parse(resolved(owner, spec))
    return Checked(to_json(parsed), fingerprint(parsed), summary(parsed), warmup_candles(parsed))


@transaction.atomic
def create(
    *,
    owner: User,
    spec: object,
    visibility: str = Strategy.Visibility.PRIVATE,
    cloned_from: Strategy | None = None,
) -> Strategy:
    """A new strategy, named by its spec; saved formulas are taken in as they are now."""
    parsed = _named(resolved(owner, spec))
    _check_visibility(visibility)
    _check_room(owner)
    return Strategy.objects.create(
        owner=owner, visibility=visibility, cloned_from=cloned_from, **_columns(parsed)
    )


@transaction.atomic
def update(
    *, strategy: Strategy, version: int, spec: object = None, visibility: str | None = None
) -> Strategy:
    """Change a strategy made from `version`. Two editors, one winner: the row count decides."""
    changes: dict[str, Any] = {}
    if spec is not None:
        changes = _columns(_named(resolved(strategy.owner, spec)))
    if visibility is not None:
        _check_visibility(visibility)
        changes["visibility"] = visibility
    changes |= {"version": F("version") + 1, "updated_at": clock.now()}
    same = Strategy.objects.filter(pk=strategy.pk, version=version)
    if same.update(**changes) != 1:
        raise Conflict("somebody changed this strategy meanwhile; reload it and try again")
    strategy.refresh_from_db()
    return strategy


@transaction.atomic
def delete(*, strategy: Strategy) -> None:
    """Backtests and stopped bots keep their own copy of the spec; an active bot blocks."""
    Strategy.objects.select_for_update().get(pk=strategy.pk)  # no bot may start meanwhile
    active = strategy.bots.filter(status__in=ACTIVE, deleted_at__isnull=True)
    if names := list(active.values_list("name", flat=True)[:BOTS_NAMED_MAX]):
        raise Conflict(f"stop the bots that run this strategy first: {', '.join(names)}")
    strategy.delete()


def clone(*, strategy: Strategy, owner: User) -> Strategy:
    """The owner's private copy, named so that both can stand in one list."""
    spec = dict(strategy.spec)
    spec["name"] = _copy_name(owner, strategy.name)
    return create(owner=owner, spec=spec, cloned_from=strategy)


def _copy_name(owner: User, name: str) -> str:
    taken = set(Strategy.objects.owned_by(owner).values_list("name", flat=True))
    stem = name[: NAME_CHARS_MAX - len(" (copy 500)")]
    if name not in taken:
        return name
    numbers = range(2, STRATEGIES_PER_USER_MAX + 2)
    names = (f"{stem} (copy)", *(f"{stem} (copy {number})" for number in numbers))
    return next(free for free in names if free not in taken)


def _named(spec: object) -> Spec:
    """A stored strategy needs a name: a list of unnamed ones helps nobody."""
    parsed = parse(spec)
    if not parsed.name.strip():
        raise BadInput("The strategy has a fault; name: is missing", [NAMELESS])
    return parsed


def _columns(spec: Spec) -> dict[str, Any]:
    return {
        "name": spec.name,
        "description": spec.description,
        "category": spec.category,
        "timeframe": spec.timeframe,
        "spec": to_json(spec),
        "fingerprint": fingerprint(spec),
    }


def _check_visibility(visibility: str) -> None:
    if visibility not in Strategy.Visibility.values:
        raise BadInput(
            "the strategy was refused",
            [FieldFault("visibility", "must be private or public")],
        )


def _check_room(owner: User) -> None:
    User.objects.select_for_update(no_key=True).get(
        pk=owner.pk
    )  # two at once must not both be the last
    if Strategy.objects.owned_by(owner).count() >= STRATEGIES_PER_USER_MAX:
        raise Conflict(f"a user may keep {STRATEGIES_PER_USER_MAX} strategies; delete one first")
