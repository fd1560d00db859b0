"""Every endpoint, asked what its schema allows and forbids, by a user and by a stranger.

OPENAPI_CASES: how many requests in all; the soak makes 100,000. OPENAPI_SEED: another seed, other
requests. A stranger makes few: he is stopped at the door.
"""

from __future__ import annotations

import os
from typing import Any

import pytest
from django.test import Client

from accounts.services import tokens
from tests.openapi.calling import faults_of, load, one_connection

CASES, CASES_OF_BARE, CASES_OF_STRANGERS = 15, 3, 2
TOTAL = int(os.environ.get("OPENAPI_CASES", "0"))
OPERATIONS = 220  # about; both ask all of them
START = int(os.environ.get("OPENAPI_SEED", "1"))
# Two, so that two workers share them; what a test did is kept, with its locks, until it ends.
PARTS = max(2, TOTAL // 4000)


def count(operation: Any, who: str) -> int:
    """Fewer where there is less to vary: all of it has to fit into 90 s."""
    if TOTAL:
        return TOTAL // (2 * OPERATIONS) + 1
    if who == "stranger":
        return CASES_OF_STRANGERS
    return CASES if operation.body or operation.query else CASES_OF_BARE


@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize("who", ["user", "stranger"])
def test_every_answer_keeps_to_the_schema(owned, who, part):
    def token() -> str:
        """A new one for each operation: the soak takes longer than one is good for."""
        return tokens.issue(user=owned.user).access if who == "user" else ""

    me = Client().get("/api/auth/me", headers={"Authorization": f"Bearer {token()}"})
    assert me.status_code == (200 if who == "user" else 401), "else all below is a refusal"
    with one_connection():
        schema = load()
        known = [result.ok() for result in schema.get_all_operations()]
        only = os.environ.get("OPENAPI_ONLY", "")
        found = [
            line
            for operation in known[part::PARTS]
            if only in operation.label
            for line in faults_of(
                operation, cases=count(operation, who), token=token(), owned=owned, start=START
            )
        ]
    assert not found, "\n\n".join(found)
