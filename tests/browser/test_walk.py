"""The path a newcomer walks, on the whole product: nothing of it is pretended."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, WebSocket, expect

from tests.browser import world
from tests.browser.stack import Stack

pytestmark = pytest.mark.xdist_group("browser")

MINUTES = 30_000
BATCH_WORKER = "batch@"
# How many colours the middle of a chart has: an empty canvas has one.
COLOURS = """canvas => {
  const { width, height } = canvas;
  const data = canvas.getContext("2d").getImageData(0, 0, width, height).data;
  return new Set(new Uint32Array(data.buffer)).size;
}"""


def test_from_sign_in_to_the_first_trade_of_a_bot(
    open_as: Callable[..., Page], stack: Stack
) -> None:
    page = open_as("")
    sign_in(page)
    import_candles(page)
    build_strategy(page)
    run_backtest(page, stack)
    read_report(page)
    start_bot(page)
    see_first_trade(page)


def sign_in(page: Page) -> None:
    page.goto("/backtests/")  # a stranger is led to the door, then where they wanted to go
    page.get_by_label("Email").fill(world.email("wanda"))
    page.get_by_label("Password").fill(world.PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Backtests", level=1)).to_be_visible()


def import_candles(page: Page) -> None:
    page.goto("/data/import/")
    file = {"name": "walk.csv", "mimeType": "text/csv", "buffer": world.candle_file(MINUTES)}
    page.get_by_label("File of candles").set_input_files(files=[file])  # type: ignore[list-item] # a dict will do
    page.get_by_label("Venue").fill("walk")
    page.get_by_role("button", name="Import").click()
    outcome = page.get_by_role("status", name="Imported")
    expect(outcome).to_contain_text(f"{MINUTES:,}")
    outcome.get_by_role("link", name="Build a strategy").click()


def build_strategy(page: Page) -> None:
    page.get_by_role("link", name="Blank").click()
    rules = page.get_by_role("tabpanel", name="Rules")
    rules.get_by_label("Name", exact=True).fill("Above its average")
    rules.get_by_label("Candles", exact=True).select_option("1m")
    rules.get_by_role("button", name="Add an indicator").click()
    period = rules.get_by_role("spinbutton", name="period")
    period.fill("0")
    expect(page.locator('[data-fault="indicators[0].params.period"]')).to_be_visible()
    period.fill("3")
    add_condition(rules.get_by_role("group", name="Buy when"), "crosses above")
    add_condition(rules.get_by_role("group", name="Sell when"), "crosses below")
    expect(page.locator("[data-validity]")).to_have_text("Valid")
    expect(page.locator("[data-summary]")).to_contain_text("EMA 3")
    page.get_by_label("Market of the preview").select_option("walk|BTC/USDT")
    expect(page.locator("[data-counts]")).to_contain_text(re.compile(r"[1-9]\d* buy"))
    page.get_by_role("button", name="Backtest this").click()


def add_condition(group: Locator, operator: str) -> None:
    """Close crosses the average, by the row's own fields."""
    group.get_by_role("button", name="Add the first condition").click()
    group.get_by_label("Left side", exact=True).select_option("close")
    group.get_by_label("Comparison").select_option(operator)
    group.get_by_label("Right side", exact=True).select_option("ema")


def run_backtest(page: Page, stack: Stack) -> None:
    """The worker is held until the page stands there, so that no state passes unseen."""
    expect(page.get_by_role("heading", name="New backtest")).to_be_visible()
    page.get_by_label("Market").select_option("walk|BTC/USDT")
    states: list[str] = []
    page.on("websocket", lambda line: note_states(line, states))
    with stack.paused(BATCH_WORKER):
        page.get_by_role("button", name="Run the backtest").click()
        expect(page.get_by_role("progressbar")).to_be_visible()
        expect(page.get_by_text("Waiting for a worker")).to_be_visible()
        expect(page.locator("[data-link-state]")).to_have_attribute("data-state", "live")
    expect(page.get_by_role("heading", name="Equity and drawdown")).to_be_visible()
    # Of states that follow each other faster than frames are sent, the last one is told.
    assert states[-1] == "completed completed", f"progress seen: {states}"


def note_states(line: WebSocket, states: list[str]) -> None:
    """Each frame about a backtest, as the page got it."""

    def note(payload: Any) -> None:
        frame = json.loads(payload)
        if frame.get("channel") == "backtests":
            states.append(f"{frame['data'].get('status')} {frame['data'].get('stage')}")

    line.on("framereceived", note)


def read_report(page: Page) -> None:
    expect(page.locator(".stat", has_text="Max drawdown")).to_contain_text(re.compile(r"\d\s%"))
    for figure in ("#equity", "#candles"):
        expect(page.locator(figure)).to_have_attribute("data-state", "ready")
        canvas = page.locator(f"{figure} canvas").first
        expect(canvas).to_be_visible()
        assert canvas.evaluate(COLOURS) > 2, f"nothing is drawn in {figure}"
    page.get_by_role("button", name="Show trade 3 on the chart").click()
    expect(page.locator("#trade-3")).to_have_class(re.compile("is-marked"))
    page.locator("#trades").get_by_role("link", name="Profit").click()
    expect(page).to_have_url(re.compile("sort=-pnl"))
    expect(page.get_by_role("heading", level=1)).to_have_count(1)  # the table alone was replaced


def start_bot(page: Page) -> None:
    page.get_by_role("link", name="Start a bot").click()
    page.get_by_label("Market").select_option("simulated|BTC/USDT")
    page.get_by_label("Money it may use").fill("500")
    page.get_by_role("button", name="Start the bot").click()
    expect(page.locator("[data-bot-status=running]")).to_be_visible()


def see_first_trade(page: Page) -> None:
    page.evaluate("window.sameDocument = true")
    expect(page.locator("[data-trade-row]").first).to_be_visible(timeout=60_000)
    assert page.evaluate("window.sameDocument"), "it came by a reload"
    page.locator("[data-confirm] summary", has_text="Stop").click()
    page.get_by_role("button", name="Stop the bot").click()
    expect(page.locator("[data-bot-status=stopped]")).to_be_visible()
