"""Who is let in: keys, signatures, the time window, weights; and that nothing sent is a fault of
ours."""

from __future__ import annotations

import hashlib
import hmac
import itertools
from dataclasses import replace
from urllib.parse import urlencode

import pytest

from exchanges.binance_api import endpoint, weights
from exchanges.binance_api.addresses import MODULES
from exchanges.tests.binance_api.served import key_of
from foundation.lib import clock

ACCOUNT = "/binance/api/v3/account"
FORM = "application/x-www-form-urlencoded"


@pytest.fixture
def key(world, trader):
    return key_of(trader)


def signed(key, path=ACCOUNT, method="get", client=None, *, sent_ms=None, secret="", **values):
    values = {"timestamp": clock.now_ms() if sent_ms is None else sent_ms, **values}
    query = urlencode(values)
    secret = secret or key["secret"]
    signature = hmac.new(secret.encode(), query.encode(), hashlib.sha256).hexdigest()
    address = f"{path}?{query}&signature={signature}"
    headers = {"X-MBX-APIKEY": key["apiKey"]}
    return client.generic(method.upper(), address, b"", FORM, headers=headers)


def code(answer):
    return answer.status_code, answer.json().get("code")


def test_a_signed_request_is_let_in(client, key):
    answer = signed(key, client=client)
    assert answer.status_code == 200
    assert answer.json()["balances"] == [
        {"asset": "USDT", "free": "10000.00000000", "locked": "0.00000000"}
    ]
    assert answer.headers["X-MBX-USED-WEIGHT-1M"] == "20"


def test_the_signature_covers_query_and_body(client, key):
    query, body = (
        urlencode({"symbol": "BTCUSDT", "side": "BUY"}),
        urlencode({"type": "MARKET", "quantity": "1", "timestamp": clock.now_ms()}),
    )
    signature = hmac.new(key["secret"].encode(), (query + body).encode(), hashlib.sha256)
    answer = client.post(
        f"/binance/api/v3/order?{query}",
        f"{body}&signature={signature.hexdigest()}",
        content_type="application/x-www-form-urlencoded",
        headers={"X-MBX-APIKEY": key["apiKey"]},
    )
    assert answer.status_code == 200, answer.json()
    assert answer.headers["X-MBX-ORDER-COUNT-10S"] == "1"
    again = client.post(
        f"/binance/api/v3/order?{query}",
        f"{body.replace('quantity=1', 'quantity=2')}&signature={signature.hexdigest()}",
        content_type="application/x-www-form-urlencoded",
        headers={"X-MBX-APIKEY": key["apiKey"]},
    )
    assert code(again) == (400, -1022)


@pytest.mark.parametrize(
    ("late_ms", "values", "wanted"),
    [
        (4_000, {}, 200),
        (6_000, {}, -1021),
        (50_000, {"recvWindow": 60_000}, 200),
        (0, {"recvWindow": 60_001}, -1131),
        (-900, {}, 200),
        (-1_500, {}, -1021),
    ],
)
def test_the_time_window(client, key, late_ms, values, wanted):
    with clock.fixed(clock.now_ms()):
        answer = signed(key, client=client, sent_ms=clock.now_ms() - late_ms, **values)
    assert answer.json().get("code", 200) == wanted


def test_who_is_refused(client, key):
    assert code(client.get(ACCOUNT)) == (401, -2014)
    assert code(signed({**key, "apiKey": "x" * 64}, client=client)) == (401, -2015)
    assert code(signed(key, client=client, secret="wrong")) == (400, -1022)
    unsigned = client.get(ACCOUNT, {"timestamp": 1}, headers={"X-MBX-APIKEY": key["apiKey"]})
    assert code(unsigned) == (400, -1102)


WORDS = [
    ({"symbol": "NOPE"}, -1121),
    ({"symbol": "btcusdt"}, -1100),
    ({}, -1102),
    ({"symbol": "BTCUSDT", "side": "UP"}, -1117),
    ({"symbol": "BTCUSDT", "side": "BUY", "type": "MAGIC"}, -1116),
    ({"symbol": "BTCUSDT", "side": "BUY", "type": "LIMIT", "quantity": 1, "price": 9}, -1102),
    ({"symbol": "BTCUSDT", "side": "BUY", "type": "MARKET", "quantity": "1e5"}, -1100),
    ({"symbol": "BTCUSDT", "side": "BUY", "type": "MARKET", "quantity": 1, "price": 5}, -1106),
    ({"symbol": "BTCUSDT", "side": "BUY", "type": "MARKET", "quantity": "0.0001"}, -1013),
    ({"symbol": "BTCUSDT", "side": "BUY", "type": "MARKET", "quantity": "1000"}, -2010),
]


@pytest.mark.parametrize(("values", "wanted"), WORDS)
def test_orders_are_refused_in_binances_words(client, key, values, wanted):
    answer = signed(key, "/binance/api/v3/order", "post", client, **values)
    assert code(answer) == (400, wanted)


def test_weights_are_counted_and_end(client, world, monkeypatch):
    spot = weights.LIMITS["spot"]
    monkeypatch.setitem(weights.LIMITS, "spot", replace(spot, weight=2))
    answers = [client.get("/binance/api/v3/ping") for _ in range(3)]
    assert [one.status_code for one in answers] == [200, 200, 429]
    assert 0 < int(answers[-1].headers["Retry-After"]) <= 60
    for _ in range(weights.REFUSALS_UNTIL_BAN + 1):
        last = client.get("/binance/api/v3/ping")
    assert last.status_code == 418


ODD = ["", "x", "-1", "0", "9" * 20, "NaN", "é", "BTCUSDT", '["BTCUSDT"]', "true", "1.5"]
NAMES = """symbol side type quantity price stopPrice triggerPrice timeInForce orderId algoId limit
startTime endTime fromId interval leverage marginType amount asset symbols batchOrders listenKey
orderListId cancelReplaceMode algoType callbackRate orderIdList newClientOrderId""".split()

GOOD = {"symbol": "BTCUSDT", "side": "SELL", "timeInForce": "GTC", "newClientOrderId": ""}


def test_whatever_is_sent_is_no_fault_of_ours(client, key, monkeypatch):
    assert MODULES
    for product in weights.LIMITS:
        monkeypatch.setitem(weights.LIMITS, product, weights.Limits(10**9, ((10, "10S", 10**9),)))
    client.raise_request_exception = False
    odd = itertools.cycle(ODD)
    for path, methods in endpoint.PATHS.items():
        for method, turn in itertools.product(methods, range(8)):
            values = {name: next(odd) for name in NAMES[turn:]}
            values |= GOOD if turn % 2 else {}
            values = {name: value for name, value in values.items() if turn < 3 or value}
            answer = signed(key, f"/binance/{path}", method.lower(), client, **values)
            assert answer.status_code < 500, (method, path, values, answer.content)
