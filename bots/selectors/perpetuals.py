"""Which real perpetuals somebody follows, or reads: those whose fundings are worth keeping."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from django.db.models import TextField
from django.db.models.functions import Cast

from bots.models import BotRun
from bots.selectors import followed
from bots.selectors.beside import perpetual_of
from exchanges.models import Market
from exchanges.selectors import ticket_room

READS = "funding_rate"  # the indicator, by itself or inside a formula


def to_collect() -> dict[str, list[str]]:
    """Symbols by venue. The paper venue's own contracts settle by rates of its own."""
    rows = Market.objects.filter(
        kind=Market.Kind.SWAP, is_active=True, is_simulated=False, feed_symbol=""
    )
    real = [row for row in rows if not ticket_room.is_tradable(row)]
    board, read = followed.board(real), set(_read_by_bots())
    found = defaultdict(list)
    for row in real:
        if row.pk in read or board.is_followed(row):
            found[row.venue].append(row.symbol)
    return dict(found)


def _read_by_bots() -> Iterator[int]:
    """Of whose markets a strategy that runs reads the funding: a spot market's perpetual."""
    running = BotRun.objects.filter(ended_at__isnull=True)
    reading = running.annotate(text=Cast("spec", TextField())).filter(text__contains=READS)
    for venue, symbol in reading.order_by().values_list("venue", "symbol").distinct():
        perpetual = perpetual_of(venue, symbol)
        if perpetual is not None:
            yield perpetual.pk
