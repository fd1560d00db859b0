"""How the paper venue is doing, told to the admins' sockets every few seconds."""

from __future__ import annotations

from typing import Any

import orjson
from django.conf import settings
from django.db.models import Count, Max

from exchanges.models import Fill, Liquidation, Order, Position
from exchanges.models.order import FUTURES_WALLET
from exchanges.selectors import insurance, live
from foundation.edge import publish
from foundation.lib import clock
from foundation.lib.redis_client import client

KEPT_S = 3600
COUNTED: dict[str, Any] = {"orders": Order, "fills": Fill, "liquidations": Liquidation}


def tell() -> dict[str, Any]:
    """Count, compare with the count before, show it on the channel `metrics`; what was shown."""
    now_ms, counts = clock.now_ms(), _newest_ids()
    shown = _rates(now_ms, counts) | _state()
    client().set(_key(), orjson.dumps({"at_ms": now_ms, "ids": counts}), ex=KEPT_S)
    publish.to_admins("metrics", shown)
    return shown


def _newest_ids() -> dict[str, int]:
    """The newest id of each table: one look at the end of an index, however long it is."""
    return {
        name: model.objects.aggregate(newest=Max("pk"))["newest"] or 0
        for name, model in COUNTED.items()
    }


def _rates(now_ms: int, newest: dict[str, int]) -> dict[str, Any]:
    """Rows made since the last look, by the second; null at the first look."""
    body: Any = client().get(_key())
    if body is None:
        return {f"{name}_per_s": None for name in COUNTED}
    before = orjson.loads(body)
    seconds = max(now_ms - before["at_ms"], 1) / 1000
    rates = {}
    for name, model in COUNTED.items():
        since = model.objects.filter(pk__gt=before["ids"][name], pk__lte=newest[name]).count()
        rates[f"{name}_per_s"] = round(since / seconds, 3)
    return rates


def _state() -> dict[str, Any]:
    open_positions = Position.objects.open()
    by_kind = open_positions.aggregate(
        all=Count("pk"), users=Count("owner", distinct=True)
    ) | open_positions.filter(wallet=FUTURES_WALLET).aggregate(contracts=Count("pk"))
    beat = live.heartbeat(settings.FEED_VENUE)
    return {
        "open_positions": by_kind["all"],
        "open_contracts": by_kind["contracts"],
        "users_with_positions": by_kind["users"],
        "working_orders": Order.objects.working().count(),
        "liquidations": Liquidation.objects.count(),
        "fund_balance": insurance.balance(),
        "feed": {
            "venue": settings.FEED_VENUE,
            "is_stale": beat is None or beat.is_stale,
            "market_ms": beat.market_ms if beat else None,
        },
    }


def _key() -> str:
    return f"{settings.REDIS_KEY_PREFIX}admin:counted"
