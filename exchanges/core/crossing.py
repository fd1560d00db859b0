"""A fill on a market that is not quoted in the home currency: one coin against another, at cost.

Books are kept by home markets: bought ETH/BTC takes BTC out of what is held of BTC/USDT, and puts
ETH into what is held of ETH/USDT. What the coin given away had cost goes along; no home money
moves, and nothing is realised until a coin comes home.
"""

from __future__ import annotations

from typing import Generic, NamedTuple

from exchanges.core.numbers import N
from exchanges.core.symbols import parse_symbol

EXCHANGED = "exchanged"  # why a position ended whose coin went on as another one


class Crossed(NamedTuple, Generic[N]):
    """source, target: home markets of the coin given and of the one got. given, got: amounts of
    those coins, fees taken off. fee_part: of what was given, the fraction that paid the fee."""

    source: str
    target: str
    given: N
    got: N
    fee_part: N


def crossed(
    symbol: str, home: str, side: int, quantity: N, amount: N, fee_quote: N, fee_base: N
) -> Crossed[N] | None:
    """The exchange that a spot fill is; None on a market quoted in home, or where there is none.

    side: +1 bought. quantity: base, amount: quote, both without fees. fee_base: out of what was
    bought.
    """
    pair = parse_symbol(symbol)
    if not home or home in (pair.quote, pair.base):
        return None
    base, quote = f"{pair.base}/{home}", f"{pair.quote}/{home}"
    if side > 0:
        given = amount + fee_quote
        paid = fee_quote / given + (fee_base / quantity) * (amount / given)
        return Crossed(quote, base, given, quantity - fee_base, paid)
    return Crossed(base, quote, quantity, amount - fee_quote, fee_quote / amount)
