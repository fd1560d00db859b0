"""Whose is it: every address with an id, asked by somebody else, says that there is nothing."""

from __future__ import annotations

import json
import re
from typing import Any

from django.apps import apps

from tests.openapi.conftest import operations
from tests.openapi.world import PUBLIC_VALUES, Owned, one_of_everything

NOT_THERE = 987_654_321
# Names of things that are everybody's; the token of a hook is itself the permission.
NO_ID = {*PUBLIC_VALUES, "token"}
# The address of a person who may see everything; the others are refused whatever the id is.
FOR_ADMINS = "/api/admin/"


def with_ids(document: dict[str, Any]) -> list[tuple[str, str]]:
    return [
        (path, method)
        for path, method, operation in operations(document)
        if {p["name"] for p in operation.get("parameters", []) if p["in"] == "path"} - NO_ID
        and not path.startswith(FOR_ADMINS)
    ]


def rows_of(user: Any) -> dict[str, list[Any]]:
    """Every row that names this owner, as the database has it."""
    found = {}
    for model in apps.get_models():
        for name in ("owner", "user"):
            if any(
                one.name == name and one.related_model is type(user) for one in model._meta.fields
            ):
                rows = model._default_manager.filter(**{name: user}).order_by("pk")
                found[model._meta.label] = list(rows.values())
    return found


def test_another_users_things_are_not_there(owned, bob, api, document):
    stranger = api(bob)
    mine = rows_of(owned.user)
    assert len(mine) > 10
    nowhere = Owned(bob, dict.fromkeys(owned.ids, str(NOT_THERE)))
    told = []
    for path, method in with_ids(document):
        answer, other = (
            stranger.generic(method.upper(), one.address(path), "{}", "application/json")
            for one in (owned, nowhere)
        )
        # A fault of the body may be told first, if it is told of what does not exist as well.
        if answer.status_code not in (403, 404) and (
            answer.status_code != 400 or words_of(answer) != words_of(other)
        ):
            told.append(f"{method} {path} answered {answer.status_code}: {answer.text[:100]}")
    assert told == []
    assert rows_of(owned.user) == mine


def words_of(answer: Any) -> Any:
    said = answer.json() if answer.content else {}
    said.get("error", {}).pop("request_id", None)
    return said


def test_the_owner_finds_them_at_these_very_addresses(owned, api, document):
    owner, lost = api(owned.user), []
    for path, method in with_ids(document):
        if method != "get":
            continue
        answer = owner.get(owned.address(path))
        if answer.status_code in (401, 403, 404):  # else it is there, whatever its state
            lost.append(f"{path} answered {answer.status_code}: {answer.text[:100]}")
    assert lost == []


def test_what_hangs_on_anothers_thing_is_not_reached_through_ones_own(
    owned, bob, api, settings, document
):
    his, stranger = one_of_everything(bob, settings), api(bob)
    nested = {known: value for known, value in owned.ids.items() if known.count("{") == 2}
    told = []
    for path, method in with_ids(document):
        for known, value in nested.items():
            if path.startswith(known) and "{number}" not in known:
                mixed = Owned(bob, his.ids | {known: value}).address(path)
                answer = stranger.generic(method.upper(), mixed, "{}", "application/json")
                if answer.status_code != 404:
                    told.append(f"{method} {path} answered {answer.status_code}")
    assert len(nested) >= 3
    assert told == []


def test_lists_hold_the_callers_own_only(owned, charlie, api, document):
    owner, stranger, full, told = api(owned.user), api(charlie), set(), []
    for path, method, operation in operations(document):
        if method != "get" or "{" in path or "/Paginated" not in str(operation["responses"]["200"]):
            continue
        if path.startswith(FOR_ADMINS):
            continue
        mine = owner.get(path).json()["results"]
        keys = {row["id"] for row in mine if "id" in row}
        full |= {path} if keys else set()
        if keys & {row.get("id") for row in stranger.get(path).json()["results"]}:
            told.append(path)
    assert {"/api/bots", "/api/orders", "/api/strategies", "/api/backtests"} <= full
    assert told == []


#  method, address, what it names in the body: the id stands for ID
NAMED = [
    ("post", "/api/bots", "strategy_id", {"strategy": "ID", "name": "x", "venue": "walk",
                                          "symbol": "BTC/USDT", "allocation": "10"}),
    ("post", "/api/bots/deploy", "strategy_id", {"strategy": "ID", "venue": "walk",
                                                 "symbol": "BTC/USDT", "allocation": "10"}),
    ("post", "/api/backtests", "strategy_id", {"strategy": "ID", "venue": "walk"}),
    ("post", "/api/optimizations", "strategy_id",
     {"strategy": "ID", "venue": "walk", "parameters": ["fast.period=2:3:1"]}),
    ("post", "/api/bots/generate", "strategy_id", {"strategy": "ID", "language": "python"}),
    ("post", "/api/portfolio-optimizations", "backtest_id", {"backtests": ["ID", "ID"]}),
    ("put", "/api/notifications/preferences", "channel_id", {"kinds": {"fill": ["ID"]}}),
    ("get", "/api/backtests/compare?ids=ID,ID", "backtest_id", None),
    ("get", "/api/backtests/compare/lines?ids=ID,ID", "backtest_id", None),
    ("get", "/api/bots?strategy=ID", "strategy_id", None),
    ("get", "/api/backtests?strategy=ID", "strategy_id", None),
    ("get", "/api/optimizations?strategy=ID", "strategy_id", None),
    ("get", "/api/orders/fills?order=ID", "order_id", None),
    ("get", "/api/notifications/messages?channel=ID", "channel_id", None),
]  # fmt: skip


def test_naming_anothers_thing_is_like_naming_nothing(owned, bob, api):
    """Not even whether it exists is told: both are answered in the same words."""
    told = []
    for method, address, name, body in NAMED:
        first = next(value for known, value in owned.ids.items() if known.endswith(f"{{{name}}}"))
        answers = [
            (status, re.sub(rf"\b({first}|{NOT_THERE})\b", "ID", words))
            for status, words in (
                answer_to(api(bob), method, address, body, one) for one in (first, NOT_THERE)
            )
        ]
        if answers[0] != answers[1]:
            told.append(f"{method} {address}: {answers}")
        assert answers[0][0] in (400, 404) or "'results': []" in answers[0][1], address
    assert told == []


def answer_to(client: Any, method: str, address: str, body: Any, given: Any) -> tuple[int, str]:
    filled = "" if body is None else re.sub('"ID"', str(given), json.dumps(body))
    answer = client.generic(
        method.upper(), address.replace("ID", str(given)), filled, "application/json"
    )
    return answer.status_code, str(words_of(answer))
