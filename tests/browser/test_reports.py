"""A report read in a browser: a trade on the chart, runs side by side, the file from disk."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.test_pages import STICKS_OUT, axe, keep_picture, opened

pytestmark = pytest.mark.xdist_group("browser")
PHONE = 390


def test_a_row_shows_its_trade_with_stop_and_target(open_as: Callable[..., Page]) -> None:
    page = open_as("lily")
    opened(page, "first of /backtests/")
    row = page.locator("tr[data-trade]").nth(1)
    with page.expect_response(lambda answer: "candles?trade=" in answer.url) as answer:
        row.locator("td").nth(7).click()
    number = row.get_attribute("data-trade")
    assert answer.value.url.endswith(f"trade={number}")
    expect(page.locator("#candles [data-legend]")).to_contain_text("Stop")
    expect(row).to_have_class("is-marked")
    keep_picture(page, "report-trade")
    point = page.locator("[data-points] [data-point]").first
    number = point.get_attribute("data-point")
    with page.expect_response(lambda answer: "candles?trade=" in answer.url) as answer:
        point.click()
    assert answer.value.url.endswith(f"trade={number}")
    expect(page.locator(f"#trade-{number}")).to_have_class("is-marked")


@pytest.mark.parametrize(("width", "theme"), [(1440, "light"), (PHONE, "dark")])
def test_runs_are_ticked_and_compared(open_as: Callable[..., Page], width: int, theme: Any) -> None:
    page = open_as("lily", width=width, color_scheme=theme)
    page.goto("/backtests/")
    for box in page.locator("input[name=ids]").all()[:2]:
        box.check()
    keep_picture(page, f"compare-list-{width}-{theme}")
    page.get_by_role("button", name="Compare").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("2 side by side")
    expect(page.locator("[data-chart=lines]")).to_have_attribute("data-state", "ready")
    assert "ids=" in page.url
    assert page.locator("td.best").count() > 3
    assert page.evaluate(STICKS_OUT) == []
    assert axe(page) == []
    keep_picture(page, f"compare-{width}-{theme}")


@pytest.mark.parametrize(("width", "theme"), [(1280, "light"), (PHONE, "dark")])
def test_the_file_opens_from_disk_without_a_network(
    open_as: Callable[..., Page], browser: Browser, tmp_path: Path, width: int, theme: Any
) -> None:
    page = open_as("lily")
    opened(page, "first of /backtests/")
    with page.expect_download() as download:
        page.get_by_role("link", name="one HTML file").click()
    file = tmp_path / "report.html"
    download.value.save_as(file)
    context = browser.new_context(
        offline=True, viewport={"width": width, "height": 900}, color_scheme=theme
    )
    try:
        read_from_disk(context.new_page(), file, f"file-{width}-{theme}")
    finally:
        context.close()


def read_from_disk(page: Page, file: Path, name: str) -> None:
    complaints: list[str] = []
    asked: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    page.goto(file.as_uri())
    expect(page.locator("html")).to_have_attribute("data-ready", "true")
    for chart in ("equity-chart", "candles-chart", "lines-chart"):
        expect(page.locator(f"#{chart} canvas").first).to_be_visible()
    page.locator("tr[data-from]").nth(1).click()
    expect(page.locator("#trade-2")).to_have_class("is-marked")
    keep_picture(page, name)
    assert page.evaluate(STICKS_OUT) == []
    assert complaints == []
    assert [url for url in asked if not url.startswith(("file:", "data:"))] == []
