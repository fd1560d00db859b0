"""The currency that a person counts in: by the prices that coins are valued by, or said why not."""

import uuid
from decimal import Decimal

import pytest

from accounts.services import preferences
from exchanges.feed.live import LiveBatch
from exchanges.models import Market
from exchanges.selectors import currencies
from foundation.lib import clock
from foundation.lib.errors import BadInput

pytestmark = pytest.mark.django_db


@pytest.fixture
def priced():
    """priced("BTC/USDT", 50000): a market here, with that price; None: without one."""
    venue = f"v{uuid.uuid4().hex[:12]}"

    def put(symbol, price, **fields):
        base, quote = symbol.split("/")
        Market.objects.create(venue=venue, symbol=symbol, base=base, quote=quote, **fields)
        if price is not None:
            batch = LiveBatch(venue)
            batch.ticker(symbol, {"last": price})
            batch.flush(clock.now_ms())
        return venue

    return put


def test_money_is_shown_in_the_currency_at_the_newest_price(alice, priced):
    priced("BTC/USDT", 50_000)
    preferences.change(user=alice, currency="BTC")
    shown = currencies.shown_to(alice)
    assert (shown.currency, shown.rate, shown.missing) == ("BTC", 50000, "")
    assert shown.of(Decimal("125")) == Decimal("0.0025")
    assert shown.of(None) is None


def test_a_market_the_other_way_round_prices_it_as_well(alice, priced):
    priced("USDT/TRY", 40)
    preferences.change(user=alice, currency="TRY")
    shown = currencies.shown_to(alice)
    assert shown.of(Decimal(10)) == 400


def test_without_a_price_it_says_so_and_shows_what_values_are_kept_in(alice, priced):
    priced("EUR/USDT", None)
    preferences.change(user=alice, currency="EUR")
    shown = currencies.shown_to(alice)
    assert (shown.currency, shown.missing) == ("USDT", "EUR")
    assert shown.of(Decimal(7)) == 7


def test_dollars_of_other_names_are_one_to_one(alice):
    preferences.change(user=alice, currency="USD")
    assert currencies.shown_to(alice).of(Decimal("7.5")) == Decimal("7.5")


def test_what_is_not_priced_here_is_not_on_offer(alice, priced):
    priced("BTC/USDT", 1)
    priced("ETH/USDT", 1, is_active=False)
    priced("BTC/EUR", 1)
    assert preferences.offered("currency") == ["BTC", "USD", "USDC"]
    for other in ("ETH", "EUR", "DOGE"):
        with pytest.raises(BadInput) as refused:
            preferences.change(user=alice, currency=other)
        assert refused.value.faults[0].path == "currency"


def test_a_choice_that_is_gone_from_the_offers_may_stay(alice, priced):
    venue = priced("BTC/USDT", 1)
    preferences.change(user=alice, currency="BTC", venue=venue)
    Market.objects.all().delete()
    changed = preferences.change(user=alice, currency="BTC", venue=venue, theme="dark")
    assert (changed.currency, changed.venue, changed.theme) == ("BTC", venue, "dark")
