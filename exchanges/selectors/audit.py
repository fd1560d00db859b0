"""Do orders, positions and money agree? Every way in which they do not, in words."""

from __future__ import annotations

from django.db import connection

from accounts.selectors import ledger
from exchanges.core.orders import FINAL, ORDER_TRANSITIONS

# Each statement gives one text a fault. Only orders of the users' own wallets reserve anything.
_CHECKS = {
    "held": """
        SELECT 'account ' || account.id || ' holds ' || account.held || ', its orders '
               || coalesce(promised.total, 0)
          FROM accounts_ledgeraccount account
          LEFT JOIN (
            SELECT o.owner_id, m.asset, sum(o.held) AS total
              FROM exchanges_order o
              JOIN (SELECT venue, symbol, base, quote FROM exchanges_market) known
                ON known.venue = o.venue AND known.symbol = o.symbol
             CROSS JOIN LATERAL (
                SELECT CASE o.side WHEN 'buy' THEN known.quote ELSE known.base END AS asset) m
             WHERE o.wallet = 'spot' AND o.held > 0
             GROUP BY o.owner_id, m.asset) promised
            ON promised.owner_id = account.owner_id AND promised.asset = account.asset
         WHERE account.kind = 'paper_wallet' AND account.held <> coalesce(promised.total, 0)
        UNION ALL
        SELECT 'account ' || id || ' of kind ' || kind || ' holds ' || held
          FROM accounts_ledgeraccount WHERE kind <> 'paper_wallet' AND held <> 0""",
    "margin": """
        SELECT 'position ' || position.id || ' has a margin of ' || position.margin
               || ', its account ' || coalesce(account.balance, 0)
          FROM exchanges_position position
          LEFT JOIN accounts_ledgeraccount account
            ON account.owner_id = position.owner_id AND account.kind = 'paper_margin'
           AND account.reference = position.symbol
         WHERE position.wallet = 'futures' AND position.closed_at_ms IS NULL
           AND position.margin <> coalesce(account.balance, 0)
        UNION ALL
        SELECT 'margin account ' || account.id || ' has ' || account.balance || ' and no position'
          FROM accounts_ledgeraccount account
         WHERE account.kind = 'paper_margin' AND account.balance <> 0 AND NOT EXISTS (
            SELECT FROM exchanges_position position
             WHERE position.owner_id = account.owner_id AND position.symbol = account.reference
               AND position.wallet = 'futures' AND position.closed_at_ms IS NULL)""",
    "positions": """
        SELECT 'position ' || position.id || ' has ' || position.quantity || ', its fills '
               || coalesce(filled.total, 0)
          FROM exchanges_position position
          LEFT JOIN (
            SELECT position_id,
                   sum(CASE side WHEN 'buy' THEN quantity ELSE -quantity END) AS total
              FROM exchanges_fill GROUP BY position_id) filled
            ON filled.position_id = position.id
         WHERE position.quantity * CASE position.side WHEN 'long' THEN 1 ELSE -1 END
               <> coalesce(filled.total, 0)""",
    "fills": """
        SELECT 'order ' || o.id || ' has ' || o.filled_quantity || ', ' || o.filled_quote || ', '
               || o.fee || ', its fills ' || coalesce(filled.quantity, 0) || ', '
               || coalesce(filled.quote, 0) || ', ' || coalesce(filled.fee, 0)
          FROM exchanges_order o
          LEFT JOIN (
            SELECT order_id, sum(quantity) AS quantity, sum(amount_quote) AS quote, sum(fee) AS fee
              FROM exchanges_fill GROUP BY order_id) filled ON filled.order_id = o.id
         WHERE (o.filled_quantity, o.filled_quote, o.fee) IS DISTINCT FROM
               (coalesce(filled.quantity, 0), coalesce(filled.quote, 0), coalesce(filled.fee, 0))
            OR o.filled_quantity > o.quantity
            OR (o.status = 'filled' AND o.filled_quantity <> o.quantity)""",
    "history": """
        SELECT 'order ' || o.id || ' is ' || o.status || ', its history ends with '
               || coalesce(last.status, 'nothing') || ' after ' || last.steps || ' steps'
          FROM exchanges_order o
          JOIN LATERAL (
            SELECT count(*) AS steps, max(number) AS newest,
                   (array_agg(status ORDER BY number DESC))[1] AS status
              FROM exchanges_orderevent WHERE order_id = o.id) last ON true
         WHERE last.status IS DISTINCT FROM o.status OR last.steps <> o.event_count
            OR last.newest <> o.event_count
        UNION ALL
        SELECT 'order ' || order_id || ' went from ' || status_before || ' to ' || status
          FROM (SELECT order_id, status_before, status, number,
                       lag(status, 1, '') OVER (PARTITION BY order_id ORDER BY number) AS before
                  FROM exchanges_orderevent) step
         WHERE status_before <> before OR (number > 1 AND status_before || ' ' || status <> ALL(%s))
            OR (number = 1 AND status <> 'pending')""",
    "waiting": """
        SELECT 'order ' || id || ' is ' || status || ' and waits for nothing'
          FROM exchanges_order
         WHERE wallet IN ('spot', 'futures') AND status <> ALL(%s) AND acts_when = ''""",
    "protected": """
        SELECT 'order ' || o.id || ' would reduce a position that is closed'
          FROM exchanges_order o
         WHERE o.wallet = 'futures' AND o.status <> ALL(%s) AND (o.reduce_only OR o.close_position)
           AND NOT EXISTS (
            SELECT FROM exchanges_position p
             WHERE p.owner_id = o.owner_id AND p.venue = o.venue AND p.symbol = o.symbol
               AND p.wallet = 'futures' AND p.closed_at_ms IS NULL)""",
    "watched": """
        SELECT 'position ' || id || ' can be liquidated and nobody watches it'
          FROM exchanges_position
         WHERE wallet = 'futures' AND closed_at_ms IS NULL AND watch_price IS NULL
           AND margin_mode = 'isolated' AND (side = 'short' OR margin < quantity * entry_price)""",
}
EDGES = [
    f"{before} {after}" for before, following in ORDER_TRANSITIONS.items() for after in following
]
VALUES = {
    "history": [EDGES],
    "waiting": [sorted(FINAL)],
    "protected": [sorted(FINAL)],
}


def faults() -> list[str]:
    """Empty when every book agrees with every other one."""
    found = ledger.faults()
    with connection.cursor() as cursor:
        for name, statement in _CHECKS.items():
            cursor.execute(statement, VALUES.get(name, []))
            found += [f"{name}: {text}" for (text,) in cursor.fetchall()]
    return found
