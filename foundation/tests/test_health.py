"""Health for load balancers and people, metrics for the few."""

import pytest

from foundation.edge import health
from foundation.edge.tasks import beat_batch, beat_ticks
from foundation.lib import clock
from foundation.lib.redis_client import client as redis

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def no_beats():
    redis().delete(*(f"heartbeat:{role}" for role in health.ROLES))
    yield
    redis().delete(*(f"heartbeat:{role}" for role in health.ROLES))


@pytest.mark.parametrize("prefix", ["/api/health", "/health"])
def test_a_silent_role_is_told_but_pages_stay_ready(client, prefix):
    beat_ticks()
    beat_batch()
    found = client.get(prefix).json()
    assert (found["status"], found["checks"]["feed"]["ok"]) == ("degraded", False)
    assert client.get(f"{prefix}/ready").status_code == 200
    health.beat("feed")
    assert client.get(prefix).json()["status"] == "ok"
    with clock.fixed(clock.now_ms() + 60_000):
        assert client.get(prefix).json()["status"] == "degraded"


def test_without_the_database_it_is_not_ready_but_alive(client, monkeypatch):
    from django.db import OperationalError

    def away():
        raise OperationalError("connection refused")

    monkeypatch.setitem(health.CHECKS, "database", away)
    assert client.get("/api/health/ready").status_code == 503
    assert client.get("/api/health").json()["status"] == "down"
    assert client.get("/api/health/live").status_code == 200


def test_health_tells_strangers_no_details(client):
    text = client.get("/api/health").text
    assert "127.0.0.1" not in text
    assert "postgres" not in text.lower()


def test_metrics_are_for_the_scraper_and_admins(client, admin, alice, settings):
    assert client.get("/api/metrics").status_code == 404
    assert client.get("/api/metrics", headers={"Authorization": "Bearer "}).status_code == 404
    settings.METRICS_TOKEN = "scrape-me"
    assert client.get("/api/metrics", headers={"Authorization": "Bearer x"}).status_code == 404
    scraped = client.get("/api/metrics", headers={"Authorization": "Bearer scrape-me"})
    assert "cryptobot_http_request_seconds_count" in scraped.text
    for user, status in [(alice, 404), (admin, 200)]:
        client.force_login(user)
        assert client.get("/api/metrics").status_code == status
