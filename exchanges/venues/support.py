"""Whether a venue has what an order asks for: said before anything is written or sent."""

from __future__ import annotations

from collections.abc import Iterator

from exchanges.venues.capabilities import Trading
from foundation.lib.errors import FieldFault


def unsupported(
    trading: Trading,
    name: str,
    *,
    type: str,
    is_contract: bool,
    time_in_force: str = "GTC",
    post_only: bool = False,
    reduce_only: bool = False,
    is_pair: bool = False,
) -> Iterator[FieldFault]:
    """Every fault. ccxt drops what a venue does not have in silence: a stop would go out as a
    market order, and a post-only stop as a resting one."""
    if is_contract and not trading.positions:
        yield FieldFault("symbol", f"{name} accounts here trade spot markets, not contracts")
    types = trading.order_types
    if not is_contract and trading.spot_types is not None:
        types = types & trading.spot_types
    if type not in types:
        where = "" if type not in trading.order_types else " on spot markets"
        yield FieldFault("type", f"{name} has no {type.replace('_', ' ')} orders{where}")
    if post_only and not trading.post_only:
        yield FieldFault("post_only", f"{name} has no post-only orders")
    elif post_only and type != "limit":
        yield FieldFault("post_only", "goes with limit orders only")
    elif post_only and time_in_force != "GTC":
        yield FieldFault("time_in_force", "a post-only order rests: leave it GTC")
    if time_in_force != "GTC" and type == "limit" and time_in_force not in trading.times:
        yield FieldFault("time_in_force", f"{name} has no {time_in_force} orders")
    elif time_in_force != "GTC" and type not in ("limit", "market"):
        yield FieldFault("time_in_force", "orders that wait for a price are GTC only")
    if is_pair and not trading.pairs:
        yield FieldFault("target_price", f"{name} keeps no stop and target of which one is enough")
    elif is_pair and type != "stop_loss":
        yield FieldFault("target_price", "goes with stop-loss orders only")
    if reduce_only and not trading.reduce_only:
        yield FieldFault("reduce_only", f"{name} has no reduce-only orders")
    elif reduce_only and not is_contract:
        yield FieldFault("reduce_only", "only a contract has a position to reduce")
