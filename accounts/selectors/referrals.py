"""Reading who invited whom, three levels down: 1 are those whom the user invited."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Case, Count, F, IntegerField, Q, QuerySet, Value, When, Window
from django.db.models.functions import RowNumber

from accounts.models import User

LEVELS = 3
BELOW_SHOWN = 10  # of one person, the newest
_UP = {level: "__".join(["referred_by"] * level) for level in range(1, LEVELS + 1)}


def invited(user: User) -> QuerySet[User]:
    """Everybody below the user, each with its `level`; the nearest first, then the newest."""
    below = Q()
    for up in _UP.values():
        below |= Q(**{up: user.pk})
    levels = [When(Q(**{up: user.pk}), then=Value(level)) for level, up in _UP.items()]
    level = Case(*levels, output_field=IntegerField())
    return User.objects.filter(below).annotate(level=level).order_by("level", "-date_joined", "-pk")


def counts(user: User) -> dict[int, int]:
    """level -> how many, every level named."""
    return {level: User.objects.filter(**{up: user.pk}).count() for level, up in _UP.items()}


@dataclass(slots=True)
class Branch:
    """One person of the tree. count: how many they invited, of whom `below` are the newest."""

    name: str
    level: int
    joined_at: datetime
    count: int = 0
    below: list[Branch] = field(default_factory=list)

    @property
    def left_out(self) -> int:
        return self.count - len(self.below)


def first_level(user: User) -> QuerySet[User]:
    """Whom the user invited, the newest first; page it."""
    return User.objects.filter(referred_by=user).order_by("-date_joined", "-pk")


def branches(people: Iterable[User]) -> list[Branch]:
    """The tree below some of the first level, to level LEVELS, by a query a level."""
    made = [_branch(person, 1) for person in people]
    above = dict(made)
    for level in range(2, LEVELS + 1):
        above = _put_below(above, level)
    return [branch for _, branch in made]


def _branch(person: User, level: int) -> tuple[int, Branch]:
    return person.pk, Branch(shown_name(person, level), level, person.date_joined)


def _put_below(above: dict[int, Branch], level: int) -> dict[int, Branch]:
    """Hang the newest that each of `above` invited below them; the new ones, by their id."""
    newest = [F("date_joined").desc(), F("pk").desc()]
    rows = User.objects.filter(referred_by__in=list(above)).annotate(
        place=Window(RowNumber(), partition_by=F("referred_by"), order_by=newest),
        siblings=Window(Count("pk"), partition_by=F("referred_by")),
    )
    found: dict[int, Branch] = {}
    for person in rows.filter(place__lte=BELOW_SHOWN).order_by("place"):
        assert person.referred_by_id is not None
        pk, branch = _branch(person, level)
        found[pk] = branch
        above[person.referred_by_id].below.append(branch)
        above[person.referred_by_id].count = getattr(person, "siblings", 0)
    return found


def shown_name(person: User, level: int) -> str:
    """Whom the user invited has a name; of the others, whom they may not know, the first letter."""
    name = person.name.strip()
    if level == 1:
        return name or "Without a name"
    return f"{name[:1] or '?'}•••"
