"""Keep, change and delete formulas by name."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from django.db import IntegrityError, transaction
from django.db.models import F

from accounts.models import User
from bots.core.formula import FormulaError, parse
from bots.core.strategy.reading import Faults
from bots.models import CustomIndicator
from foundation.lib import clock
from foundation.lib.errors import Conflict

KEPT_MAX = 200
NAME_CHARS_MAX = 60
DESCRIPTION_CHARS_MAX = 500
FIELDS = ("name", "expression", "description")


@dataclass(frozen=True, slots=True)
class Written:
    """What a user says about a formula, checked."""

    name: str
    expression: str
    description: str


def read(body: object) -> Written:
    """BadInput with every fault, by field."""
    faults = Faults()
    fields = faults.fields("", body, FIELDS, required=("name", "expression"))
    name = faults.text("name", fields.get("name", ""), NAME_CHARS_MAX)
    if name is not None and not name.strip() and "name" in fields:
        faults.add("name", "give the formula a name")
    description = faults.text("description", fields.get("description", ""), DESCRIPTION_CHARS_MAX)
    expression = fields.get("expression", "close")
    try:
        parse(expression)
    except FormulaError as fault:
        faults.add("expression", str(fault))
    faults.raise_if_any("formula")
    return Written(str(name).strip(), str(expression).strip(), str(description).strip())


def create(*, owner: User, body: object) -> CustomIndicator:
    """A new one; Conflict where the name is taken, in whatever case, or there is no room."""
    written = read(body)
    try:
        with transaction.atomic():
            # Two at once must not both be the last.
            User.objects.select_for_update(no_key=True).get(pk=owner.pk)
            if CustomIndicator.objects.owned_by(owner).count() >= KEPT_MAX:
                raise Conflict(f"a user may keep {KEPT_MAX} formulas; delete one first")
            return CustomIndicator.objects.create(owner=owner, **asdict(written))
    except IntegrityError as fault:
        raise _taken(written) from fault


def update(*, formula: CustomIndicator, version: int, body: object) -> CustomIndicator:
    """Change one made from `version`. Strategies that picked it keep what they have."""
    written = read(body)
    changes = {**asdict(written), "version": F("version") + 1, "updated_at": clock.now()}
    try:
        with transaction.atomic():
            same = CustomIndicator.objects.filter(pk=formula.pk, version=version)
            if same.update(**changes) != 1:
                raise Conflict("somebody changed this formula meanwhile; reload it and try again")
    except IntegrityError as fault:
        raise _taken(written) from fault
    formula.refresh_from_db()
    return formula


def delete(*, formula: CustomIndicator) -> None:
    """Strategies, backtests and bots carry their own copy of the expression."""
    formula.delete()


def _taken(written: Written) -> Conflict:
    return Conflict(f"you have a formula named “{written.name}” already; choose another name")
