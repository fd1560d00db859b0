"""Reading who invited whom, three levels down: 1 are those whom the user invited."""

from __future__ import annotations

from django.db.models import Case, Count, IntegerField, Q, QuerySet, Value, When

from accounts.models import User

LEVELS = 3
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
    rows = invited(user).order_by().values("level").annotate(people=Count("pk"))
    found = {row["level"]: row["people"] for row in rows}
    return {level: found.get(level, 0) for level in _UP}


def shown_name(person: User, level: int) -> str:
    """Whom the user invited has a name; of the others, whom they may not know, the first letter."""
    name = person.name.strip()
    if level == 1:
        return name or "Without a name"
    return f"{name[:1] or '?'}•••"
