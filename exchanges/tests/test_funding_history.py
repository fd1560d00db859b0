"""Fundings of real venues, through unmodified ccxt over a socket: whole, paged, resumable."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import pytest
from django.core.management import call_command

from exchanges.core.funding import is_due
from exchanges.core.outcomes import Outcome, VenueFault
from exchanges.core.pacing import Priority
from exchanges.management.commands import download_funding
from exchanges.models import FundingRate, Market
from exchanges.services import funding_history
from exchanges.services.funding_history import collect, download
from exchanges.tests.gateway import server
from exchanges.tests.gateway.conftest import SWAP, NoLimits, lead_to
from exchanges.venues.calling import Caller
from exchanges.venues.sessions import Sessions
from foundation.lib import clock
from foundation.lib.errors import BadInput, TryLater

pytestmark = pytest.mark.django_db
HOUR = 3_600_000
NOW = 1_700_006_400_000  # 2023-11-15 00:00, a funding time
DAY = 24 * HOUR


def rate_at(ms: int) -> str:
    return f"{(ms // HOUR % 97 - 48) / 1_000_000:.8f}"


class Venue:
    """Fundings every `every_h` hours up to now, told as each venue tells them."""

    def __init__(self, name: str, every_h: int) -> None:
        self.every_h, self.now_ms = every_h, NOW
        self.exchange = server.Exchange(getattr(self, name))
        self.pacer = NoLimits()
        sessions = Sessions(name, adjust=lead_to(self.exchange.url, SWAP))
        self.caller = Caller(sessions, None, self.pacer)

    def between(self, start_ms: int, end_ms: int) -> list[int]:
        step = self.every_h * HOUR
        first = -(-start_ms // step) * step
        return list(range(first, min(end_ms, self.now_ms) + 1, step))

    def binanceusdm(self, _book: Any, _method: str, _path: str, given: dict[str, str]) -> Any:
        times = self.between(int(given["startTime"]), int(given["endTime"]))
        rows = [
            {"symbol": "BTCUSDT", "fundingTime": ms + 3, "fundingRate": rate_at(ms),
             "markPrice": "35000.5" if ms % DAY else ""}
            for ms in times
        ]  # fmt: skip
        return 200, rows[: int(given["limit"])]

    def bybit(self, _book: Any, _method: str, _path: str, given: dict[str, str]) -> Any:
        times = self.between(int(given["startTime"]), int(given["endTime"]))
        rows = [
            {"symbol": "BTCUSDT", "fundingRateTimestamp": str(ms), "fundingRate": rate_at(ms)}
            for ms in reversed(times)
        ]
        told = {"category": "linear", "list": rows[: int(given["limit"])]}
        return 200, {"retCode": 0, "retMsg": "OK", "result": told, "time": self.now_ms}

    def okx(self, _book: Any, _method: str, _path: str, given: dict[str, str]) -> Any:
        times = self.between(int(given["before"]) + 1, int(given["after"]) - 1)
        rows = [
            {"instId": "BTCUSDT", "fundingTime": str(ms), "realizedRate": rate_at(ms)}
            for ms in reversed(times)
        ]
        return 200, {"code": "0", "msg": "", "data": rows[: int(given["limit"])]}

    def krakenfutures(self, _book: Any, _method: str, _path: str, _given: dict[str, str]) -> Any:
        rows = [
            {"timestamp": f"{clock.from_ms(ms):%Y-%m-%dT%H:%M:%S.000Z}", "fundingRate": "9",
             "relativeFundingRate": rate_at(ms)}
            for ms in self.between(NOW - 200 * DAY, NOW)
        ]  # fmt: skip
        return 200, {"result": "success", "rates": rows}

    def bitmex(self, _book: Any, _method: str, _path: str, given: dict[str, str]) -> Any:
        start, end = (clock.parse_ms(given[name]) for name in ("startTime", "endTime"))
        rows = [
            {"symbol": "BTCUSDT", "timestamp": f"{clock.from_ms(ms):%Y-%m-%dT%H:%M:%S.000Z}",
             "fundingRate": rate_at(ms)}
            for ms in self.between(start, end)
        ]  # fmt: skip
        return 200, rows[: int(given["count"])]


@pytest.fixture(autouse=True)
def now() -> Iterator[None]:
    with clock.fixed(NOW + 120_000):
        yield


@pytest.fixture
def venue_of() -> Iterator[Callable[..., Venue]]:
    made: list[Venue] = []

    def build(name: str, every_h: int = 8) -> Venue:
        made.append(Venue(name, every_h))
        return made[-1]

    yield build
    for one in made:
        one.exchange.close()


def gathered(venue: Venue, name: str, now_ms: int = NOW + 120_000) -> int:
    waits: list[float] = []
    return collect(
        symbols={name: [SWAP]}, now_ms=now_ms, calling=lambda _: venue.caller, sleep=waits.append
    ).stored


def kept(name: str) -> list[tuple[int, Decimal]]:
    rows = FundingRate.objects.filter(venue=name, symbol=SWAP).order_by("time_ms")
    return [(row.time_ms // HOUR * HOUR, row.rate) for row in rows]


@pytest.mark.parametrize("every_h", [1, 8])
@pytest.mark.parametrize("name", ["binanceusdm", "bybit", "okx", "krakenfutures", "bitmex"])
def test_ninety_days_are_whole_to_the_last_digit(name: str, every_h: int, venue_of) -> None:
    venue = venue_of(name, every_h)
    assert gathered(venue, name) == len(kept(name))
    expected = venue.between(NOW + 120_000 - 90 * DAY, NOW)
    assert kept(name) == [(ms, Decimal(rate_at(ms))) for ms in expected]
    assert {one[2] for one in venue.pacer.taken} == {Priority.DATA}


def test_a_venue_is_asked_again_only_when_a_funding_is_due(venue_of) -> None:
    venue = venue_of("binanceusdm")
    gathered(venue, "binanceusdm")
    venue.exchange.seen.clear()
    assert gathered(venue, "binanceusdm", NOW + 5 * HOUR) == 0
    assert venue.exchange.seen == []
    venue.now_ms = NOW + 8 * HOUR
    with clock.fixed(NOW + 8 * HOUR + 120_000):
        assert gathered(venue, "binanceusdm", NOW + 8 * HOUR + 120_000) == 1
    assert len(venue.exchange.seen) == 1


def test_a_pass_that_was_cut_off_goes_on_where_it_was(venue_of, monkeypatch) -> None:
    venue = venue_of("okx", 1)
    monkeypatch.setattr(funding_history, "REQUESTS_PER_PASS_MAX", 7)
    assert gathered(venue, "okx") == 700
    assert gathered(venue, "okx") == 700
    monkeypatch.undo()
    gathered(venue, "okx")
    times = [ms for ms, _ in kept("okx")]
    assert times == venue.between(NOW + 120_000 - 90 * DAY, NOW)


def test_faults_that_pass_are_waited_out_and_others_leave_it_for_later(venue_of) -> None:
    venue = venue_of("binanceusdm")
    venue.exchange.read_faults = [server.Fault("reset"), server.Fault("truncated")]
    assert gathered(venue, "binanceusdm") == 270
    FundingRate.objects.all().delete()
    venue.exchange.read_faults = [server.Fault("answer", status=503, body="{}")] * 9
    assert gathered(venue, "binanceusdm") == 0
    venue.exchange.read_faults = []
    assert gathered(venue, "binanceusdm") == 270


def test_a_full_budget_leaves_the_rest_for_later(venue_of) -> None:
    venue = venue_of("bybit", 1)
    whole = venue.pacer.take

    def take(*args: Any, **kwargs: Any) -> None:
        whole(*args, **kwargs)
        if len(venue.pacer.taken) > 4:
            raise VenueFault("full", Outcome.RATE_LIMITED, venue="bybit")

    venue.pacer.take = take
    gathered(venue, "bybit")
    first = len(kept("bybit"))
    assert 0 < first < 2160
    venue.pacer.take = whole
    gathered(venue, "bybit")
    assert len(kept("bybit")) == 2160


def test_a_download_fills_what_is_missing_and_asks_for_nothing_else(venue_of) -> None:
    venue = venue_of("binanceusdm")

    def fetch(since_ms: int, until_ms: int | None = None) -> funding_history.Collected:
        given = {"venue": "binanceusdm", "symbol": SWAP, "calling": lambda _: venue.caller}
        return download(since_ms=since_ms, until_ms=until_ms, **given)

    assert fetch(NOW - 300 * DAY, NOW - 200 * DAY).stored == 301
    assert fetch(NOW - 100 * DAY, NOW - 50 * DAY).stored == 151
    assert fetch(NOW - 300 * DAY).stored == 901 - 452
    assert len(kept("binanceusdm")) == 901
    assert Market.objects.filter(venue="binanceusdm", symbol=SWAP, kind="swap").exists()
    venue.exchange.seen.clear()
    assert fetch(NOW - 290 * DAY, NOW - 10 * DAY).requests == 0
    assert venue.exchange.seen == []


def test_marks_are_kept_where_they_are_told(venue_of) -> None:
    gathered(venue_of("binanceusdm"), "binanceusdm")
    marks = {row.time_ms % DAY // HOUR: row.mark_price for row in FundingRate.objects.all()}
    assert marks == {0: None, 8: Decimal("35000.5"), 16: Decimal("35000.5")}


def test_what_cannot_be_fetched_is_said_at_once(venue_of) -> None:
    venue = venue_of("binanceusdm")
    given = {"since_ms": NOW - DAY, "calling": lambda _: venue.caller}
    with pytest.raises(BadInput, match="kraken tells no history of fundings; these do: binance"):
        download(venue="kraken", symbol=SWAP, **given)
    with pytest.raises(BadInput, match="has no market NO/PE:PE"):
        download(venue="binanceusdm", symbol="NO/PE:PE", **given)
    with pytest.raises(BadInput, match="no funding is over"):
        download(venue="binanceusdm", symbol=SWAP, **given | {"since_ms": NOW + DAY})
    venue.exchange.read_faults = [server.Fault("answer", status=503, body="{}")] * 9
    with pytest.raises(TryLater, match="Binance USD-M"):
        download(venue="binanceusdm", symbol=SWAP, sleep=lambda _: None, **given)


def test_the_command_says_what_it_did(venue_of, monkeypatch, capsys) -> None:
    venue = venue_of("binanceusdm")

    def asked(**given: Any) -> funding_history.Collected:
        return download(calling=lambda _: venue.caller, **given)

    monkeypatch.setattr(download_funding, "download", asked)
    call_command(
        "download_funding", "--venue=binanceusdm", f"--symbol={SWAP}", "--since=2023-11-01"
    )
    out, err = capsys.readouterr()
    assert out == "43 fundings stored in 1 requests\n"
    assert "100% 43 fundings" in err


@pytest.mark.parametrize(
    ("times", "after_ms", "due"),
    [
        ([], 0, True),
        ([0], HOUR, False),
        ([0], HOUR + 60_000, True),
        ([8 * HOUR, 0], 16 * HOUR, False),
        ([8 * HOUR, 0], 16 * HOUR + 60_000, True),
        ([9 * HOUR, 8 * HOUR, 0], 10 * HOUR + 60_000, True),
        ([72 * HOUR, 0], 80 * HOUR + 60_000, True),
    ],
)
def test_due_is_an_interval_after_the_newest(times: list[int], after_ms: int, due: bool) -> None:
    assert is_due(times, after_ms) is due
