"""The OpenAPI document: valid, without warnings, every endpoint with its refusals."""

from __future__ import annotations

import re
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client

from foundation.edge.schema import ERROR

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    from drf_spectacular.generators import SchemaGenerator

    found: dict[str, Any] = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call] # it has no types
    return found


def operations(document: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    return [
        (path, method, operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]


def test_it_is_valid_and_gives_no_warning() -> None:
    call_command("spectacular", "--validate", "--fail-on-warn", stdout=StringIO())


def test_every_operation_names_its_refusals(document: dict[str, Any]) -> None:
    assert document["components"]["schemas"]["Error"] == ERROR
    for path, method, operation in operations(document):
        responses = operation["responses"]
        assert {"400", "429", "503"} <= set(responses), f"{method} {path}"
        assert ("401" in responses) or ({} in operation.get("security", [{}]))
        assert "404" in responses or "{" not in path


def test_every_operation_says_what_it_is_for(document: dict[str, Any]) -> None:
    nameless = [
        f"{m} {p}" for p, m, operation in operations(document) if not operation.get("description")
    ]
    assert nameless == []


def test_its_page_brings_no_inline_script(client: Client) -> None:
    page = client.get("/api/docs/")
    assert page.status_code == 200
    assert re.findall(r"<script(?![^>]*\ssrc=)[^>]*>", page.text) == []
    script = client.get("/api/docs/?script=")
    assert "SwaggerUIBundle" in script.text


def test_lists_tell_their_bounds_and_come_in_pages(document: dict[str, Any]) -> None:
    sizes = [
        (path, parameter["schema"], operation["responses"]["200"]["content"])
        for path, _, operation in operations(document)
        for parameter in operation.get("parameters", [])
        if parameter["name"] == "page_size"
    ]
    assert "/api/wallet" in [path for path, _, _ in sizes]
    for path, schema, content in sizes:
        assert (schema["minimum"], schema["maximum"]) == (1, 200), path
        assert "/Paginated" in str(content["application/json"]), path


def test_it_says_where_an_api_key_is_taken(document: dict[str, Any]) -> None:
    assert document["components"]["securitySchemes"]["apiKey"]["in"] == "header"
    taken = {
        f"{method} {path}"
        for path, method, operation in operations(document)
        if {"apiKey": []} in operation.get("security", [])
    }
    assert {"get /api/bots", "post /api/bots", "get /api/auth/me", "get /api/wallet"} <= taken
    of_a_user = {f"get /api/auth/{what}" for what in ("me", "plan", "plans")}
    assert {one for one in taken if "/auth/" in one} == of_a_user
