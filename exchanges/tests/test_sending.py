"""Before an order leaves: the switch that stops everything, an account's limits, the alarm."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from decimal import Decimal as D
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from exchanges.core import anomalies
from exchanges.core.outcomes import Outcome, VenueFault
from exchanges.core.pacing import Priority
from exchanges.models import CredentialAlarm, CredentialUse, ExchangeCredential, SendingHalt
from exchanges.services import credential_alarms, halts
from exchanges.services.halts import SendingHalted
from exchanges.services.sending_limits import OverTheLimit, sent_today
from exchanges.services.signing import opened, sending
from exchanges.tests.credentials import account
from foundation.lib import clock
from tests.watching import wait_until

pytestmark = pytest.mark.django_db
BTC = "BTC/USDT"


@pytest.fixture(autouse=True)
def _nothing_remembered() -> Iterator[None]:
    halts.forget()
    yield
    halts.forget()


def send(
    row: ExchangeCredential, notional: str = "10", symbol: str = BTC, priority: Any = Priority.OPEN
) -> None:
    with sending(row, symbol=symbol, notional=D(notional), priority=priority) as keys:
        assert keys.api_key


def test_an_order_is_counted_and_written_down(alice: Any) -> None:
    row = account(alice)
    send(row, "10.5")
    send(row, "0.25")
    assert sent_today(row) == D("10.75")
    told = CredentialUse.objects.filter(purpose="order").values_list("symbol", flat=True)
    assert [*told] == [BTC, BTC]


def test_the_limit_of_a_day_is_held_to_the_last_digit(alice: Any) -> None:
    row = account(alice, notional_day_max=D("100"))
    send(row, "99.999999999999999999")
    with pytest.raises(OverTheLimit, match=r"may send 100 a day; 99.9+ is sent and .* is 0.0+2"):
        send(row, "0.000000000000000002")
    send(row, "0.000000000000000001")
    assert sent_today(row) == D(100)
    with clock.fixed(clock.now_ms() + 86_400_000):
        send(row, "100")


def test_what_protects_or_closes_is_counted_and_not_stopped(alice: Any) -> None:
    row = account(alice, notional_day_max=D(100))
    for priority in (Priority.PROTECT, Priority.CLOSE):
        send(row, "80", priority=priority)
    assert sent_today(row) == D(160)
    with pytest.raises(OverTheLimit):
        send(row, "1")


def test_only_the_symbols_that_are_allowed(alice: Any) -> None:
    row = account(alice, symbols=["ETH/USDT"])
    with pytest.raises(OverTheLimit, match="may trade only ETH/USDT, not BTC/USDT"):
        send(row)
    assert sent_today(row) == 0
    send(row, symbol="ETH/USDT")


@pytest.mark.parametrize(
    ("outcome", "counts"),
    [
        (Outcome.UNKNOWN, True),
        (Outcome.ALREADY_SENT, True),
        (Outcome.NOT_FOUND, True),
        (Outcome.NOT_SENT, False),
        (Outcome.RATE_LIMITED, False),
        (Outcome.INSUFFICIENT_FUNDS, False),
        (Outcome.INVALID_ORDER, False),
    ],
)
def test_what_certainly_had_no_effect_does_not_count(
    alice: Any, outcome: Outcome, counts: bool
) -> None:
    row = account(alice)
    with (
        pytest.raises(VenueFault),
        sending(row, symbol=BTC, notional=D(10), priority=Priority.OPEN),
    ):
        raise VenueFault("so it ended", outcome, venue="binance")
    assert sent_today(row) == (D(10) if counts else 0)


@pytest.mark.django_db(transaction=True)
def test_many_at_once_never_pass_the_limit_together(alice: Any) -> None:
    row = account(alice, notional_day_max=D(50))
    passed, start = [], threading.Barrier(8)

    def race() -> None:
        start.wait()
        for _ in range(3):
            try:
                send(row, "10")
            except OverTheLimit:
                continue
            passed.append(1)
        connection.close()

    threads = [threading.Thread(target=race) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(passed), sent_today(row)) == (5, D(50))


def test_the_switch_stops_one_user_or_everybody(alice: Any, bob: Any) -> None:
    own, others = account(alice), account(bob)
    halts.stop(owner=alice, by="alice", reason="strange orders")
    halts.stop(owner=alice, by="alice")  # twice is once
    for act in (lambda: send(own), lambda: opened(own, "cancel").__enter__()):
        with pytest.raises(SendingHalted, match="You have stopped"):
            act()
    with opened(own, "account"):  # looking goes on
        send(others)
    halts.stop(owner=None, by="admin")
    with pytest.raises(SendingHalted, match="by the operators"):
        send(others)
    assert halts.resume(owner=None, by="admin") and not halts.resume(owner=None, by="admin")
    send(others)
    assert halts.resume(owner=alice, by="alice")
    send(own)
    assert SendingHalt.objects.filter(ended_at__isnull=False).count() == 2
    assert sent_today(own) == D(10)


@pytest.mark.django_db(transaction=True)
def test_another_process_hears_of_it_within_two_seconds(alice: Any) -> None:
    """The row is written behind this process's back, as another one would."""
    row = account(alice)
    send(row)
    stopped_at_s = time.monotonic()
    SendingHalt.objects.create(owner=None, started_by="elsewhere", started_at=clock.now())

    def is_stopped() -> bool:
        try:
            send(row)
        except SendingHalted:
            return True
        return False

    wait_until(is_stopped, "sending to stop")
    assert time.monotonic() - stopped_at_s < 2


def test_the_switch_on_the_command_line(alice: Any) -> None:
    def told(*words: str) -> str:
        call_command("halt_sending", *words, stdout=(out := StringIO()), stderr=StringIO())
        return out.getvalue()

    assert "of everybody is stopped" in told("--reason", "drill")
    assert halts.open_halt(None) is not None
    assert "goes on" in told("--resume") and "was not stopped" in told("--resume")
    assert alice.email in told("--user", alice.email.upper())
    assert halts.open_halt(alice) is not None and halts.open_halt(None) is None
    with pytest.raises(SystemExit) as refused:
        told("--user", "nobody@example.com")
    assert refused.value.code == 2


#   owners  volume       is it suspicious
ALARMS = [
    (4, "100", False),
    (5, "999999.99", True),
    (5, "1000000", False),
    (500, "1000000", False),
    (19, None, False),
    (20, None, True),
]


@pytest.mark.parametrize(("owners", "volume", "suspicious"), ALARMS)
def test_when_many_in_one_market_are_suspicious(
    owners: int, volume: str | None, suspicious: bool
) -> None:
    assert anomalies.is_suspicious(owners, None if volume is None else D(volume)) is suspicious


@given(st.integers(0, 1000), st.integers(0, 1000), st.none() | st.decimals(0, 10**9))
def test_more_accounts_never_calm_the_alarm(owners: int, more: int, volume: D | None) -> None:
    calm = not anomalies.is_suspicious(owners + more, volume)
    assert not (anomalies.is_suspicious(owners, volume) and calm)


def test_many_owners_in_a_thin_market_raise_one_alarm(
    make_user: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(credential_alarms, "volume_day", lambda venue, symbol: D(5_000))
    rows = [account(make_user(f"user{n}")) for n in range(6)]
    for _ in range(3):
        for row in rows[:4]:
            send(row, symbol="THIN/USDT")
    assert not CredentialAlarm.objects.exists()
    for row in rows:
        send(row, symbol="THIN/USDT")
    alarm = CredentialAlarm.objects.get()
    assert (alarm.account_count, alarm.symbol, alarm.volume_day) == (6, "THIN/USDT", D(5_000))
    credential_alarms.seen(alarm)
    send(rows[0], symbol="THIN/USDT")
    assert CredentialAlarm.objects.count() == 2
    with clock.fixed(clock.now_ms() + 3_600_000):  # an hour later nobody else is there
        assert credential_alarms.look("binance", "THIN/USDT") is None


def test_the_volume_comes_from_the_feed() -> None:
    assert credential_alarms.volume_day("nowhere", BTC) is None
