"""Acts that matter for security or money, of every app: each is written down once."""

from __future__ import annotations

from typing import Any

import pytest

from accounts.models import AuditLog, User
from accounts.services import audit, deletions, erasing
from accounts.tests.factors import browser_of_admin
from backtesting.tests.conftest import walk
from exchanges.services import candles
from exchanges.tests.credentials import KEYS, account
from foundation.lib import clock
from tests.access_world import Belongings, belongings

pytestmark = pytest.mark.django_db
ACCOUNT = "/api/exchanges/credentials"
ORDER = {"symbol": "BTC/USDT", "type": "limit", "side": "buy", "quantity": "1", "price": "2"}
NEW = {
    "venue": "binance", "label": "Second", "api_key": KEYS.api_key, "secret": KEYS.secret,
}  # fmt: skip
MOVED = {"asset": "USDT", "amount": "5", "from": "spot", "to": "futures"}
KEY = {"name": "script", "scopes": ["read"]}

# who, method, address, body, what is written down, a part of what it says
ACTS = [
    ("owner", "post", "/api/auth/api-keys", KEY, "api_key.made", '"scopes":["read"]'),
    ("owner", "delete", "/api/auth/api-keys/<int:key_id>", {}, "api_key.revoked", '"one'),
    ("owner", "put", "/api/auth/profile", {"phone": "+4366412345678"}, "profile.changed",
     '"after":{"fields":["phone"]}'),
    ("owner", "put", "/api/auth/preferences", {"paper_first": False}, "gate.changed",
     '"before":{"paper_first":true}'),
    ("owner", "post", ACCOUNT, NEW, "exchange_account.added", '"label":"Second"'),
    ("owner", "put", f"{ACCOUNT}/<int:credential_id>", {"label": "Other"},
     "exchange_account.changed", '"before":{"label":"Main"}'),
    ("owner", "post", f"{ACCOUNT}/<int:credential_id>/orders", ORDER, "order.asked", '"price":"2'),
    ("owner", "delete", f"{ACCOUNT}/<int:credential_id>/orders/<int:order_id>", {},
     "order.cancelled", '"status":"cancelled"'),
    ("owner", "post", "/api/wallet/transfer", MOVED, "money.moved", '"amount":"5"'),
    ("owner", "post", "/api/wallet/deposit", {"asset": "USDT", "amount": "7"}, "money.given", "7"),
    ("owner", "post", "/api/auth/plan/change", {"plan": "free"}, "plan.changed", '"paid":"0'),
    ("owner", "put", "/api/risk/limits", {"orders_hour": 5}, "limits.changed", '"orders_hour":5'),
    ("owner", "post", "/api/portfolio/kill", {}, "kill_switch.pulled",
     '"target":"user '),
    ("owner", "put", "/api/exchanges/halt", {"halted": True, "reason": "so"}, "sending.stopped",
     '"reason":"so"'),
    ("owner", "delete", "/api/bots/<int:bot_id>", {}, "bot.deleted", '"status":"stopped"'),
    ("owner", "delete", "/api/bots/<int:bot_id>/promotion", {}, "bot.promotion", '"to":null'),
    ("owner", "post", "/api/auth/export", {}, "user.exported", "accounts.dataexport"),
    ("admin", "put", "/api/admin/halt", {"halted": True, "reason": "so"}, "sending.stopped",
     '"target":"everybody"'),
    ("admin", "put", "/api/admin/risk-params", {"deposit_max": "9"}, "setting.changed", '"9"'),
    ("admin", "put", "/api/admin/users/<int:user_id>/role", {"role": "creator"}, "user.role",
     '"before":{"role":"trader"}'),
]  # fmt: skip


@pytest.fixture
def owner(make_user: Any) -> User:
    found: User = make_user("owner")
    return found


@pytest.fixture
def mine(owner: User, alice: User, settings: Any) -> Belongings:
    return belongings(owner, alice, settings)


@pytest.mark.parametrize(
    ("who", "method", "route", "body", "action", "says"), ACTS, ids=lambda one: str(one)[:40]
)
def test_an_act_is_written_down_once(
    api: Any, owner: User, admin: User, mine: Belongings, who: str, method: str, route: str,
    body: dict[str, Any], action: str, says: str,
) -> None:  # fmt: skip
    actor = {"owner": owner, "admin": admin}[who]
    client = api(actor)
    last = AuditLog.objects.latest("id").pk
    answer = getattr(client, method)(mine.address(route), body)
    assert answer.status_code < 300, answer.content
    (row,) = AuditLog.objects.filter(pk__gt=last)
    assert (row.action, row.actor_id, row.ip) == (action, actor.pk, "127.0.0.1")
    assert says in row.body
    assert row.request_id == answer.headers["X-Request-ID"]
    assert KEYS.secret not in row.body and KEYS.api_key not in row.body


def acts_since(last: int) -> list[str]:
    rows = AuditLog.objects.filter(pk__gt=last).order_by("id")
    return list(rows.values_list("action", flat=True))


def test_an_account_that_goes_is_written_down(api: Any, owner: User) -> None:
    row, client = account(owner), api(owner)
    last = AuditLog.objects.latest("id").pk
    assert client.delete(f"{ACCOUNT}/{row.pk}").status_code == 204
    assert acts_since(last) == ["exchange_account.deleted"]


def test_a_bot_that_starts_and_stops_is_written_down(
    api: Any, owner: User, mine: Belongings
) -> None:
    candles.store(venue=mine.venue, symbol="BTC/USDT", candles=walk(600))
    client, last = api(owner), AuditLog.objects.latest("id").pk
    for act in ("start", "stop"):
        answer = client.put(f"/api/bots/{mine.ids['bot_id']}/{act}", {})
        assert answer.status_code < 300, answer.content
    assert acts_since(last) == ["bot.started", "bot.stopped"]


def test_what_an_admin_does_as_somebody_else_is_written_down_as_the_admins(
    api: Any, make_user: Any, owner: User, mine: Belongings, password: str
) -> None:
    candles.store(venue=mine.venue, symbol="BTC/USDT", candles=walk(600))
    bot_id = mine.ids["bot_id"]
    assert api(owner).put(f"/api/bots/{bot_id}/start", {}).status_code < 300
    boss = browser_of_admin(make_user, password)
    last = AuditLog.objects.latest("id").pk
    boss.post(f"/people/{owner.pk}/view-as/")
    assert boss.post(f"/bots/{bot_id}/stop/").status_code == 302
    boss.post("/people/view-as/end/")
    acts = AuditLog.objects.filter(pk__gt=last)
    assert {"sign_in", "bot.stopped", "user.impersonated"} <= {one.action for one in acts}
    assert {one.actor_id for one in acts} == {boss.user.pk}


def test_what_is_refused_is_not_written_down(api: Any, owner: User, mine: Belongings) -> None:
    client, last = api(owner), AuditLog.objects.latest("id")
    too_much = {**MOVED, "amount": "99999999"}
    assert client.post("/api/wallet/transfer", too_much).status_code >= 400
    assert client.post(ACCOUNT, {**NEW, "venue": "nowhere"}).status_code == 400
    assert not AuditLog.objects.filter(pk__gt=last.pk).exclude(action="sign_in").exists()


def test_a_burst_of_wrong_passwords_is_written_down_once(api: Any, owner: User) -> None:
    for _ in range(9):
        api().post("/api/auth/login", {"email": owner.email, "password": "a guess"})
        api().post("/api/auth/login", {"email": "nobody@example.com", "password": "a guess"})
    held = AuditLog.objects.filter(action="sign_in.held")
    targets = sorted(row.read["target"] for row in held)
    assert targets == ["an unknown address", f"user {owner.pk}"]
    assert not AuditLog.objects.filter(body__contains="nobody@example.com").exists()


def test_the_admin_s_own_pages_are_written_down(client: Any, admin: User, owner: User) -> None:
    client.force_login(admin)
    last = AuditLog.objects.latest("id").pk
    address = "/admin/exchanges/riskparameter/add/"
    assert client.post(address, {"name": "deposit_max", "value": "9"}).status_code == 302
    (row,) = AuditLog.objects.filter(pk__gt=last)
    assert (row.action, row.actor_id) == ("admin.changed", admin.pk)
    assert row.read["after"] == {"what": "added", "name": "deposit_max", "value": "9"}


def test_an_account_that_is_deleted_is_written_down(api: Any, owner: User, password: str) -> None:
    last = AuditLog.objects.order_by("-id").values_list("pk", flat=True).first() or 0
    assert api(owner).post("/api/auth/deletion", {"password": password}).status_code == 201
    owner.refresh_from_db()
    assert api(owner).delete("/api/auth/deletion").status_code == 204
    deletions.request(user=owner, password=password, origin="test")
    with clock.fixed(clock.now_ms() + 15 * 86_400_000):
        assert erasing.finish_due() == 1
    told = [one for one in acts_since(last) if one.startswith("user.")]
    assert told == [
        *("user.deletion_asked", "user.deletion_withdrawn", "user.deletion_asked", "user.deleted")
    ]
    assert AuditLog.objects.latest("id").target_id == str(owner.pk)


def test_of_a_deleted_account_the_log_says_nothing_more(
    api: Any, client: Any, admin: User, owner: User, password: str
) -> None:
    address, about = owner.email, {"name": "Ottokar Niemand", "phone": "+436641234567"}
    audit.record(owner, "sign_in", owner)
    assert api(owner).put("/api/auth/profile", about).status_code == 200
    client.force_login(admin)
    proved = {"user": owner.pk, "email": f"x-{address}", "verified": "on"}
    assert client.post("/admin/account/emailaddress/add/", proved).status_code == 302
    deletions.request(user=owner, password=password, origin="test")
    with clock.fixed(clock.now_ms() + 15 * 86_400_000):
        assert erasing.finish_due() == 1
    actions = set(AuditLog.objects.values_list("action", flat=True))
    assert {"sign_in", "profile.changed", "admin.changed", "user.deleted"} <= actions
    for words in (address, *about.values()):
        assert not AuditLog.objects.filter(body__icontains=words).exists()
