"""A strategy leaves as a program: from its editor, in either language, as a file."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.xdist_group("browser")


def test_a_strategy_is_exported_as_code(open_as: Callable[..., Page]) -> None:
    page = open_as("lily", permissions=["clipboard-read", "clipboard-write"])
    page.goto("/strategies/")
    page.locator("main .row-link").first.click()
    page.get_by_role("link", name="Export code").click()
    source = page.locator("#program")
    expect(source).to_contain_text("def buys(c, i):")
    page.get_by_label("Language").select_option(label="JavaScript")
    page.get_by_role("button", name="Generate").click()
    expect(source).to_contain_text("function buys(c, i) {")
    page.get_by_role("region", name="Source of the program").locator("..").get_by_role(
        "button", name="Copy"
    ).click()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == source.text_content()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download").click()
    assert download.value.suggested_filename.endswith(".mjs")
    assert download.value.path().read_text() == copied
