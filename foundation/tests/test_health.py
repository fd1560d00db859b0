"""Health for load balancers and people, metrics for the few."""

import threading

import pytest
import redis

from foundation.edge import health
from foundation.edge.tasks import beat_batch, beat_orders, beat_ticks
from foundation.lib import clock, heartbeat
from foundation.lib.watchdog import FIRST_LOOKS_MAX, Watchdog

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("prefix", ["/api/health", "/health"])
def test_a_silent_role_is_told_but_pages_stay_ready(client, prefix):
    beat_ticks()
    beat_orders()
    beat_batch()
    found = client.get(prefix).json()
    assert (found["status"], found["checks"]["feed"]["ok"]) == ("degraded", False)
    assert client.get(f"{prefix}/ready").status_code == 200
    heartbeat.beat("feed")
    heartbeat.beat("venue")
    heartbeat.beat("accounts")
    heartbeat.beat("scheduler")
    assert client.get(prefix).json()["status"] == "ok"
    with clock.fixed(clock.now_ms() + 60_000):
        assert client.get(prefix).json()["status"] == "degraded"


def test_restarts_by_a_watchdog_are_shown_and_counted(client, settings):
    settings.METRICS_TOKEN = "scrape-me"
    heartbeat.beat("orders")
    idle = Watchdog("orders", progress=lambda: 0, end=lambda: None)
    for _ in range(FIRST_LOOKS_MAX + 1):
        idle.look()
    shown = [client.get(f"/api/health{tail}").json()["checks"] for tail in ("", "/ready")]
    counts = [(found["orders"], found["ticks"]) for found in shown]
    assert [(a["watchdog_restarts"], b["watchdog_restarts"]) for a, b in counts] == [(1, 0)] * 2
    said = client.get("/api/metrics", headers={"Authorization": "Bearer scrape-me"}).text
    assert 'cryptobot_watchdog_restarts_total{role="orders"} 1.0' in said
    assert 'cryptobot_heartbeat_age_seconds{role="orders"} 0.' in said
    assert 'cryptobot_heartbeat_age_seconds{role="ticks"}' not in said


def test_metrics_of_everything_else_are_there_while_redis_is_away(client, settings, monkeypatch):
    def away(_role):
        raise redis.ConnectionError("connection refused")

    settings.METRICS_TOKEN = "scrape-me"
    monkeypatch.setattr(heartbeat, "age_s", away)
    answer = client.get("/api/metrics", headers={"Authorization": "Bearer scrape-me"})
    assert answer.status_code == 200
    assert "cryptobot_http_request_seconds_count" in answer.text
    assert "cryptobot_watchdog" not in answer.text


def test_without_the_database_it_is_not_ready_but_alive(client, monkeypatch):
    from django.db import OperationalError

    def away():
        raise OperationalError("connection refused")

    monkeypatch.setitem(health.CHECKS, "database", away)
    assert client.get("/api/health/ready").status_code == 503
    assert client.get("/api/health").json()["status"] == "down"
    assert client.get("/api/health/live").status_code == 200


def test_a_frozen_database_costs_one_thread_however_often_it_is_asked_for(client, monkeypatch):
    thawed = threading.Event()

    def frozen():
        thawed.wait()
        return {"database": {"ok": True}}

    monkeypatch.setattr(health, "ANSWER_S_MAX", 0.05)
    monkeypatch.setitem(health.CHECKS, "database", frozen)
    try:
        answers = [client.get("/api/health/ready") for _ in range(5)]
        asking = [one for one in threading.enumerate() if one.name == "ask health of database"]
    finally:
        thawed.set()
    assert [answer.status_code for answer in answers] == [503] * 5
    assert len(asking) == 1
    asking[0].join()
    monkeypatch.setattr(health, "ANSWER_S_MAX", 2.0)
    assert client.get("/api/health/ready").json()["checks"]["database"]["ok"]


def test_health_tells_strangers_no_details(client):
    text = client.get("/api/health").text
    assert "127.0.0.1" not in text
    assert "postgres" not in text.lower()


def test_metrics_are_for_the_scraper_and_admins(client, api, admin, alice, settings):
    def ask(token=None):
        headers = {"Authorization": f"Bearer {token}"} if token is not None else {}
        return client.get("/api/metrics", headers=headers)

    assert [ask(token).status_code for token in (None, "", "scrape-me")] == [401] * 3
    settings.METRICS_TOKEN = "scrape-me"
    assert [ask(token).status_code for token in (None, "", "scrape-you")] == [401] * 3
    assert "cryptobot_http_request_seconds_count" in ask("scrape-me").text
    assert api(alice).get("/api/metrics").status_code == 403
    assert api(admin).get("/api/metrics").status_code == 200


def test_probes_are_not_counted_against_a_limit(client, settings):
    settings.API_RATES = {"anonymous": 1, "user": 1}
    assert [client.get("/api/health/live").status_code for _ in range(3)] == [200] * 3
