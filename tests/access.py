"""Who may do what: the table in docs/access.md, and every route with its methods."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver
from django.views.generic.edit import ProcessFormView

from cryptobot.embedded import BASE_DIR
from exchanges.binance_api.endpoint import PATHS

DOCUMENT = BASE_DIR / "docs" / "access.md"
ADMIN = "/admin/"  # Django's own pages: one row, by the permissions of their models
NOWHERE = "/binance/<path:asked>"  # says to everybody that there is nothing
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
# who -> roles that get in; "own" says besides that another's things are not found.
WHO = {
    "anyone": "stranger trader creator support admin",
    "signed in": "trader creator support admin",
    "own": "trader creator support admin",
    "key": "",  # by API key only
    "underway": "",  # in the midst of signing in or up, of a new password: step by step
    "staff": "support admin",
    "admin": "admin",
}
_ROW = re.compile(r"\| `(?P<route>/[^`]*)` \| (?P<methods>[A-Z ]+) \| (?P<who>[a-z ]+) \|")
_DECORATED = re.compile(r"require_(POST|GET|safe|http_methods\(\[([^\]]*)\]\))")


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table. methods: without HEAD and OPTIONS."""

    route: str
    methods: tuple[str, ...]
    who: str


def rows() -> tuple[Row, ...]:
    found = (_ROW.match(line) for line in DOCUMENT.read_text().splitlines())
    return tuple(
        Row(one["route"], tuple(one["methods"].split()), one["who"]) for one in found if one
    )


def routes() -> dict[str, tuple[str, ...]]:
    """Route -> the methods that its view answers; the admin's are left to their row."""
    found: dict[str, tuple[str, ...]] = {}
    for route, view in _walk(get_resolver(), "/"):
        if not route.startswith(ADMIN) and route != NOWHERE:
            found[route] = _binance(route) or _methods(view)
    return found


def _binance(route: str) -> tuple[str, ...]:
    return tuple(PATHS.get(route.removeprefix("/binance/"), ()))


def _walk(resolver: URLResolver, prefix: str) -> Iterator[tuple[str, Any]]:
    for entry in resolver.url_patterns:
        route = prefix + str(entry.pattern).lstrip("^")
        if isinstance(entry, URLResolver):
            yield from _walk(entry, route)
        elif isinstance(entry, URLPattern):
            yield route, entry.callback


def _methods(view: Any) -> tuple[str, ...]:
    """Of a class what it defines; of a function what its decorator lets through."""
    shape = getattr(view, "cls", None) or getattr(view, "view_class", None)
    if shape is not None:
        found = (one for one in METHODS if hasattr(shape, one.lower()))
        # Django's forms take PUT as POST; a browser sends none.
        is_form = issubclass(shape, ProcessFormView)
        return tuple(one for one in found if not (is_form and one == "PUT"))
    source = inspect.getsource(inspect.unwrap(view))
    found = _DECORATED.search(source)
    if found is None:
        return METHODS
    words = found[2] or {"POST": "POST", "GET": "GET", "safe": "GET"}[found[1]]
    return tuple(one for one in METHODS if one in words)


def missing() -> list[str]:
    """Lines to put into the table, to be judged, for routes that have none."""
    told = {(row.route, method) for row in rows() for method in row.methods}
    lines = []
    for route, methods in sorted(routes().items()):
        left = [one for one in methods if (route, one) not in told]
        if left:
            lines.append(f"| `{route}` | {' '.join(left)} | ? |")
    return lines
