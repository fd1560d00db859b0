"""The one character that PostgreSQL cannot hold, wherever a caller can write text."""

from __future__ import annotations

import json
from urllib.parse import urlencode

from tests.openapi.conftest import operations

NUL = "a\x00b"
REFUSED = {400, 401, 403, 404, 409}


def test_no_query_with_it_is_taken(owned, api, document):
    client, taken = api(owned.user), []
    for path, method, operation in operations(document):
        for parameter in operation.get("parameters", []):
            if parameter["in"] != "query":
                continue
            query = urlencode({parameter["name"]: NUL})
            address = f"{owned.address(path.replace('{token}', 'x'))}?{query}"
            status = client.generic(method.upper(), address).status_code
            if status != 400:
                taken.append(f"{method} {address} answered {status}")
    assert taken == []


def test_no_body_with_it_is_taken(owned, api, document):
    taken = []
    for path, method, operation in operations(document):
        if "requestBody" not in operation:
            continue
        address = owned.address(path.replace("{token}", "x"))
        for body in ({"name": NUL}, {NUL: "x"}, {"spec": {"name": [NUL]}}):
            # Signed in anew: some addresses end the sign-in.
            answer = api(owned.user).generic(
                method.upper(), address, json.dumps(body), "application/json"
            )
            if answer.status_code not in REFUSED:
                taken.append(f"{method} {address} answered {answer.status_code}")
    assert taken == []
