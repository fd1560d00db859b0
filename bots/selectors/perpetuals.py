"""Which real perpetuals somebody follows: those whose fundings are worth keeping."""

from __future__ import annotations

from collections import defaultdict

from bots.selectors import followed
from exchanges.models import Market
from exchanges.selectors import ticket_room


def to_collect() -> dict[str, list[str]]:
    """Symbols by venue. The paper venue's own contracts settle by rates of its own."""
    rows = Market.objects.filter(
        kind=Market.Kind.SWAP, is_active=True, is_simulated=False, feed_symbol=""
    )
    real = [row for row in rows if not ticket_room.is_tradable(row)]
    board, found = followed.board(real), defaultdict(list)
    for row in real:
        if board.is_followed(row):
            found[row.venue].append(row.symbol)
    return dict(found)
