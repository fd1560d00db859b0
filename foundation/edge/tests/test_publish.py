"""Publishing: after commit only, numbered for users, newest state for the market."""

import uuid
from decimal import Decimal

import orjson
import pytest
import redis
from django.db import transaction

from foundation.edge import publish
from foundation.edge.channels import parse_market
from foundation.lib import clock
from foundation.lib.redis_client import client


@pytest.fixture
def user_id():
    return uuid.uuid4().int % 10**9 + 10**9


@pytest.fixture
def symbol():
    return f"T{uuid.uuid4().hex[:12].upper()}/USDT"


def kept(user_id):
    entries = client().xrange(publish.user_keys(user_id)[0])
    return [orjson.loads(fields[b"frame"]) for _, fields in entries]


@pytest.mark.django_db
def test_user_frames_are_numbered_without_a_hole(user_id, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        for price in ("1.10", "2.20", "3.30"):
            publish.to_user(user_id, "orders", {"price": Decimal(price)})
    frames = kept(user_id)
    assert [frame["data"]["price"] for frame in frames] == ["1.1", "2.2", "3.3"]
    first = frames[0]["seq"]
    assert [frame["seq"] for frame in frames] == [first, first + 1, first + 2]
    assert frames[0]["type"] == frames[0]["channel"] == "orders"


@pytest.mark.django_db
def test_numbers_go_on_rising_after_redis_lost_them(user_id, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        publish.to_user(user_id, "bots", {})
    before = kept(user_id)[-1]["seq"]
    client().delete(*publish.user_keys(user_id))
    with (
        clock.fixed(clock.now_ms() + 10),
        django_capture_on_commit_callbacks(execute=True),
    ):
        publish.to_user(user_id, "bots", {})
    assert kept(user_id)[-1]["seq"] > before


@pytest.mark.django_db(transaction=True)
def test_nothing_is_published_when_the_transaction_rolls_back(user_id, symbol):
    with transaction.atomic():
        publish.to_user(user_id, "orders", {})
        publish.to_market(f"ticker:{symbol}", {"last": 1})
        transaction.set_rollback(True)
    assert kept(user_id) == []
    assert client().exists(parse_market(f"ticker:{symbol}").key) == 0


@pytest.mark.django_db(transaction=True)
def test_market_frames_leave_the_newest_state(symbol):
    publish.to_market(f"ticker:{symbol}", {"last": 1.5})
    publish.to_market(f"trades:{symbol}", {"trades": [2]}, latest={"trades": [1, 2]})
    channel = parse_market(f"ticker:{symbol}")
    assert publish.decode_body(client().hget(channel.key, "ticker"))["data"] == {"last": 1.5}
    assert publish.decode_body(client().hget(channel.key, "trades"))["data"]["trades"] == [1, 2]


@pytest.mark.django_db(transaction=True)
def test_a_dead_redis_is_logged_and_stops_nothing(user_id, monkeypatch, caplog):
    dead = redis.Redis(host="127.0.0.1", port=1, socket_connect_timeout=0.2, retry=None)
    monkeypatch.setattr(publish, "client", lambda: dead)
    with transaction.atomic():
        publish.to_user(user_id, "orders", {})
    assert "not published" in caplog.text


def test_amounts_are_text_and_nan_is_null():
    body = publish.encode_body({"a": Decimal("1E-8"), "b": float("nan")}, 5)
    assert body == b'"data":{"a":"0.00000001","b":null},"ts":5}'
    assert publish.decode_body(body) == {"data": {"a": "0.00000001", "b": None}, "ts": 5}
