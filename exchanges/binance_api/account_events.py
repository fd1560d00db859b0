"""Frames of /ws/user/ -> executionReport, ORDER_TRADE_UPDATE and the like. Pure: no database."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

from exchanges.binance_api import account_changes
from exchanges.binance_api.account_changes import number, text
from exchanges.binance_api.faults import FUTURES, SPOT
from exchanges.binance_api.instruments import name_of_symbol
from exchanges.binance_api.order_rows import SELF_TRADE
from exchanges.binance_api.translate import CONDITIONAL, STATUSES, name_of_type, tif_name
from exchanges.core.orders import OrderStatus
from exchanges.core.symbols import parse_symbol

Event = dict[str, Any]
Frame = dict[str, Any]
ZERO = Decimal(0)
# Fields of a contract order that are the same on every one here.
UNUSED = {"V": SELF_TRADE, "wt": "CONTRACT_PRICE", "pP": False, "pm": "NONE", "gtd": 0}
OVER = {"cancelled": "CANCELED", "expired": "EXPIRED", "rejected": "REJECTED", "denied": "REJECTED"}


def spot_events(channel: str, data: Frame, ts_ms: int, is_first: bool) -> Iterator[Event]:
    if data.get("wallet") != "spot":
        return
    if channel == "orders":
        for step in _steps(data, is_first):
            yield _execution_report(data, step, ts_ms)
    elif channel == "wallet":
        balances = [
            {"a": row["asset"], "f": text(row["free"]), "l": text(row["locked"])}
            for row in data.get("balances", [])
        ]
        yield {"e": "outboundAccountPosition", "E": ts_ms, "u": ts_ms, "B": balances}
        for row in data.get("balances", []):
            if change := account_changes.change(row):
                yield _balance_update(row["asset"], change, ts_ms)


def futures_events(channel: str, data: Frame, ts_ms: int, is_first: bool) -> Iterator[Event]:
    if channel == "margin":
        yield from account_changes.margin_events(data, ts_ms)
    if data.get("wallet") != "futures":
        return
    if channel == "orders":
        if data["type"] in CONDITIONAL:
            yield _algo_update(data, ts_ms)
        for step in _steps(data, is_first):
            yield _trade_update(data, step, ts_ms)
    elif channel == "positions":
        yield from account_changes.position_updates(data, ts_ms)
    elif channel == "wallet":
        yield from account_changes.wallet_updates(data, ts_ms)


MAKERS: dict[str, Callable[[str, Frame, int, bool], Iterator[Event]]] = {
    SPOT: spot_events,
    FUTURES: futures_events,
}


def _balance_update(asset: str, change: Decimal, ts_ms: int) -> Event:
    """What came or went but by trading: a transfer, a deposit."""
    return {"e": "balanceUpdate", "E": ts_ms, "a": asset, "d": text(change), "T": ts_ms}


class _Step:
    """One thing that happened to an order: accepted, traded, over."""

    def __init__(
        self, kind: str, status: str, filled: Decimal, quote: Decimal, fill: Frame | None = None
    ) -> None:
        self.kind, self.status, self.filled, self.quote = kind, status, filled, quote
        self.fill = fill


def _steps(data: Frame, is_first: bool) -> list[_Step]:
    """A frame tells where an order now stands and what it filled since the frame before."""
    fills, total = data.get("fills", []), number(data["filled_quantity"])
    new = sum((number(fill["quantity"]) for fill in fills), ZERO)
    filled = total - new
    # The quote of fills before this frame is told by the average of all.
    average = number(data["average_price"])
    new_quote = sum((_quote(fill) for fill in fills), ZERO)
    quote = max(ZERO, total * average - new_quote)
    found = []
    if (is_first and not filled and data["status"] not in {"rejected", "denied"}) or (
        not fills and data["status"] in {"pending", "open", "partially_filled"}
    ):
        kind = "NEW" if is_first else "REPLACED"
        found.append(_Step(kind, "PARTIALLY_FILLED" if filled else "NEW", filled, quote))
    wanted = number(data["quantity"]) or total
    for fill in fills:
        filled, quote = filled + number(fill["quantity"]), quote + _quote(fill)
        status = "FILLED" if filled >= wanted else "PARTIALLY_FILLED"
        found.append(_Step("TRADE", status, filled, quote, fill))
    if data["status"] in OVER:
        found.append(_Step(OVER[data["status"]], STATUSES[_status(data)], filled, quote))
    return found


def _execution_report(data: Frame, step: _Step, ts_ms: int) -> Event:
    fill = step.fill or {}
    over = step.kind == "CANCELED"
    return {
        "e": "executionReport",
        "E": ts_ms,
        "s": name_of_symbol(data["symbol"]),
        "c": data["client_order_id"],
        "S": data["side"].upper(),
        "o": name_of_type(data["type"], data["time_in_force"], SPOT),
        "f": tif_name(data["time_in_force"], SPOT),
        "q": text(data["quantity"] or data["filled_quantity"]),
        "p": text(data["price"]),
        "P": text(data["trigger_price"]),
        "F": text(None),
        "g": data["list_id"] or -1,
        "C": data["client_order_id"] if over else "",
        "x": step.kind,
        "X": step.status,
        "r": "NONE",
        "i": data["id"],
        "l": text(fill.get("quantity")),
        "z": text(step.filled),
        "L": text(fill.get("price")),
        "n": text(fill.get("fee")),
        "N": parse_symbol(data["symbol"]).quote if fill else None,
        "T": fill.get("time_ms") or data["updated_ms"],
        "t": fill.get("id", -1),
        "I": fill.get("id", data["id"]),
        "w": step.status in {"NEW", "PARTIALLY_FILLED"},
        "m": bool(fill.get("is_maker")),
        "M": False,
        "O": data["created_ms"],
        "Z": text(step.quote),
        "Y": text(_quote(fill) if fill else None),
        "Q": text(data["amount_quote"]),
        "W": data["created_ms"],
        "V": SELF_TRADE,
    }


def _trade_update(data: Frame, step: _Step, ts_ms: int) -> Event:
    fill, own = step.fill or {}, name_of_type(data["type"], data["time_in_force"], FUTURES)
    kind = {"REPLACED": "AMENDMENT"}.get(step.kind, step.kind)
    average = step.quote / step.filled if step.filled else None
    order = {
        "s": name_of_symbol(data["symbol"]),
        "c": data["client_order_id"],
        "S": data["side"].upper(),
        "o": own,
        "f": tif_name(data["time_in_force"], FUTURES),
        "q": text(data["quantity"] or data["filled_quantity"]),
        "p": text(data["price"]),
        "ap": text(average),
        "sp": text(data["trigger_price"]),
        "x": kind,
        "X": step.status,
        "i": data["id"],
        "l": text(fill.get("quantity")),
        "z": text(step.filled),
        "L": text(fill.get("price")),
        "T": fill.get("time_ms") or data["updated_ms"],
        "t": fill.get("id", 0),
        "b": "0",
        "a": "0",
        "m": bool(fill.get("is_maker")),
        "R": data["reduce_only"],
        "ot": own,
        "ps": "BOTH",
        "cp": data["close_position"],
        "rp": text(fill.get("realised_pnl")),
        "si": 0,
        "ss": 0,
        **UNUSED,
    }
    if fill:
        order |= {"n": text(fill["fee"]), "N": parse_symbol(data["symbol"]).quote}
    return {"e": "ORDER_TRADE_UPDATE", "E": ts_ms, "T": order["T"], "o": order}


def _algo_update(data: Frame, ts_ms: int) -> Event:
    waits = data["status"] in {"pending", "open"}
    over = STATUSES[_status(data)] if not number(data["filled_quantity"]) else "FINISHED"
    order = {
        "caid": data["client_order_id"],
        "aid": data["id"],
        "at": "CONDITIONAL",
        "o": name_of_type(data["type"], data["time_in_force"], FUTURES),
        "s": name_of_symbol(data["symbol"]),
        "S": data["side"].upper(),
        "ps": "BOTH",
        "f": tif_name(data["time_in_force"], FUTURES),
        "q": text(data["quantity"] or data["filled_quantity"]),
        "X": "NEW" if waits else over,
        "ai": "" if waits else str(data["id"]),
        "ap": text(data["average_price"]),
        "aq": text(data["filled_quantity"]),
        "act": "" if waits else "MARKET",
        "tp": text(data["trigger_price"]),
        "p": text(data["price"]),
        "cp": data["close_position"],
        "R": data["reduce_only"],
        "tt": 0,
        **UNUSED,
    }
    return {"e": "ALGO_UPDATE", "E": ts_ms, "T": data["updated_ms"], "o": order}


def _status(data: Frame) -> OrderStatus:
    return OrderStatus(data["status"])


def _quote(fill: Frame) -> Decimal:
    return number(fill["price"]) * number(fill["quantity"])
