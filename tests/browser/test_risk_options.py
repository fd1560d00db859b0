"""Sizing, limit entries, scaling and protections in the strategy editor, without a line of JSON."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.xdist_group("browser")


def spec_of(page: Page) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(page.locator("[data-spec]").input_value())
    return found


def test_options_are_chosen_said_in_words_faulted_and_kept(open_as: Callable[..., Page]) -> None:
    page = open_as("lily", width=390)
    page.goto("/strategies/new/?from=macd-filter")
    page.get_by_text("Sizing, limit entries").click()
    options, said = page.locator("[data-risk-options]"), page.locator("[data-summary]")
    options.get_by_label("sizing").select_option("volatility_target")
    expect(said).to_contain_text("Sizes entries for a volatility of 40 % a year")
    options.get_by_label("order").select_option("limit")
    options.get_by_label("away from the close").fill("0.25")
    expect(said).to_contain_text("Enters by a limit order 0.25 % from the close")
    options.get_by_role("button", name="Add a step").click()
    options.get_by_label("at a move of").fill("0")
    expect(options).to_contain_text("must not be 0; -0.02 adds 2 % against the position")
    options.get_by_label("at a move of").fill("-3")
    expect(said).to_contain_text("Adds 50 % of the first quantity when the price has moved 3 %")
    options.get_by_role("button", name="Add a protection").click()
    options.get_by_label("each symbol by itself").check()
    kind = options.locator('[data-path="risk.protections[0].type"]')
    kind.select_option("max_drawdown")
    expect(said).to_contain_text("after a fall of 10 % by its trades within 100 candles")
    page.get_by_label("Name", exact=True).fill("With options")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="With options")).to_be_visible()
    risk = spec_of(page)["risk"]
    assert risk["sizing"] == {"method": "volatility_target", "volatility": 0.4, "window": 50}
    assert risk["entry_order"] == {"type": "limit", "offset": 0.0025, "expires_after": 5}
    assert risk["scale_in"] == [{"at": -0.03, "size": 0.5}]
    assert [one["type"] for one in risk["protections"]] == ["max_drawdown"]
    expect(page.locator("[data-risk-options]")).to_be_visible()  # open: it is used
    page.get_by_role("button", name="Remove step 1").click()
    page.get_by_label("sizing").select_option("")
    expect(page.locator("[data-summary]")).not_to_contain_text("Adds 50 %")
    assert not {"scale_in", "sizing"} & spec_of(page)["risk"].keys()


def test_text_that_is_no_json_is_mended_where_it_was_written(open_as: Callable[..., Page]) -> None:
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


def test_options_of_the_wrong_shape_are_named_and_leave_the_editor_whole(
    open_as: Callable[..., Page],
) -> None:
    page = open_as("wanda")
    page.goto("/strategies/new/?from=rsi-dip")
    page.get_by_role("tab", name="JSON").click()
    text = page.locator("[data-spec]")
    odd = {"scale_in": {}, "scale_out": [None], "protections": [None], "sizing": "all"}
    spec = spec_of(page)
    text.fill(json.dumps({**spec, "risk": {**spec["risk"], **odd}}))
    expect(page.locator("[data-validity]")).to_contain_text("to mend")
    page.get_by_role("tab", name="Rules").click()
    expect(page.locator('[data-fault="risk.scale_in"]')).to_contain_text("must be a list")
    page.get_by_role("button", name="Add a step").click()
    assert len(spec_of(page)["risk"]["scale_in"]) == 1
