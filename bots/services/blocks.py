"""What kept bots from orders, written in bulk and kept for a while."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from django.db import connection

from bots.core.blocks import WORDS
from bots.models import BotBlock, BotRun
from foundation.lib import clock
from foundation.lib.redact import redact_text

WORDS_CHARS_MAX = 200
KEPT_FOR = timedelta(days=30)
KEPT_A_RUN = 10_000
_PRUNE_RUNS = """
DELETE FROM bots_botblock AS block USING (
    SELECT run.id, (SELECT candle_ms FROM bots_botblock WHERE run_id = run.id
                     ORDER BY candle_ms DESC OFFSET %s LIMIT 1) AS until_ms
      FROM (SELECT DISTINCT run_id AS id FROM bots_botblock) AS run
) AS old
 WHERE block.run_id = old.id AND block.candle_ms <= old.until_ms
"""


def block(run: BotRun, candle_ms: int, code: str, words: str = "") -> BotBlock:
    """One row, not saved yet. words: only what the code itself does not say."""
    assert code in WORDS, code
    text = redact_text(words)[:WORDS_CHARS_MAX] if words else ""
    return BotBlock(run=run, candle_ms=candle_ms, code=code, words=text)


def write(rows: Iterable[BotBlock]) -> None:
    """In one query, none for none; what is written already is left as it is."""
    if found := list(rows):
        BotBlock.objects.bulk_create(found, ignore_conflicts=True)


def prune() -> int:
    """Delete what is old, and of each run what is more than it may keep; the answer counts them."""
    old, _ = BotBlock.objects.filter(made_at__lt=clock.now() - KEPT_FOR).delete()
    with connection.cursor() as cursor:
        cursor.execute(_PRUNE_RUNS, [KEPT_A_RUN])
        return old + int(cursor.rowcount)
