"""What a schema cannot say, so that a well-formed request may still be refused with 400.

Operation -> the fields that may be named, each for one of these reasons: it names a thing that
must exist (`strategy`, `venue`); it is text with a grammar of its own, a spec or an expression
(ANY: the fault lies somewhere inside); it depends on another field or on the state of things.
A refusal that has a code of its own ("step_ended") says more than a field and is always allowed.
"""

from __future__ import annotations

from typing import Any

ANY = "*"
SPEC = {ANY}  # a whole document, with rules of its own: docs/strategies.md
TIMES = {"start", "end"}  # a date that exists, of the years that markets have; in this order
MAIL = {"email"}  # an address, in plain letters
TICKET = {  # what an order of this type has, on this market
    *("symbol", "venue", "type", "quantity", "amount_quote", "price", "trigger_price"),
    *("callback_rate", "activation_price", "time_in_force", "post_only", "reduce_only", ""),
    *("close_position", "leverage", "margin_mode", "take_profit_price", "stop_loss_price"),
    *("limit_price", "side", "client_order_id", "stop_client_order_id"),
}
ACCOUNT_ORDER = {"target_price", *TICKET}
MONEY = {"asset", "amount", "to"}  # an asset that there is; no more than 18 places; another wallet
RULES: dict[str, set[str]] = {
    "DELETE /api/orders": {"symbol", "venue"},
    "GET /api/backtests/compare": {"ids"},
    "GET /api/backtests/compare/lines": {"ids"},
    "GET /api/backtests/{backtest_id}/candles": {"symbol", "start", "end", "trade"},
    "GET /api/data/ohlcv/{symbol}": TIMES,
    "GET /api/markets/{symbol}/klines": TIMES,
    "GET /api/portfolio/snapshots": TIMES,
    "POST /api/auth/api-keys": {"name", "scopes", "expires_at", "ips"},
    "POST /api/auth/complete-registration": {"name", "password", "phone", "referral_code"},
    "POST /api/auth/forgot-password": MAIL,
    "POST /api/auth/login/code": MAIL,
    "POST /api/auth/register": MAIL,
    "POST /api/backtests": SPEC,
    "POST /api/backtests/{backtest_id}/checks": SPEC,
    "POST /api/bots": SPEC,
    "POST /api/bots/deploy": SPEC,
    "POST /api/bots/generate": SPEC,
    "PUT /api/bots/{bot_id}": SPEC,
    "PUT /api/bots/{bot_id}/promotion": SPEC,
    "POST /api/custom-indicators": {"name", "expression", "description"},
    "PUT /api/custom-indicators/{formula_id}": {"name", "expression", "description", "version"},
    "POST /api/data/calculate-indicator": SPEC,
    "POST /api/exchanges/credentials": {
        *("venue", "label", "api_key", "secret", "passphrase"),
        "notional_day_max",  # no more than 18 places
    },
    "PUT /api/exchanges/credentials/{credential_id}": SPEC,
    "POST /api/exchanges/credentials/{credential_id}/orders": ACCOUNT_ORDER,
    "PUT /api/bots/{bot_id}/hook": {"secret"},
    "GET /api/bots/{bot_id}/preflight": {"credential"},
    "GET /api/bots/{bot_id}/why": {"at"},
    "POST /api/hooks/{token}": SPEC,
    "POST /api/notifications/channels": {"name", "url", "kinds"},
    "PUT /api/notifications/channels/{channel_id}": {"name", "url", "kinds"},
    "PUT /api/notifications/preferences": SPEC,
    "POST /api/optimizations": SPEC,
    "POST /api/optimizations/{optimization_id}/resume": {"trials"},
    "POST /api/orders": TICKET,
    "POST /api/orders/oco": TICKET,
    "POST /api/orders/test": TICKET,
    "PUT /api/orders/{order_id}": TICKET,
    "POST /api/portfolio-optimizations": SPEC,
    "POST /api/positions/{position_id}/close": TICKET,
    "PUT /api/positions/{position_id}/margin": {"amount", ""},
    "PUT /api/positions/{position_id}/tp-sl": TICKET,
    "PUT /api/positions/settings/{symbol}": TICKET,
    "PUT /api/risk/limits": SPEC,
    "POST /api/strategies": SPEC,
    "POST /api/strategies/validate": SPEC,
    "PUT /api/strategies/{strategy_id}": SPEC,
    "POST /api/wallet/deposit": MONEY,
    "POST /api/wallet/transfer": MONEY,
    "PUT /api/auth/change-password": {"current_password", "new_password"},
    "POST /api/auth/plan/change": {"plan", "due"},
    "POST /api/auth/deletion": {"password"},
    "PUT /api/auth/profile": {"name", "phone"},
    "PUT /api/auth/preferences": {"time_zone", "venue", "currency", "language"},
}


def permits(label: str, error: dict[str, Any]) -> bool:
    """Whether a rule beyond the schema may have refused this, going by what the refusal names."""
    if error["code"] != "bad_input":
        return True
    fields = RULES.get(label, set())
    named = {fault["path"].split(".")[0].split("[")[0] for fault in error["errors"]}
    return bool(named) and (ANY in fields or named <= fields)
