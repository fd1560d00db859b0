"""What an admin may change of the paper venue, and what is only looked at."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from exchanges.models import Market, RiskParameter
from exchanges.services.paper import insurance

pytestmark = pytest.mark.django_db
RISK = "/admin/exchanges/riskparameter/"


def test_a_figure_of_the_risk_engine_is_chosen_and_checked(client: Client, admin: Any) -> None:
    client.force_login(admin)
    assert "share of the notional a liquidation costs" in client.get(f"{RISK}add/").text
    for sent in ({"name": "no_such", "value": "1"}, {"name": "margin_call_ratio", "value": "5"}):
        assert client.post(f"{RISK}add/", sent).status_code == 200
    assert not RiskParameter.objects.exists()
    client.post(f"{RISK}add/", {"name": "margin_call_ratio", "value": "0.7"})
    assert RiskParameter.objects.get().value == Decimal("0.7")
    assert "0.1 to 1" in client.get(RISK).text
    client.post(f"{RISK}margin_call_ratio/change/", {"value": "0.6"})
    assert RiskParameter.objects.get().value == Decimal("0.6")


def test_the_insurance_fund_has_its_history(client: Client, admin: Any) -> None:
    client.force_login(admin)
    insurance.seed("USDT")
    shown = client.get("/admin/accounts/entry/?account__kind=paper_insurance").text
    assert "insurance:seed:USDT" in shown
    assert client.get("/admin/accounts/ledgeraccount/?kind=paper_insurance").status_code == 200


def test_tiers_that_are_none_are_refused(client: Client, admin: Any) -> None:
    client.force_login(admin)
    market = Market.objects.create(
        venue="v", symbol="A/USDT:USDT", base="A", quote="USDT", kind="swap"
    )
    sent = {"fee_maker": "0.0001", "fee_taker": "0.0005", "funding_rate": "-0.0002"}
    address = f"/admin/exchanges/market/{market.pk}/change/"
    wrong = client.post(address, sent | {"leverage_tiers": '[["1", "2"]]'})
    assert "must be a list like" in wrong.text
    client.post(address, sent | {"leverage_tiers": "", "is_active": "on", "feed_symbol": "A/USDT"})
    market.refresh_from_db()
    assert (market.funding_rate, market.feed_symbol) == (Decimal("-0.0002"), "A/USDT")
