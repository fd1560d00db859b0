"""The document, its operations, and two people who own one of everything."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.openapi.world import Owned, one_of_everything


@pytest.fixture(scope="session")
def document() -> dict[str, Any]:
    from drf_spectacular.generators import SchemaGenerator

    found: dict[str, Any] = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call] # it has no types
    return found


@pytest.fixture
def _no_limits(settings: Any) -> None:
    settings.API_RATES = dict.fromkeys(settings.API_RATES, 10**9)


@pytest.fixture
def owned(alice: Any, settings: Any, tmp_path: Any, _no_limits: None) -> Owned:
    """What Alice has."""
    settings.DATA_DIR = tmp_path
    return one_of_everything(alice, settings)


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation
