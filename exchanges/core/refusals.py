"""Why the paper venue says no: a stable code for programs, words for people, the field to mend."""

from __future__ import annotations

from collections.abc import Iterable

from foundation.lib.errors import BadInput, Conflict, FieldFault


class Refused(BadInput):
    """An order or a change that the venue does not take; nothing was changed.

    code is one of CODES; every fault names its field.
    """

    code = "refused"

    def __init__(self, code: str, message: str, faults: Iterable[FieldFault] = ()) -> None:
        assert code in CODES, code
        super().__init__(message, faults)
        self.code = code


class DuplicateClientOrderId(Conflict):
    """The client order id was used before, for something else."""

    code = "duplicate_client_order_id"


def refuse(code: str, field: str, message: str) -> Refused:
    """A refusal with one fault."""
    return Refused(code, f"{field}: {message}" if field else message, [FieldFault(field, message)])


CODES = {
    "bad_input": "a field is missing, or does not go with the type of order",
    "unknown_symbol": "no such market on the paper venue",
    "lot_size": "the quantity is below the minimum or off the step",
    "price_filter": "a price is off the step or not possible",
    "min_notional": "quantity x price is below the minimum",
    "max_notional": "quantity x price is above what can be booked",
    "insufficient_balance": "the spot wallet does not hold enough that is free",
    "insufficient_margin": "the futures wallet has not enough left for the margin and the fee",
    "reduce_only": "there is no position that the order would reduce, or a smaller one",
    "would_take": "a post-only order would trade at once",
    "would_trigger": "the price has passed the trigger already",
    "leverage_cap": "the position would be larger than its leverage allows",
    "bad_leverage": "the market does not offer this leverage",
    "has_position": "the margin mode cannot be changed while a position or an order is open",
    "too_many_orders": "too many working orders on this market",
    "not_working": "the order is over: nothing is left to change or cancel",
    "no_depth": "the order book has nothing to trade with",
    "risk_limit": "a limit of risk, of the user's own or of the operators, forbids it",
    "bad_margin": "more margin than can be taken out, or added",
}
