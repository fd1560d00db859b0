"""Exchange accounts by hand: a venue shows its fields, a fault stands where it is, the stop."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.xdist_group("browser")
KEY = "0e1c3b2a-7d4f-4a1b-9c8d-112233445566"


def test_a_venue_shows_its_fields_and_a_fault_stands_beside_one(
    open_as: Callable[..., Page],
) -> None:
    page = open_as("lily", width=390, expected=("400",))
    page.goto("/exchanges/new/")
    expect(page.get_by_label("Passphrase")).to_have_count(0)
    page.get_by_label("Exchange").select_option("okx")
    page.get_by_label("Passphrase").fill("my own words")
    page.get_by_label("Name").fill("By hand")
    page.get_by_label("API key").fill(f"{KEY} ")
    page.get_by_label("Secret").fill("0123456789ABCDEF" * 2)
    page.get_by_role("button", name="Connect it").click()
    expect(page.locator("#id_api_key-error")).to_contain_text("Has a space or line end")
    expect(page.get_by_label("API key")).to_be_focused()
    expect(page.locator("#id_api_key-error")).to_be_in_viewport()
    expect(page.get_by_label("Name")).to_have_value("By hand")
    expect(page.get_by_label("Secret")).to_have_value("")
    assert KEY not in page.content()


def test_sending_is_stopped_and_goes_on(open_as: Callable[..., Page]) -> None:
    page = open_as("lily", width=390)
    page.goto("/exchanges/")
    page.get_by_text("Stop all my sending").click()
    box = page.locator("details[open] .confirm-body").bounding_box()
    assert box is not None
    assert box["x"] >= 0 and box["x"] + box["width"] <= 390
    page.get_by_role("button", name="Stop it now").click()
    expect(page.get_by_text("You have stopped all sending")).to_be_visible()
    page.get_by_text("Let sending go on").click()
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_text("Stop all my sending")).to_be_visible()
