"""Reading who invited whom, three levels down: 1 are those whom the user invited."""

from __future__ import annotations

from django.db.models import Case, IntegerField, Q, QuerySet, Value, When

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
    return {level: User.objects.filter(**{up: user.pk}).count() for level, up in _UP.items()}


def shown_name(person: User) -> str:
    """Whom the user invited has a name; of the others, whom they may not know, the first letter."""
    name = person.name.strip()
    if getattr(person, "level", LEVELS) == 1:  # put there by `invited`
        return name or "Without a name"
    return f"{name[:1] or '?'}•••"
