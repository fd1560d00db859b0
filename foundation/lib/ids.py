"""Client order ids: the same decision gives the same id, so sending it twice makes one order."""

from __future__ import annotations

import hashlib

CLIENT_ORDER_ID_CHARS_MAX = 32  # OKX and Coinbase take 32, Bybit and Binance 36


def client_order_id(bot_id: int, decided_at_ms: int, leg: str) -> str:
    """Derived from (bot, decision time, leg); letters and digits only, accepted by every venue."""
    digest = hashlib.sha256(f"{bot_id}:{decided_at_ms}:{leg}".encode()).hexdigest()
    return f"cb{digest[: CLIENT_ORDER_ID_CHARS_MAX - 2]}"
