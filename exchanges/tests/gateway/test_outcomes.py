"""Every way a call can end, on a real socket: its class, and that it was sent exactly once."""

from __future__ import annotations

import json
import socket
from decimal import Decimal
from typing import Any

import pytest

from exchanges.core.account_records import VenueOrder
from exchanges.core.outcomes import Outcome as O
from exchanges.core.outcomes import VenueFault
from exchanges.tests.gateway.conftest import KEYS, SPOT, SWAP, NoLimits, World, lead_to
from exchanges.tests.gateway.server import Fault
from exchanges.tests.gateway.test_orders import ticket
from exchanges.venues.gateway import Gateway
from exchanges.venues.sessions import Sessions


def said(status: int, code: Any, words: str = "", **more: Any) -> Fault:
    headers = (("Retry-After", "7"),) if status in (418, 429) else ()
    body = json.dumps({"code": code, "msg": words} | more)
    return Fault("answer", status=status, body=body, headers=headers)


def bybit(code: int, words: str) -> Fault:
    body = {"retCode": code, "retMsg": words, "result": {}, "time": 1}
    return Fault("answer", body=json.dumps(body))


# What any venue's line can do; nothing of it says whether the order is there.
LINE = {
    "silent, before the effect": (Fault("silent"), O.UNKNOWN),
    "silent, after the effect": (Fault("silent", takes_effect=True), O.UNKNOWN),
    "reset, before": (Fault("reset"), O.UNKNOWN),
    "reset, after": (Fault("reset", takes_effect=True), O.UNKNOWN),
    "half a body": (Fault("truncated", takes_effect=True), O.UNKNOWN),
    "slow bytes": (Fault("slow", takes_effect=True), O.UNKNOWN),
    "500": (Fault("answer", status=500), O.UNKNOWN),
    "502": (Fault("answer", status=502, body="<html>"), O.UNKNOWN),
    "503": (Fault("answer", status=503), O.UNKNOWN),
    "503 after the effect": (Fault("answer", status=503, takes_effect=True), O.UNKNOWN),
    "504": (Fault("answer", status=504), O.UNKNOWN),
    "511": (Fault("answer", status=511, body="{}"), O.UNKNOWN),
    "530": (Fault("answer", status=530, body="{}"), O.UNKNOWN),
    "408": (Fault("answer", status=408), O.UNKNOWN),
    "not JSON": (Fault("answer", body="<html>hello</html>"), O.UNKNOWN),
    "an empty body": (Fault("answer", body=""), O.UNKNOWN),
}
BINANCE = LINE | {
    "-1006": (said(400, -1006, "An unexpected response was received"), O.UNKNOWN),
    "-1007": (said(400, -1007, "Timeout waiting for response from backend"), O.UNKNOWN),
    "-2010 duplicate": (said(400, -2010, "Duplicate order sent."), O.ALREADY_SENT),
    "-2010 funds": (
        said(400, -2010, "Account has insufficient balance for requested action."),
        O.INSUFFICIENT_FUNDS,
    ),
    "-2010 others": (said(400, -2010, "Order would immediately trigger."), O.INVALID_ORDER),
    "-2019": (said(400, -2019, "Margin is insufficient."), O.INSUFFICIENT_FUNDS),
    "-1013": (said(400, -1013, "Filter failure: LOT_SIZE"), O.INVALID_ORDER),
    "-1021": (said(400, -1021, "Timestamp for this request is outside"), O.CLOCK),
    "-1022": (said(400, -1022, "Signature for this request is not valid."), O.AUTH),
    "-2015": (said(401, -2015, "Invalid API-key, IP, or permissions"), O.AUTH),
    "-2013": (said(400, -2013, "Order does not exist."), O.NOT_FOUND),
    "-2026": (said(400, -2026, "Order was canceled over 90 days ago"), O.CANCELLED),
    "429": (said(429, -1003, "Too many requests"), O.RATE_LIMITED),
    "418": (said(418, -1003, "Way too many requests; IP banned"), O.RATE_LIMITED),
    "409": (said(409, -2021, "Order cancel-replace partially failed."), O.UNKNOWN),
    "-1008": (said(503, -1008, "Server is currently overloaded"), O.TRANSIENT),
}
BYBIT = LINE | {
    "10000": (bybit(10000, "Server Timeout"), O.UNKNOWN),
    "10016": (bybit(10016, "Server error"), O.UNKNOWN),
    "110072": (bybit(110072, "OrderLinkedID is duplicate"), O.ALREADY_SENT),
    "170141": (bybit(170141, "Duplicate clientOrderId"), O.ALREADY_SENT),
    "10002": (bybit(10002, "invalid request, please check your server timestamp"), O.CLOCK),
    "10003": (bybit(10003, "API key is invalid"), O.AUTH),
    "10005": (bybit(10005, "Permission denied"), O.PERMISSION),
    "10006": (bybit(10006, "Too many visits"), O.RATE_LIMITED),
    "170146": (bybit(170146, "Order creation timeout"), O.UNKNOWN),
    "170147": (bybit(170147, "Order cancellation timeout"), O.UNKNOWN),
    "170035": (bybit(170035, "Submitted to the system for processing!"), O.UNKNOWN),
    "10014": (bybit(10014, "Request is duplicate"), O.ALREADY_SENT),
    "110001": (bybit(110001, "order not exists or too late"), O.NOT_FOUND),
    "110007": (bybit(110007, "ab not enough for new order"), O.INSUFFICIENT_FUNDS),
    "a code nobody knows": (bybit(999999, "something new"), O.UNKNOWN),
}
TABLE = [
    pytest.param(venue, symbol, action, fault, outcome, id=f"{venue}-{action}-{name}")
    for venue, symbol, rows in (("binanceusdm", SWAP, BINANCE), ("bybit", SWAP, BYBIT))
    for action in ("create", "cancel", "amend")
    for name, (fault, outcome) in rows.items()
]


def ask(world: World, action: str) -> VenueOrder | None:
    if action == "create":
        return world.gateway.place(ticket(world.symbol, "asked"))
    if action == "cancel":
        world.gateway.cancel(world.symbol, "1000")
        return None
    amounts = {"quantity": Decimal("0.2"), "price": Decimal(101)}
    return world.gateway.amend(world.symbol, "1000", side="buy", **amounts)


def fails(world: World, action: str, fault: Fault, outcome: O) -> str:
    """Ask once, with a fault on the way; what is told."""
    world.gateway.place(ticket(world.symbol, "there"))
    world.exchange.seen.clear()
    world.exchange.faults = [fault]
    with pytest.raises(VenueFault) as raised:
        ask(world, action)
    assert raised.value.outcome is outcome
    assert len(world.exchange.writes) == 1
    return str(raised.value)


@pytest.mark.parametrize(("venue", "symbol", "action", "fault", "outcome"), TABLE)
def test_a_fault_has_its_class_and_one_request_was_seen(
    world_of, venue, symbol, action, fault, outcome
) -> None:
    words = fails(world_of(venue, symbol), action, fault, outcome)
    assert not any(word in words for word in KEYS.words())
    assert "signature" not in words.lower() or outcome is O.AUTH


@pytest.mark.parametrize(("status", "banned"), [(429, False), (418, True)])
def test_a_venue_that_asks_for_fewer_calls_is_heard(world_of, status, banned) -> None:
    world = world_of("binance", SPOT)
    world.exchange.faults = [said(status, -1003, "Too many requests")]
    with pytest.raises(VenueFault) as raised:
        ask(world, "create")
    assert raised.value.retry_after_s == 7
    assert world.pacer.refusals == [("7", 7.0, banned)]


@pytest.mark.parametrize("action", ["create", "cancel", "amend"])
def test_a_closed_door_is_not_sent(action) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{closed.getsockname()[1]}"
        sessions = Sessions("binanceusdm", adjust=lead_to(url, SWAP))
        gateway = Gateway(sessions, KEYS, NoLimits(), account="7")
        with pytest.raises(VenueFault) as raised:
            ask(World(gateway, None, NoLimits(), SWAP), action)  # type: ignore[arg-type]
    assert raised.value.outcome is O.NOT_SENT


@pytest.mark.parametrize("fault", [row[0] for row in LINE.values()], ids=list(LINE))
def test_what_is_unknown_is_found_by_its_id_or_certainly_not_there(world_of, fault) -> None:
    """The one question that ends the doubt; nothing was sent a second time."""
    world = world_of("binanceusdm", SWAP)
    world.exchange.faults = [fault]
    with pytest.raises(VenueFault):
        ask(world, "create")
    found = world.gateway.find(SWAP, "asked")
    assert (found is not None) == fault.takes_effect
    assert len(world.exchange.writes) == 1


def test_an_answer_that_breaks_off_is_no_empty_list(world_of) -> None:
    world = world_of("binance", SPOT)
    world.exchange.read_faults = [Fault("truncated", takes_effect=True)]
    with pytest.raises(VenueFault) as told:
        world.gateway.trades(SPOT)
    assert told.value.outcome is O.TRANSIENT
    assert world.gateway.trades(SPOT) == []
