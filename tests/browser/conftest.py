"""One stack, one Chromium and one small world for all browser tests."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connection
from playwright.sync_api import Browser, Page, expect, sync_playwright

from accounts.tests.receivers import smtp_server
from tests.browser import world
from tests.browser.stack import Stack, clear_redis, own_database
from tests.browser.watched import Watched

NAMES = (
    "chromium-headless-shell",
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
)
# Nothing of the browser itself may go to a network, nor need a graphics card.
FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--disable-dev-shm-usage", "--force-color-profile=srgb",
]  # fmt: skip
WAIT_MS_MAX = 20_000


@pytest.fixture(scope="package")
def stack(django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Ready, with the world in it."""
    with django_db_blocker.unblock(), own_database(), smtp_server() as (mailbox, mail_port):
        clear_redis()
        world.make_markets()
        running = Stack(tmp_path_factory.mktemp("stack"), mailbox, mail_port)
        try:
            world.make_people()  # while the processes start
            connection.close()
            running.wait_until_ready()
            yield running
        finally:
            running.stop()


@pytest.fixture(scope="package")
def browser(stack: Stack) -> Iterator[Browser]:
    """After the stack: while playwright runs its loop Django refuses the database."""
    path = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    if path is None:
        pytest.fail(
            "the browser tests need Chromium: apt-get install chromium, or name one by CHROMIUM="
        )
    expect.set_options(timeout=WAIT_MS_MAX)  # as long as any other wait
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield running
        running.close()


@pytest.fixture(scope="package")
def signed_in(browser: Browser, stack: Stack) -> Callable[[str], Any]:
    """The cookies of one of the world's people, signed in once by the form."""
    states: dict[str, Any] = {}

    def state(name: str) -> Any:
        if name not in states:
            context = browser.new_context(base_url=stack.url)
            page = context.new_page()
            page.goto("/sign-in/")
            page.get_by_label("Email").fill(world.email(name))
            page.get_by_label("Password").fill(world.PASSWORD)
            page.get_by_role("button", name="Sign in").click()
            page.wait_for_url(f"{stack.url}/")
            states[name] = context.storage_state()
            context.close()
            # Afterwards, so that the form asks for no second step. In a thread: playwright's loop
            # runs in this one, and Django refuses the database there.
            thread = threading.Thread(target=world.give_factor, args=(name,))
            thread.start()
            thread.join()
        return states[name]

    return state


@pytest.fixture
def open_as(
    browser: Browser, stack: Stack, signed_in: Callable[[str], Any]
) -> Iterator[Callable[..., Page]]:
    """open_as("nina", width=375) -> a page signed in as Nina; open_as("") -> a stranger's.

    When the test ends, everything that any of its pages complained about fails it.
    """
    opened: list[Watched] = []

    def make(
        name: str,
        *,
        width: int = 1440,
        height: int = 900,
        expected: tuple[str, ...] = (),
        **options: Any,
    ) -> Page:
        context = browser.new_context(
            base_url=stack.url,
            viewport={"width": width, "height": height},
            storage_state=signed_in(name) if name else None,
            **options,
        )
        context.set_default_timeout(WAIT_MS_MAX)
        page = context.new_page()
        opened.append(Watched(page, expected))
        return page

    yield make
    complaints = [line for one in opened for line in one.complaints]
    for one in opened:
        one.page.context.close()
    assert not complaints, "\n".join([*complaints, stack.last_words()])


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Any:
    report = yield
    if report.when == "call" and report.failed:
        stack = item.funcargs.get("stack")  # type: ignore[attr-defined] # every item here has it
        if stack is not None:
            report.sections.append(("the end of the stack's log", stack.last_words()))
    return report
