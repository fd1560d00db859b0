"""Frames of /ws/user/ about positions, the futures wallet and margin -> ACCOUNT_UPDATE,
ACCOUNT_CONFIG_UPDATE and MARGIN_CALL. Pure: no database."""

from __future__ import annotations

from collections.abc import Container, Iterator
from decimal import Decimal
from typing import Any

from exchanges.binance_api.instruments import asset_text, name_of_symbol

Event = dict[str, Any]
Frame = dict[str, Any]
ZERO = Decimal(0)
# Kinds of our movements -> why ACCOUNT_UPDATE says that the account changed.
REASONS = {
    "fill": "ORDER",
    "liquidation": "ORDER",
    "deleveraging": "ORDER",
    "funding": "FUNDING_FEE",
    "transfer": "DEPOSIT",
    "play_money": "DEPOSIT",
    "reset": "ADJUSTMENT",
    "margin": "MARGIN_TRANSFER",
}
TRADING = {"fill", "liquidation", "deleveraging", "margin"}


def margin_events(data: Frame, ts_ms: int) -> Iterator[Event]:
    if data.get("event") == "margin_call":
        yield _margin_call(data, ts_ms)
    elif data.get("event") == "leverage":
        changed = {"s": name_of_symbol(data["symbol"]), "l": data["leverage"]}
        yield {"e": "ACCOUNT_CONFIG_UPDATE", "E": ts_ms, "T": ts_ms, "ac": changed}


def wallet_updates(data: Frame, ts_ms: int) -> Iterator[Event]:
    balances = data.get("balances", [])
    moved = {kind: amount for row in balances for kind, amount in row.get("moved", {}).items()}
    reason = _reason(moved)
    if reason == "DEPOSIT" and number(moved.get("transfer")) < 0:
        reason = "WITHDRAW"
    yield _account_update(ts_ms, reason, balances=balances)


def position_updates(data: Frame, ts_ms: int) -> Iterator[Event]:
    """A position that moved no money has only new levels: nothing that Binance tells. Funding of a
    cross position is told as a change of the balance alone."""
    reason = _reason(data.get("moved", []))
    if not ({"funding"} | TRADING) & set(data.get("moved", [])):
        return
    if reason != "FUNDING_FEE" or data.get("margin_mode") != "cross":
        yield _account_update(ts_ms, reason, positions=[_position(data)])


def _reason(kinds: Container[str]) -> str:
    """Why the account changed: the first of our kinds of movements that Binance has a name for."""
    return next((name for kind, name in REASONS.items() if kind in kinds), "ORDER")


def _account_update(
    ts_ms: int, reason: str, *, balances: list[Frame] | None = None, positions: Any = None
) -> Event:
    rows = [
        {"a": row["asset"], "wb": text(row["total"]), "cw": text(row["free"])}
        | {"bc": text(change(row))}
        for row in balances or []
    ]
    update = {"m": reason, "B": rows, "P": positions or []}
    return {"e": "ACCOUNT_UPDATE", "E": ts_ms, "T": ts_ms, "a": update}


def change(row: Frame) -> Decimal:
    """What came to a balance, or went, but by trading."""
    moved = row.get("moved", {}).items()
    return sum((number(amount) for kind, amount in moved if kind not in TRADING), ZERO)


def _position(data: Frame) -> Event:
    way = -1 if data["side"] == "short" else 1
    return {
        "s": name_of_symbol(data["symbol"]),
        "pa": text(way * number(data["quantity"])),
        "ep": text(data["entry_price"]),
        "bep": text(data["entry_price"]),
        "cr": text(data["realised_pnl"]),
        "up": text(data.get("unrealised_pnl")),
        "mt": data.get("margin_mode") or "cross",
        "iw": text(data.get("margin")),
        "ps": "BOTH",
    }


def _margin_call(data: Frame, ts_ms: int) -> Event:
    way = -1 if data["side"] == "short" else 1
    position = {
        "s": name_of_symbol(data["symbol"]),
        "ps": "BOTH",
        "pa": text(way * number(data["quantity"])),
        "mt": data["margin_mode"].upper().replace("CROSS", "CROSSED"),
        "iw": text(data["margin"]),
        "mp": text(data["mark_price"]),
        "up": text(data["unrealised_pnl"]),
        "mm": text(data["maintenance_margin"]),
    }
    event = {"e": "MARGIN_CALL", "E": ts_ms, "p": [position]}
    return event | {"cw": text(data["wallet"])} if data["margin_mode"] == "cross" else event


def number(value: Any) -> Decimal:
    """A frame's amount, written as text; what is not there is 0."""
    return Decimal(str(value)) if value is not None else ZERO


def text(value: Any) -> str:
    return asset_text(number(value))
