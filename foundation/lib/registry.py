"""A registry: a new kind of thing is one file that registers itself."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator, Mapping
from typing import Generic, TypeVar

T = TypeVar("T")


class Registry(Mapping[str, T], Generic[T]):
    """Things by key, in the order they were added; a duplicate key is refused."""

    def __init__(self, noun: str) -> None:
        self.noun = noun
        self._items: dict[str, T] = {}

    def add(self, key: str, item: T) -> T:
        if key in self._items:
            raise ValueError(f"{self.noun} {key!r} is registered twice")
        self._items[key] = item
        return item

    def load(self, package: str) -> None:
        """Import every module directly inside `package`, so that each registers its things."""
        parent = importlib.import_module(package)
        for module in pkgutil.iter_modules(parent.__path__):
            importlib.import_module(f"{package}.{module.name}")

    def __getitem__(self, key: str) -> T:
        return self._items[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)
