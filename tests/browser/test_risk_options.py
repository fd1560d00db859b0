"""Sizing, limit entries, scaling and pauses are written by form, and kept when it comes back."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.test_pages import STICKS_OUT, axe, keep_picture

pytestmark = pytest.mark.xdist_group("browser")
PHONE = 390


def part(page: Page, name: str) -> Locator:
    return page.locator(f"[data-option={name}]")


def risk_written(page: Page) -> dict[str, Any]:
    risk: dict[str, Any] = json.loads(page.locator("[data-spec]").input_value())["risk"]
    return risk


def choose_everything(page: Page) -> None:
    part(page, "sizing").get_by_label("How much an entry takes").select_option("kelly")
    part(page, "sizing").get_by_label("at most").fill("20")
    part(page, "entry_order").get_by_label("How it enters").select_option("limit")
    for name in ("scale_in", "scale_out", "protections"):
        part(page, name).get_by_role("button", name="Add").click()
    pauses = part(page, "protections")
    pauses.get_by_role("button", name="Add").click()
    pauses.get_by_label("What it looks at").last.select_option("low_profit")
    pauses.get_by_label("each symbol by itself").check()


@pytest.mark.parametrize(("width", "theme"), [(1440, "light"), (PHONE, "dark")])
def test_options_are_written_said_and_kept(
    open_as: Callable[..., Page], width: int, theme: Any
) -> None:
    page = open_as("wanda", width=width, color_scheme=theme, expected=("400",))
    page.goto("/strategies/new/?from=rsi-dip")
    before = risk_written(page)
    choose_everything(page)
    summary = page.locator("[data-summary]")
    expect(summary).to_contain_text("Kelly's fraction of the last 30 trades, at most 20 %")
    expect(summary).to_contain_text("limit order 0.1 % from the close, which waits 3 candles")
    expect(summary).to_contain_text("Adds 50 % of the first quantity")
    expect(summary).to_contain_text("stopped trades of the symbol within 60 candles")
    expect(page.locator("[data-validity]")).to_have_text("Valid")
    written = risk_written(page)
    assert written["sizing"]["cap"] == 0.2
    assert [one["type"] for one in written["protections"]] == ["stoploss_guard", "low_profit"]
    assert {key: written[key] for key in before} == before
    assert page.evaluate(STICKS_OUT) == []
    assert axe(page) == []
    keep_picture(page, f"risk-options-{width}-{theme}")

    part(page, "scale_out").get_by_label("close").fill("250")
    fault = part(page, "scale_out").locator("[data-fault='risk.scale_out[0].part']")
    expect(fault).to_contain_text("at most 1")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("[data-sent-faults]")).to_contain_text("risk.scale_out[0].part")
    assert risk_written(page)["protections"] == written["protections"]
    expect(part(page, "scale_out").get_by_label("close")).to_have_value("250")
    part(page, "scale_out").get_by_role("button", name="Remove this row").click()
    part(page, "sizing").get_by_label("How much an entry takes").select_option("")
    expect(page.locator("[data-validity]")).to_have_text("Valid")
    assert {"sizing", "scale_out"} & risk_written(page).keys() == set()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status").filter(has_text="Saved")).to_be_visible()


def test_text_that_is_no_json_is_mended_where_it_was_written(
    open_as: Callable[..., Page],
) -> None:
    page = open_as("wanda", expected=("400",))
    page.goto("/strategies/new/?from=rsi-dip")
    page.get_by_role("tab", name="JSON").click()
    text = page.locator("[data-spec]")
    good = text.input_value()
    text.fill(good + "}")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("[data-sent-faults]")).to_contain_text("not JSON")
    expect(page.locator("[data-json-fault]")).to_contain_text("not JSON yet")
    text.fill(good)
    page.get_by_role("tab", name="Rules").click()
    expect(page.get_by_label("Name", exact=True)).to_be_enabled()
    expect(page.locator("[data-validity]")).to_have_text("Valid")
