"""The order ticket: read into one Ticket, sent once, refused beside the field that is wrong."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from exchanges.forms.tickets import TicketForm, ticket_of
from exchanges.models import Fill, MarginSetting, Order
from exchanges.selectors import ticket_room
from exchanges.services import markets
from exchanges.tests.paper.world import SPOT, SWAP, PaperWorld

HTMX = {"HX-Request": "true", "HX-Target": "ticket"}


def path(world: PaperWorld, symbol: str = "BTC-USDT", end: str = "order/") -> str:
    return f"/markets/{world.venue}/{symbol}/{end}"


def form(**changes: Any) -> dict[str, Any]:
    """What the browser sends: every field of the form, most of them empty."""
    return {
        "client_order_id": "web1",
        "side": "buy",
        "type": "market",
        "amount_by": "quantity",
        "quantity": "",
        "cost": "",
        "percent": "0",
        "price": "",
        "trigger_price": "",
        "time_in_force": "GTC",
        "take_profit_price": "",
        "stop_loss_price": "",
    } | changes


# sent -> what the ticket then says; 10,000 USDT and 2 BTC are there, the best ask is 100.1.
SIZES: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({"quantity": "0.5"}, {"quantity": "0.5", "type": "market", "time_in_force": "GTC"}),
    ({"amount_by": "cost", "cost": "50"}, {"amount_quote": "50", "quantity": None}),
    ({"amount_by": "percent", "percent": "25"}, {"amount_quote": "2500", "quantity": None}),
    ({"side": "sell", "amount_by": "percent", "percent": "25"}, {"quantity": "0.5"}),
    (
        {"type": "limit", "price": "50", "amount_by": "cost", "cost": "75"},
        {"quantity": "1.5", "price": "50"},
    ),
    (
        {"type": "limit", "price": "50", "quantity": "1", "post_only": "on"},
        {"time_in_force": "PO", "trigger_price": None},
    ),
    (
        {"type": "limit", "price": "50", "quantity": "1", "time_in_force": "IOC"},
        {"time_in_force": "IOC"},
    ),
    # What a type does not use is not looked at, however wrong it is.
    (
        {"quantity": "1", "price": "rubbish", "time_in_force": "FOK"},
        {"price": None, "time_in_force": "GTC"},
    ),
    (
        {"type": "stop_limit", "quantity": "1", "price": "111", "trigger_price": "110"},
        {"type": "stop_limit", "price": "111", "trigger_price": "110"},
    ),
    (
        {"type": "trailing_stop", "side": "sell", "quantity": "1", "callback_percent": "1.5"},
        {"callback_rate": "0.015", "trigger_price": None},
    ),
    (
        {"quantity": "1", "take_profit_price": "120", "stop_loss_price": "90"},
        {"take_profit_price": "120", "stop_loss_price": "90"},
    ),
]  # fmt: skip


@pytest.mark.parametrize(("sent", "says"), SIZES)
def test_a_form_is_one_ticket(
    world: PaperWorld, rich_alice: Any, sent: dict[str, Any], says: dict[str, Any]
) -> None:
    room = ticket_room.room_of(rich_alice, world.spot)
    read = TicketForm(form(**sent), market=world.spot, room=room)
    assert read.is_valid(), read.errors
    ticket = ticket_of(read)
    for name, value in says.items():
        found = getattr(ticket, name)
        assert found == (Decimal(value) if isinstance(found, Decimal) else value), name


WRONG = [
    ({}, "quantity", "How much?"),
    ({"quantity": "abc"}, "quantity", "Must be a number."),
    ({"quantity": "-1"}, "quantity", "Must be above 0."),
    ({"quantity": "1,5"}, "quantity", "without commas"),
    ({"quantity": "1e99"}, "quantity", "Must be below"),
    ({"quantity": "0.0001"}, "quantity", "Must be at least 0.001."),
    ({"quantity": "1.00001"}, "quantity", "Must be a multiple of 0.001."),
    ({"quantity": "0.001"}, "quantity", "at least 5 is needed"),
    ({"amount_by": "cost", "cost": "1"}, "cost", "at least 5 is needed"),
    ({"amount_by": "percent", "percent": "101"}, "percent", "less than or equal to 100"),
    ({"type": "limit", "quantity": "1"}, "price", "Needed for a limit order."),
    ({"type": "limit", "quantity": "1", "price": "50.01"}, "price", "multiple of 0.1"),
    ({"type": "stop_loss", "quantity": "1", "trigger_price": "90"}, "trigger_price", "last price"),
    ({"type": "limit", "quantity": "1", "price": "200", "post_only": "on"}, None, "at once"),
    ({"quantity": "1", "stop_loss_price": "150"}, "stop_loss_price", "Must be below"),
    ({"type": "rubbish", "quantity": "1"}, "type", "valid choice"),
    ({"side": "rubbish", "quantity": "1"}, None, "side"),
    ({"quantity": "1", "client_order_id": "<b>"}, None, "Reload the page"),
    ({"quantity": "500"}, None, "10,000|10000"),
]


@pytest.mark.parametrize(("sent", "field", "says"), WRONG)
def test_a_refusal_stands_beside_its_field_and_nothing_is_lost(
    page: Client, world: PaperWorld, sent: dict[str, Any], field: str | None, says: str
) -> None:
    answer = page.post(path(world), form(**sent))
    assert answer.status_code == 400
    assert "<h1>" in answer.text
    assert any(words in answer.text for words in says.split("|")), answer.context["ticket"].errors
    if field:
        assert f'id="ticket_{field}-error"' in answer.text
    typed = sent.get("quantity") or sent.get("price")
    assert not typed or f'value="{typed}"' in answer.text
    assert not Order.objects.exists()


def test_an_order_is_sent_once_however_often_the_form_is(page: Client, world: PaperWorld) -> None:
    first = page.post(path(world), form(quantity="0.5"))
    assert first.status_code == 302
    assert first["Location"] == path(world, end="")
    again = page.post(path(world), form(quantity="0.5"), follow=True)
    assert "nothing new was ordered" in again.text
    # By percent the second sending would be another amount: it is the same form all the same.
    page.post(path(world), form(amount_by="percent", percent="50", client_order_id="web2"))
    page.post(path(world), form(amount_by="percent", percent="50", client_order_id="web2"))
    assert Order.objects.count() == 2
    assert Fill.objects.filter(order__client_order_id="web1").count() == 1


def test_htmx_gets_a_fresh_ticket_and_a_toast(page: Client, world: PaperWorld) -> None:
    answer = page.post(path(world), form(quantity="0.5", side="sell"), headers=HTMX)
    assert "<html" not in answer.text
    assert "Sold 0.500 BTC" in answer["HX-Trigger"]
    fresh = answer.context["ticket"]
    assert fresh["side"].value() == "sell"
    assert not fresh["quantity"].value()
    assert fresh["client_order_id"].value() != "web1"
    refused = page.post(path(world), form(client_order_id="web9"), headers=HTMX)
    assert (refused.status_code, "<html" in refused.text) == (400, False)


def test_without_a_script_it_is_read_back_in_words_before_it_is_sent(
    page: Client, world: PaperWorld
) -> None:
    sent = form(type="limit", price="90", quantity="1", step="review")
    review = page.post(path(world), sent)
    assert "Buys 1.000 BTC at 90.0 or better, for 90.00 USDT, fee 0.02 USDT." in review.text
    assert not Order.objects.exists()
    changed = page.post(path(world), dict(review.context["sent"]) | {"step": "edit"})
    assert 'value="90"' in changed.text
    page.post(path(world), dict(review.context["sent"]) | {"step": "place"})
    assert Order.objects.get().price == 90
    too_much = page.post(path(world), sent | {"quantity": "999", "client_order_id": "web3"})
    assert too_much.status_code == 400


# typed -> what stands under the ticket; nothing is written, nothing half typed is called a fault.
SAID: list[tuple[str, dict[str, Any], list[str]]] = [
    (SPOT, {}, ["Fill in how much"]),
    (SPOT, {"type": "limit", "quantity": "1"}, ["Fill in how much"]),
    (SPOT, {"quantity": "1.5"}, ["Buys 1.500 BTC at market, for about 150.15 USDT, fee 0.06"]),
    (SPOT, {"quantity": "x"}, ["Amount: Must be a number."]),
    (SPOT, {"quantity": "1.0001"}, ["Amount: must be a multiple of 0.001."]),
    (SPOT, {"quantity": "500"}, ["Needs 50,", "10,000.00 USDT are available."]),
    (SPOT, {"side": "sell", "quantity": "3"}, ["Needs 3.000 BTC; 2.000 BTC are available."]),
    (
        SPOT,
        {"quantity": "1", "type": "limit", "price": "101", "post_only": "on"},
        ["at once at 100.1"],
    ),
    (
        SPOT,
        {"quantity": "1", "type": "stop_loss", "trigger_price": "90"},
        ["it has passed the trigger already"],
    ),
    (SPOT, {"amount_by": "percent", "percent": "25"}, ["25 % of 10,000.00 USDT available"]),
    (SPOT, {"side": "sell", "percent": "50"}, ["50 % of 2.000 BTC available"]),
    (SWAP, {"leverage": "20"}, ["Up to 125x. At 20x a position may be worth", "as margin"]),
    (SWAP, {"leverage": "200"}, ['class="help warn"', "Up to 125x."]),
    (
        SWAP,
        {"quantity": "1", "leverage": "20", "margin_mode": "isolated"},
        ["Margin 5.00 USDT at 20x isolated, liquidation at about 95."],
    ),
    (
        SWAP,
        {"quantity": "600", "leverage": "125", "margin_mode": "cross"},
        ["At 125x a position may be worth 50,000 USDT, not more."],
    ),
    (SWAP, {"quantity": "1", "reduce_only": "on"}, ["no position that it would reduce"]),
]  # fmt: skip


@pytest.mark.parametrize(("symbol", "typed", "says"), SAID)
def test_while_one_types_it_says_what_would_happen(
    page: Client, world: PaperWorld, symbol: str, typed: dict[str, Any], says: list[str]
) -> None:
    sent = form(**typed) | {"step": "preview"}
    answer = page.post(path(world, symbol.replace("/", "-")), sent, headers=HTMX)
    assert answer.status_code == 200
    assert all(words in answer.text for words in says), answer.text
    assert not Order.objects.exists() and not MarginSetting.objects.exists()


def test_without_prices_it_says_so(page: Client, world: PaperWorld, settings: Any) -> None:
    settings.FEED_VENUE = "silent"
    silent = markets.ensure(venue="silent", symbol=SPOT)
    answer = page.post(f"/markets/{silent.venue}/BTC-USDT/order/", form(step="preview"))
    assert "No live prices" in answer.text


def test_a_contract_says_margin_and_liquidation_before_it_is_sent(
    page: Client, world: PaperWorld
) -> None:
    sent = form(quantity="1", leverage="20", margin_mode="isolated", step="review")
    review = page.post(path(world, "BTC-USDT:USDT"), sent)
    assert "Margin 5.00 USDT at 20x isolated, liquidation at about 95." in review.text
    page.post(path(world, "BTC-USDT:USDT"), sent | {"step": "place"})
    setting = MarginSetting.objects.get()
    assert (setting.leverage, setting.symbol) == (20, SWAP)
    held = page.get(path(world, "BTC-USDT:USDT", end="?mine=positions"))
    shown = held.context["page"].object_list[0].held.liquidation_price
    assert f"liquidation at about {shown:.1f}" in review.text
    closing = form(quantity="0.4", side="sell", client_order_id="web4", reduce_only="on")
    review = page.post(path(world, "BTC-USDT:USDT"), closing | {"step": "review"})
    assert "Closes 0.400 BTC of your long." in review.text


def test_leverage_has_a_maximum(page: Client, world: PaperWorld) -> None:
    answer = page.post(
        path(world, "BTC-USDT:USDT"), form(quantity="1", leverage="126", margin_mode="cross")
    )
    assert "up to 125x" in answer.text
    assert answer.status_code == 400


def test_a_market_that_is_not_traded_here_takes_no_order(
    page: Client, world: PaperWorld, settings: Any
) -> None:
    settings.FEED_VENUE = "elsewhere"
    assert page.post(path(world), form(quantity="1")).status_code == 404
    shown = page.get(path(world, end=""))
    assert shown.status_code == 200
    assert "data-ticket" not in shown.text


def test_strangers_are_led_to_the_door(client: Client, world: PaperWorld) -> None:
    assert client.post(path(world), form(quantity="1")).status_code == 302
    assert not Order.objects.exists()


def test_opening_the_address_of_a_refused_form_shows_the_market(
    page: Client, world: PaperWorld
) -> None:
    assert page.get(path(world)).status_code == 302
