"""Every address of the face with a request that it accepts, and what each parameter must not be.

A line: method, path, the parameters it must have, and after the bar those it may have.
"""

from __future__ import annotations

from dataclasses import dataclass

LIMIT = "symbol side type=LIMIT timeInForce quantity price"
STOP = "symbol side type=STOP_MARKET stopPrice"
OCO = "symbol side quantity price=80 stopPrice=120"
LEGS = "symbol side quantity aboveType=STOP_LOSS aboveStopPrice=120 belowType=LIMIT_MAKER"
OCO_MAY = "stopLimitPrice=121 limitClientOrderId stopClientOrderId listClientOrderId"
LEGS_MAY = "aboveClientOrderId belowClientOrderId listClientOrderId"
ALGO = "algoType symbol side type=STOP_MARKET triggerPrice quantity"
ORDER_MAY = "newClientOrderId newOrderRespType"
STOP_MAY = "newClientOrderId closePosition workingType priceProtect"
PAGE = "limit startTime endTime"

LINES = f"""
GET api/v1/exchangeInfo              | symbol
GET api/v1/ping                      |
GET api/v1/time                      |
GET api/v3/account                   | omitZeroBalances
GET api/v3/account/commission        symbol |
GET api/v3/aggTrades                 symbol | {PAGE} fromId
GET api/v3/allOrderList              | {PAGE} fromId
GET api/v3/allOrders                 symbol | {PAGE} orderId
GET api/v3/avgPrice                  symbol |
GET api/v3/depth                     symbol | limit
GET api/v3/exchangeInfo              | symbols
GET api/v3/historicalTrades          symbol | limit fromId
GET api/v3/klines                    symbol interval | {PAGE}
GET api/v3/myTrades                  symbol | {PAGE} fromId orderId
GET api/v3/openOrderList             |
GET api/v3/openOrders                | symbol
DELETE api/v3/openOrders             symbol |
POST api/v3/order                    {LIMIT} | {ORDER_MAY}
GET api/v3/order                     symbol orderId | origClientOrderId
DELETE api/v3/order                  symbol orderId | origClientOrderId
POST api/v3/order/cancelReplace      {LIMIT} cancelReplaceMode cancelOrderId | newClientOrderId
POST api/v3/order/oco                {OCO} | {OCO_MAY}
POST api/v3/order/test               {LIMIT} | newClientOrderId computeCommissionRates
DELETE api/v3/orderList              symbol orderListId |
GET api/v3/orderList                 orderListId |
POST api/v3/orderList/oco            {LEGS} belowPrice=80 | {LEGS_MAY}
GET api/v3/ping                      |
GET api/v3/rateLimit/order           |
GET api/v3/ticker/24hr               | symbol
GET api/v3/ticker/bookTicker         | symbols
GET api/v3/ticker/price              | symbols
GET api/v3/time                      |
GET api/v3/trades                    symbol | limit
GET api/v3/uiKlines                  symbol interval | {PAGE}
POST api/v3/userDataStream           |
PUT api/v3/userDataStream            listenKey |
DELETE api/v3/userDataStream         listenKey |
GET dapi/v1/exchangeInfo             |
GET eapi/v1/exchangeInfo             |
GET fapi/v1/accountConfig            |
GET fapi/v1/adlQuantile              | symbol
GET fapi/v1/aggTrades                symbol | {PAGE} fromId
DELETE fapi/v1/algoOpenOrders        symbol |
POST fapi/v1/algoOrder               {ALGO} | clientAlgoId workingType priceProtect
GET fapi/v1/algoOrder                algoId | clientAlgoId
DELETE fapi/v1/algoOrder             algoId | clientAlgoId
GET fapi/v1/allAlgoOrders            | symbol {PAGE} algoId
DELETE fapi/v1/allOpenOrders         symbol |
GET fapi/v1/allOrders                | symbol {PAGE} orderId
POST fapi/v1/batchOrders             batchOrders |
PUT fapi/v1/batchOrders              batchOrders |
DELETE fapi/v1/batchOrders           symbol orderIdList |
GET fapi/v1/commissionRate           symbol |
GET fapi/v1/constituents             |
POST fapi/v1/countdownCancelAll      symbol countdownTime |
GET fapi/v1/depth                    symbol | limit
GET fapi/v1/exchangeInfo             | symbol
GET fapi/v1/forceOrders              | symbol {PAGE} autoCloseType
GET fapi/v1/fundingInfo              |
GET fapi/v1/fundingRate              | symbol {PAGE}
GET fapi/v1/historicalTrades         symbol | limit fromId
GET fapi/v1/income                   | symbol {PAGE} incomeType
GET fapi/v1/indexInfo                |
GET fapi/v1/indexPriceKlines         pair interval | {PAGE}
GET fapi/v1/klines                   symbol interval | {PAGE}
POST fapi/v1/leverage                symbol leverage |
GET fapi/v1/leverageBracket          | symbol
POST fapi/v1/listenKey               |
PUT fapi/v1/listenKey                |
DELETE fapi/v1/listenKey             |
POST fapi/v1/marginType              symbol marginType |
GET fapi/v1/markPriceKlines          symbol interval | {PAGE}
GET fapi/v1/multiAssetsMargin        |
POST fapi/v1/multiAssetsMargin       multiAssetsMargin |
GET fapi/v1/openAlgoOrders           | symbol
GET fapi/v1/openInterest             symbol |
GET fapi/v1/openOrder                symbol orderId | origClientOrderId
GET fapi/v1/openOrders               | symbol
POST fapi/v1/order                   {LIMIT} | {ORDER_MAY} reduceOnly positionSide
PUT fapi/v1/order                    symbol orderId side quantity price | origClientOrderId
GET fapi/v1/order                    symbol orderId | origClientOrderId
DELETE fapi/v1/order                 symbol orderId | origClientOrderId
POST fapi/v1/order/test              {STOP} quantity | {STOP_MAY}
GET fapi/v1/ping                     |
POST fapi/v1/positionMargin          symbol amount kind |
GET fapi/v1/premiumIndexKlines       symbol interval | {PAGE}
GET fapi/v1/positionMargin/history   symbol | {PAGE} kind
GET fapi/v1/positionRisk             | symbol
GET fapi/v1/positionSide/dual        |
POST fapi/v1/positionSide/dual       dualSidePosition |
GET fapi/v1/premiumIndex             | symbol
GET fapi/v1/rateLimit/order          |
GET fapi/v1/symbolConfig             | symbol
GET fapi/v1/ticker/24hr              | symbol
GET fapi/v1/ticker/bookTicker        | symbol
GET fapi/v1/ticker/price             | symbol
GET fapi/v1/time                     |
GET fapi/v1/trades                   symbol | limit
GET fapi/v1/userTrades               | symbol {PAGE} fromId orderId
GET fapi/v2/account                  |
GET fapi/v2/balance                  |
GET fapi/v2/positionRisk             | symbol
GET fapi/v2/ticker/price             | symbol
GET fapi/v3/account                  |
GET fapi/v3/balance                  |
GET fapi/v3/positionRisk             | symbol
GET sapi/v1/account/apiRestrictions  |
POST sapi/v1/asset/get-funding-asset |
GET sapi/v1/asset/tradeFee           | symbol
GET sapi/v1/asset/transfer           type=MAIN_UMFUTURE | startTime endTime current size
POST sapi/v1/asset/transfer          type=MAIN_UMFUTURE asset amount |
GET sapi/v1/capital/config/getall    |
GET sapi/v1/capital/deposit/hisrec   |
GET sapi/v1/capital/withdraw/history |
POST sapi/v1/futures/transfer        asset amount type=1 |
GET sapi/v1/margin/allAssets         |
GET sapi/v1/margin/allPairs          |
GET sapi/v1/margin/isolated/allPairs |
GET sapi/v1/system/status            |
"""
VALUES = """symbol=BTCUSDT pair=BTCUSDT side=BUY timeInForce=GTC quantity=1 price=90 stopPrice=110
orderId=1 algoId=1 fromId=0 cancelOrderId=1 orderListId=1 limit=5 startTime=1 endTime=2 interval=1m
current=1 size=5 cancelReplaceMode=STOP_ON_FAILURE algoType=CONDITIONAL triggerPrice=110 leverage=5
marginType=ISOLATED amount=1 kind=1 type=1 asset=USDT countdownTime=0 newOrderRespType=ACK
autoCloseType=ADL incomeType=FUNDING_FEE workingType=MARK_PRICE positionSide=BOTH
stopLimitTimeInForce=GTC symbols=["BTCUSDT"] orderIdList=[1] reduceOnly=false closePosition=false
priceProtect=false omitZeroBalances=true computeCommissionRates=true multiAssetsMargin=false
dualSidePosition=false listenKey=none"""
VALUES_OF = dict(pair.split("=", 1) for pair in VALUES.split())
VALUES_OF["batchOrders"] = '[{"symbol":"BTCUSDT","side":"BUY","type":"MARKET","quantity":"1"}]'
REAL_NAMES = {"kind": "type"}

# kind of a parameter -> what it must not be -> the codes that may say so.
EMPTY, NOT_TEXT, NOT_KNOWN, NOT_LIST = {-1102, -1105}, {-1100}, {-1130}, {-1100, -1130, -4082}
# Over what can be, over what is there, or of an order that does not exist.
HUGE = {-1130, -1013, -4005, -2010, -2013, -2018, -2022, -4054}
BAD: dict[str, dict[str, set[int]]] = {
    "symbol": {
        "": EMPTY,
        "NOPE": {-1121},
        **dict.fromkeys(("btcusdt", "BTC USDT", "X" * 21, "BTC/USDT", "é", "NaN"), NOT_TEXT),
    },
    "decimal": {
        "": EMPTY,
        **dict.fromkeys(("x", "-1", "NaN", "Infinity", "1e400", "9" * 40, "1,5"), NOT_TEXT),
        "9" * 20: HUGE,
        "0." + "1" * 19: {-1111},
        "0": {-1013, -1130, -4001, -4003, -4006, -4052},
    },
    "integer": {
        "": EMPTY,
        **dict.fromkeys(("x", "-1", "1.5", "NaN", "1e3", "9" * 40, "é"), NOT_TEXT),
        "9" * 20: {-1130, -4028},
    },
    "boolean": {"": EMPTY, **dict.fromkeys(("yes", "1", "NaN"), NOT_KNOWN)},
    "client_id": {"": EMPTY, **dict.fromkeys(("é", "a b", "x" * 37, "'"), NOT_TEXT)},
    "list": {
        "": EMPTY,
        **dict.fromkeys(("x", "{}", "[]", "[", "NaN", "[{}]x", "1"), NOT_LIST),
    },
}
KINDS = {
    "symbol": "symbol pair asset",
    "decimal": "quantity price stopPrice triggerPrice amount stopLimitPrice belowPrice "
    "aboveStopPrice",
    "integer": "limit startTime endTime fromId orderId algoId cancelOrderId orderListId leverage "
    "countdownTime kind current size",
    "boolean": "reduceOnly closePosition priceProtect omitZeroBalances computeCommissionRates "
    "multiAssetsMargin dualSidePosition",
    "client_id": "newClientOrderId origClientOrderId clientAlgoId limitClientOrderId "
    "stopClientOrderId listClientOrderId aboveClientOrderId belowClientOrderId",
    "list": "batchOrders orderIdList symbols",
}
KIND_OF = {name: kind for kind, names in KINDS.items() for name in names.split()}
# A parameter that knows a few words only -> the code for another word.
WORDS = {
    "side": -1117,
    "type": -1116,
    "timeInForce": -1115,
    "stopLimitTimeInForce": -1115,
    "interval": -1120,
    "cancelReplaceMode": -1130,
    "algoType": -4120,
    "marginType": -4021,
    "newOrderRespType": -1158,
    "incomeType": -1130,
    "autoCloseType": -1130,
    "workingType": -4064,
    "positionSide": -4061,
    "aboveType": -1116,
    "belowType": -1116,
    "listenKey": -1125,
}


@dataclass(frozen=True, slots=True)
class Asked:
    """One address and what it takes. needs, may: parameter -> a good value."""

    method: str
    path: str
    needs: dict[str, str]
    may: dict[str, str]

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    def bad(self) -> list[tuple[dict[str, str], set[int]]]:
        """Requests with one thing wrong, and the codes that may refuse them."""
        found = [(self._without(name), self._missing(name)) for name in self.needs]
        for name in (*self.needs, *self.may):
            for value, codes in self._bad_values(name).items():
                found.append(({**self.needs, name: value}, codes))
        return found

    def _without(self, left_out: str) -> dict[str, str]:
        return {name: value for name, value in self.needs.items() if name != left_out}

    def _missing(self, name: str) -> set[int]:
        return {WORDS[name]} | EMPTY if name in WORDS else EMPTY

    def _bad_values(self, name: str) -> dict[str, set[int]]:
        if name in WORDS and "positionMargin" not in self.path:
            codes = {-1128 if "transfer" in self.path else WORDS[name]}
            return {"": EMPTY, **dict.fromkeys(("UP", "buy", "NaN", "1e400", "é"), codes)}
        values = BAD[KIND_OF["kind" if name == "type" else name]]
        if "transfer" in self.path and name == "asset":
            return {value: codes | {-1128} for value, codes in values.items()}
        return values


def _values(names: str) -> dict[str, str]:
    found = {}
    for each in names.split():
        name, has_value, value = each.partition("=")
        found[REAL_NAMES.get(name, name)] = value if has_value else VALUES_OF.get(name, "good")
    return found


def _asked(line: str) -> Asked:
    head, may = line.split("|")
    method, path, *needs = head.split()
    return Asked(method, path, _values(" ".join(needs)), _values(may))


ASKED = [_asked(line) for line in LINES.strip().splitlines()]
