"""Every page at three widths, in both themes: it fits, says nothing to the console, pleases axe."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from backtesting.core.honesty.kinds import KINDS
from cryptobot.embedded import BASE_DIR

pytestmark = pytest.mark.xdist_group("browser")

AXE = BASE_DIR / "node_modules" / "axe-core" / "axe.min.js"
HEAVY = {"serious", "critical"}
WIDTHS = (1440, 768, 375)
SCREENSHOTS = os.environ.get("SCREENSHOTS")  # a folder: what the tests see, to look at
LISTS = ("/", "/bots/", "/strategies/", "/backtests/", "/optimizations/")
MORE_LISTS = ("/strategies/formulas/", "/backtests/portfolios/", "/exchanges/")
FORMS = ("/bots/new/", "/strategies/new/", "/strategies/new/?from=macd-filter", "/backtests/new/",
         "/strategies/formulas/new/", "/backtests/portfolios/new/",
         "/optimizations/new/", "/exchanges/new/?venue=okx")  # fmt: skip
BY_HAND = ("/markets/simulated/BTC-USDT:USDT/?mine=positions", "/trading/", "/wallet/")
ALL = (
    *LISTS, *MORE_LISTS, *FORMS, "/markets/", "/insight/", "/markets/simulated/BTC-USDT/", *BY_HAND,
    "/data/import/", "/settings/", "/settings/api-keys/", "/settings/plan/", "/search/?q=b",
    "first of /bots/", "first of /strategies/", "first of /backtests/", "first of /optimizations/",
    "first of /strategies/ code/", "first of /backtests/ checks/",
    *(f"first of /backtests/ checks/{kind}/" for kind in KINDS),
    *(f"first of {path}" for path in MORE_LISTS), "first of /exchanges/ holdings/",
)  # fmt: skip
# Somebody who has nothing, a little, or far too much, sees these:
SEEN = [
    ("lily", "light", ALL),
    ("lily", "dark", ALL),
    (
        "nina",
        "light",
        (*LISTS, *MORE_LISTS, *BY_HAND, "/bots/new/", "/backtests/new/", "/optimizations/new/"),
    ),
    ("max", "dark", (*LISTS, *BY_HAND, *(f"first of {path}" for path in LISTS[1:]))),
]
STICKS_OUT = """() => {
  const width = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= width) return [];
  const right = (one) => one.getBoundingClientRect().right;
  const out = [...document.body.querySelectorAll("*")].filter((one) => right(one) > width + 1);
  return out.slice(-3).map((one) => one.outerHTML.slice(0, 120));
}"""


@pytest.mark.parametrize(("name", "theme", "paths"), SEEN, ids=lambda value: str(value)[:5])
def test_a_page_fits_and_is_quiet(
    open_as: Callable[..., Page], name: str, theme: Any, paths: tuple[str, ...]
) -> None:
    page = open_as(name, color_scheme=theme)
    # What is the same in both themes was seen in the light one, with the same things on the pages.
    only = ("color-contrast",) if (name, theme) == ("lily", "dark") else ()
    faults = [fault for path in paths for fault in faults_of(page, path, f"{name}-{theme}", only)]
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_door_and_a_page_that_is_not_there(open_as: Callable[..., Page], theme: Any) -> None:
    page = open_as("", color_scheme=theme, expected=("404",))
    paths = ("/sign-in/", "/no/such/page/")
    assert not [fault for path in paths for fault in faults_of(page, path, f"stranger-{theme}")]


def faults_of(page: Page, path: str, who: str, only: tuple[str, ...] = ()) -> Iterator[str]:
    """only: rules of axe; () for all of them."""
    page.set_viewport_size({"width": WIDTHS[0], "height": 900})
    opened(page, path)
    if (count := page.get_by_role("heading", level=1).count()) != 1:
        yield f"{path} has {count} first headings"
    yield from (f"{path} {fault}" for fault in axe(page, only))
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        if sticking := page.evaluate(STICKS_OUT):
            yield f"{path} is wider than {width} px: {sticking}"
        keep_picture(page, f"{who}-{path}-{width}")


def opened(page: Page, path: str) -> None:
    """Also «first of» a list, and what lies below it: its number only the list knows."""
    if path.startswith("first of "):
        listed, _, below = path.removeprefix("first of ").partition(" ")
        page.goto(listed)
        path = (page.locator("main .row-link").first.get_attribute("href") or "") + below
    page.goto(path)
    for figure in page.locator("[data-chart][data-url]").all():
        expect(figure).not_to_have_attribute("data-state", "loading")
    if (validity := page.locator("[data-validity]")).count():
        expect(validity).not_to_have_text("Checking")


def axe(page: Page, only: tuple[str, ...] = ()) -> list[str]:
    """What axe finds that keeps people out."""
    # By the debugger, not by a script element: the page's own policy rightly refuses that.
    page.evaluate(AXE.read_text())
    options = {"resultTypes": ["violations"], **({"runOnly": list(only)} if only else {})}
    found = page.evaluate("options => axe.run(options)", options)
    return [
        f"{rule['id']} ({rule['impact']}): {rule['nodes'][0]['html'][:200]}"
        for rule in found["violations"]
        if rule["impact"] in HEAVY
    ]


def keep_picture(page: Page, name: str) -> None:
    if SCREENSHOTS:
        file = "".join(char if char.isalnum() else "-" for char in name) + ".png"
        page.screenshot(path=Path(SCREENSHOTS) / file, full_page=True)
