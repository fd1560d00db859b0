"""What is wrong with a bot as its owner wants it, and what a run of it will have to do."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from bots.core import bot_risk
from bots.core.kinds import KINDS
from bots.core.kinds import base as kinds
from bots.core.strategy.spec import Spec, parse
from bots.core.strategy.spot_faults import real_faults, spot_faults
from bots.models import Bot
from bots.models.bot import RULES
from bots.services import leading
from bots.services.runs import Work
from exchanges.core.candles import TIMEFRAME_MS
from exchanges.core.symbols import parse_symbol
from exchanges.models import Market
from exchanges.selectors import markets
from foundation.lib.decimals import parse_amount
from foundation.lib.errors import BadInput, FieldFault, NotFound

NAME_CHARS_MAX = 100
SLIPPAGE_MAX = Decimal("0.1")


def check_and_set(bot: Bot, *, name: str, allocation: Any, slippage: Any) -> None:
    """Set what was given, in its own form; BadInput with every fault."""
    faults: list[FieldFault] = []
    bot.name = name.strip()
    if not 1 <= len(bot.name) <= NAME_CHARS_MAX or not bot.name.isprintable():
        faults.append(FieldFault("name", f"must have 1 to {NAME_CHARS_MAX} printable characters"))
    bot.allocation = number(faults, "allocation", allocation)
    if bot.allocation <= 0 and not faults:
        faults.append(FieldFault("allocation", "must be above 0"))
    bot.slippage = number(faults, "slippage", slippage)
    if not 0 <= bot.slippage <= SLIPPAGE_MAX:
        faults.append(FieldFault("slippage", f"must be from 0 to {SLIPPAGE_MAX}"))
    bot.risk, found = bot_risk.read(bot.risk)
    faults += found
    faults += _account_faults(bot)
    faults += _market_faults(bot)
    if bot.kind == RULES:
        faults += _rule_faults(bot)
    elif not faults:
        faults += _kind_faults(bot)
    if faults:
        raise BadInput("; ".join(f"{one.path} {one.message}" for one in faults), faults)


def work_of(bot: Bot) -> Work:
    """What a run of a checked bot does."""
    own = markets.get(bot.venue, bot.symbol)
    if bot.kind == RULES:
        assert bot.strategy is not None, "checked"
        spec = parse(bot.strategy.spec)
        return Work(spec.timeframe, (own,), spec, {}, bot.credential_id is not None)
    symbols = KINDS[bot.kind].symbols(bot.params, bot.symbol)
    every = tuple(markets.get(bot.venue, symbol) for symbol in symbols)
    return Work(bot.timeframe, every, None, bot.params, bot.credential_id is not None)


def number(faults: list[FieldFault], path: str, value: Any) -> Decimal:
    """An exact amount; 0 and a fault where it is none."""
    try:
        return parse_amount(value)
    except ValueError as fault:
        faults.append(FieldFault(path, str(fault)))
        return Decimal(0)


def _market_faults(bot: Bot) -> list[FieldFault]:
    try:
        market = markets.get(bot.venue, bot.symbol)
    except NotFound as fault:
        return [FieldFault("symbol", fault.message)]
    except BadInput as fault:
        return list(fault.faults)
    bot.symbol = market.symbol
    if market.kind != Market.Kind.SPOT:
        return [FieldFault("symbol", "is a contract; bots trade spot markets")]
    return []


def _account_faults(bot: Bot) -> list[FieldFault]:
    """Of the connected account whose money it is to trade with."""
    account = bot.credential
    if account is None:
        return []
    if account.owner_id != bot.owner_id:
        return [FieldFault("credential", "there is no such exchange account")]
    bot.venue = account.venue
    if not account.may_send:
        why = account.words or "its keys were not checked yet"
        return [FieldFault("credential", f"{account.label} cannot be used: {why}")]
    return []


def _rule_faults(bot: Bot) -> list[FieldFault]:
    bot.params, bot.timeframe = {}, ""
    if bot.strategy is None:
        return [FieldFault("strategy", "choose a strategy")]
    spec = parse(bot.strategy.spec)
    # Without an account it trades on paper, where it can do more.
    real = real_faults(spec) if bot.credential_id is not None else ()
    return spec_faults(spec) + [FieldFault("strategy", message) for message in real]


def spec_faults(spec: Spec) -> list[FieldFault]:
    """What of a strategy a spot bot cannot do."""
    return [FieldFault("strategy", message) for message in spot_faults(spec)]


def _kind_faults(bot: Bot) -> list[FieldFault]:
    """Of parameters, of the timeframe, and of the further symbols that they name."""
    kind = KINDS.get(bot.kind)
    if kind is None:
        known = ", ".join([RULES, *KINDS])
        return [FieldFault("kind", f"must be one of {known}")]
    bot.strategy = None
    faults = []
    if bot.timeframe not in TIMEFRAME_MS:
        faults.append(FieldFault("timeframe", f"must be one of {', '.join(TIMEFRAME_MS)}"))
    own = kinds.market_of(markets.get(bot.venue, bot.symbol).rules())
    bot.params, found = kinds.read(kind, bot.params, allocation=bot.allocation, market=own)
    faults += found
    if not faults and kind.inputs == "leader":
        faults += leading.faults(bot)
    return faults or _symbol_faults(bot, kind)


def _symbol_faults(bot: Bot, kind: kinds.Kind) -> list[FieldFault]:
    symbols, quote = kind.symbols(bot.params, bot.symbol), parse_symbol(bot.symbol).quote
    faults = []
    if kind.own and symbols[0] != bot.symbol:
        words = f"must be the bot's own market, {bot.symbol}; it is {symbols[0]}"
        faults.append(FieldFault(f"params.{kind.own}", words))
    for symbol in symbols[1:]:
        try:
            market = markets.get(bot.venue, symbol)
        except (NotFound, BadInput) as fault:
            faults.append(FieldFault("params", f"{symbol}: {fault.message}"))
            continue
        # A wallet kind knows itself which of its markets make a circle.
        is_home = kind.wallet or parse_symbol(market.symbol).quote == quote
        if market.kind != Market.Kind.SPOT or not is_home:
            faults.append(FieldFault("params", f"{symbol} is not a spot market in {quote}"))
    return faults
