"""What a user's paper money is worth: now, today, and over time."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal, localcontext
from typing import Any

import numpy as np
from django.db.models import F, Sum
from django.utils import timezone
from numpy.typing import NDArray

from bots.core.metrics import Record, summarise
from bots.models import PortfolioSnapshot
from bots.models.portfolio import SnapshotQuerySet
from exchanges.core.symbols import parse_symbol
from exchanges.models import Position
from exchanges.models.order import BOT_WALLET
from exchanges.selectors import wallets, worth
from foundation.lib import clock
from foundation.lib.decimals import MONEY, quantize
from foundation.lib.thinning import thin

QUOTE = worth.QUOTE
DAY_MS = 86_400_000
HOUR_MS = DAY_MS // 24
POINTS_MAX = 4000
FINE_MS = 8 * DAY_MS  # younger snapshots stand every five minutes, older ones every hour
ZERO = Decimal(0)
PUT_IN = ("play_money", "reset", "plan")  # kinds of transfers that are no trading
RANGES = (("1 day", 1), ("1 week", 7), ("1 month", 30))


@dataclass(frozen=True, slots=True)
class Portfolio:
    """In `asset`, at the newest prices. spot: coins and money, what orders keep included; futures:
    balance and unrealised profit; in_bots: their money and coins; free: money to spend in spot.

    unpriced: assets that no market prices. change_today: since midnight of the reader's
    zone (UTC for programs), or since the first snapshot after it, without the play money put in
    since then.
    """

    asset: str
    spot: Decimal
    futures: Decimal
    in_bots: Decimal
    free: Decimal
    open_profit: Decimal
    unpriced: list[str]
    value_before: Decimal | None
    put_in_today: Decimal
    since_ms: int | None

    @property
    def total(self) -> Decimal:
        return self.spot + self.futures + self.in_bots

    @property
    def change_today(self) -> Decimal | None:
        if self.value_before is None:
            return None
        return self.total - self.value_before - self.put_in_today

    @property
    def change_today_fraction(self) -> float | None:
        return _share(self.change_today, (self.value_before or ZERO) + self.put_in_today)


@dataclass(frozen=True, slots=True)
class Change:
    """From the snapshot at since_ms to now, without the play money put in meanwhile."""

    words: str
    since_ms: int
    before: Decimal
    made: Decimal
    share: float | None


def midnight_ms() -> int:
    """When today began in the reader's zone; in UTC where nobody reads."""
    now = timezone.localtime(clock.now())
    return clock.to_ms(now.replace(hour=0, minute=0, second=0, microsecond=0))


def portfolio(user: Any) -> Portfolio:
    """Everything that the user has on paper, wherever it lies. The snapshots count the same."""
    with localcontext(MONEY):
        mine = wallets.wallets(user)
        values = {
            "spot": quantize(mine.spot_value),
            "futures": quantize(mine.futures.margin_balance),
            "in_bots": quantize(mine.bots_value),
            "open_profit": quantize(mine.futures.unrealised_pnl + _profit_of_bots(user, mine.bots)),
        }
    before = history(user, start_ms=midnight_ms()).first()
    free = next((line.free for line in mine.spot if line.asset == QUOTE), ZERO)
    return Portfolio(
        asset=QUOTE,
        **values,
        free=free,
        unpriced=mine.unpriced,
        value_before=before.value if before else None,
        put_in_today=put_in(user, before.after_entry) if before else ZERO,
        since_ms=before.taken_at_ms if before else None,
    )


def _profit_of_bots(user: Any, lines: list[wallets.Line]) -> Decimal:
    """What the coins of open bot positions are worth more than they cost; 0 without a price."""
    known = {line.asset: line.price for line in lines}
    total = ZERO
    for one in Position.objects.owned_by(user).open().filter(wallet__startswith=BOT_WALLET):
        pair = parse_symbol(one.symbol)
        price = known.get(pair.base) if pair.quote == QUOTE else None
        if price is not None:
            total += one.quantity * (price - one.entry_price)
    return total


def history(
    user: Any, asset: str = QUOTE, *, start_ms: int | None = None, end_ms: int | None = None
) -> SnapshotQuerySet:
    """Snapshots of [start_ms, end_ms), oldest first; page it."""
    rows = PortfolioSnapshot.objects.owned_by(user).filter(asset=asset)
    if start_ms is not None:
        rows = rows.filter(taken_at_ms__gte=start_ms)
    if end_ms is not None:
        rows = rows.filter(taken_at_ms__lt=end_ms)
    return rows.order_by("taken_at_ms")


def curve(user: Any, asset: str = QUOTE, *, days: int = 0) -> list[list[float]]:
    """[ms, value] of the last days (0: of all time) for a chart, ending now.

    Evenly spaced, since a chart gives each point the same width: within a week every snapshot,
    beyond it one an hour.
    """
    now_ms = clock.now_ms()
    rows = history(user, asset, start_ms=now_ms - days * DAY_MS if days else None)
    first_ms = rows.values_list("taken_at_ms", flat=True).first()
    if first_ms is None:
        return []
    if now_ms - first_ms >= FINE_MS:
        rows = rows.annotate(past_hour=F("taken_at_ms") % HOUR_MS).filter(past_hour=0)
    points = [[float(ms), float(value)] for ms, value in rows.values_list("taken_at_ms", "value")]
    kept = thin(np.array([value for _, value in points], dtype=np.float64), POINTS_MAX)
    return [points[i] for i in kept] + [[float(now_ms), float(portfolio(user).total)]]


def changes(user: Any, now: Portfolio) -> list[Change]:
    """The chart in words: a day, a week, a month and all of it, as far as there are snapshots."""
    now_ms = clock.now_ms()
    rows = history(user, now.asset)
    first = rows.first()
    if first is None:
        return []
    found: list[Change] = []
    for words, days in RANGES:
        start_ms = now_ms - days * DAY_MS
        if first.taken_at_ms <= start_ms:
            before = rows.filter(taken_at_ms__gte=start_ms).first()
            found += [_change(user, words, before, now)] if before else []
    return [*found, _change(user, "All", first, now)]


def _change(user: Any, words: str, before: PortfolioSnapshot, now: Portfolio) -> Change:
    added = put_in(user, before.after_entry)
    made = now.total - before.value - added
    return Change(words, before.taken_at_ms, before.value, made, _share(made, before.value + added))


def _share(made: Decimal | None, of: Decimal) -> float | None:
    return float(made / of) if made is not None and of > 0 else None


def put_in(user: Any, after_entry: int | None) -> Decimal:
    """Play money that came (or was taken back by a reset) after a ledger entry, at the newest
    prices; 0 where a snapshot does not say which entry was its last."""
    if after_entry is None:
        return ZERO
    rows = wallets.movements(user).filter(transfer__kind__in=PUT_IN, pk__gt=after_entry)
    sums = rows.order_by().values_list("account__asset").annotate(total=Sum("amount"))
    amounts = dict(sums.values_list("account__asset", "total"))
    known = worth.prices(amounts) if amounts else {}
    return sum((amount * known.get(asset, ZERO) for asset, amount in amounts.items()), ZERO)


def performance(user: Any, asset: str = QUOTE) -> dict[str, Any]:
    """All of the user's bots together, deleted ones included, by the metrics of backtests."""
    points = curve(user, asset)
    first = next((i for i, (_, value) in enumerate(points) if value > 0), len(points))
    points = points[first:]
    return {
        "asset": asset,
        "start_ms": int(points[0][0]) if points else None,
        "metrics": summarise(_record(points, _trades(user, asset))),
        "equity": points,
    }


def _trades(user: Any, asset: str) -> list[Position]:
    """What the bots closed, in that order."""
    rows = Position.objects.owned_by(user).closed().filter(wallet__startswith=BOT_WALLET)
    rows = rows.order_by("closed_at_ms", "pk")
    return [one for one in rows if parse_symbol(one.symbol).quote == asset and one.entry_quote]


def _record(points: list[list[float]], trades: list[Position]) -> Record:
    pnl = _floats(one.realised_pnl for one in trades)
    return Record(
        start_ms=int(points[0][0]) if points else 0,
        time_ms=np.array([int(ms) for ms, _ in points[1:]], dtype=np.int64),
        equity=_floats(value for _, value in points[1:]),
        cash=points[0][1] if points else 0.0,
        pnl=pnl,
        returns=pnl / _floats(one.entry_quote for one in trades),
        fees=_floats(one.fees for one in trades),
        funding=np.zeros(len(trades)),
    )


def _floats(values: Iterable[Any]) -> NDArray[np.float64]:
    return np.array([float(value) for value in values], dtype=np.float64)
