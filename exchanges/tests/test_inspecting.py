"""What a key may do, asked of each venue by unmodified ccxt over a real socket."""

from __future__ import annotations

import traceback
from typing import Any

import pytest

from exchanges.tests.key_server import KEY, PASSPHRASE, SECRET, KeyServer, keys_of
from exchanges.venues.inspecting import Inspection, inspect
from exchanges.venues.key_shapes import KEY_SHAPES
from foundation.lib.errors import TryLater

BINANCE = {
    "ipRestrict": True,
    "enableReading": True,
    "enableSpotAndMarginTrading": True,
    "enableFutures": True,
    "enableWithdrawals": False,
    "enableInternalTransfer": False,
    "permitsUniversalTransfer": False,
}
BYBIT = {
    "retCode": 0,
    "retMsg": "",
    "result": {
        "readOnly": 0,
        "permissions": {"Spot": ["SpotTrade"], "ContractTrade": ["Order", "Position"]},
        "ips": ["203.0.113.7"],
    },
}
HTX_UID = ("/v2/user/uid", 200, {"code": 200, "data": 63628520})


def bybit(**changes: Any) -> dict[str, Any]:
    return {**BYBIT, "result": {**BYBIT["result"], **changes}}


def okx(perm: str, ip: str) -> dict[str, Any]:
    return {"code": "0", "data": [{"perm": perm, "ip": ip, "uid": "1"}], "msg": ""}


def kraken(*permissions: str, ips: Any = ("203.0.113.7",)) -> dict[str, Any]:
    return {"error": [], "result": {"permissions": list(permissions), "ipAllowlist": list(ips)}}


def coinbase(view: bool, trade: bool, transfer: bool) -> dict[str, Any]:
    return {"can_view": view, "can_trade": trade, "can_transfer": transfer, "portfolio_uuid": "x"}


def bitmex(*permissions: Any, cidr: str = "203.0.113.7/32") -> list[dict[str, Any]]:
    own = {"id": KEY, "permissions": list(permissions), "cidr": cidr, "enabled": True}
    return [{"id": "another", "permissions": ["withdraw"], "cidr": "0.0.0.0/0"}, own]


def htx(permission: str, ips: str) -> tuple[str, int, Any]:
    row = {"accessKey": KEY, "permission": permission, "ipAddresses": ips, "status": "normal"}
    return "/v2/user/api-key", 200, {"code": 200, "data": [row]}


def bingx(*numbers: int, ips: Any = ("203.0.113.7",)) -> dict[str, Any]:
    return {"apiKey": KEY, "permissions": list(numbers), "ipAddresses": list(ips), "note": "n"}


B, Y, Q, K = "apiRestrictions", "/v5/user/query-api", "/api/v5/account/config", "GetApiKeyInfo"
C, M, X = "/brokerage/key_permissions", "/api/v1/apiKey", "/account/apiPermissions"
#   venue, answers, permissions, withdraws, bound to addresses
RIGHTS: list[tuple[str, list[tuple[str, int, Any]], str, bool | None, bool | None]] = [
    ("binance", [(B, 200, BINANCE)], "read spot futures", False, True),
    ("binance", [(B, 200, {**BINANCE, "ipRestrict": False})], "read spot futures", False, False),
    (
        "binance",
        [(B, 200, {**BINANCE, "enableWithdrawals": True})],
        "read spot futures withdraw",
        True,
        True,
    ),
    (
        "binanceusdm",
        [(B, 200, {**BINANCE, "permitsUniversalTransfer": True})],
        "read spot futures transfer",
        False,
        True,
    ),
    ("bybit", [(Y, 200, BYBIT)], "read spot futures", False, True),
    ("bybit", [(Y, 200, bybit(readOnly=1, ips=["*"]))], "read", False, False),
    (
        "bybit",
        [(Y, 200, bybit(permissions={"Wallet": ["AccountTransfer", "Withdraw"]}))],
        "read transfer withdraw",
        True,
        True,
    ),
    ("okx", [(Q, 200, okx("read_only,trade", "203.0.113.7"))], "read trade", False, True),
    ("okx", [(Q, 200, okx("read_only,withdraw,trade", ""))], "read withdraw trade", True, False),
    ("kraken", [(K, 200, kraken("query-funds", "modify-trades"))], "read trade", False, True),
    ("kraken", [(K, 200, kraken("withdraw-funds", ips=()))], "withdraw", True, False),
    ("krakenfutures", [("/accounts", 200, {"result": "success", "accounts": {}})], "", None, None),
    ("coinbase", [(C, 200, coinbase(True, True, False))], "read trade", False, None),
    ("coinbase", [(C, 200, coinbase(True, True, True))], "read trade withdraw", True, None),
    ("bitmex", [(M, 200, bitmex("order"))], "read trade", False, True),
    ("bitmex", [(M, 200, bitmex("order", "withdraw", cidr="0.0.0.0/0"))], "read trade withdraw",
     True, False),
    ("htx", [HTX_UID, htx("readOnly,trade", "203.0.113.7")], "read trade", False, True),
    ("htx", [HTX_UID, htx("readOnly,trade,withdraw", "")], "read trade withdraw", True, False),
    ("bingx", [(X, 200, bingx(1, 2, 3))], "spot read futures", False, True),
    ("bingx", [(X, 200, bingx(2, 5, ips=()))], "read withdraw", True, False),
    ("bingx", [(X, 200, {"code": 0, "data": {**BINANCE, "enableWithdrawals": True}})],
     "read spot futures withdraw", True, True),
]  # fmt: skip


def asked(venue: str, *answers: tuple[str, int, Any], **how: Any) -> Inspection:
    with KeyServer(*answers) as server:
        return inspect(venue, keys_of(venue), adjust=server.adjust, **how)


@pytest.mark.parametrize(("venue", "answers", "permissions", "withdraws", "bound"), RIGHTS)
def test_the_rights_of_a_key(
    venue: str,
    answers: list[tuple[str, int, Any]],
    permissions: str,
    withdraws: bool | None,
    bound: bool | None,
) -> None:
    found = asked(venue, *answers)
    assert found.works
    assert " ".join(found.permissions) == permissions
    assert (found.withdraws, found.ip_restricted) == (withdraws, bound)
    assert ("may withdraw money" in found.words) == bool(withdraws)
    if bound is False and not withdraws:
        assert "not bound to an address" in found.words
    if withdraws is None:
        assert "does not tell" in found.words


def test_every_venue_is_asked_something() -> None:
    assert {venue for venue, *_ in RIGHTS} == set(KEY_SHAPES)


@pytest.mark.parametrize(("venue", "path"), [("binance", "/account"), ("binanceusdm", "/balance")])
def test_binances_test_networks_do_not_know_rights(venue: str, path: str) -> None:
    body: Any = {"balances": []} if venue == "binance" else []
    found = asked(venue, (path, 200, body), is_testnet=True)
    assert (found.works, found.withdraws) == (True, None)


KRAKEN_NO = {"error": ["EAPI:Invalid signature"]}
#   venue, status, body, what the sentence says
REFUSALS: list[tuple[str, int, Any, str]] = [
    ("binance", 400, {"code": -1022, "msg": "Signature for this request is not valid."},
     "the secret does not belong to this API key"),
    ("binance", 401, {"code": -2014, "msg": "API-key format invalid."}, "does not know this API"),
    ("binance", 401, {"code": -2015, "msg": f"Invalid API-key {KEY}"}, "from this server's addr"),
    ("bybit", 200, {"retCode": 10003, "retMsg": "API key is invalid."}, "does not know this API"),
    ("bybit", 200, {"retCode": 10004, "retMsg": "error sign!"}, "the signature is wrong"),
    ("bybit", 200, {"retCode": 33004, "retMsg": "Your api key has expired."}, "has expired"),
    ("bybit", 200, {"retCode": 10010, "retMsg": "Unmatched IP"}, "from other addresses only"),
    ("okx", 401, {"code": "50105", "msg": "passphrase incorrect"}, "the passphrase is wrong"),
    ("okx", 401, {"code": "50111", "msg": "Invalid OK_ACCESS_KEY"}, "does not know this API"),
    ("okx", 401, {"code": "50113", "msg": "Invalid signature"}, "the signature is wrong"),
    ("okx", 401, {"code": "50110", "msg": "Invalid IP"}, "from other addresses only"),
    ("kraken", 200, {"error": ["EAPI:Invalid key"]}, "does not know this API key"),
    ("kraken", 200, KRAKEN_NO, "the signature is wrong"),
    ("kraken", 200, {"error": ["EGeneral:Permission denied"]}, "Allow it to read there"),
    ("krakenfutures", 200, {"result": "error", "error": "authenticationError"}, "not accept these"),
    ("coinbase", 401, "Unauthorized", "does not accept these keys"),
    ("bitmex", 401, {"error": {"message": "Invalid API Key.", "name": "HTTPError"}}, "not know"),
    ("bitmex", 401, {"error": {"message": "Signature not valid.", "name": "H"}}, "signature is wr"),
    ("bitmex", 403, {"error": {"message": "This key is disabled.", "name": "H"}}, "switched off"),
    ("htx", 200, {"status": "error", "err-code": "api-signature-not-valid",
                  "err-msg": "Signature not valid: Incorrect Access key"}, "does not know this"),
    ("htx", 200, {"code": 1003, "message": "invalid signature"}, "the signature is wrong"),
    ("bingx", 200, {"code": 100001, "msg": "Signature verification failed"}, "signature is wrong"),
    ("bingx", 200, {"code": 100413, "msg": "Incorrect apiKey"}, "does not know this API key"),
    ("bingx", 200, {"code": 100419, "msg": "IP does not match IP whitelist"}, "other addresses"),
]  # fmt: skip


@pytest.mark.parametrize(("venue", "status", "body", "says"), REFUSALS)
def test_a_refusal_says_why_and_what_to_do(venue: str, status: int, body: Any, says: str) -> None:
    found = asked(venue, ("", status, body))
    assert not found.works
    assert says in found.words
    assert found.words.endswith(".")
    assert KEY not in found.words


FAULTS: list[tuple[int, Any]] = [
    (503, "down"),
    (429, "slow down"),
    (200, "<html>"),
    (0, "cut"),
    (200, {"hello": 1}),
]


@pytest.mark.parametrize("venue", sorted(KEY_SHAPES))
@pytest.mark.parametrize(("status", "body"), FAULTS)
def test_a_venue_that_does_not_answer_says_nothing_of_the_key(
    venue: str, status: int, body: Any
) -> None:
    with pytest.raises(TryLater) as fault:
        asked(venue, ("", status, body))
    assert "could not be asked" in fault.value.message
    told = "".join(traceback.format_exception(fault.value))
    assert not [word for word in (KEY, SECRET, PASSPHRASE) if word in told]


@pytest.mark.parametrize("venue", ["coinbase", "kraken", "krakenfutures"])
def test_a_secret_that_cannot_sign_is_told_before_anything_is_sent(venue: str) -> None:
    keys = keys_of(venue)
    broken = type(keys)(keys.api_key, "-----BEGIN X" if venue == "coinbase" else "abcdefghi")
    with KeyServer() as server:
        found = inspect(venue, broken, adjust=server.adjust)
        assert server.asked == []
    assert "cannot be used to sign" in found.words


def test_the_key_reaches_the_venue_and_nothing_is_asked_twice() -> None:
    with KeyServer((B, 200, BINANCE)) as server:
        inspect("binance", keys_of("binance"), adjust=server.adjust)
        [(path, headers)] = server.asked
    assert headers["X-MBX-APIKEY"] == KEY
    assert "recvWindow=5000" in path
