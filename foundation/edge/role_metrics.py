"""The roles' heartbeats and the restarts by their watchdogs, for Prometheus."""

from __future__ import annotations

from collections.abc import Iterator

import redis
from prometheus_client import REGISTRY
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from typing_extensions import override

from foundation.lib import heartbeat, watchdog

ROLES = ("feed", "venue", "accounts", "scheduler", "ticks", "orders", "batch")


class Roles(Collector):
    """Asked of Redis at each scrape; nothing while it does not answer."""

    @override
    def collect(self) -> Iterator[Metric]:
        ages = GaugeMetricFamily(
            "cryptobot_heartbeat_age_seconds", "Since the role last did its work", labels=["role"]
        )
        ended = CounterMetricFamily(
            "cryptobot_watchdog_restarts",
            "Processes that did nothing although Redis answered, and were started again",
            labels=["role"],
        )
        try:
            for role in ROLES:
                if (age_s := heartbeat.age_s(role)) is not None:
                    ages.add_metric([role], age_s)
                ended.add_metric([role], watchdog.restarts_of(role))
        except (redis.RedisError, OSError):
            return
        yield from (ages, ended)

    def describe(self) -> list[Metric]:
        """Nothing: registering must not ask Redis."""
        return []


REGISTRY.register(Roles())
