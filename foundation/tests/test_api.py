"""The one error shape, whatever goes wrong and wherever."""

import json

import pytest
from django.core.exceptions import ValidationError as ModelError
from django.db import OperationalError
from django.http import Http404
from django.urls import include, path
from rest_framework import serializers
from rest_framework.exceptions import PermissionDenied
from rest_framework.permissions import AllowAny
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import User
from foundation.edge.api import ListApi, flatten
from foundation.edge.parsers import BODY_BYTES_MAX
from foundation.lib.errors import BadInput, Conflict, FieldFault, OutcomeUnknown, TryLater

RAISED = {
    "bad": BadInput("Look here.", [FieldFault("risk.stop_loss", "must be above 0")]),
    "conflict": Conflict("It runs already."),
    "later": TryLater("Not now."),
    "unknown": OutcomeUnknown("It may have happened."),
    "missing": Http404(),
    "forbidden": PermissionDenied(),
    "model": ModelError({"name": ["is too long"]}),
    "database": OperationalError("server closed the connection"),
    "broken": ZeroDivisionError("a secret detail"),
}


class Raises(APIView):
    permission_classes = [AllowAny]

    def get(self, request, what):
        raise RAISED[what]


class Echo(APIView):
    permission_classes = [AllowAny]

    def post(self, request):
        return Response({"got": request.data})


class UserRow(serializers.ModelSerializer):
    class Meta:
        model = User
        fields = ["id", "email"]


class Users(ListApi):
    permission_classes = [AllowAny]
    serializer_class = UserRow
    queryset = User.objects.order_by("email")
    filterset_fields = ["role"]
    ordering_fields = ["email", "role"]


urlpatterns = [
    path("api/raises/<what>", Raises.as_view()),
    path("api/echo", Echo.as_view()),
    path("api/users", Users.as_view()),
    path("", include("cryptobot.urls")),
]
handler400 = "foundation.edge.pages.bad_request"
handler404 = "foundation.edge.pages.page_not_found"
handler500 = "foundation.edge.pages.server_error"
pytestmark = [pytest.mark.urls(__name__), pytest.mark.django_db]

REFUSALS = [
    ("bad", 400, "bad_input", [{"path": "risk.stop_loss", "message": "must be above 0"}]),
    ("conflict", 409, "conflict", []),
    ("later", 503, "try_later", []),
    ("unknown", 502, "outcome_unknown", []),
    ("missing", 404, "not_found", []),
    ("forbidden", 403, "not_allowed", []),
    ("model", 400, "bad_input", [{"path": "name", "message": "is too long"}]),
    ("database", 503, "try_later", []),
    ("broken", 500, "internal", []),
]


def error_of(answer):
    body = answer.json()
    assert list(body) == ["error"]
    assert list(body["error"]) == ["code", "message", "errors", "request_id"]
    assert body["error"]["request_id"] == answer.headers["X-Request-ID"]
    assert body["error"]["message"]
    return body["error"]


@pytest.mark.parametrize(("what", "status", "code", "faults"), REFUSALS)
def test_every_refusal_has_the_one_shape(api, what, status, code, faults):
    answer = api().get(f"/api/raises/{what}")
    error = error_of(answer)
    assert (answer.status_code, error["code"], error["errors"]) == (status, code, faults)
    assert "secret" not in answer.text


ADDRESSES = [
    ("get", "/api/no/such/thing", 404, "not_found"),
    ("delete", "/api/echo", 405, "method_not_allowed"),
    ("get", "/api/users?page=0", 400, "bad_input"),
    ("get", "/api/users?page=2", 404, "not_found"),
    ("get", "/api/users?page=1e3", 400, "bad_input"),
    ("get", "/api/users?page_size=201", 400, "bad_input"),
    ("get", "/api/users?ordering=password", 400, "bad_input"),
    ("get", "/api/users?role=emperor", 400, "bad_input"),
    ("get", "/api/users?role=%00", 400, "bad_input"),
]


@pytest.mark.parametrize(("method", "address", "status", "code"), ADDRESSES)
def test_a_wrong_address_has_the_one_shape(api, method, address, status, code):
    answer = getattr(api(), method)(address)
    assert (answer.status_code, error_of(answer)["code"]) == (status, code)


BODIES = [
    (b'{"a": 1', 400),
    (b'{"a": NaN}', 400),
    (b'{"a": {"b": 1, "b": 1}}', 400),
    (b'{"a": [-Infinity]}', 400),
    (b'{"a": 1e400}', 400),
    (b'{"a": ' + b"9" * 5000 + b"}", 400),
    (b'{"a": "\\u0000"}', 400),
    (b'{"a\\u0000": 1}', 400),
    (b'{"a": "\\ud800"}', 400),
    (b'"\xff"', 400),
    (b"[" * 100_000, 400),
    (b"[" * 65 + b"]" * 65, 400),
    (b'{"a":' * 65 + b"1" + b"}" * 65, 400),
    (b"[" * 64 + b"]" * 64, 200),
    (b"[" + b"[]," * 100 + b"[]]", 200),
    (b'"' + b"x" * BODY_BYTES_MAX + b'"', 413),
    (b'{"a": 1, "b": 2, "text": "\\u00e4 \\ud83d\\ude00"}', 200),
]


@pytest.mark.parametrize(("body", "status"), BODIES)
def test_only_json_that_can_be_kept_is_read(api, body, status):
    answer = api().generic("POST", "/api/echo", body, content_type="application/json")
    assert answer.status_code == status
    if status != 200:
        error_of(answer)


def test_only_json_is_read(api):
    answer = api().generic("POST", "/api/echo", b"a=1", content_type="text/plain")
    assert (answer.status_code, error_of(answer)["code"]) == (415, "unsupported_media_type")


def test_a_body_without_a_length_is_bounded_too(api, rf):
    request = rf.generic(
        "POST", "/api/echo", b'"' + b"x" * BODY_BYTES_MAX + b'"', "application/json"
    )
    answer = Echo.as_view()(request).render()
    assert (answer.status_code, json.loads(answer.content)["error"]["code"]) == (413, "too_large")


NESTED = [
    ({"risk": {"stop_loss": ["must be above 0"]}}, [("risk.stop_loss", "must be above 0")]),
    ({"legs": [{}, {"amount": ["a", "b"]}]}, [("legs[1].amount", "a"), ("legs[1].amount", "b")]),
    ({"legs": {"0": ["x"]}}, [("legs.0", "x")]),
    ({"non_field_errors": ["both are needed"]}, [("", "both are needed")]),
    ({"risk": {"non_field_errors": ["no"]}}, [("risk", "no")]),
    (["plain"], [("", "plain")]),
]


@pytest.mark.parametrize(("detail", "faults"), NESTED)
def test_nested_errors_become_paths(detail, faults):
    assert [(fault.path, fault.message) for fault in flatten(detail)] == faults


def test_a_list_comes_in_pages_in_a_fixed_order(api, make_user):
    for i in range(7):
        make_user(f"user{i}", role="support" if i % 2 else "trader")
    first = api().get("/api/users?page_size=3&ordering=role").json()
    assert (first["count"], len(first["results"]), first["previous"]) == (7, 3, None)
    pages = [api().get(f"/api/users?page_size=3&ordering=role&page={i}").json() for i in (1, 2, 3)]
    ids = [row["id"] for page in pages for row in page["results"]]
    assert len(ids) == len(set(ids)) == 7
    assert api().get("/api/users?role=support").json()["count"] == 3
