"""Gateway: an account on a venue, the same for all of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from exchanges.core.account_records import (
    Balance,
    FundingPaid,
    OrderTicket,
    VenueOrder,
    VenuePosition,
    VenueTrade,
)
from exchanges.core.client_ids import venue_client_id
from exchanges.core.keys import Keys
from exchanges.core.outcome_table import Action
from exchanges.core.outcomes import Outcome, VenueFault
from exchanges.core.pacing import Pacer, Priority
from exchanges.core.trade_walk import TradeWalk
from exchanges.core.venue_filters import Asked, Filters, check_filters
from exchanges.venues import executions, pairs, unified
from exchanges.venues.calling import WORDS, Caller
from exchanges.venues.capabilities import Trading
from exchanges.venues.sessions import Sessions
from exchanges.venues.support import unsupported
from foundation.lib.errors import BadInput, FieldFault

LISTED_MAX = 100  # of finished orders, when one must be looked for among them
MARGIN_MODES = ("cross", "isolated")


class Gateway:
    """Raises BadInput before anything is sent, VenueFault for what the venue did not do.

    Holds the keys; its repr does not show them. Cheap: markets and connections are the sessions'.
    """

    def __init__(self, sessions: Sessions, keys: Keys, pacer: Pacer, *, account: str) -> None:
        self.capabilities = sessions.capabilities
        self._sessions = sessions
        self._caller = Caller(sessions, keys, pacer, account)

    @property
    def trading(self) -> Trading:
        """What the venue takes; BadInput where nothing is known of it."""
        if self.capabilities.trading is None:
            raise BadInput(f"{self.capabilities.name}: orders cannot be sent there")
        return self.capabilities.trading

    def balances(self) -> list[Balance]:
        """Every asset of which there is any."""
        return unified.together(
            unified.balances(self._ask("fetch_balance", Priority.DATA, params=dict(params)))
            for params in self.trading.balance_lists
        )

    def positions(self, symbols: Sequence[str] | None = None) -> list[VenuePosition]:
        """Open ones; none where accounts hold spot only."""
        if not self.trading.positions:
            return []
        given = None if symbols is None else list(symbols)
        apart = self.trading.position_lists if given is None else ((),)
        rows = [
            row
            for params in apart
            for row in self._ask("fetch_positions", Priority.CLOSE, given, params=dict(params))
        ]
        found = [unified.position(row, self._market(str(row["symbol"]))) for row in rows]
        return [one for one in found if one is not None]

    def has_market(self, symbol: str) -> bool:
        return self._caller.has_market(symbol)

    def filters(self, symbol: str) -> Filters:
        return unified.filters(self._market(symbol))

    def place(
        self,
        ticket: OrderTicket,
        *,
        priority: Priority = Priority.OPEN,
        reference: Decimal | None = None,
        open_orders: int = 0,
        before: Callable[[], None] | None = None,
    ) -> VenueOrder:
        """Send an order, once. reference: what the market pays now, for limits of value.

        VenueFault UNKNOWN: it may be there. Ask `find` until `trading.ambiguous_s` are over;
        only then may one more be sent, under a new id. before: asked when nothing stands between
        the order and the line any more; what it raises stops it.
        """
        market = self._market(ticket.symbol)
        self._check_ticket(ticket, market)
        asked = Asked(
            ticket.quantity, ticket.price or ticket.target_price, ticket.trigger_price, reference,
            ticket.reduce_only, open_orders,
        )  # fmt: skip
        check_filters(asked, unified.filters(market), self.capabilities.name)
        if ticket.is_pair and self.trading.pairs == "list":
            self._caller.count_order(priority)  # it is two of them
            given = (pairs.METHOD, pairs.request(ticket, market))
            answer = self._call(Action.CREATE, priority, *given, before=before)
            return self._known(pairs.placed(answer, ticket))
        arguments, params = unified.order_arguments(
            ticket, market, self._client_id(ticket), self.trading
        )
        if self._buys_for_cost(ticket, market):
            if reference is None:
                raise BadInput(f"{self.capabilities.name} buys for an amount: a price is needed")
            arguments[4] = unified.text(reference)
        row = self._call(
            Action.CREATE, priority, "create_order", *arguments, params=params, before=before
        )
        return self._known(unified.order(row, market))

    def cancel(
        self,
        symbol: str,
        venue_order_id: str,
        *,
        waits: bool = False,
        by: dict[str, Any] | None = None,
        before: Callable[[], None] | None = None,
    ) -> None:
        """Take an order back. NOT_FOUND: it is over, look what became of it.

        waits: it waits for its trigger price; some venues keep those apart. by: what else tells
        which it is. before: as of `place`.
        """
        given = (venue_order_id, symbol, self._apart(waits) | (by or {}))
        self._call(Action.CANCEL, Priority.PROTECT, "cancel_order", *given, before=before)

    def amend(
        self,
        symbol: str,
        venue_order_id: str,
        *,
        side: str,
        quantity: Decimal,
        price: Decimal,
        reference: Decimal | None = None,
    ) -> VenueOrder:
        """Change a limit order. BadInput where the venue would cancel and send anew by itself."""
        self._need(self.trading.amends, "changing an order", "symbol")
        market = self._market(symbol)
        asked = Asked(quantity, price, reference=reference)
        check_filters(asked, unified.filters(market), self.capabilities.name)
        amount = quantity / unified.contract_size(market)
        given = (venue_order_id, symbol, "limit", side, unified.text(amount), unified.text(price))
        row = self._call(Action.AMEND, Priority.OPEN, "edit_order", *given)
        return self._known(unified.changed(row, market, venue_order_id))

    def _known(self, placed: VenueOrder) -> VenueOrder:
        """An order without an id is no answer."""
        if not placed.venue_order_id:
            words = f"{self.capabilities.name} {WORDS[Outcome.UNKNOWN]}"
            raise VenueFault(words, Outcome.UNKNOWN, venue=self.capabilities.key)
        return placed

    def find(
        self, symbol: str, client_order_id: str, *, waits: bool = False, is_pair: bool = False
    ) -> VenueOrder | None:
        """An order by our own id; None: the venue does not show one (yet). waits: as for cancel."""
        if is_pair and self.trading.pairs == "list":
            return pairs.find(self, symbol, client_order_id)
        market = self._market(symbol)
        wanted = str(venue_client_id(client_order_id, self.trading.client_ids))
        if not self.trading.finds_by:
            return self._looked_through(market, wanted, self._apart(waits))
        params = {self.trading.finds_by: wanted} | self._apart(waits)
        try:
            row = self._ask("fetch_order", Priority.PROTECT, None, symbol, params=params)
        except VenueFault as fault:
            if fault.outcome is Outcome.CANCELLED:
                return unified.archived(symbol, client_order_id)
            if fault.outcome is Outcome.NOT_FOUND:
                return None
            raise
        child = unified.became(row, self.trading) if waits else ""
        if child:
            row = self._ask("fetch_order", Priority.PROTECT, child, symbol)
        found = unified.order(row, market)
        return replace(found, client_order_id=wanted) if child else found

    def open_orders(self, symbol: str, *, waits: bool = False) -> list[VenueOrder]:
        """waits: those that wait for a trigger price, where the venue keeps them apart."""
        market = self._market(symbol)
        apart = [dict(one) for one in self.trading.waiting_lists] or [self._apart(waits)]
        rows = [
            row
            for params in (apart if waits else [{}])
            for row in self._ask("fetch_open_orders", Priority.CLOSE, symbol, params=params)
        ]
        return [unified.order(row, market) for row in rows]

    def trades(self, symbol: str, since_ms: int | None = None) -> list[VenueTrade]:
        """Executions from since_ms on, in order of time, each once."""
        once = {one.venue_fill_id: one for page, _ in self.trade_pages(symbol, since_ms)
                for one in page}  # fmt: skip
        return sorted(once.values(), key=lambda one: (one.time_ms, one.venue_fill_id))

    def trade_pages(
        self, symbol: str, since_ms: int | None = None
    ) -> Iterator[tuple[list[VenueTrade], int | None]]:
        """(executions of the market, up to when nothing is missing any more), page by page.

        None: nothing is known to be whole yet. Pages may overlap. since_ms None: the newest page.
        """
        market, listing = self._market(symbol), self.trading.trades
        walk = TradeWalk(listing, since_ms, self._caller.now_ms())
        while (ask := walk.ask) is not None:
            told = self._ask(
                "fetch_my_trades", Priority.CLOSE, None if listing.of_all_markets else symbol,
                ask.since_ms, ask.limit, params=ask.params,
            )  # fmt: skip
            walk.told(told)
            rows = executions.identified(row for row in told if row.get("symbol") == symbol)
            yield [executions.trade(row, market) for row in rows], walk.complete_ms

    def funding(self, symbol: str, since_ms: int | None = None) -> list[FundingPaid]:
        self._need(self.trading.funding, "a history of funding", "symbol")
        rows = self._ask("fetch_funding_history", Priority.DATA, symbol, since_ms)
        return [unified.funding(row) for row in rows]

    def set_leverage(self, symbol: str, leverage: int) -> None:
        self._need(self.trading.leverage, "setting leverage", "leverage")
        self._market(symbol)
        self._call(Action.CHANGE, Priority.OPEN, "set_leverage", leverage, symbol)

    def set_margin_mode(self, symbol: str, mode: str) -> None:
        """mode: cross or isolated."""
        if mode not in MARGIN_MODES:
            words = f"must be one of {', '.join(MARGIN_MODES)}"
            raise BadInput(f"margin_mode: {words}", [FieldFault("margin_mode", words)])
        self._need(self.trading.margin_modes, "choosing a margin mode", "margin_mode")
        self._market(symbol)
        self._call(Action.CHANGE, Priority.OPEN, "set_margin_mode", mode, symbol)

    def _apart(self, waits: bool) -> dict[str, Any]:
        return {"trigger": True} if waits and self.trading.triggers_apart else {}

    def _looked_through(
        self, market: dict[str, Any], wanted: str, params: dict[str, Any]
    ) -> VenueOrder | None:
        """One by our id from the venue's lists, for venues that find none by it."""
        symbol, by = market["symbol"], self.trading.lists_by
        limit = None if by else LISTED_MAX
        params = params | unified.narrowed(by, wanted)
        for method in self.trading.lists or self._lists():
            for row in self._ask(method, Priority.PROTECT, symbol, None, limit, params):
                if str(row.get("clientOrderId") or "") == wanted:
                    found = unified.order(row, market)
                    return unified.settled(found, self.trading, self._caller.now_ms())
        return None

    def _lists(self) -> list[str]:
        with self._sessions.lend(None) as (exchange, _):
            has = exchange.has
        wanted = ("fetch_open_orders", "fetch_closed_orders", "fetch_canceled_orders")
        flags = ("fetchOpenOrders", "fetchClosedOrders", "fetchCanceledOrders")
        return [name for name, flag in zip(wanted, flags, strict=True) if has.get(flag) is True]

    def _check_ticket(self, ticket: OrderTicket, market: dict[str, Any]) -> None:
        faults = list(
            unsupported(
                self.trading, self.capabilities.name, type=ticket.type,
                is_contract=bool(market.get("contract")), time_in_force=ticket.time_in_force,
                post_only=ticket.post_only, reduce_only=ticket.reduce_only,
                is_pair=ticket.is_pair,
            )
        )  # fmt: skip
        if faults:
            raise BadInput(f"{faults[0].path}: {faults[0].message}", faults)

    def _need(self, has: bool, what: str, field: str) -> None:
        if not has:
            words = f"{self.capabilities.name} has no {what}"
            raise BadInput(f"{field}: {words}", [FieldFault(field, words)])

    def _buys_for_cost(self, ticket: OrderTicket, market: dict[str, Any]) -> bool:
        plain = ticket.type == "market" and ticket.side == "buy"
        return plain and bool(market.get("spot")) and self.trading.buys_by_cost

    def _client_id(self, ticket: OrderTicket) -> str | int:
        return venue_client_id(ticket.client_order_id, self.trading.client_ids)

    def _market(self, symbol: str) -> dict[str, Any]:
        return self._caller.market(symbol)

    def _ask(self, method: str, priority: Priority, *args: Any, **kwargs: Any) -> Any:
        return self._call(Action.QUERY, priority, method, *args, **kwargs)

    def _call(self, action: Action, priority: Priority, method: str, *args: Any, **kw: Any) -> Any:
        return self._caller.call(action, priority, method, *args, **kw)
