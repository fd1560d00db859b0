"""An account goes: what is in the way, what ends at once, what is left, and over any crash."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from accounts.models import AccountDeletion, User
from accounts.services import deletions
from bots.models import Bot
from bots.services import bots, removing
from bots.tests.world import World, above, flat
from exchanges.models import AccountHoldings, AccountOrder, ExchangeCredential, Position
from exchanges.services import credentials, key_ring, signing
from exchanges.services.paper import catalogue, closing, placing
from exchanges.services.risk_gate import RiskRefused
from exchanges.tests.credentials import KEYS, account
from exchanges.tests.paper.world import SWAP, PaperWorld, fund
from foundation.lib import clock
from foundation.lib.errors import Conflict

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("exports_folder")]
D = Decimal


@pytest.fixture
def world(paper: PaperWorld) -> World:
    made = World(flat(*[100.0] * 5, 111.0, 112.0, 112.0), venue=paper.venue)
    catalogue.forget()
    return made.open_at(3)


def ask(user: User, password: str, **how: Any) -> AccountDeletion:
    return deletions.request(user=user, password=password, origin="test", **how)


def after(**span: float) -> Any:
    return clock.fixed(clock.now_ms() + int(timedelta(**span).total_seconds() * 1000))


def obstacles(user: User, password: str) -> list[str]:
    with pytest.raises(deletions.InTheWay) as refused:
        ask(user, password)
    user.refresh_from_db()
    assert user.leaves_at is None and not AccountDeletion.objects.exists(), "nothing has changed"
    return [fault.message for fault in refused.value.faults]


# --- what is in the way -------------------------------------------------------------------------


def test_a_bot_at_work_is_in_the_way_until_it_is_stopped(
    alice: Any, world: World, password: str
) -> None:
    holding, idle = world.bot(alice, above(110), name="Holds"), world.bot(alice, above(500))
    world.run_to(6)
    assert obstacles(alice, password) == [
        "The bot “Holds” is running: stop it.",
        "The bot “Levels” is running: stop it.",
    ]
    bots.stop(bot=idle)
    bots.stop(bot=holding, close_position=False)
    [words] = obstacles(alice, password)
    assert words.startswith("The bot “Holds” holds") and "sold or kept" in words
    removing.delete(bot=holding, position=removing.Choice.CLOSE)
    assert ask(alice, password)


def test_positions_and_real_orders_are_in_the_way(
    alice: Any, paper: PaperWorld, password: str
) -> None:
    fund(alice)
    placing.place(owner=alice, ticket=paper.ticket(SWAP, quantity=1))
    real = account(alice)
    order = AccountOrder.objects.create(
        owner=alice, credential=real, client_order_id="x", symbol="BTC/USDT", type="limit",
        side="buy", quantity=1, status="open",
    )  # fmt: skip
    held = [{"symbol": "ETH/USDT:USDT", "quantity": "-0.5"}]
    AccountHoldings.objects.create(credential=real, read_at=clock.now(), positions=held)
    assert obstacles(alice, password) == [
        "You hold 1 of BTC/USDT:USDT on paper: close it.",
        "An order on BTC/USDT at Main is open: cancel it, or wait until it is over.",
        "Main holds -0.5 of ETH/USDT:USDT: close it, or remove that exchange account.",
    ]
    with signing.opened(real, "account") as keys:
        assert keys == KEYS, "what is refused destroys nothing"
    closing.close(owner=alice, position_id=Position.objects.open().get().pk)
    AccountOrder.objects.filter(pk=order.pk).update(status="cancelled")
    AccountHoldings.objects.update(positions=[])
    assert ask(alice, password)


def test_the_last_admin_stays(admin: Any, make_user: Any, password: str) -> None:
    assert obstacles(admin, password) == ["You are the only admin: make somebody else one first."]
    make_user("second", is_staff=True, is_superuser=True)
    assert ask(admin, password)


# --- what ends at once --------------------------------------------------------------------------


def test_exchange_keys_are_destroyed_at_once(alice: Any, password: str) -> None:
    real = account(alice)
    ask(alice, password)
    row = ExchangeCredential.objects.defer(None).get(pk=real.pk)
    assert not row.may_send and row.last_four == ""
    with pytest.raises(key_ring.KeysDoNotOpen, match="destroyed"):
        key_ring.open_row(row)
    with pytest.raises(Conflict, match="cancel that before you enter keys"):
        account(alice, "Other")
    deletions.cancel(user=alice)
    credentials.change(owner=alice, credential_id=real.pk, keys=KEYS)
    assert key_ring.open_row(ExchangeCredential.objects.defer(None).get(pk=real.pk)) == KEYS


def test_other_sessions_end_and_the_one_that_asked_goes_on(alice: Any, password: str) -> None:
    here, there = Client(), Client()
    for one in (here, there):
        one.force_login(alice)
    sent = {"password": password, "sure": "1"}
    answer = here.post("/settings/your-data/deletion/", sent, follow=True)
    assert b"Keep my account" in answer.content
    assert there.get("/settings/your-data/").status_code == 302


def test_nothing_opens_any_more_and_what_is_open_can_be_closed(
    alice: Any, paper: PaperWorld, world: World, password: str
) -> None:
    fund(alice, btc=1)
    bot = world.bot(alice, above(500), start=False)
    ticket = paper.ticket(price="90", quantity=1, type="limit")
    waiting = placing.place(owner=alice, ticket=ticket).order
    ask(alice, password)
    waiting.refresh_from_db()
    assert waiting.status == "cancelled" and waiting.held == 0
    for what in (paper.ticket(quantity=1), paper.ticket(SWAP, quantity=1)):
        with pytest.raises(RiskRefused, match="Your account will be deleted"):
            placing.place(owner=alice, ticket=what)
    with pytest.raises(Conflict, match="cancel that before you start a bot"):
        bots.start(bot=Bot.objects.get(pk=bot.pk))
    placing.place(owner=alice, ticket=paper.ticket(side="sell", quantity=1))
    deletions.cancel(user=alice)
    placing.place(owner=alice, ticket=paper.ticket(quantity=1))
    assert bots.start(bot=Bot.objects.get(pk=bot.pk)).status == "running"
