"""What is live on a page moves by itself, and says so when it cannot."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, WebSocketRoute, expect

from tests.browser.stack import Stack

pytestmark = pytest.mark.xdist_group("browser")

WEB = "uvicorn"


def test_a_price_moves_without_a_reload(open_as: Callable[..., Page]) -> None:
    page = open_as("lily")
    page.goto("/markets/")
    # Of the two markets of that name only this one is fed.
    row = (
        page.locator("main tr", has_text="BTC/USDT")
        .filter(has_text=re.compile("simulated", re.I))
        .first
    )
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
    expect(state).to_have_attribute("data-state", "live", timeout=60_000)


def test_prices_that_stand_still_look_so_until_they_move_again(
    open_as: Callable[..., Page],
) -> None:
    """Book, marks of positions and the ticket's words; nothing else on the page is dimmed."""
    page = open_as("lily", expected=("WebSocket connection",))
    sockets: list[WebSocketRoute] = []
    is_up = True

    def joined(socket: WebSocketRoute) -> None:
        if is_up:
            socket.connect_to_server()
            sockets.append(socket)
        else:
            socket.close()

    page.route_web_socket("**/ws/**", joined)
    page.goto("/markets/simulated/BTC-USDT:USDT/?mine=positions")
    state, dim = page.locator("[data-link-state]"), re.compile("is-stale")
    parts = [page.locator("[data-book]"), page.locator("[data-position]")]
    words = page.locator("[data-ticket-words]")
    expect(state).to_have_attribute("data-state", "live")
    is_up = False
    for socket in sockets:
        socket.close()
    expect(state).to_have_attribute("data-state", "reconnecting")
    for part in parts:
        expect(part).to_have_class(dim)
        expect(part).to_have_attribute("title", re.compile(r"^\d+ s old$"))
    expect(words).to_have_css("opacity", "0.5")
    # Long enough to be told of afterwards.
    expect(parts[0]).to_have_attribute("title", re.compile(r"^([89]|\d\d+) s old$"))
    is_up = True
    expect(state).to_have_attribute("data-state", "live", timeout=60_000)
    for part in parts:
        expect(part).not_to_have_class(dim)
    expect(words).to_have_css("opacity", "1")
    expect(page.locator("#toasts")).to_contain_text("without connection")


def test_each_of_the_last_trades_stands_once_newest_first(open_as: Callable[..., Page]) -> None:
    page = open_as("lily")
    page.goto("/markets/simulated/BTC-USDT/")
    rows = page.locator("[data-trade]")
    seen = rows.first.get_attribute("data-trade") or ""
    expect(rows.first).not_to_have_attribute("data-trade", seen, timeout=30_000)
    ids = rows.evaluate_all("rows => rows.map((row) => Number(row.dataset.trade))")
    assert ids == sorted(set(ids), reverse=True)
