"""By hand: a limit order placed and taken back, coins bought, a position opened and closed."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Route, expect

pytestmark = pytest.mark.xdist_group("browser")

SPOT, SWAP = "/markets/simulated/BTC-USDT/", "/markets/simulated/BTC-USDT:USDT/"


def test_from_a_limit_order_to_a_closed_position(open_as: Callable[..., Page]) -> None:
    page = open_as("wanda")
    place_and_cancel(page)
    buy_at_market(page)
    open_a_position(page)
    close_it(page)


def test_a_refresh_under_way_does_not_undo_the_tab_chosen_meanwhile(
    open_as: Callable[..., Page],
) -> None:
    page = open_as("wanda")
    page.goto(SPOT)
    held = held_back(page, "**/*mine=open*")
    mine, body = page.locator("#mine"), page.locator("body")
    with page.expect_request("**/*mine=open*"):
        body.dispatch_event("changed")
    with page.expect_response("**/*mine=history*"):
        mine.get_by_role("link", name="Order history").click()
    expect(mine.locator("[aria-current=page]")).to_have_text("Order history")
    with page.expect_response("**/*mine=history*"):
        for route in held:
            route.fulfill(body="<p>too late</p>")
    expect(mine.locator("[aria-current=page]")).to_have_text("Order history")
    expect(mine).not_to_contain_text("too late")


def test_what_comes_while_a_tab_is_pressed_does_not_take_it_away(
    open_as: Callable[..., Page],
) -> None:
    page = open_as("wanda")
    page.goto(SPOT)
    mine, tab = page.locator("#mine"), page.locator("#mine").get_by_role("link", name="Trades")
    tab.hover()
    page.mouse.down()
    with page.expect_response("**/*mine=open*"):
        page.locator("body").dispatch_event("changed")
    expect(mine).to_have_attribute("data-waits", "")
    with page.expect_response("**/*mine=trades*"):
        page.mouse.up()
    expect(mine.locator("[aria-current=page]")).to_have_text("Trades")


def test_a_tab_that_takes_long_is_shown_though_a_refresh_came_before_it(
    open_as: Callable[..., Page],
) -> None:
    page = open_as("wanda")
    page.goto(SPOT)
    held = held_back(page, "**/*mine=trades*")
    mine = page.locator("#mine")
    with page.expect_request("**/*mine=trades*"):
        mine.get_by_role("link", name="Trades").click()
    with page.expect_response("**/*mine=open*"):
        page.locator("body").dispatch_event("changed")
    expect(mine.locator("[aria-current=page]")).to_contain_text("Open orders")
    for route in held:
        route.continue_()
    expect(mine.locator("[aria-current=page]")).to_have_text("Trades")


def held_back(page: Page, address: str) -> list[Route]:
    """What the page asks for at this address, and gets no answer to until the test gives it."""
    held: list[Route] = []
    page.route(address, lambda route: held.append(route))  # noqa: PLW0108 # a builtin cannot be wrapped
    return held


def place_and_cancel(page: Page) -> None:
    page.goto(SPOT)
    ticket, mine = page.locator("#ticket"), page.locator("#mine")
    page.locator("[data-bids] .book-row").last.click()  # a price of the book fills the ticket
    expect(ticket.get_by_label("Type")).to_have_value("limit")
    price = ticket.get_by_label("Price", exact=True)
    expect(price).to_have_value(re.compile(r"^\d+\.\d+$"))
    price.fill("10000")
    ticket.locator("#ticket_quantity").fill("0.01")
    words = ticket.locator("[data-ticket-words]")
    expect(words).to_have_text(
        "Buys 0.01000 BTC at 10,000.00 or better, for 100.00 USDT, fee 0.02 USDT."
    )
    ticket.get_by_role("button", name="Buy BTC").click()
    expect(page.locator("#toasts")).to_contain_text("It waits under open orders")
    row = mine.locator("[data-order]")
    expect(row).to_contain_text("10,000.00")
    row.get_by_title("Edit").click()
    row.get_by_label("Price").fill("11000")
    row.get_by_role("button", name="Change").click()
    expect(row).to_contain_text("11,000.00")
    row.get_by_role("button", name="Cancel").click()
    expect(mine).to_contain_text("No open orders")


def buy_at_market(page: Page) -> None:
    ticket = page.locator("#ticket")
    ticket.get_by_label("Type").select_option("market")
    ticket.get_by_label("USDT", exact=True).check()
    ticket.locator("#ticket_cost").fill("500")
    expect(ticket.locator("[data-ticket-words]")).to_contain_text("Buys about 0.0")
    ticket.get_by_role("button", name="Buy BTC").click()
    expect(page.locator("#toasts")).to_contain_text(re.compile(r"Bought 0\.0\d+ BTC at"))
    page.locator("#mine").get_by_role("link", name="Trades").click()
    expect(page.locator("#mine tbody tr").first).to_contain_text("Taker")
    page.goto("/wallet/")
    expect(page.locator("#wallet-now tbody tr").first).to_contain_text("BTC")
    expect(page.locator("#wallet-history tbody tr").first).to_contain_text("Trade")


def open_a_position(page: Page) -> None:
    page.goto(SPOT)
    page.get_by_role("navigation", name="Kind of market").get_by_role("link").click()
    ticket, mine = page.locator("#ticket"), page.locator("#mine")
    ticket.get_by_label("Leverage").fill("20")
    ticket.locator("#ticket_quantity").fill("0.05")
    words = ticket.locator("[data-ticket-words]")
    expect(words).to_contain_text(re.compile(r"at 20x isolated, liquidation at about [\d,.]+"))
    ticket.get_by_role("button", name="Buy BTC").click()
    expect(page.locator("#toasts")).to_contain_text("Bought 0.05000 BTC")
    mine.get_by_role("link", name="Position").click()
    row = mine.locator("[data-position]")
    expect(row.locator("[data-distance]")).to_contain_text("%")
    mark = row.locator("[data-mark]")
    before = mark.inner_text()
    expect(mark).not_to_have_text(before, timeout=30_000)
    expect(row.locator("[data-pnl]")).to_contain_text(re.compile(r"[\d.]+"))


def close_it(page: Page) -> None:
    page.goto("/trading/")
    row = page.locator("#trading-now [data-position]")
    row.locator("summary", has_text="Close").click()
    expect(row.locator("details[open]")).to_contain_text("Sells 0.05000 BTC at market, about")
    row.get_by_role("button", name="Close at market").click()
    expect(page.locator("#trading-now")).to_contain_text("No open positions")
    expect(page.locator("#trading-past tbody tr").first).to_contain_text("Filled")
