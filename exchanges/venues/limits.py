"""How much each venue takes, as data: its limits, the conservative one where they differ by account
or product. A venue without a row gets USUAL.

Each row names the venue's page that says so, read in November 2026. What a page does not say stands
here as "believed"; look again before much is traded there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from exchanges.core.budgets import Budget, Counted, Scope

# Calls arrive at the venue later than they leave here, some later than others.
HEADROOM_PERCENT = 90
SECOND_MS, MINUTE_MS, DAY_MS = 1_000, 60_000, 86_400_000
LOAD = "load_markets"  # several requests: a few kinds of markets, and assets


@dataclass(frozen=True, slots=True)
class Limits:
    """As documented. pause_s: how long a refusal lasts when the venue does not say. usual_weight:
    of a signed question about orders, fills or balances, the heavier ones. weights: of ccxt's
    methods, where it is not 1."""

    documented: tuple[Budget, ...]
    pause_s: int
    usual_weight: int = 1
    weights: Mapping[str, int] = field(default_factory=dict)

    def weight(self, method: str) -> int:
        """What a call takes of the budgets that count calls."""
        return self.weights.get(method, 1)

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


def _public(limit: int, window_ms: int) -> Budget:
    return Budget(Scope.PUBLIC, Counted.CALLS, window_ms, limit)


# developers.binance.com, "IP weight" of each endpoint; where the weight grows with what is asked
# for, what we ask for.
BINANCE_WEIGHTS = {
    "fetch_balance": 20,
    "fetch_positions": 5,
    "fetch_open_orders": 6,
    "fetch_closed_orders": 20,
    "fetch_orders": 20,
    "fetch_order": 4,
    "fetch_my_trades": 20,
    "fetch_funding_history": 20,
    LOAD: 40,
}

USUAL = Limits(
    (_ip(5, SECOND_MS), _key(5, SECOND_MS), _orders(2, SECOND_MS)), pause_s=30, weights={LOAD: 2}
)
LIMITS: dict[str, Limits] = {
    # developers.binance.com/docs/binance-spot-api-docs/rest-api/limits and its exchangeInfo.
    "binance": Limits(
        (_ip(6_000, MINUTE_MS), _orders(100, 10_000), _orders(200_000, DAY_MS)),
        60,
        usual_weight=20,
        weights=BINANCE_WEIGHTS,
    ),
    # binance.com/en/support/faq "Rate Limits on Binance Futures" (27 December 2024): 2,400 a minute
    # of an address, 1,200 orders a minute of an account and 300 in 10 s.
    "binanceusdm": Limits(
        (_ip(2_400, MINUTE_MS), _orders(300, 10_000), _orders(1_200, MINUTE_MS)),
        60,
        usual_weight=5,
        weights=BINANCE_WEIGHTS,
    ),
    # bybit-exchange.github.io/docs/v5/rate-limit: 600 in 5 s of an address, then 403 for ten
    # minutes or more; 10006 is the account's own limit, of each endpoint, 10 orders a second.
    "bybit": Limits(
        (_ip(600, 5_000), _key(50, SECOND_MS), _orders(10, SECOND_MS)), pause_s=5, weights={LOAD: 8}
    ),
    # okx.com/docs-v5 "Rate limits": every endpoint has its own, public ones by address (tickers and
    # instruments 20 in 2 s, candles and books 40), private ones by user (balance 10 in 2 s, orders
    # 60 in 2 s of each instrument); 1,000 orders in 2 s of a sub-account (okx.com/help
    # /fill-ratio-sub-account-rate-limit). One budget stands for all; data gets 60 % of it, 21.
    "okx": Limits(
        (_ip(40, 2_000), _key(40, 2_000), _orders(60, 2_000)),
        pause_s=2,
        weights={LOAD: 6, "fetch_balance": 4},
    ),
    # docs.cdp.coinbase.com, Advanced Trade "REST API rate limits": 30 a second of a user, 10 a
    # second of an address for public ones; as of Coinbase Exchange (.../exchange/rest-api
    # /rate-limits: 10 public, bursts of 30 private).
    "coinbase": Limits(
        (_ip(10, SECOND_MS), _key(30, SECOND_MS), _orders(30, SECOND_MS)), 10, weights={LOAD: 4}
    ),
    # docs.kraken.com/exchange/guides/rest/ratelimits: the key's counter holds 15 and forgets one in
    # 3 s (Starter), histories count 2; public calls, support.kraken.com "What are the API rate
    # limits": one a second of an address. The matching engine's counter, of each pair, holds 60 and
    # forgets one a second.
    "kraken": Limits(
        (_ip(15, 15_000), _key(15, 45_000), _orders(60, MINUTE_MS)),
        pause_s=15,
        weights={LOAD: 3, "fetch_my_trades": 2, "fetch_closed_orders": 2},
    ),
    # docs.kraken.com/exchange/guides/futures/ratelimits: 500 in 10 s for /derivatives; sending,
    # changing and cancelling cost 10, fills since a time 25, accounts, positions and orders 2,
    # public calls nothing.
    "krakenfutures": Limits(
        (_ip(500, 10_000), _key(500, 10_000), _orders(50, 10_000)),
        10,
        weights={
            "create_order": 10,
            "edit_order": 10,
            "cancel_order": 10,
            "fetch_my_trades": 25,
            "fetch_balance": 2,
            "fetch_positions": 2,
            "fetch_open_orders": 2,
        },
    ),
    # blog.bitmex.com/api_announcement/updates-to-rate-limits: 120 a minute with a key, 30 without;
    # second-layer-rate-limits...: 10 a second for orders.
    "bitmex": Limits(
        (
            _ip(120, MINUTE_MS),
            _public(30, MINUTE_MS),
            _key(120, MINUTE_MS),
            _orders(10, SECOND_MS),
        ),
        60,
        weights={LOAD: 2},
    ),
    # huobiapi.github.io/docs: public interfaces that are no market data 120 in 3 s of an address,
    # market data more. Of a user on contracts 72 in 3 s, half of it for trading: believed; older
    # pages say 30.
    "htx": Limits(
        (_ip(120, 3_000), _key(30, 3_000), _orders(30, 3_000)), pause_s=3, weights={LOAD: 6}
    ),
    # bingx.com/en/support/articles/31103871611289 (October 2025): market data 500 in 10 s of an
    # address, orders 5 a second on spot and 10 on contracts, questions 10 a second.
    # bingx-api.github.io: who was refused is let in again after five minutes.
    "bingx": Limits(
        (_ip(500, 10_000), _key(100, 10_000), _orders(5, SECOND_MS)), 300, weights={LOAD: 3}
    ),
}


def limits_of(venue: str) -> Limits:
    """The venue's row, or USUAL."""
    return LIMITS.get(venue, USUAL)
