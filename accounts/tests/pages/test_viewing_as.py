"""An admin sees the site as a user does: who may, what stays closed, and that it ends."""

import re

import pytest

from accounts.models import ApiKey, AuditLog, User
from accounts.services import impersonation
from accounts.tests.factors import browser_of_admin
from foundation.edge.consumers import OPEN_UNTIL
from foundation.lib import clock
from tests.test_strangers import ALL

pytestmark = pytest.mark.django_db

# What of somebody's account no admin may touch, by the words of its address.
SENSITIVE = re.compile(
    r"password|api-keys|credentials|factor|passkey|mfa|sessions|export|your-data|deletion|profile"
    r"|/exchanges/new|logout|auth/refresh|channels|plan"
)


@pytest.fixture
def boss(make_user, password):
    """An admin who has just shown the second factor, in a browser of their own."""
    return browser_of_admin(make_user, password)


def view_as(client, user):
    return client.post(f"/people/{user.pk}/view-as/")


def test_every_page_says_whose_eyes_it_is_seen_with_and_leads_back(boss, alice):
    assert alice.email in boss.get(f"/people/{alice.pk}/view-as/").text
    assert boss.get(f"/admin/accounts/user/{alice.pk}/change/").text.count("/view-as/") == 1
    assert view_as(boss, alice).status_code == 302
    for address in ("/", "/settings/", "/no-such-page/"):
        page = boss.get(address).text
        assert "You see the site as" in page
        assert "/people/view-as/end/" in page
    assert boss.get("/api/auth/me").json()["email"] == alice.email
    assert boss.session[OPEN_UNTIL] == boss.session[impersonation.SINCE] + 3_600_000
    back = boss.post("/people/view-as/end/")
    assert back.status_code == 302
    assert boss.session["_auth_user_id"] == str(boss.user.pk)
    assert "You see the site as" not in boss.get("/settings/").text
    assert OPEN_UNTIL not in boss.session  # of the admin's own sockets there is no hour
    acts = AuditLog.objects.filter(action="user.impersonated").order_by("id")
    told = [(one.actor_id, one.target_id, one.read["after"]["what"]) for one in acts]
    assert told == [(boss.user.pk, str(alice.pk), what) for what in ("began", "ended")]


def test_it_needs_a_second_factor_shown_a_moment_ago(boss, alice):
    with clock.fixed(clock.now_ms() + 11 * 60_000):
        answer = boss.get(f"/people/{alice.pk}/view-as/")
        assert answer.headers["Location"].startswith("/settings/again/code/?next=%2Fpeople%2F")
        view_as(boss, alice)
    assert boss.session["_auth_user_id"] == str(boss.user.pk)


@pytest.mark.parametrize(
    "fields",
    [
        {"role": "admin"},
        {"role": "support", "is_staff": True},
        {"is_superuser": True},
        {"is_active": False},
        {"registration_open": True},
    ],
)
def test_nobody_looks_as_staff_or_as_who_is_not_there(boss, make_user, fields):
    other = make_user("other", **fields)
    assert view_as(boss, other).status_code == 403
    assert view_as(boss, boss.user).status_code == 403
    assert boss.session["_auth_user_id"] == str(boss.user.pk)


@pytest.mark.parametrize("role", ["trader", "creator", "support"])
def test_only_admins_may(client, make_user, alice, role):
    client.force_login(make_user("one", role=role, is_staff=role == "support", factor=True))
    assert client.get(f"/people/{alice.pk}/view-as/").status_code == 403
    assert view_as(client, alice).status_code == 403


def test_keys_and_security_stay_as_they_are(boss, alice, password):
    view_as(boss, alice)
    before = User.objects.get(pk=alice.pk).password
    given = {"current_password": password, "new_password": "another long passphrase"}
    answers = [
        boss.post("/settings/password/", given),
        boss.post("/settings/api-keys/", {"name": "x", "scopes": ["read"]}),
        boss.get("/settings/second-factor/app/"),
        boss.get("/settings/second-factor/recovery-codes/"),
        view_as(boss, alice),
    ]
    assert [answer.status_code for answer in answers] == [403] * 5
    body = {"name": "x", "scopes": ["read"], "expires_at": None, "ips": []}
    refused = boss.post("/api/auth/api-keys", body, content_type="application/json")
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "impersonating")
    assert User.objects.get(pk=alice.pk).password == before
    assert not ApiKey.objects.exists()


def test_of_changes_only_work_and_ways_out_are_open():
    opened = [one for one in ALL if not impersonation.is_closed("POST", one)]
    left = [one for one in opened if not one.startswith(impersonation.WORK)]
    assert sorted(left) == [
        *("/api/bots/1/pause", "/api/bots/1/stop", "/bots/1/pause/", "/bots/1/stop/"),
        *("/people/view-as/end/", "/settings/theme/", "/sign-out/"),
    ]
    assert impersonation.is_closed("POST", "/api/made/tomorrow")


def test_every_address_that_sounds_of_keys_or_security_is_closed():
    sensitive = [one for one in ALL if SENSITIVE.search(one) and "/admin/" not in one]
    assert len(sensitive) > 30
    assert [one for one in sensitive if not impersonation.is_closed("POST", one)] == []
    assert not impersonation.is_closed("POST", "/bots/1/stop/")
    assert not impersonation.is_closed("POST", "/api/bots/1/pause")
    assert not impersonation.is_closed("GET", "/settings/")


@pytest.mark.parametrize(
    "path",
    [
        *("/api/wallet/transfer", "/api/orders", "/api/orders/oco", "/api/positions/1/close"),
        *("/wallet/transfer/", "/orders/cancel-all/", "/positions/1/close/"),
        *("/markets/paper/BTC-USDT/order/", "/bots/new/", "/bots/1/start/", "/api/bots"),
        *("/api/portfolio/kill", "/api/risk/presets", "/api/exchanges/halt"),
    ],
)
def test_money_is_not_moved_with_somebody_elses_eyes(boss, alice, path):
    view_as(boss, alice)
    answer = boss.post(path, {}, content_type="application/json")
    assert (answer.status_code, b"somebody else" in answer.content) == (403, True)
    assert boss.get("/wallet/").status_code == 200


@pytest.mark.parametrize("why", ["an hour is over", "demoted", "closed out"])
def test_it_ends_with_the_hour_and_with_the_admins_rights(boss, alice, why):
    view_as(boss, alice)
    if why == "demoted":
        User.objects.filter(pk=boss.user.pk).update(role="support")
    if why == "closed out":
        User.objects.filter(pk=boss.user.pk).update(is_active=False)
    later = 3_600_001 if why == "an hour is over" else 0
    with clock.fixed(clock.now_ms() + later):
        answer = boss.get("/settings/")
    assert answer.headers["Location"] == "/sign-in/"
    assert "_auth_user_id" not in boss.session


def test_who_does_not_look_cannot_go_back(client, alice):
    client.force_login(alice)
    assert client.post("/people/view-as/end/").status_code == 404
