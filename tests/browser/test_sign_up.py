"""A newcomer, from the address to the first backtest, with a real mail server; and a passkey."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.stack import Stack
from tests.browser.test_walk import add_condition
from tests.watching import wait_until

pytestmark = pytest.mark.xdist_group("browser")

PASSWORD = "a long and quiet passphrase"
CODE = re.compile(r"\b\d{4}-\d{4}\b")


def test_from_sign_up_to_the_first_backtest(open_as: Callable[..., Page], stack: Stack) -> None:
    page = open_as("")
    sign_up(page, stack, "newcomer@example.com")
    page.goto("/strategies/new/?from=blank")
    rules = page.get_by_role("tabpanel", name="Rules")
    rules.get_by_label("Name", exact=True).fill("My first")
    rules.get_by_label("Candles", exact=True).select_option("1m")
    rules.get_by_role("button", name="Add an indicator").click()
    add_condition(rules.get_by_role("group", name="Buy when"), "crosses above")
    add_condition(rules.get_by_role("group", name="Sell when"), "crosses below")
    expect(page.locator("[data-validity]")).to_have_text("Valid")
    page.get_by_role("button", name="Backtest this").click()
    page.get_by_label("Market").select_option("simulated|BTC/USDT")
    page.get_by_role("button", name="Run the backtest").click()
    expect(page.get_by_role("heading", name="Equity and drawdown")).to_be_visible()


def test_a_passkey_of_the_device_signs_in_alone(open_as: Callable[..., Page], stack: Stack) -> None:
    page = open_as("")
    give_authenticator(page)
    sign_up(page, stack, "passkey@example.com")
    page.goto("/settings/second-factor/passkeys/new/")
    page.get_by_label("Password").fill(PASSWORD)  # is it you?
    page.get_by_role("button", name="Go on").click()
    page.get_by_label("Name").fill("My laptop")
    page.get_by_label("Sign in with it alone").check()
    page.get_by_role("button", name="Add the passkey").click()
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()
    page.get_by_label("Account", exact=True).click()
    page.get_by_role("button", name="Sign out").click()
    page.get_by_role("button", name="Use a passkey").click()
    page.wait_for_url(f"{stack.url}/")
    page.goto("/settings/second-factor/passkeys/")
    expect(page.get_by_role("cell", name="My laptop", exact=True)).to_be_visible()


def sign_up(page: Page, stack: Stack, email: str) -> None:
    page.goto("/sign-in/")
    page.get_by_role("link", name="Make an account").click()
    page.get_by_label("Email").fill(email)
    page.get_by_role("button", name="Mail me a code").click()
    page.get_by_label("Code").fill(mailed_code(stack, email))
    page.get_by_role("button", name="Go on").click()
    page.get_by_label("Name").fill("New Comer")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Finish and sign in").click()
    page.wait_for_url(f"{stack.url}/")


def mailed_code(stack: Stack, email: str) -> str:
    def sent() -> list[str]:
        mails = [one for one in stack.mailbox.mails if one["To"] == email]
        return [code for one in mails for code in CODE.findall(str(one.get_payload()))]

    wait_until(lambda: bool(sent()), f"a code for {email}")
    return sent()[-1]


def give_authenticator(page: Page) -> None:
    """The browser's own, in software: it verifies its user, and keeps passkeys."""
    line = page.context.new_cdp_session(page)
    line.send("WebAuthn.enable")
    options = {"protocol": "ctap2", "transport": "internal", "automaticPresenceSimulation": True}
    options |= dict.fromkeys(("hasResidentKey", "hasUserVerification", "isUserVerified"), True)
    line.send("WebAuthn.addVirtualAuthenticator", {"options": options})
