"""The gate that every order passes: limits over all that a user trades, and what they refuse.

Paper money and money at exchanges are two books: each is held against the limits by itself, so play
money never makes room for real orders. Amounts in one quote currency, at the newest prices.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from decimal import Decimal
from typing import Any

from foundation.lib.decimals import plain

ZERO = Decimal(0)
PLACES_SHOWN = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Limits:
    """None: no limit. exposure_coin: quote, long and short added up, orders on their way included.

    leverage: everything at risk over equity. daily_loss: quote; daily_loss_fraction: of the equity
    at the day's beginning; a day is one of UTC. position: quote, one position. orders_hour: orders
    that open, within sixty minutes.
    """

    exposure_coin: Decimal | None = None
    leverage: Decimal | None = None
    daily_loss: Decimal | None = None
    daily_loss_fraction: Decimal | None = None
    position: Decimal | None = None
    orders_hour: int | None = None

    @property
    def is_empty(self) -> bool:
        return all(getattr(self, name) is None for name in NAMES)


NAMES = tuple(one.name for one in fields(Limits))


@dataclass(frozen=True, slots=True)
class Preset:
    """Limits for a tolerance of risk, as fractions of equity where they are money."""

    title: str
    summary: str
    exposure_coin: Decimal
    leverage: Decimal
    daily_loss_fraction: Decimal
    position: Decimal
    orders_hour: int

    def limits(self, equity: Decimal) -> Limits:
        """For somebody who has this much."""
        return Limits(
            exposure_coin=_whole(equity * self.exposure_coin),
            leverage=self.leverage,
            daily_loss_fraction=self.daily_loss_fraction,
            position=_whole(equity * self.position),
            orders_hour=self.orders_hour,
        )


D = Decimal
PRESETS: dict[str, Preset] = {
    "conservative": Preset(
        "Conservative", "A fifth of what you have in one coin, no leverage, 2 % a day.",
        D("0.2"), D(1), D("0.02"), D("0.1"), 20,
    ),
    "balanced": Preset(
        "Balanced", "Half of what you have in one coin, leverage 3, 5 % a day.",
        D("0.5"), D(3), D("0.05"), D("0.25"), 60,
    ),
    "aggressive": Preset(
        "Aggressive", "Twice what you have in one coin, leverage 10, 15 % a day.",
        D(2), D(10), D("0.15"), D(1), 300,
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Facts:
    """One book of one user. exposure: coin -> quote at risk; day_result: below 0 is a loss."""

    equity: Decimal = ZERO
    exposure: Mapping[str, Decimal] = field(default_factory=dict)
    day_result: Decimal = ZERO
    orders_hour: int = 0

    @property
    def total(self) -> Decimal:
        return sum(self.exposure.values(), ZERO)


@dataclass(frozen=True, slots=True)
class Wanted:
    """An order as the gate sees it. adds: quote by which it may raise what is at risk, 0 where it
    only closes. position: quote that its position may have afterwards."""

    coin: str
    adds: Decimal
    position: Decimal


@dataclass(frozen=True, slots=True)
class Refusal:
    """value: what would have been; limit: what is allowed; both as text, for people and programs.

    words: a whole sentence.
    """

    rule: str
    value: str
    limit: str
    words: str


# rule -> what it is called on pages.
RULES = {
    "exposure_coin": "exposure in one coin",
    "leverage": "total leverage",
    "daily_loss": "loss of a day",
    "daily_loss_fraction": "loss of a day",
    "position": "size of a position",
    "orders_hour": "orders in an hour",
    "kill_switch": "kill switch",
    "leaving": "account to be deleted",
    "suspended": "suspended account",
    "price": "no price",
    "bot_daily_loss": "the bot's loss of a day",
    "bot_trades_day": "the bot's trades of a day",
    "bot_max_drawdown": "the bot's drawdown",
    "bot_cooldown": "the bot's pause after a loss",
}


def merge(everybody: Limits, own: Limits) -> Limits:
    """A user's limits within those of the operators: of each the tighter."""
    values: dict[str, Any] = {
        name: _tighter(getattr(everybody, name), getattr(own, name)) for name in NAMES
    }
    return Limits(**values)


def beyond(everybody: Limits, own: Limits) -> dict[str, str]:
    """Name -> what is wrong with each of a user's limits that is wider than the operators' one."""
    found = {}
    for name in NAMES:
        bound, wanted = getattr(everybody, name), getattr(own, name)
        if bound is not None and wanted is not None and wanted > bound:
            found[name] = f"must be {plain(Decimal(bound))} or less, as the operators have set"
    return found


def at_risk(held: Decimal, buys: Decimal, sells: Decimal) -> Decimal:
    """The most that a position may come to, in either direction, by the orders on their way.

    held: signed quantity; buys, sells: quantities of working orders that are not reduce-only.
    """
    return max(abs(held), abs(held + buys), abs(held - sells))


def refusals(limits: Limits, facts: Facts, order: Wanted) -> list[Refusal]:
    """Every limit that the order would break. What closes is never refused."""
    if order.adds <= 0:
        return []
    checks = (_coin, _leverage, _loss, _loss_fraction, _position, _frequency)
    return [found for check in checks if (found := check(limits, facts, order)) is not None]


def after(facts: Facts, order: Wanted) -> Facts:
    """The facts once the order is let through."""
    if order.adds <= 0:
        return facts
    there = facts.exposure.get(order.coin, ZERO)
    exposure = {**facts.exposure, order.coin: there + order.adds}
    return replace(facts, exposure=exposure, orders_hour=facts.orders_hour + 1)


def _coin(limits: Limits, facts: Facts, order: Wanted) -> Refusal | None:
    most, value = limits.exposure_coin, facts.exposure.get(order.coin, ZERO) + order.adds
    if most is None or value <= most:
        return None
    words = f"{order.coin} would make {shown(value)} of what you hold and have ordered"
    return _over(
        "exposure_coin", value, most, f"{words}, and {shown(most)} is the most for a coin."
    )


def _leverage(limits: Limits, facts: Facts, order: Wanted) -> Refusal | None:
    most, total = limits.leverage, facts.total + order.adds
    if most is None or total <= most * facts.equity:
        return None
    value = total / facts.equity if facts.equity > 0 else total
    words = f"All positions and orders would make {shown(total)} on {shown(facts.equity)} of equity"
    return _over("leverage", value, most, f"{words}; leverage {plain(most)} is the most.")


def _loss(limits: Limits, facts: Facts, _order: Wanted) -> Refusal | None:
    most = limits.daily_loss
    if most is None or -facts.day_result < most:
        return None
    words = f"{shown(-facts.day_result)} is lost today, and {shown(most)} is the most of a day"
    return _over("daily_loss", -facts.day_result, most, f"{words}. {TOMORROW}")


def _loss_fraction(limits: Limits, facts: Facts, _order: Wanted) -> Refusal | None:
    most, begun = limits.daily_loss_fraction, facts.equity - facts.day_result
    if most is None or facts.day_result >= 0 or -facts.day_result < most * begun:
        return None
    value = -facts.day_result / begun if begun > 0 else Decimal(1)
    words = (
        f"{percent(value)} of your equity is lost today, and {percent(most)} is the most of a day"
    )
    return _over("daily_loss_fraction", value, most, f"{words}. {TOMORROW}")


def _position(limits: Limits, _facts: Facts, order: Wanted) -> Refusal | None:
    most = limits.position
    if most is None or order.position <= most:
        return None
    words = f"The position would be worth {shown(order.position)}, and {shown(most)} is the most"
    return _over("position", order.position, most, f"{words}.")


def _frequency(limits: Limits, facts: Facts, _order: Wanted) -> Refusal | None:
    most, value = limits.orders_hour, facts.orders_hour + 1
    if most is None or value <= most:
        return None
    words = f"It would be order number {value} within an hour, and {most} is the most."
    return Refusal("orders_hour", str(value), str(most), words)


TOMORROW = "The day begins anew at 00:00 UTC."


def killed() -> Refusal:
    """While the kill switch is on."""
    words = "Your kill switch is on: nothing opens until you lift it."
    return Refusal("kill_switch", "on", "off", words)


def leaving() -> Refusal:
    """While the user's account is being deleted."""
    words = (
        "Your account will be deleted: nothing opens unless you cancel that (Settings, Your data)."
    )
    return Refusal("leaving", "on", "off", words)


def suspended() -> Refusal:
    """While an admin has shut the account; what protects and closes positions goes on."""
    words = "The account is suspended: nothing opens until an admin opens it again."
    return Refusal("suspended", "on", "off", words)


def unpriced(coin: str) -> Refusal:
    """What nothing prices cannot be held against limits."""
    words = f"No price of {coin} is known, so its size cannot be held against your limits."
    return Refusal("price", "unknown", "known", words)


def shown(amount: Decimal) -> str:
    """Money in words: two places at most."""
    return plain(amount.quantize(PLACES_SHOWN))


def percent(fraction: Decimal) -> str:
    return f"{plain((fraction * 100).quantize(PLACES_SHOWN))} %"


def _over(rule: str, value: Decimal, limit: Decimal, words: str) -> Refusal:
    return Refusal(rule, plain(value.quantize(Decimal("0.000001"))), plain(limit), words)


def _tighter(one: Decimal | None, other: Decimal | None) -> Decimal | None:
    known = [each for each in (one, other) if each is not None]
    return min(known, default=None)


def _whole(amount: Decimal) -> Decimal:
    """A round limit, above zero."""
    return max(amount.quantize(Decimal(1)), Decimal(1))
