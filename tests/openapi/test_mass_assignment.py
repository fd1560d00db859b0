"""What nobody may set of themselves is not set by naming it in a body."""

from __future__ import annotations

import json
from typing import Any

from django.forms.models import model_to_dict

from accounts.models import LedgerAccount, User
from tests.openapi.conftest import operations
from tests.openapi.world import SPEC, Owned

EXTRA = {
    "id": 1,
    "role": "admin",
    "is_staff": True,
    "is_superuser": True,
    "is_active": False,
    "balance": "1000000",
    "plan": "enterprise",
    "owner": 1,
    "owner_id": 1,
    "user": 1,
    "user_id": 1,
    "referred_by": 1,
    "referred_by_id": 1,
    "commission": "1",
    "groups": [1],
    "registration_open": True,
    "created_at": "2000-01-01T00:00:00Z",
}
# Bodies that are accepted as they stand: the extra fields are all that is wrong with them then.
SYMBOL = {"venue": "walk", "symbol": "BTC/USDT"}
GOOD: dict[tuple[str, str], dict[str, Any]] = {
    ("put", "/api/auth/preferences"): {"theme": "dark"},
    ("post", "/api/auth/api-keys"): {"name": "Other", "scopes": ["read"]},
    ("post", "/api/notifications/channels"): {"name": "New", "url": "jsons://example.com/x"},
    ("put", "/api/notifications/channels/{channel_id}"): {"name": "Renamed"},
    ("put", "/api/notifications/preferences"): {"digest_hour": 5},
    ("post", "/api/strategies"): {"spec": SPEC},
    ("put", "/api/strategies/{strategy_id}"): {"name": "Renamed"},
    ("post", "/api/strategies/validate"): SPEC,
    ("post", "/api/backtests"): {"spec": SPEC, "venue": "walk", "cash": "500"},
    ("post", "/api/bots"): {"kind": "signal", "name": "New", "allocation": "100", **SYMBOL}
    | {"timeframe": "15m", "params": {"size": 0.5}},
    ("post", "/api/bots/deploy"): {"spec": SPEC, "allocation": "100", **SYMBOL},
    ("post", "/api/bots/generate"): {"spec": SPEC, "language": "python"},
    ("put", "/api/bots/{bot_id}/hook"): {"lag_s_max": 30},
    ("post", "/api/custom-indicators"): {"name": "half", "expression": "close / 2"},
    ("post", "/api/orders"): {"symbol": "BTC/USDT", "side": "buy", "type": "market"}
    | {"quantity": "1"},
    ("post", "/api/orders/test"): {"symbol": "BTC/USDT", "side": "buy", "type": "market"}
    | {"quantity": "1"},
    ("put", "/api/orders/{order_id}"): {"price": "91"},
    ("put", "/api/positions/{position_id}/tp-sl"): {"stop_loss_price": "50"},
    ("post", "/api/wallet/transfer"): {"asset": "USDT", "amount": "1"}
    | {"from": "spot", "to": "futures"},
    ("post", "/api/wallet/deposit"): {"asset": "USDT", "amount": "1"},
    ("put", "/api/risk/limits"): {"orders_hour": 50},
    ("post", "/api/risk/presets"): {"preset": "balanced"},
    ("put", "/api/exchanges/halt"): {"halted": False},
    ("put", "/api/exchanges/credentials/{credential_id}"): {"label": "Renamed"},
}


def guarded() -> dict[str, Any]:
    """What only the house decides: the whole row of every user, and every balance."""
    users = {
        row.pk: {**model_to_dict(row), "referred_by": row.referred_by_id}
        for row in User.objects.order_by("pk")
    }
    for row in users.values():
        row.pop("last_login", None)
    return users


def with_body(document: dict[str, Any]) -> list[tuple[str, str]]:
    return [
        (method, path)
        for path, method, operation in operations(document)
        if method in ("post", "put", "patch")
    ]


def sent(client: Any, owned: Owned, method: str, path: str, body: Any) -> Any:
    address = owned.address(path.replace("{token}", "x"))
    return client.generic(method.upper(), address, json.dumps(body), "application/json")


def test_every_body_is_closed(document):
    """In the document, so that a client is told; those that take any JSON say so."""
    schemas, open_ = document["components"]["schemas"], []
    for path, method, operation in operations(document):
        for media in operation.get("requestBody", {}).get("content", {}).values():
            name = media["schema"].get("$ref", "").rsplit("/", 1)[-1]
            if name and schemas[name].get("additionalProperties") is not False:
                open_.append(f"{method} {path}: {name}")
    assert open_ == []


def test_extra_fields_set_nothing(owned, alice, api, document):
    before = guarded()
    for method, path in with_body(document):
        # Signed in anew: some addresses end the sign-in.
        answer = sent(api(alice), owned, method, path, {**GOOD.get((method, path), {}), **EXTRA})
        assert answer.status_code < 500, f"{method} {path}"
        if (method, path) in GOOD:
            assert answer.status_code == 400, f"{method} {path} answered {answer.status_code}"
            assert "role" in answer.text, f"{method} {path} does not say which: {answer.text}"
    assert guarded() == before
    assert sum(row.balance for row in LedgerAccount.objects.filter(kind="paper_wallet")) < 21_000


def test_nobody_registers_as_more_than_a_trader(client, db):
    for path in ("register", "login", "complete-registration", "verify-otp", "login/code"):
        body = {
            "email": "new@example.com",
            "password": "x" * 12,
            "token": "x",
            "code": "1",
            **EXTRA,
        }
        answer = client.post(f"/api/auth/{path}", body, content_type="application/json")
        assert answer.status_code == 400, path
        assert "is_superuser" in answer.text
    assert not User.objects.exists()


def test_the_same_bodies_are_accepted_without_them(owned, alice, api):
    """Else the test above would show nothing."""
    refused = []
    for method, path in GOOD:
        answer = sent(api(alice), owned, method, path, GOOD[method, path])
        if answer.status_code not in (200, 201, 202, 204):
            refused.append(f"{method} {path}: {answer.text}")
    assert refused == []
