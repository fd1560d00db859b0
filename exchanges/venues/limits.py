"""How much each venue takes, as data: its limits, the conservative one where they differ by account
or product. A venue without a row gets USUAL.

Checked against the venue's pages: Binance spot's weight a minute (developers.binance.com, "Rate
limits") and Bybit's 600 in 5 s, 10 orders a second (bybit-exchange.github.io/docs/v5/rate-limit).
Every other number is believed, not checked; read it before trading there, at: USD-M "General Info"
(developers.binance.com), okx.com/docs-v5, docs.cdp.coinbase.com, docs.kraken.com,
bitmex.com/app/restAPI, huobiapi.github.io/docs, bingx-api.github.io/docs.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from exchanges.core.budgets import Budget, Counted, Scope

# Calls arrive at the venue later than they leave here, some later than others.
HEADROOM_PERCENT = 90
SECOND_MS, MINUTE_MS, DAY_MS = 1_000, 60_000, 86_400_000


@dataclass(frozen=True, slots=True)
class Limits:
    """As documented. pause_s: how long a refusal lasts when the venue does not say. usual_weight:
    of a signed question about orders, fills or balances, the heavier ones."""

    documented: tuple[Budget, ...]
    pause_s: int
    usual_weight: int = 1

    @property
    def budgets(self) -> tuple[Budget, ...]:
        """What this installation keeps within: a little below what is documented."""
        return tuple(
            replace(one, limit=max(1, one.limit * HEADROOM_PERCENT // 100))
            for one in self.documented
        )


def _ip(limit: int, window_ms: int) -> Budget:
    return Budget(Scope.IP, Counted.CALLS, window_ms, limit)


def _key(limit: int, window_ms: int) -> Budget:
    return Budget(Scope.KEY, Counted.CALLS, window_ms, limit)


def _orders(limit: int, window_ms: int) -> Budget:
    return Budget(Scope.KEY, Counted.ORDERS, window_ms, limit)


USUAL = Limits((_ip(5, SECOND_MS), _key(5, SECOND_MS), _orders(2, SECOND_MS)), pause_s=30)
LIMITS: dict[str, Limits] = {
    "binance": Limits(
        (_ip(6_000, MINUTE_MS), _orders(100, 10_000), _orders(200_000, DAY_MS)), 60, usual_weight=20
    ),
    "binanceusdm": Limits(
        (_ip(2_400, MINUTE_MS), _orders(300, 10_000), _orders(1_200, MINUTE_MS)), 60, usual_weight=5
    ),
    # 403 bans the address for ten minutes or more; 10006 is the account's own limit.
    "bybit": Limits((_ip(600, 5_000), _key(50, SECOND_MS), _orders(10, SECOND_MS)), pause_s=5),
    # Every endpoint has its own; 40 in 2 s is the usual of public ones, 60 in 2 s of orders.
    "okx": Limits((_ip(40, 2_000), _key(40, 2_000), _orders(60, 2_000)), pause_s=2),
    "coinbase": Limits((_ip(10, SECOND_MS), _key(30, SECOND_MS), _orders(30, SECOND_MS)), 10),
    # The account's counter holds 15 and forgets one in 3 s; the matching engine's holds 60.
    "kraken": Limits((_ip(15, 15_000), _key(15, 45_000), _orders(60, MINUTE_MS)), pause_s=15),
    # Cost 500 in 10 s; placing and cancelling cost 10 each, which the calls' weights tell.
    "krakenfutures": Limits((_ip(500, 10_000), _key(500, 10_000), _orders(50, 10_000)), 10),
    "bitmex": Limits((_ip(120, MINUTE_MS), _key(120, MINUTE_MS), _orders(10, SECOND_MS)), 60),
    "htx": Limits((_ip(240, 3_000), _key(72, 3_000), _orders(72, 3_000)), pause_s=3),
    "bingx": Limits((_ip(100, 10_000), _key(100, 10_000), _orders(5, SECOND_MS)), pause_s=10),
}


def limits_of(venue: str) -> Limits:
    """The venue's row, or USUAL."""
    return LIMITS.get(venue, USUAL)
