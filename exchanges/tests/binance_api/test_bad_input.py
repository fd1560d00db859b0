"""Whatever is wrong with a request, at every address: Binance's refusal, and never a fault of
ours."""

from __future__ import annotations

import hashlib
import hmac
from urllib.parse import urlencode

import pytest

from accounts.services import api_keys
from exchanges.binance_api import addresses, endpoint, weights
from exchanges.binance_api.endpoint import Security
from exchanges.models import Order
from exchanges.tests.binance_api.asked import ASKED
from exchanges.tests.binance_api.served import key_of
from foundation.lib import clock

NOT_FOUND = {-1125, -2011, -2013, -2022, -4046, -4054, -4059, -4171}
each_address = pytest.mark.parametrize("asked", ASKED, ids=str)


@pytest.fixture
def key(world, trader):
    return key_of(trader)


@pytest.fixture(autouse=True)
def _no_limits(monkeypatch):
    for product in weights.LIMITS:
        monkeypatch.setitem(weights.LIMITS, product, weights.Limits(10**9, ((10, "10S", 10**9),)))


@pytest.fixture
def send(client, key):
    """send(asked, values, ...) -> the answer; signed where the address wants it. The clock stands:
    a process that got no processor for five seconds would be too late."""
    client.raise_request_exception = False

    def send(asked, values, *, api_key=key["apiKey"], secret=key["secret"], **more):
        served = endpoint.PATHS[asked.path][asked.method]
        if served.security is Security.SIGNED:
            values = {"timestamp": clock.now_ms(), **values, **more}
        query = urlencode({name: value for name, value in values.items() if value is not None})
        if served.security is Security.SIGNED and secret is not None:
            signature = hmac.new(secret.encode(), query.encode(), hashlib.sha256).hexdigest()
            query += f"&signature={signature}"
        headers = {"X-MBX-APIKEY": api_key} if api_key is not None else {}
        return client.generic(asked.method, f"/binance/{asked.path}?{query}", headers=headers)

    with clock.fixed(clock.now_ms()):
        yield send


def refusal(answer):
    """(status, code), of an answer in Binance's shape."""
    body = answer.json()
    assert set(body) - {"data"} == {"code", "msg"}, body
    assert isinstance(body["msg"], str)
    assert body["msg"]
    return answer.status_code, body["code"]


def with_security(*wanted):
    return [one for one in ASKED if endpoint.PATHS[one.path][one.method].security in wanted]


def test_every_address_is_in_the_table():
    assert addresses.urlpatterns
    served = {(method, path) for path, methods in endpoint.PATHS.items() for method in methods}
    assert served == {(asked.method, asked.path) for asked in ASKED}


@each_address
def test_bad_parameters_are_refused_and_change_nothing(send, asked):
    wrong = []
    for values, codes in asked.bad():
        answer = send(asked, values)
        if not 400 <= answer.status_code < 500 or refusal(answer)[1] not in codes:
            wrong.append((values, codes, answer.status_code, answer.content[:200]))
    assert not wrong
    assert not Order.objects.exists()
    good = send(asked, asked.needs)
    assert good.status_code == 200 or refusal(good)[1] in NOT_FOUND, good.content


def test_who_may_not_is_refused(send, trader):
    other, other_secret = api_keys.create(owner=trader, name="other", scopes=["read"])
    wrong_keys = [
        ({"api_key": None}, -2014),
        ({"api_key": "x" * 64}, -2015),
        ({"api_key": other.key, "secret": other_secret}, -2015),
    ]
    for asked in with_security(Security.KEY, Security.SIGNED):
        for more, code in wrong_keys:
            assert refusal(send(asked, asked.needs, **more)) == (401, code), asked


STALE = [
    ({"timestamp": None}, -1102),
    ({"timestamp": ""}, -1105),
    ({"timestamp": "x"}, -1100),
    ({"timestamp": "-1"}, -1100),
    ({"timestamp": "NaN"}, -1100),
    ({"timestamp": "9" * 20}, -1130),
    ({"timestamp": "1"}, -1021),
    ({"timestamp": str(2**62)}, -1021),
    ({"recvWindow": "60001"}, -1131),
    ({"recvWindow": "0"}, -1131),
    ({"recvWindow": ""}, -1105),
    ({"recvWindow": "x"}, -1100),
    ({"recvWindow": "-1"}, -1100),
    ({"recvWindow": "NaN"}, -1100),
    ({"recvWindow": "1e400"}, -1100),
    ({"secret": "wrong"}, -1022),
    ({"secret": None}, -1102),
]


def test_what_is_stale_or_not_signed_is_refused(send):
    for asked in with_security(Security.SIGNED):
        for more, code in STALE:
            answer = send(asked, asked.needs, **more)
            assert refusal(answer) == (400, code), (asked, more)


def test_what_is_not_there_is_refused_in_binances_shape(client, world):
    for method, path, status in (
        ("GET", "fapi/v1/nothing", 404),
        ("POST", "api/v3/sor/order", 404),
        ("DELETE", "x/" * 300, 404),
        ("PATCH", "api/v3/order", 405),
        ("DELETE", "api/v3/time", 405),
    ):
        answer = client.generic(method, f"/binance/{path}")
        assert refusal(answer) == (status, -5000), path
