"""How each venue lists the executions of an account: order, page, span, and how to go on."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from exchanges.tests.gateway.server import Book

DAY_MS = 86_400_000


class TradeLists:
    """executed: (number, time in ms), oldest first. widest_ms: the longest span that was asked."""

    def __init__(self, executed: list[tuple[int, int]]) -> None:
        self.executed, self.pages = executed, 0

    def of(self, start: Any, end: Any, *, span_ms: int = 0) -> list[tuple[int, int]]:
        first, last = int(start or 0), int(end or 2**62)
        assert not span_ms or (end and last - first <= span_ms), "the venue refuses such a span"
        return [one for one in self.executed if first <= one[1] <= last]

    def binance(self, _book: Book, _method: str, path: str, given: dict[str, str]) -> Any:
        self.pages += 1
        assert not {"fromId", "startTime"} <= set(given), "never both"
        rows = self.of(given.get("startTime"), given.get("endTime"))
        rows = [one for one in rows if one[0] >= int(given.get("fromId", 0))]
        if "startTime" not in given and "fromId" not in given:
            rows = rows[-int(given["limit"]) :]
        return 200, [
            {"symbol": "BTCUSDT", "id": n, "orderId": 7, "price": "100", "qty": "0.1",
             "commission": "0.01", "commissionAsset": "USDT", "time": at, "isBuyer": True,
             "isMaker": False, "buyer": True, "maker": False, "side": "BUY"}
            for n, at in rows[: min(1000, int(given["limit"]))]
        ]  # fmt: skip

    def binanceusdm(self, book: Book, method: str, path: str, given: dict[str, str]) -> Any:
        if "startTime" in given:
            given = {"endTime": str(int(given["startTime"]) + 7 * DAY_MS), **given}
            assert int(given["endTime"]) - int(given["startTime"]) <= 7 * DAY_MS
        return self.binance(book, method, path, given)

    def bybit(self, _book: Book, _method: str, _path: str, given: dict[str, str]) -> Any:
        self.pages += 1
        rows = self.of(given["startTime"], given["endTime"], span_ms=7 * DAY_MS)[::-1]
        size, skipped = min(100, int(given["limit"])), int(given.get("cursor", 0))
        told = rows[skipped : skipped + size]
        listed = [
            {"execId": str(n), "orderId": "7", "orderLinkId": "", "symbol": "BTCUSDT",
             "side": "Buy", "execPrice": "100", "execQty": "0.1", "execFee": "0.01",
             "execTime": str(at), "isMaker": False, "execType": "Trade", "feeCurrency": "USDT"}
            for n, at in told
        ]  # fmt: skip
        cursor = str(skipped + size) if told else ""
        return 200, {"retCode": 0, "retMsg": "OK", "result": {"list": listed,
                     "nextPageCursor": cursor, "category": "spot"}}  # fmt: skip

    def okx(self, _book: Book, _method: str, _path: str, given: dict[str, str]) -> Any:
        self.pages += 1
        rows = self.of(given.get("begin"), given.get("end"))[::-1]
        rows = [one for one in rows if 9_000 + one[0] < int(given.get("after", 2**62))]
        return 200, {"code": "0", "msg": "", "data": [
            {"tradeId": str(n), "billId": str(9_000 + n), "ordId": "7", "instId": "BTCUSDT",
             "side": "buy", "fillPx": "100", "fillSz": "0.1", "fee": "-0.01", "feeCcy": "USDT",
             "ts": str(at), "execType": "T", "clOrdId": ""}
            for n, at in rows[:100]
        ]}  # fmt: skip

    def kraken(self, _book: Book, _method: str, _path: str, given: dict[str, str]) -> Any:
        """Every other one is of another market: the list cannot be narrowed."""
        self.pages += 1
        start, end = int(given.get("start", 0)), int(given.get("end", 2**40))
        rows = self.of(start * 1000, end * 1000)[::-1]
        both = [(n, at, pair) for n, at in rows for pair in ("ETHUSDT", "BTCUSDT")]
        skipped = int(given.get("ofs", 0))
        told = {
            f"{n}{'' if pair == 'BTCUSDT' else '-other'}": {
                "ordertxid": "7", "pair": pair, "time": at / 1000, "type": "buy",
                "ordertype": "limit", "price": "100", "cost": "10", "fee": "0.01", "vol": "0.1"}
            for n, at, pair in both[skipped : skipped + 50]
        }  # fmt: skip
        return 200, {"error": [], "result": {"trades": told, "count": len(both)}}

    def krakenfutures(self, _book: Book, _method: str, _path: str, given: dict[str, str]) -> Any:
        self.pages += 1
        before = given.get("lastFillTime")
        last = moment_ms(before) if before else 2**62
        rows = [one for one in self.executed if one[1] < last][::-1]
        return 200, {"result": "success", "fills": [
            {"fill_id": str(n), "symbol": "BTCUSDT", "side": "buy", "order_id": "7", "size": 0.1,
             "price": 100, "fillTime": iso(at), "fillType": "taker"}
            for n, at in rows[:100]
        ]}  # fmt: skip

    def bitmex(self, _book: Book, _method: str, _path: str, given: dict[str, str]) -> Any:
        self.pages += 1
        rows = self.of(moment_ms(given["startTime"]), None)
        skipped, size = int(given.get("start", 0)), min(500, int(given["count"]))
        return 200, [
            {"execID": f"e{n}", "trdMatchID": str(n), "orderID": "7", "symbol": "BTCUSDT",
             "side": "Buy", "lastQty": 1, "lastPx": 100, "avgPx": 100, "timestamp": iso(at),
             "transactTime": iso(at), "execComm": 1, "settlCurrency": "USDt", "currency": "USDt"}
            for n, at in rows[skipped : skipped + size]
        ]  # fmt: skip

    def htx(self, _book: Book, _method: str, _path: str, given: dict[str, str]) -> Any:
        self.pages += 1
        rows = self.of(given["start-time"], given["end-time"], span_ms=2 * DAY_MS)[::-1]
        return 200, {"status": "ok", "data": [
            {"symbol": "BTCUSDT", "trade-id": n, "id": n, "order-id": 7, "filled-amount": "0.1",
             "price": "100", "filled-fees": "0.01", "created-at": at, "type": "buy-limit",
             "role": "taker", "fee-currency": "usdt", "source": "api"}
            for n, at in rows[: int(given["size"])]
        ]}  # fmt: skip

    def bingx(self, _book: Book, _method: str, _path: str, given: dict[str, str]) -> Any:
        self.pages += 1
        rows = self.of(given["startTime"], given["endTime"], span_ms=7 * DAY_MS)
        return 200, {"code": 0, "data": {"fills": [
            {"symbol": "BTCUSDT", "id": n, "orderId": 7, "price": 100, "qty": 0.1,
             "quoteQty": 10, "commission": -0.01, "commissionAsset": "USDT", "time": at,
             "isBuyer": True, "isMaker": False}
            for n, at in rows[: int(given["limit"])]
        ]}}  # fmt: skip

    def coinbase(self, _book: Book, _method: str, _path: str, given: dict[str, str]) -> Any:
        self.pages += 1
        end = given.get("end_sequence_timestamp")
        rows = self.of(
            moment_ms(given["start_sequence_timestamp"]), moment_ms(end) if end else None
        )[::-1]
        skipped, size = int(given.get("cursor", 0)), int(given["limit"])
        told = rows[skipped : skipped + size]
        listed = [
            {"trade_id": str(n), "order_id": "7", "trade_time": iso(at), "price": "100",
             "size": "0.1", "commission": "0.01", "product_id": "BTCUSDT", "side": "BUY",
             "liquidity_indicator": "TAKER", "entry_id": str(n)}
            for n, at in told
        ]  # fmt: skip
        more = str(skipped + size) if skipped + size < len(rows) else ""
        return 200, {"fills": listed, "cursor": more}


def iso(time_ms: int) -> str:
    told = datetime.fromtimestamp(time_ms / 1000, tz=UTC)
    return told.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def moment_ms(text: str) -> int:
    return round(datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp() * 1000)
