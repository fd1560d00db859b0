"""The roles' heartbeats and the restarts by their watchdogs, for Prometheus."""

from __future__ import annotations

from collections.abc import Iterator

import redis
from prometheus_client import REGISTRY
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from typing_extensions import override

from foundation.lib import bounded, heartbeat, watchdog

# A frozen server takes connections and answers nothing; whoever asks for health waits no longer.
ANSWER_S_MAX = 2.0
ROLES = ("feed", "venue", "accounts", "scheduler", "ticks", "orders", "batch")


class Roles(Collector):
    """Asked of Redis at each scrape; nothing while it does not answer."""

    @override
    def collect(self) -> Iterator[Metric]:
        try:
            yield from bounded.ask("metrics of roles", _of_roles).result(ANSWER_S_MAX)
        except (redis.RedisError, OSError):  # TimeoutError is one
            return

    def describe(self) -> list[Metric]:
        """Nothing: registering must not ask Redis."""
        return []


def _of_roles() -> list[Metric]:
    ages = GaugeMetricFamily(
        "cryptobot_heartbeat_age_seconds", "Since the role last did its work", labels=["role"]
    )
    ended = CounterMetricFamily(
        "cryptobot_watchdog_restarts",
        "Processes that did nothing although Redis answered, and were started again",
        labels=["role"],
    )
    for role in ROLES:
        if (age_s := heartbeat.age_s(role)) is not None:
            ages.add_metric([role], age_s)
        ended.add_metric([role], watchdog.restarts_of(role))
    return [ages, ended]


REGISTRY.register(Roles())
