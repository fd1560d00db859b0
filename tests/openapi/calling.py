"""Requests made from the API's own document, answers held to it.

Every check of schemathesis is on. One is told more: a well-formed request may be refused by a rule
that no schema can state, if the refusal names the field (tests/openapi/rules.py).
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections, transaction
from hypothesis import HealthCheck, Phase, given, seed
from hypothesis import settings as rounds
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import CheckContext
from schemathesis.core.failures import FailureGroup
from schemathesis.openapi.checks import RejectedPositiveData
from schemathesis.specs.openapi.checks import positive_data_acceptance

from tests.openapi.rules import permits
from tests.openapi.world import Owned

ANSWER_CHARS = 300
SHARE_REAL = 0.7


def load() -> Any:
    """The document as a client gets it, and the application that answers."""
    application = get_wsgi_application()

    def from_outside(environ: Any, start_response: Any) -> Any:
        return application({"REMOTE_ADDR": "192.0.2.1", **environ}, start_response)

    schema = schemathesis.openapi.from_wsgi("/api/schema/?format=json", from_outside)
    refusals = schema.config.checks.negative_data_rejection.expected_statuses
    refusals.append("414")  # whatever is wrong with a query that is longer than we read
    schema.config.generation.update(allow_x00=False)  # NUL is refused everywhere: a test of its own
    return schema


@contextmanager
def one_connection() -> Iterator[None]:
    """The application would close it after each request, and with it the test's transaction."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    try:
        yield
    finally:
        for signal in (request_started, request_finished):
            signal.connect(close_old_connections)


def faults_of(operation: Any, *, cases: int, token: str, owned: Owned, start: int = 1) -> list[str]:
    """One line for each kind of fault that `cases` requests to one operation brought to light."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    found: dict[str, str] = {}
    modes = [operation.as_strategy(mode) for mode in GenerationMode]

    @seed(start)
    @rounds(
        max_examples=cases,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=st.one_of(modes), random=st.randoms(use_true_random=False))
    def call(case: Any, random: random.Random) -> None:
        _put_real_ids(case, owned, random)
        owned.show_prices()
        with _taken_back():
            response = case.call(headers=headers)
        try:
            with _taken_back():
                case.validate_response(
                    response,
                    headers=headers,
                    transport_kwargs={"headers": headers},
                    additional_checks=[accepted_unless_a_rule],
                    excluded_checks=[positive_data_acceptance],
                )
        except FailureGroup as group:
            for fault in group.exceptions:
                kind = f"{operation.label}: {type(fault).__name__} {response.status_code}"
                found.setdefault(kind, f"{kind}: {_told(fault, case, response)}")

    call()
    return list(found.values())


def accepted_unless_a_rule(context: CheckContext, response: Any, case: Any) -> bool | None:
    try:
        return positive_data_acceptance(context, response, case)
    except RejectedPositiveData:
        if response.status_code == 400 and permits(case.operation.label, response.json()["error"]):
            return None
        raise


def _put_real_ids(case: Any, owned: Owned, random: random.Random) -> None:
    """Most ids that a schema permits are nobody's: behind them lies nothing to find faults in."""
    real = owned.values_for(case.operation.path)
    mode = case.meta.generation.mode if case.meta else GenerationMode.POSITIVE
    if real and mode is GenerationMode.POSITIVE and random.random() < SHARE_REAL:
        case.path_parameters = {**(case.path_parameters or {}), **real}


@contextmanager
def _taken_back() -> Iterator[None]:
    """What a request did is undone, so that the next one finds everything as it was."""
    point = transaction.savepoint()
    try:
        yield
    finally:
        transaction.savepoint_rollback(point)


def _told(fault: Any, case: Any, response: Any) -> str:
    lines = [line for line in str(fault).splitlines() if line.strip()]
    answer = response.content.decode("utf-8", "replace")[:ANSWER_CHARS]
    return " | ".join([*lines[1:6], case.as_curl_command(headers={})[:700], answer])


__all__ = ["Callable", "faults_of", "load", "one_connection"]
