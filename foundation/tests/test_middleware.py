"""What happens around every request."""

import json

import pytest
from django.contrib import messages
from django.contrib.auth import get_user_model
from django.http import HttpResponse
from django.shortcuts import redirect
from django.test import Client
from django.urls import include, path
from django_htmx.middleware import HtmxMiddleware

from foundation.edge import throttles
from foundation.edge.pages import owned_or_404, render_page_or_partial
from foundation.lib import clock
from foundation.lib.errors import Conflict
from foundation.lib.redis_client import client as redis


def refusing(request):
    raise Conflict("The bot is not stopped; reload the page.")


def saved(request):
    messages.success(request, "Saved.")
    return redirect("/sign-in/")


def broken(request):
    return HttpResponse(1 // 0)


urlpatterns = [
    path("refusing/", refusing),
    path("saved/", saved),
    path("broken/", broken),
    path("", include("cryptobot.urls")),
]
handler404 = "foundation.edge.pages.page_not_found"
handler500 = "foundation.edge.pages.server_error"
pytestmark = [pytest.mark.urls(__name__), pytest.mark.django_db]


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("req-12345678", True),
        ("short", False),
        ("x" * 65, False),
        ("a b c d e f g h", False),
        ("line\nbreak-12345", False),
        ("{{7*7}}-12345678", False),
    ],
)
def test_a_proper_request_id_is_kept_and_any_other_replaced(client, given, kept):
    answer = client.get("/api/health/live", headers={"X-Request-ID": given})
    assert (answer.headers["X-Request-ID"] == given) is kept
    assert len(answer.headers["X-Request-ID"]) >= 8


def test_the_log_carries_the_same_id_as_the_answer(client, caplog):
    with caplog.at_level("INFO"):
        answer = client.get("/sign-in/", headers={"X-Request-ID": "req-12345678"})
    lines = [record.msg for record in caplog.records if isinstance(record.msg, dict)]
    assert [line["event"] for line in lines] == ["request_finished"]
    assert lines[0]["request_id"] == answer.headers["X-Request-ID"] == "req-12345678"


def test_security_headers_are_on_every_answer(client):
    for address in ("/sign-in/", "/api/health/live", "/no-such-page/"):
        headers = client.get(address).headers
        assert "default-src 'none'" in headers["Content-Security-Policy"]
        assert "unsafe" not in headers["Content-Security-Policy"]
        assert headers["X-Frame-Options"] == "DENY"
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "same-origin"
        assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
        assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
        assert "camera=()" in headers["Permissions-Policy"]


def test_a_refusal_is_a_page_and_for_htmx_a_toast(client):
    page = client.get("/refusing/")
    assert (page.status_code, page.headers["Content-Type"]) == (409, "text/html; charset=utf-8")
    assert "reload the page" in page.text
    toast = client.get("/refusing/", headers={"HX-Request": "true"})
    assert (toast.status_code, toast.content) == (409, b"")
    assert toast.headers["HX-Reswap"] == "none"
    event = json.loads(toast.headers["HX-Trigger"])["toast"]
    assert event == {"text": "The bot is not stopped; reload the page.", "tone": "error"}


@pytest.mark.parametrize("asks", [{"Sec-Fetch-Mode": "cors"}, {"HX-Request": "true"}])
def test_what_a_script_asks_for_meanwhile_does_not_swallow_an_answer(client, asks):
    client.get("/saved/")
    assert "Saved." not in client.get("/no-such-page/", headers=asks).text
    assert "Saved." in client.get("/sign-in/", headers={"Sec-Fetch-Mode": "navigate"}).text
    assert "Saved." not in client.get("/sign-in/").text


def test_a_broken_page_says_so_without_details():
    answer = Client(raise_request_exception=False).get("/broken/")
    assert answer.status_code == 500
    assert "ZeroDivisionError" not in answer.text
    assert answer.headers["X-Request-ID"] in answer.text


def test_what_somebody_is_shown_is_kept_nowhere(client, alice):
    assert "Cache-Control" not in client.get("/no-such-page/").headers
    client.force_login(alice)
    for address in ("/", "/settings/", "/wallet/", "/no-such-page/"):
        assert client.get(address).headers["Cache-Control"] == "private, no-store", address


def test_a_page_that_is_not_there(client):
    answer = client.get("/no-such-page/")
    assert (answer.status_code, answer.headers["Content-Type"][:9]) == (404, "text/html")


def test_a_form_without_its_token_is_explained():
    answer = Client(enforce_csrf_checks=True).post("/sign-in/", {"email": "a@b.example"})
    assert answer.status_code == 403
    assert "reload the page" in answer.text


@pytest.mark.parametrize("body", ["x" * (2 * 1024 * 1024 + 1), "x" * 10_000_000])
def test_a_large_body_is_refused_in_the_form_the_caller_reads(client, body):
    assert client.post("/sign-in/", body, content_type="text/plain").status_code == 413
    answer = client.post("/api/auth/login", body, content_type="application/json")
    assert (answer.status_code, answer.json()["error"]["code"]) == (413, "too_large")


@pytest.mark.parametrize(
    ("address", "headers", "status", "code"),
    [
        ("/api/markets?q=" + "x" * 9000, {}, 414, "too_long"),
        ("/api/markets", {"X-Filler": "x" * 33_000}, 431, "headers_too_large"),
        ("/api/markets?q=%00", {}, 400, "bad_input"),
    ],
)
def test_a_long_address_and_large_headers_are_refused(client, address, headers, status, code):
    answer = client.get(address, headers=headers)
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
    page = client.get(address.replace("/api/markets", "/sign-in/"), headers=headers)
    assert (page.status_code, page.headers["Content-Type"]) == (status, "text/html; charset=utf-8")


def test_strangers_have_a_limit_for_each_address_and_see_what_is_left(api, settings):
    settings.API_RATES = {"anonymous": 3, "user": 5}
    with clock.fixed(1_700_000_040_000):
        answers = [api().post("/api/auth/login", {}) for _ in range(5)]
        other = api().post("/api/auth/login", {}, REMOTE_ADDR="198.51.100.1")
    assert [answer.status_code for answer in answers] == [400] * 3 + [429] * 2
    assert answers[0].headers["X-RateLimit-Limit"] == "3"
    assert [answer.headers["X-RateLimit-Remaining"] for answer in answers] == list("21000")
    assert 1 <= int(answers[4].headers["Retry-After"]) <= 60
    assert answers[4].json()["error"]["code"] == "throttled"
    assert other.status_code == 400


def test_refused_strangers_use_up_the_same_limit(api, settings):
    settings.API_RATES = {"anonymous": 2, "user": 5}
    with clock.fixed(1_700_000_040_000):
        statuses = [api().get("/api/auth/me").status_code for _ in range(4)]
    assert statuses == [401, 401, 429, 429]


def test_users_have_limits_of_their_own(alice_api, charlie_api, settings):
    settings.API_RATES = {"anonymous": 1, "user": 3}
    with clock.fixed(1_700_000_040_000):
        statuses = [alice_api.get("/api/auth/me").status_code for _ in range(4)]
        assert statuses == [200, 200, 200, 429]
        assert charlie_api.get("/api/auth/me").status_code == 200


def of_plan(user):
    return 2 if user.role == "trader" else 4


def test_each_user_has_what_the_plan_allows(api, make_user, settings):
    settings.API_RATES = {"anonymous": 1, "user": 0}
    settings.API_RATE_OF_USER = f"{__name__}.of_plan"
    with clock.fixed(1_700_000_040_000):
        for role, limit in (("trader", 2), ("creator", 4)):
            client = api(make_user(role, role=role))
            answers = [client.get("/api/auth/me") for _ in range(limit + 1)]
            assert [one.status_code for one in answers] == [200] * limit + [429]
            assert {one.headers["X-RateLimit-Limit"] for one in answers} == {str(limit)}
            assert answers[-2].headers["X-RateLimit-Remaining"] == "0"
            assert int(answers[-1].headers["Retry-After"]) == 60


def test_a_refused_method_of_a_page_is_explained(client):
    answer = client.get("/sign-out/")
    assert (answer.status_code, answer.headers["Allow"]) == (405, "POST")
    assert "does not take that method" in answer.text


def test_the_window_slides(db):
    with clock.fixed(1_700_000_040_000):
        assert [throttles.count("t", "me", 2).is_spent for _ in range(3)] == [False, False, True]
    with clock.fixed(1_700_000_040_000 + 59_000):
        assert throttles.count("t", "me", 2).is_spent
    with clock.fixed(1_700_000_040_000 + 61_000):
        assert throttles.count("t", "me", 2).is_spent, "the minute before still counts"
    with clock.fixed(1_700_000_040_000 + 150_000):
        assert not throttles.count("t", "me", 2).is_spent
    assert all(redis().ttl(name) > 0 for name in redis().scan_iter("test:*rate:t:*"))


@pytest.mark.parametrize(
    ("proxies", "forwarded", "ip"),
    [
        (0, "6.6.6.6", "127.0.0.1"),
        (1, "6.6.6.6, 192.0.2.1", "192.0.2.1"),
        (2, "6.6.6.6, 192.0.2.1, 10.0.0.1", "192.0.2.1"),
        (1, "nonsense", "unknown"),
        (1, "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
    ],
)
def test_only_trusted_proxies_are_believed(rf, settings, proxies, forwarded, ip):
    settings.TRUSTED_PROXY_COUNT = proxies
    assert throttles.client_ip(rf.get("/", headers={"X-Forwarded-For": forwarded})) == ip


def test_htmx_gets_the_part_and_everybody_else_the_page(rf, settings, tmp_path):
    (tmp_path / "page.html").write_text("<main>{% include 'part.html' %}</main>")
    (tmp_path / "part.html").write_text("{{ word }}")
    options = settings.TEMPLATES[0]["OPTIONS"] | {"context_processors": []}
    settings.TEMPLATES = [settings.TEMPLATES[0] | {"DIRS": [tmp_path], "OPTIONS": options}]
    asked = {"page": "page.html", "partial": "part.html", "context": {"word": "hello"}}
    requests = [
        ({}, b"<main>hello</main>"),
        ({"HX-Request": "true"}, b"hello"),
        ({"HX-Request": "true", "HX-Boosted": "true"}, b"<main>hello</main>"),
        ({"HX-Request": "true", "HX-History-Restore-Request": "true"}, b"<main>hello</main>"),
    ]
    for headers, content in requests:
        request = rf.get("/", headers=headers)
        HtmxMiddleware(lambda _: HttpResponse())(request)
        answer = render_page_or_partial(request, **asked)
        assert answer.content == content
        assert "HX-Request" in answer.headers["Vary"]


def test_a_row_of_another_is_not_there(alice, charlie):
    from django.http import Http404

    class Rows:
        def owned_by(self, user):
            return get_user_model().objects.filter(pk=user.pk)

    assert owned_or_404(Rows(), alice, pk=alice.pk) == alice
    for user, pk in [(charlie, alice.pk), (alice, "x"), (alice, 10**30)]:
        with pytest.raises(Http404):
            owned_or_404(Rows(), user, pk=pk)
