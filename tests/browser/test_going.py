"""A bot on its way to real money, and a bot that is deleted while it holds something."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

pytestmark = pytest.mark.xdist_group("browser")
A_CANDLE_MS = 60_000


def test_a_bot_is_put_on_its_way_and_taken_off_it(open_as: Callable[..., Page]) -> None:
    page = open_as("lily", width=390, expected=("400",))
    page.goto("/bots/")
    page.get_by_role("link", name="Dips").first.click()
    page.get_by_role("link", name="Going live").click()
    tab = page.locator("[data-going-live]")
    expect(tab.get_by_text("Would Main have taken its orders?")).to_be_visible()
    tab.get_by_text("The steps").click()
    tab.get_by_label("First share").fill("400")
    confirm(tab.get_by_text("Put it on its way to Main"), "Put it on its way")
    expect(page.locator(".field-error")).to_contain_text("must be from")
    page.get_by_label("First share").fill("50")
    page.get_by_label("Days on paper").fill("5")
    confirm(tab.get_by_text("Put it on its way to Main"), "Put it on its way")
    expect(tab.get_by_role("listitem").filter(has_text="Live 50")).to_be_visible()
    expect(tab.locator("[aria-current=step]")).to_contain_text("Paper")
    expect(tab.locator("[data-missing]")).to_contain_text("5.0 more days")
    tab.get_by_text("Go on now").click()
    box = tab.locator("details[open] .confirm-body").bounding_box()
    assert box is not None and box["x"] >= 0 and box["x"] + box["width"] <= 390
    expect(tab.get_by_text("real money").first).to_be_visible()
    tab.get_by_role("button", name="Wait").click()
    confirm(tab.get_by_text("Take it off its way"), "Take it off")
    expect(tab.get_by_text("took it off its way")).to_be_visible()


def confirm(opener: Locator, button: str) -> None:
    opener.first.click()
    opener.page.locator("details[open] .confirm-body").get_by_role("button", name=button).click()


def test_deleting_asks_about_the_position_and_hands_it_over(open_as: Callable[..., Page]) -> None:
    # Its charts may ask once more while the page of the deleted bot is being left.
    page = open_as("wanda", width=390, expected=("404",))
    page.goto("/bots/new/dca/")
    page.get_by_label("Market").select_option("simulated|BTC/USDT")
    page.get_by_label("Asked at").select_option("1m")
    page.get_by_label("Money it may use").fill("1000")
    page.get_by_label("Base order").fill("100")
    page.get_by_label("Safety order", exact=True).fill("50")
    page.get_by_label("Name").fill("To be deleted")
    page.get_by_role("button", name="Start the bot").click()
    expect(page.locator("[data-bot-status=running]")).to_be_visible()
    holds = page.locator(".stat", has_text="Holds")
    expect(holds).to_contain_text("BTC", timeout=3 * A_CANDLE_MS)
    page.locator("[data-delete] summary").click()
    asked = page.locator("[data-delete] .confirm-body")
    expect(asked).to_contain_text(re.compile(r"It holds [\d.]+ BTC"))
    box = asked.bounding_box()
    assert box is not None and box["x"] >= 0 and box["x"] + box["width"] <= 390
    asked.get_by_role("button", name="Do not delete").click()
    expect(asked).to_be_hidden()
    page.locator("[data-delete] summary").click()
    asked.get_by_text("Keep it.").click()
    asked.get_by_role("button", name="Delete bot").click()
    expect(page.get_by_role("heading", name="Bots", level=1)).to_be_visible()
    expect(page.get_by_text("To be deleted").first).to_be_visible()  # said once, gone from the list
    expect(page.get_by_role("link", name="To be deleted")).to_have_count(0)
    page.goto("/wallet/")
    expect(page.get_by_role("cell", name="From a bot").first).to_be_visible()
