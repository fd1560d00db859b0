"""What is live on a page moves by itself, and says so when it cannot."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.stack import Stack

pytestmark = pytest.mark.xdist_group("browser")

WEB = "uvicorn"


def test_a_price_moves_without_a_reload(open_as: Callable[..., Page]) -> None:
    page = open_as("lily")
    page.goto("/markets/")
    row = page.locator("main tr", has_text="BTC/USDT").first
    before = row.inner_text()
    page.wait_for_function(
        "([row, before]) => row.innerText !== before", arg=[row.element_handle(), before]
    )
    expect(page.locator("[data-link-state]")).to_have_attribute("data-state", "live")


def test_a_lost_connection_says_so_and_comes_back(
    open_as: Callable[..., Page], stack: Stack
) -> None:
    page = open_as("lily", expected=("WebSocket connection",))
    page.goto("/markets/")
    state = page.locator("[data-link-state]")
    expect(state).to_have_attribute("data-state", "live")
    stack.kill(WEB)
    expect(state).to_have_attribute("data-state", "reconnecting")
    expect(state).to_contain_text("s old")
    expect(state).to_have_attribute("data-state", "live", timeout=30_000)


def test_each_of_the_last_trades_stands_once_newest_first(open_as: Callable[..., Page]) -> None:
    page = open_as("lily")
    page.goto("/markets/simulated/BTC-USDT/")
    rows = page.locator("[data-trade]")
    seen = rows.first.get_attribute("data-trade") or ""
    expect(rows.first).not_to_have_attribute("data-trade", seen, timeout=30_000)
    ids = rows.evaluate_all("rows => rows.map((row) => Number(row.dataset.trade))")
    assert ids == sorted(set(ids), reverse=True)
