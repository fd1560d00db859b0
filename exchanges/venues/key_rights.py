"""What a venue says that a key may do, read from its own answer. Nothing here calls anybody."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

ANYWHERE = frozenset({"*", "0.0.0.0/0", "::/0", "0.0.0.0", ""})  # noqa: S104 - compared, not bound


@dataclass(frozen=True, slots=True)
class Rights:
    """permissions: read, spot, margin, futures, options, trade, transfer, withdraw. withdraws and
    is_ip_restricted are None where the venue does not tell."""

    permissions: tuple[str, ...]
    withdraws: bool | None
    is_ip_restricted: bool | None


def rights(permissions: Iterable[str], is_ip_restricted: bool | None) -> Rights:
    has = tuple(dict.fromkeys(permissions))
    return Rights(has, "withdraw" in has, is_ip_restricted)


UNTOLD = Rights((), None, None)

_BINANCE = {
    "enableReading": "read",
    "enableSpotAndMarginTrading": "spot",
    "enableMargin": "margin",
    "enableFutures": "futures",
    "enableVanillaOptions": "options",
    "enablePortfolioMarginTrading": "margin",
    "enableInternalTransfer": "transfer",
    "permitsUniversalTransfer": "transfer",
    "enableWithdrawals": "withdraw",
}


def binance(answer: Any, _key: str) -> Rights:
    """GET /sapi/v1/account/apiRestrictions"""
    has = (word for name, word in _BINANCE.items() if _truth(answer.get(name)))
    return rights(has, _truth(answer["ipRestrict"]))


_BYBIT = {
    "SpotTrade": "spot",
    "Order": "futures",
    "Position": "futures",
    "DerivativesTrade": "futures",
    "OptionsTrade": "options",
    "AccountTransfer": "transfer",
    "SubMemberTransfer": "transfer",
    "SubMemberTransferList": "transfer",
    "Withdraw": "withdraw",
}


def bybit(answer: Any, _key: str) -> Rights:
    """GET /v5/user/query-api: permissions by group; a read-only key can use none but to look."""
    result = answer["result"]
    named = [word for group in result["permissions"].values() for word in group or ()]
    is_read_only = str(result.get("readOnly")) == "1"
    has = [] if is_read_only else [_BYBIT[word] for word in named if word in _BYBIT]
    return rights(["read", *has], _is_bound(result.get("ips")))


def okx(answer: Any, _key: str) -> Rights:
    """GET /api/v5/account/config: perm "read_only,trade,withdraw", ip "1.2.3.4,…"."""
    row = answer["data"][0]
    words = {"read_only": "read"}
    has = (words.get(word, word) for word in row["perm"].split(",") if word)
    return rights(has, _is_bound(row.get("ip", "").split(",")))


_KRAKEN = {
    "query-funds": "read",
    "query-open-trades": "read",
    "query-closed-trades": "read",
    "modify-trades": "trade",
    "close-trades": "trade",
    "withdraw-funds": "withdraw",
}


def kraken(answer: Any, _key: str) -> Rights:
    """POST /0/private/GetApiKeyInfo"""
    result = answer["result"]
    has = (_KRAKEN.get(word, "") for word in result["permissions"])
    return rights(filter(None, has), _is_bound(result.get("ipAllowlist")))


def coinbase(answer: Any, _key: str) -> Rights:
    """GET /api/v3/brokerage/key_permissions. Transfer sends money to other portfolios and out."""
    words = {"can_view": "read", "can_trade": "trade", "can_transfer": "withdraw"}
    return rights([word for name, word in words.items() if _truth(answer[name])], None)


def bitmex(answer: Any, key: str) -> Rights:
    """GET /api/v1/apiKey: one entry for each key of the account. Every key may look."""
    words = {"order": "trade", "orderCancel": "trade", "withdraw": "withdraw"}
    rows = [row for row in answer if row.get("id") == key]
    if not rows:
        return UNTOLD
    named = [word if isinstance(word, str) else word[0] for word in rows[0].get("permissions", [])]
    has = ["read", *(words[word] for word in named if word in words)]
    networks = rows[0].get("cidrs") or [rows[0].get("cidr") or ""]
    return rights(has, _is_bound(networks))


def htx(answer: Any, key: str) -> Rights:
    """GET /v2/user/api-key: permission "readOnly,trade,withdraw", ipAddresses "1.2.3.4,…"."""
    rows = [row for row in answer["data"] if row.get("accessKey") in (None, key)]
    if not rows:
        return UNTOLD
    words = {"readOnly": "read"}
    has = (words.get(word.strip(), word.strip()) for word in rows[0]["permission"].split(","))
    return rights(has, _is_bound((rows[0].get("ipAddresses") or "").split(",")))


_BINGX = {
    1: "spot",
    2: "read",
    3: "futures",
    4: "transfer",
    5: "withdraw",
    7: "transfer",
}


def bingx(answer: Any, _key: str) -> Rights:
    """GET /openApi/v1/account/apiPermissions: numbers, or names as Binance has them."""
    body = answer.get("data") or answer
    if "enableWithdrawals" in body:
        return binance(body, _key)
    has = (_BINGX.get(int(number), "") for number in body["permissions"])
    return rights(filter(None, has), _is_bound(body.get("ipAddresses")))


def krakenfutures(answer: Any, _key: str) -> Rights:
    """GET /derivatives/api/v3/accounts: ccxt knows no call that tells a key's rights."""
    if answer["result"] != "success":
        raise ValueError("no success")
    return UNTOLD


def binance_spot_testnet(answer: Any, _key: str) -> Rights:
    """GET /api/v3/account"""
    _ = answer["balances"]
    return UNTOLD


def binance_futures_testnet(answer: Any, _key: str) -> Rights:
    """GET /fapi/v2/balance: a list of assets"""
    if not isinstance(answer, list):
        raise ValueError("no list")
    return UNTOLD


@dataclass(frozen=True, slots=True)
class Question:
    """A call of ccxt by name, and how its answer is read. first: a call whose `data` it needs."""

    call: str
    read: Callable[[Any, str], Rights]
    first: str = ""


QUESTIONS: Mapping[str, Question] = {
    "binance": Question("sapiGetAccountApiRestrictions", binance),
    "binanceusdm": Question("sapiGetAccountApiRestrictions", binance),
    "bybit": Question("privateGetV5UserQueryApi", bybit),
    "okx": Question("privateGetAccountConfig", okx),
    "kraken": Question("privatePostGetApiKeyInfo", kraken),
    "krakenfutures": Question("privateGetAccounts", krakenfutures),
    "coinbase": Question("v3PrivateGetBrokerageKeyPermissions", coinbase),
    "bitmex": Question("privateGetApiKey", bitmex),
    "htx": Question("spotPrivateGetV2UserApiKey", htx, first="spotPrivateGetV2UserUid"),
    "bingx": Question("accountV1PrivateGetAccountApiPermissions", bingx),
}
# Binance's test networks do not know the rights of keys.
TESTNET_QUESTIONS: Mapping[str, Question] = {
    "binance": Question("privateGetAccount", binance_spot_testnet),
    "binanceusdm": Question("fapiPrivateV2GetBalance", binance_futures_testnet),
}


def _truth(value: Any) -> bool:
    return value is True or str(value).lower() == "true"


def _is_bound(addresses: Iterable[str] | None) -> bool:
    """Whether there is a list of addresses that does not let everybody in."""
    given = {str(one).strip() for one in addresses or ()}
    return bool(given) and not given & ANYWHERE
