"""A formula is written, previewed, kept, and picked by name in the strategy editor."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.xdist_group("browser")


def test_a_formula_is_written_kept_and_picked(open_as: Callable[..., Page]) -> None:
    page = open_as("wanda")
    page.goto("/strategies/formulas/new/")
    text = page.get_by_label("Formula", exact=True)
    text.fill("close - sma(close, 20")
    badge = page.locator("[data-validity]")
    expect(badge).to_have_text("To mend")
    expect(page.locator("[data-formula-fault]")).to_contain_text('expected ","')
    text.fill("close - sma(close, 20)")
    expect(badge).to_have_text("Valid")
    expect(page.locator("[data-formula-words]")).to_contain_text("Settled after 19 candles")
    expect(page.locator("[data-chart]")).to_have_attribute("data-state", "ready")
    page.get_by_label("Name", exact=True).fill("From the mean")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("From the mean")

    page.goto("/strategies/new/?from=blank")
    page.get_by_role("button", name="Add an indicator").click()
    row = page.locator("[data-indicators] .indicator-row").last
    row.get_by_label("Indicator", exact=True).select_option("formula")
    row = page.locator("[data-indicators] .indicator-row").last
    row.get_by_label("Take a saved formula").select_option(label="From the mean")
    written = row.locator("[data-path$='.params.expression']")
    expect(written).to_have_value("close - sma(close, 20)")
    written.fill("close -")
    expect(row.locator("[data-fault$='.params.expression']")).to_contain_text("found the end")
    assert '"expression": "close -"' in page.locator("[data-spec]").input_value()
