"""What each app has to say and to do when a person leaves; registered when the app is ready."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from accounts.models import User
from foundation.lib.registry import Registry


def _nothing(_user: User) -> None:
    return None


def _no_words(_user: User) -> Iterable[str]:
    return ()


@dataclass(frozen=True, slots=True)
class Part:
    """obstacles: a sentence for each thing that is in the way, with what to do about it.

    at_request: at once, in the transaction of the request. at_end: before anything is erased; may
    be called again after a crash, and raises TryLater for what needs another moment.
    """

    obstacles: Callable[[User], Iterable[str]] = _no_words
    at_request: Callable[[User], None] = _nothing
    at_end: Callable[[User], None] = _nothing


PARTS: Registry[Part] = Registry("part of leaving")


def obstacles(user: User) -> list[str]:
    """Everything that is in the way, of every app."""
    return [words for part in PARTS.values() for words in part.obstacles(user)]
