"""A strategy as code on its page: shown, downloaded, refused in words."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from bots.core.strategy.examples import EXAMPLES
from bots.models import Strategy
from bots.services import strategies

pytestmark = pytest.mark.django_db


@pytest.fixture
def strategy(alice: Any) -> Strategy:
    return strategies.create(owner=alice, spec=EXAMPLES["macd-filter"].copy())


def test_the_editor_leads_there(client: Client, alice: Any, strategy: Strategy) -> None:
    client.force_login(alice)
    page = client.get(f"/strategies/{strategy.pk}/").content.decode()
    assert f'href="/strategies/{strategy.pk}/code/"' in page


@pytest.mark.parametrize(
    ("language", "words"), [("python", "def buys"), ("javascript", "function buys")]
)
def test_it_is_shown_and_downloaded(
    client: Client, alice: Any, strategy: Strategy, language: str, words: str
) -> None:
    client.force_login(alice)
    address = f"/strategies/{strategy.pk}/code/"
    page = client.get(address, {"language": language})
    assert page.status_code == 200 and words in page.content.decode()
    file = client.get(f"{address}file/", {"language": language})
    assert words in file.content.decode()
    assert page.context["program"].source == file.content.decode()
    name = page.context["program"].filename
    assert file["Content-Disposition"] == f'attachment; filename="{name}"'


@pytest.mark.parametrize(
    "query", [{"language": "cobol"}, {"symbol": "x"}, {"exchange": "<script>"}]
)
def test_what_cannot_be_generated_is_said(
    client: Client, alice: Any, strategy: Strategy, query: dict[str, str]
) -> None:
    client.force_login(alice)
    page = client.get(f"/strategies/{strategy.pk}/code/", query)
    assert page.status_code == 400
    assert "There is no program for this." in page.content.decode()
    assert client.get(f"/strategies/{strategy.pk}/code/file/", query).status_code == 400


def test_what_bots_refuse_is_refused_by_name(client: Client, alice: Any) -> None:
    spec = EXAMPLES["ema-cross"].copy()
    spec["risk"]["leverage"] = 2
    made = strategies.create(owner=alice, spec=spec)
    client.force_login(alice)
    assert "uses leverage 2" in client.get(f"/strategies/{made.pk}/code/").content.decode()


def test_charlie_finds_nothing(client: Client, charlie: Any, strategy: Strategy) -> None:
    client.force_login(charlie)
    assert client.get(f"/strategies/{strategy.pk}/code/").status_code == 404
    assert client.get(f"/strategies/{strategy.pk}/code/file/").status_code == 404
