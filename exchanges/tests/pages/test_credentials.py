"""Pages of exchange accounts: connect, look, change, replace, check, remove, stop everything."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from exchanges.core.keys import Keys
from exchanges.models import CredentialAlarm, ExchangeCredential, SendingHalt
from exchanges.services import halts
from exchanges.services.signing import opened
from exchanges.tests.credentials import account

pytestmark = pytest.mark.django_db
LIST, NEW = "/exchanges/", "/exchanges/new/"
KEY, SECRET = "SentinelKey0123456789", "SentinelSecret0123456789"
SENT = {"venue": "binance", "label": "Main", "api_key": KEY, "secret": SECRET, "symbols": ""}


@pytest.fixture(autouse=True)
def _nothing_remembered() -> Any:
    yield
    halts.forget()


@pytest.fixture
def at_home(client: Client, alice: Any) -> Client:
    client.force_login(alice)
    return client


def test_an_account_is_connected_and_stands_in_the_list(at_home: Client) -> None:
    assert "No exchange accounts yet" in at_home.get(LIST).text
    sent = {**SENT, "symbols": "BTC/USDT, ETH/USDT", "notional_day_max": "500"}
    answer = at_home.post(NEW, sent, follow=True)
    assert answer.redirect_chain == [(LIST, 302)]
    assert "are being checked" in answer.text and "…6789" in answer.text
    row = ExchangeCredential.objects.get()
    assert (row.symbols, row.notional_day_max) == (["BTC/USDT", "ETH/USDT"], Decimal(500))
    assert KEY not in answer.text and SECRET not in answer.text


def test_each_venue_shows_its_own_fields(at_home: Client) -> None:
    okx, kraken = (at_home.get(NEW, {"venue": venue}).text for venue in ("okx", "kraken"))
    assert 'name="passphrase"' in okx and 'name="is_testnet"' in okx
    assert "www.okx.com/account/my-api" in okx and "Leave withdrawals off" in okx
    assert 'name="passphrase"' not in kraken and 'name="is_testnet"' not in kraken
    assert at_home.get(NEW, {"venue": "mtgox"}).status_code == 200


@pytest.mark.parametrize(
    ("changes", "beside", "says"),
    [
        ({"api_key": f"{KEY} "}, "api_key", "Has a space or line end"),
        ({"api_key": "k" * 10_240}, "api_key", "10,240 characters"),
        ({"secret": ""}, "secret", "required"),
        ({"secret": KEY}, "secret", "same as the API key"),
        ({"venue": "okx", "passphrase": ""}, "passphrase", "required"),
        ({"label": ""}, "label", "required"),
        ({"symbols": "BTC/USDT nonsense"}, "symbols", "Must be a symbol"),
        ({"notional_day_max": "-3"}, "notional_day_max", "Must be above 0"),
    ],
)
def test_a_fault_stands_beside_its_field_and_no_key_in_the_page(
    at_home: Client, changes: dict[str, str], beside: str, says: str
) -> None:
    answer = at_home.post(NEW, {**SENT, **changes})
    assert answer.status_code == 400
    assert list(answer.context["form"].errors) == [beside]
    assert says in str(answer.context["form"].errors[beside])
    assert KEY not in answer.text and SECRET not in answer.text
    assert not ExchangeCredential.objects.exists()


def test_an_unknown_venue_and_a_taken_name_are_told(at_home: Client, alice: Any) -> None:
    assert at_home.post(NEW, {**SENT, "venue": "mtgox"}).status_code == 400
    account(alice)
    assert "another binance account of this name" in at_home.post(NEW, SENT).text


def test_keys_come_over_https_on_a_server(at_home: Client, settings: Any) -> None:
    settings.PRODUCTION = True
    refused = at_home.post(NEW, SENT)
    assert refused.status_code == 403 and "over HTTPS only" in refused.text
    assert at_home.post(NEW, SENT, secure=True).status_code == 302


def test_name_limits_and_keys_are_changed(at_home: Client, alice: Any) -> None:
    row = account(alice)
    page = f"{LIST}{row.pk}/"
    assert "What its keys were used for" in at_home.get(page).text
    at_home.post(page, {"label": "Renamed", "symbols": "BTC/USDT", "notional_day_max": "9"})
    row.refresh_from_db()
    assert (row.label, row.symbols, row.state) == ("Renamed", ["BTC/USDT"], "working")
    wrong = at_home.post(f"{page}keys/", {"api_key": KEY, "secret": "a b" * 5})
    assert wrong.status_code == 400 and "space" in wrong.text and KEY not in wrong.text
    at_home.post(f"{page}keys/", {"api_key": KEY, "secret": SECRET})
    row.refresh_from_db()
    assert (row.state, row.last_four) == ("checking", "6789")
    with opened(row, "check") as keys:
        assert keys.secret == SECRET
    at_home.post(f"{page}check/")
    assert "Keys replaced" in at_home.get(page).text
    gone = at_home.post(f"{page}delete/", follow=True)
    assert "keys are gone from here" in gone.text and not ExchangeCredential.objects.exists()


@pytest.mark.parametrize(
    ("venue", "says"),
    [
        ("binance", ["orders, fills, balances", "one order at Binance"]),
        ("okx", ["orders, fills, balances, positions", "one order at OKX"]),
        (
            "coinbase",
            [
                "nothing by itself",
                "orders, fills, when it says",
                "balances, after each",
                "both are watched",
            ],
        ),
        ("kraken", ["orders, fills<", "balances, when it says", "target is watched from here"]),
        ("bingx", ["fills, balances, when it says", "positions, after each fill"]),
    ],
)
def test_it_says_what_the_exchange_tells_and_keeps_by_itself(
    at_home: Client, alice: Any, venue: str, says: list[str]
) -> None:
    keys = Keys("the-key-0001", "the-secret-0001", "phrase" if venue == "okx" else "")
    row = account(alice, venue=venue, keys=keys)
    shown = at_home.get(f"{LIST}{row.pk}/").text
    assert [one for one in says if one not in shown] == []


def test_a_refused_account_says_why(at_home: Client, alice: Any) -> None:
    row = account(alice, state="refused")
    ExchangeCredential.objects.update(words="This key may withdraw money.")
    for page in (LIST, f"{LIST}{row.pk}/"):
        text = at_home.get(page).text
        assert "This key may withdraw money." in text and "Refused" in text


def test_a_stranger_gets_404(client: Client, alice: Any, charlie: Any) -> None:
    page = f"{LIST}{account(alice).pk}/"
    client.force_login(charlie)
    assert client.get(page).status_code == 404
    for below in ("keys/", "delete/"):
        assert client.post(page + below, {}).status_code == 404
    assert client.post(f"{page}check/").status_code == 404
    assert ExchangeCredential.objects.exists()


def test_the_emergency_stop(at_home: Client, alice: Any) -> None:
    answer = at_home.post(f"{LIST}halt/", {"reason": "odd orders"}, follow=True)
    assert "You have stopped all sending" in answer.text and "odd orders" in answer.text
    assert halts.open_halt(alice)
    answer = at_home.post(f"{LIST}resume/", follow=True)
    assert "Sending goes on." in answer.text and halts.open_halt(alice) is None
    assert at_home.post(f"{LIST}halt/", {"everybody": "on"}).status_code == 403
    assert not SendingHalt.objects.filter(owner=None).exists()


def test_an_admin_stops_everybody_and_sees_alarms(client: Client, admin: Any, alice: Any) -> None:
    client.force_login(admin)
    CredentialAlarm.objects.create(venue="binance", symbol="THIN/USDT", account_count=7)
    assert "7 accounts traded THIN/USDT" in client.get(LIST).text
    client.post(f"{LIST}halt/", {"everybody": "on"})
    client.force_login(alice)
    shown = client.get(LIST).text
    assert "stopped by the operators" in shown and "THIN/USDT" not in shown
    client.force_login(admin)
    client.post(f"{LIST}resume/", {"everybody": "on"})
    assert halts.open_halt(None) is None


def test_admins_act_on_rows_without_seeing_a_key(client: Client, admin: Any, alice: Any) -> None:
    row = account(alice)
    client.force_login(admin)
    base = "/admin/exchanges/exchangecredential/"
    assert client.get(f"{base}{row.pk}/change/").status_code == 200
    chosen = {"_selected_action": [row.pk]}
    client.post(base, {"action": "check_again", **chosen})
    client.post(base, {"action": "stop_sending", **chosen})
    halt = halts.open_halt(alice)
    assert halt is not None
    row.refresh_from_db()
    assert row.is_being_checked
    stops = "/admin/exchanges/sendinghalt/"
    client.post(stops, {"action": "resume", "_selected_action": [halt.pk]})
    assert halts.open_halt(alice) is None
    alarm = CredentialAlarm.objects.create(venue="v", symbol="A/B", account_count=5)
    alarms = "/admin/exchanges/credentialalarm/"
    client.post(alarms, {"action": "seen", "_selected_action": [alarm.pk]})
    alarm.refresh_from_db()
    assert alarm.seen_at is not None


def test_queries_do_not_grow_with_accounts(
    at_home: Client, alice: Any, django_assert_max_num_queries: Any
) -> None:
    for number in range(12):
        account(alice, f"{number}")
    with django_assert_max_num_queries(8):
        assert "…0001" in at_home.get(LIST).text
