"""The admin shows everything and edits no money."""

from decimal import Decimal as D

import pytest
from django.contrib.auth.models import Permission

from accounts.models import Entry, LedgerAccount, Transfer, User
from accounts.services import api_keys, ledger
from accounts.tests.mails import code_to, mails_to

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(client, admin, alice):
    client.force_login(admin)
    ledger.grant_play_money(user=alice, asset="USDT", amount=D(5), key="grant")
    return client


@pytest.mark.parametrize("model", ["user", "ledgeraccount", "transfer", "entry"])
def test_every_list_and_row_opens(desk, model):
    assert desk.get(f"/admin/accounts/{model}/?q=a").status_code == 200
    models = {m._meta.model_name: m for m in (User, LedgerAccount, Transfer, Entry)}
    row = models[model].objects.first()
    assert desk.get(f"/admin/accounts/{model}/{row.pk}/change/").status_code == 200


@pytest.mark.parametrize("model", [LedgerAccount, Transfer, Entry])
def test_money_cannot_be_edited(desk, model):
    address = f"/admin/accounts/{model._meta.model_name}/"
    pk = model.objects.first().pk
    assert desk.get(f"{address}add/").status_code == 403
    assert desk.post(f"{address}{pk}/change/", {"balance": 9}).status_code == 403
    assert desk.post(f"{address}{pk}/delete/", {"post": "yes"}).status_code == 403


def test_a_user_is_made_by_email(desk):
    new = {"email": "dora@example.com", "usable_password": "true"}
    new |= {"password1": "a long passphrase", "password2": "a long passphrase"}
    assert desk.post("/admin/accounts/user/add/", new).status_code == 302
    assert User.objects.get(email="dora@example.com").check_password("a long passphrase")
    refused = desk.post("/admin/accounts/user/add/", new | {"email": "Dora2@Example.com"})
    assert "lower case" in refused.text


def test_a_former_address_opens_the_account_no_more(desk, api, alice, password):
    was, given = alice.email, {"email": alice.email, "password": password}
    assert api().post("/api/auth/login", given).status_code == 200
    change = {"email": "new@example.com", "name": "", "phone": "", "role": "trader"}
    change |= {"is_active": "on", "preferences-TOTAL_FORMS": 0, "preferences-INITIAL_FORMS": 0}
    page = desk.post(f"/admin/accounts/user/{alice.pk}/change/", change)
    assert (page.status_code, User.objects.get(pk=alice.pk).email) == (302, "new@example.com")
    for address in (was, "new@example.com"):
        api().post("/api/auth/login/code", {"email": address})
    assert "There is no account" in mails_to(was)[-1]
    assert code_to("new@example.com")


def test_the_admin_has_no_sign_in_of_its_own(client, admin, alice, password):
    there = client.get("/admin/login/?next=/admin/accounts/user/")
    assert there.headers["Location"] == "/sign-in/?next=/admin/accounts/user/"
    assert client.post("/admin/login/", {"username": admin.email}).status_code == 405
    client.force_login(alice)
    assert client.get("/admin/login/").status_code == 403


def test_a_trader_does_not_get_in(client, alice):
    client.force_login(alice)
    assert client.get("/admin/").status_code == 302
    assert client.get("/admin/accounts/user/").status_code == 302


def test_a_key_is_shown_without_its_secret_and_only_revoked(desk, alice):
    row, secret = api_keys.create(owner=alice, name="script", scopes=["read", "binance"])
    address = "/admin/accounts/apikey/"
    for page in (address, f"{address}{row.pk}/change/"):
        text = desk.get(page).text
        assert row.key in text
        assert secret not in text and row.secret_hash not in text
    assert desk.post(f"{address}{row.pk}/change/", {"name": "mine"}).status_code == 403
    assert desk.post(f"{address}{row.pk}/delete/", {"post": "yes"}).status_code == 403
    desk.post(address, {"action": "revoke", "_selected_action": [row.pk]})
    assert api_keys.find(row.key) is None


def test_who_may_only_look_revokes_nothing(client, make_user, alice):
    helper = make_user("helper", is_staff=True)
    helper.user_permissions.add(Permission.objects.get(codename="view_apikey"))
    row, _ = api_keys.create(owner=alice, name="script", scopes=["read"])
    client.force_login(helper)
    client.post("/admin/accounts/apikey/", {"action": "revoke", "_selected_action": [row.pk]})
    assert api_keys.find(row.key) is not None
