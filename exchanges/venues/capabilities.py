"""What differs between venues, as data: shared code asks these fields, never a venue's name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from exchanges.core.trade_walk import Listing
from foundation.lib.registry import Registry

_USUAL = Listing()
STREAMED = frozenset({"orders", "fills", "balances", "positions"})
Params = tuple[tuple[str, Any], ...]


@dataclass(frozen=True, slots=True)
class Trading:
    """What a venue takes of orders, and how it differs from others.

    What ccxt passes over of a venue must not stand here: it would send something else.
    order_types: ours, that it has itself; spot_types: those of them on spot markets; None: all.
    times: other than GTC, of limit orders. positions: whether an account here may hold contracts.
    buys_by_cost: a market order on spot buys for an amount of quote.
    client_ids: what our ids may look like there: "text" (as they are), "alnum32" (32 letters and
    digits), "short18" (18 of them) or "int" (a whole number). sends_id_by, sends_waiting_id_by: the
    parameter that carries our id, of orders and of those that wait for a price.
    finds_by: the parameter by which one order is asked for by our id; "" where lists must be looked
    through: those of `lists` (ccxt's methods; empty: of open, closed and cancelled orders),
    narrowed to our id by `lists_by` where that is given; a dot in it leads one level in.
    triggers_apart: orders that wait for a price are asked for, and taken back, apart from the
    others; waiting_lists: the parameters by which those that are open are listed, a list each.
    becomes: under which of the venue's words one that went off names the order it became.
    position_lists: the same for positions; balance_lists: for balances, of REST and streams, where
    an account has more than one purse. order_params: of a question for one order by the venue's id.
    triggers_by_direction: a trigger is a price and a direction. ends_late: what ended is told
    from a history of events, in which a fresh order looks like one that is over.
    streams: of orders, fills, balances and positions those that its private stream tells in full,
    as ccxt reads it; stirs: those of which it only says that something changed: they are asked for
    by REST at once, what is in neither once a minute and after each fill. stream_kinds: the
    parameters of the streams of orders and fills, a stream each. stream_fee_sign: -1 where fees in
    it are below zero. orders_in_parts: a message tells only what changed of an order.
    contract_fills: whether executions of contracts are told in full there; ends_early: an order of
    contracts may be called filled before all of it is.
    ambiguous_s: after how many seconds an order that was not found can no longer arrive. history_s:
    after how many its lists may have forgotten one. trades: how it lists an account's executions.
    pairs: a stop and a target of which one is enough are "one" order there, or a "list" of two; "":
    it has none for coins that are held, and the target is watched from here.
    spot_params: of every order on spot, where ccxt's own choice would be another.
    options: ccxt's, of every call.
    """

    order_types: frozenset[str]
    client_ids: str = "text"
    finds_by: str = "clientOrderId"
    lists: tuple[str, ...] = ()
    lists_by: str = ""
    amends: bool = True
    post_only: bool = True
    reduce_only: bool = True
    leverage: bool = True
    margin_modes: bool = True
    funding: bool = True
    buys_by_cost: bool = False
    triggers_apart: bool = False
    positions: bool = True
    spot_types: frozenset[str] | None = None
    times: frozenset[str] = frozenset({"IOC", "FOK"})
    sends_id_by: str = "clientOrderId"
    sends_waiting_id_by: str = ""
    waiting_lists: tuple[Params, ...] = ()
    position_lists: tuple[Params, ...] = ((),)
    balance_lists: tuple[Params, ...] = ((),)
    order_params: Params = ()
    streams: frozenset[str] = STREAMED
    stirs: frozenset[str] = frozenset()
    stream_kinds: tuple[Params, ...] = ((),)
    stream_fee_sign: int = 1
    orders_in_parts: bool = False
    contract_fills: bool = True
    ends_early: bool = False
    becomes: str = ""
    triggers_by_direction: bool = False
    ends_late: bool = False
    ambiguous_s: int = 21
    history_s: int = 7 * 86_400
    trades: Listing = _USUAL
    pairs: Literal["", "one", "list"] = ""
    spot_params: Params = ()
    options: Params = ()

    @property
    def keeps_spot_stops(self) -> bool:
        """Whether a stop for coins rests at the venue; else prices are watched from here."""
        types = self.order_types if self.spot_types is None else self.spot_types
        return "stop_loss" in types

    @property
    def oco(self) -> Literal["native", "emulated"]:
        """Who cancels the one when the other trades: the venue, or we."""
        return "native" if self.pairs else "emulated"


@dataclass(frozen=True, slots=True)
class FundingPages:
    """How a venue tells the rates of fundings that are over. rates_max: in one answer; 0: all at
    once, whatever is asked. until_by: the parameter that ends a page, in ms."""

    rates_max: int
    until_by: str = "until"


@dataclass(frozen=True, slots=True)
class Brackets:
    """How a venue tells its leverage brackets.

    by: "tiers": ccxt's call for them; "instrument": by a base limit and a step, with the market.
    told_to: "public" everybody or "key" its customers. in_contracts: sizes are numbers of
    contracts; a price makes notionals in quote of them. leverage_words: the brackets are without
    leverage; the highest of the whole market is told by ccxt's fetch_leverage under these words.
    """

    by: Literal["tiers", "instrument"] = "tiers"
    told_to: Literal["public", "key"] = "public"
    in_contracts: bool = False
    leverage_words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Capabilities:
    """One venue. timeframes: those it serves itself. trading: None: public data only.

    funding_pages: None: it has no such history. spot_venue: where the spot markets of its contracts
    are; "": here. tiers: how it tells its leverage brackets; None: it tells none, or has no
    contracts.
    """

    key: str
    name: str
    ccxt_id: str
    kinds: frozenset[str]
    timeframes: frozenset[str]
    candles_per_request_max: int
    trading: Trading | None = None
    funding_pages: FundingPages | None = None
    spot_venue: str = ""
    tiers: Brackets | None = None


VENUES: Registry[Capabilities] = Registry("venue")

_SPOT_AND_SWAP = frozenset({"spot", "swap", "future"})


def register(
    key: str,
    name: str,
    timeframes: str,
    *,
    candles_per_request_max: int,
    ccxt_id: str = "",
    kinds: frozenset[str] = _SPOT_AND_SWAP,
    **about: Any,
) -> Capabilities:
    """Declare a venue; timeframes as one line of words. about: further fields of Capabilities."""
    served = frozenset(timeframes.split())
    about = {"kinds": kinds, "timeframes": served} | about
    venue = Capabilities(
        key, name, ccxt_id or key, candles_per_request_max=candles_per_request_max, **about
    )
    return VENUES.add(key, venue)


def name_of(venue: str) -> str:
    """As people call it; a venue without a file by its key."""
    known = all_venues()
    return known[venue].name if venue in known else venue


def order_types(words: str) -> frozenset[str]:
    """Market and limit, which all have, and those named."""
    return frozenset({"market", "limit", *words.split()})


def all_venues() -> Registry[Capabilities]:
    """Every venue there is a file for."""
    VENUES.load("exchanges.venues")
    return VENUES
