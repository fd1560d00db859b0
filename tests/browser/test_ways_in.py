"""Without a mouse, and without a script."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser import world

pytestmark = pytest.mark.xdist_group("browser")

STEPS_MAX = 80
FOCUSED = "document.activeElement.innerText?.trim() || document.activeElement.ariaLabel || ''"


def press_tab_until(page: Page, name: str) -> None:
    for _ in range(STEPS_MAX):
        page.keyboard.press("Tab")
        if page.evaluate(FOCUSED) == name:
            return
    raise AssertionError(f"{name} was not reached in {STEPS_MAX} steps")


def test_the_keyboard_alone_signs_in_and_writes_a_rule(open_as: Callable[..., Page]) -> None:
    page = open_as("")
    page.goto("/sign-in/?next=/strategies/new/%3Ffrom%3Dblank")
    expect(page.get_by_label("Email")).to_be_focused()
    page.keyboard.type(world.email("wanda"))
    page.keyboard.press("Tab")
    page.keyboard.type(world.PASSWORD)
    page.keyboard.press("Enter")
    expect(page.locator("[data-validity]")).to_contain_text("to mend")
    page.keyboard.press("Tab")
    expect(page.get_by_text("Skip to content")).to_be_focused()
    page.keyboard.press("Enter")
    for name in ("Backtest this", "Save", "Rules", "Add an indicator"):
        press_tab_until(page, name)
    page.keyboard.press("Enter")
    expect(page.locator('[data-path="indicators[0].id"]')).to_be_focused()
    press_tab_until(page, "Add the first condition")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Left side", exact=True)).to_be_visible()


def test_keys_open_the_search_and_their_own_list(open_as: Callable[..., Page]) -> None:
    page = open_as("lily")
    page.goto("/markets/")
    page.keyboard.press("Control+k")
    search = page.get_by_role("dialog", name="Search")
    expect(search).to_be_visible()
    page.keyboard.type("backt")
    expect(search.locator(".result").first).to_contain_text("Backtests")
    page.keyboard.press("Escape")
    expect(search).to_be_hidden()
    page.keyboard.press("?")
    keys = page.get_by_role("dialog", name="Keys")
    expect(keys).to_be_visible()
    page.keyboard.press("Escape")
    expect(keys).to_be_hidden()
    page.keyboard.press("s")  # alone it goes nowhere, however young the page is
    page.keyboard.press("g")
    page.keyboard.press("s")
    expect(page.get_by_role("heading", name="Strategies", level=1)).to_be_visible()


def test_typing_while_the_first_answer_is_on_its_way(open_as: Callable[..., Page]) -> None:
    """The console stays quiet, and what was typed last is what is shown."""
    page = open_as("lily")
    page.goto("/markets/")
    page.evaluate("() => { asked = 0; addEventListener('htmx:confirm', () => asked++); }")
    held: list[Route] = []
    is_slow = True

    def answered(route: Route) -> None:
        if is_slow:
            held.append(route)
        else:
            route.continue_()

    page.route("**/search/**", answered)
    page.keyboard.press("Control+k")
    page.keyboard.type("backt")
    page.wait_for_function("() => asked === 2")  # one when it opened, one for what was typed
    is_slow = False
    for route in held:
        route.continue_()
    search = page.get_by_role("dialog", name="Search")
    expect(search.locator(".result").first).to_contain_text("Backtests")


def test_without_a_script_pages_and_forms_work(open_as: Callable[..., Page]) -> None:
    page = open_as("", java_script_enabled=False)
    page.goto("/sign-in/")
    page.get_by_label("Email").fill(world.email("wanda"))
    page.get_by_label("Password").fill(world.PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    for title in ("Markets", "Bots", "Strategies", "Backtests"):
        page.get_by_role("navigation", name="Main", exact=True).get_by_text(title).click()
        expect(page.get_by_role("heading", name=title, level=1)).to_be_visible()
    page.goto("/strategies/new/?from=breakout")
    text = page.get_by_label("Strategy as JSON")
    spec = json.loads(text.input_value())
    text.fill(json.dumps({**spec, "name": "By hand"}))
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="By hand", level=1)).to_be_visible()
