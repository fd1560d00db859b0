"""Reading contracts: chosen leverage, open positions under their marks, the futures account."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, localcontext
from typing import Any

from django.db.models import Sum

from accounts.core.postings import AccountKey
from accounts.models import LedgerAccount
from exchanges.core import margin_account as core
from exchanges.core.margin_account import Exposure
from exchanges.models import MarginSetting, Market, Order, Position
from exchanges.models.order import FUTURES_WALLET
from exchanges.selectors import live
from foundation.lib.bulk import select_rows
from foundation.lib.decimals import AMOUNT_MAX, MONEY, quantize

SETTLE_ASSET = "USDT"
ISOLATED, CROSS = Position.MarginMode.ISOLATED, Position.MarginMode.CROSS
ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Held:
    """An open position with its market and mark (None: the feed is silent)."""

    position: Position
    market: Market
    mark: Decimal | None
    exposure: Exposure
    liquidation_price: Decimal | None
    margin_ratio: Decimal | None

    @property
    def notional(self) -> Decimal:
        return self.exposure.notional

    @property
    def unrealised_pnl(self) -> Decimal:
        return self.exposure.pnl

    @property
    def maintenance_margin(self) -> Decimal:
        return self.exposure.maintenance

    @property
    def initial_margin(self) -> Decimal:
        return self.exposure.initial

    @property
    def distance(self) -> Decimal | None:
        """How far the mark is from the liquidation price, as a fraction of the mark."""
        if self.liquidation_price is None or not self.mark:
            return None
        return abs(self.mark - self.liquidation_price) / self.mark


@dataclass(frozen=True, slots=True)
class FuturesAccount:
    """A user's contracts in one sum. spare: what positions and orders leave of the wallet, below
    zero where cross losses have eaten more."""

    asset: str
    cross_balance: Decimal
    isolated_margin: Decimal
    unrealised_pnl: Decimal
    cross_unrealised_pnl: Decimal
    position_margin: Decimal
    order_margin: Decimal
    maintenance_margin: Decimal
    spare: Decimal

    @property
    def available(self) -> Decimal:
        """What a new order may use as margin."""
        return max(ZERO, self.spare)

    @property
    def wallet_balance(self) -> Decimal:
        """With what isolated positions have locked, without unrealised profit."""
        return self.cross_balance + self.isolated_margin

    @property
    def margin_balance(self) -> Decimal:
        return self.wallet_balance + self.unrealised_pnl

    @property
    def margin_ratio(self) -> Decimal | None:
        """Maintenance margin / margin balance; None without positions."""
        if not self.maintenance_margin:
            return None
        return core.margin_ratio(self.maintenance_margin, self.margin_balance)


def setting(owner: Any, venue: str, symbol: str) -> MarginSetting:
    """Leverage and margin mode that the owner chose; unsaved with the usual values if none."""
    owner_id = getattr(owner, "pk", owner)
    where = "owner_id = %s AND venue = %s AND symbol = %s"
    found = select_rows(MarginSetting, where, [str(owner_id), venue, symbol])
    if found:
        return found[0]
    chosen = MarginSetting(owner_id=owner_id, venue=venue, symbol=symbol)
    market = Market.objects.filter(venue=venue, symbol=symbol).first()
    if market is not None:
        chosen.leverage = min(chosen.leverage, int(market.rules().tiers[0].leverage_max))
    return chosen


def exposure(position: Position, market: Market, mark: Decimal) -> Exposure:
    """A position as the margin rules see it."""
    return Exposure(
        side=1 if position.side == Position.Side.LONG else -1,
        quantity=position.quantity,
        entry=position.entry_price,
        mark=mark,
        tiers=market.rules().tiers,
        leverage=position.leverage,
        margin=position.margin,
    )


def contract_positions(owner: Any) -> list[Position]:
    """A user's open contract positions, newest first."""
    return list(Position.objects.owned_by(owner).open().filter(wallet=FUTURES_WALLET))


def held_positions(owner: Any) -> list[Held]:
    """A user's open contract positions under the newest marks, newest first."""
    rows = contract_positions(owner)
    with localcontext(MONEY):
        return under_marks(rows, cash_of(owner), *_surroundings(rows))


def futures_account(owner: Any) -> FuturesAccount:
    """The futures wallet with its positions and orders."""
    rows = contract_positions(owner)
    with localcontext(MONEY):
        cash = cash_of(owner)
        held = under_marks(rows, cash, *_surroundings(rows))
        return summed(cash, held, order_margin_of(owner))


def summed(cash: Decimal, held: Sequence[Held], order_margin: Decimal) -> FuturesAccount:
    """The account of wallet cash, positions and what orders keep reserved."""
    cross = [one.exposure for one in held if one.position.margin_mode == CROSS]
    isolated = sum((one.position.margin for one in held), ZERO)
    cross_pnl = sum((one.pnl for one in cross), ZERO)
    cross_margin = sum((one.initial for one in cross), ZERO)
    return FuturesAccount(
        asset=SETTLE_ASSET,
        cross_balance=cash,
        isolated_margin=isolated,
        unrealised_pnl=sum((one.unrealised_pnl for one in held), ZERO),
        cross_unrealised_pnl=cross_pnl,
        position_margin=isolated + cross_margin,
        order_margin=order_margin,
        maintenance_margin=sum((one.maintenance_margin for one in held), ZERO),
        spare=cash + min(cross_pnl, ZERO) - cross_margin - order_margin,
    )


def under_marks(
    rows: Sequence[Position],
    cash: Decimal,
    markets: Mapping[tuple[str, str], Market],
    marks: Mapping[tuple[str, str], Decimal],
) -> list[Held]:
    """Positions with exposure, liquidation price, margin ratio; without a mark at their entry."""
    seen = []
    for row in rows:
        market = markets[row.venue, row.symbol]
        mark = marks.get((row.venue, market.price_symbol))
        seen.append((row, market, mark, exposure(row, market, mark or row.entry_price)))
    crossed = [each for row, _, _, each in seen if row.margin_mode == CROSS]
    slack_of = cash + sum((each.pnl for each in crossed), ZERO)
    needed = sum((each.maintenance for each in crossed), ZERO)
    found = []
    for row, market, mark, each in seen:
        if row.margin_mode == CROSS:
            others = [other for other in crossed if other is not each]
            price = core.cross_liquidation_price(each, cash, others)
            ratio = core.margin_ratio(needed, slack_of)
        else:
            price = core.level_at(each, each.margin)
            ratio = core.margin_ratio(each.maintenance, each.margin + each.pnl)
        found.append(Held(row, market, mark, each, price, ratio if mark else None))
    return found


def cash_of(owner: Any) -> Decimal:
    """What lies in the futures wallet itself."""
    owner_id = getattr(owner, "pk", owner)
    key = AccountKey(owner_id, "paper_futures", SETTLE_ASSET)
    row = LedgerAccount.objects.filter(owner_id=owner_id, kind=key.kind, asset=key.asset).first()
    return row.balance if row else ZERO


def order_margin_of(owner: Any) -> Decimal:
    """What working contract orders keep reserved."""
    rows = Order.objects.owned_by(owner).working().filter(wallet=FUTURES_WALLET, held__gt=0)
    total: Decimal | None = rows.aggregate(total=Sum("held"))["total"]
    return total or ZERO


def newest_marks(contracts: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Decimal]:
    """The mark of each contract (venue, symbol); those without a live price are left out."""
    wanted = set(contracts)
    found = Market.objects.filter(symbol__in={symbol for _, symbol in wanted}) if wanted else ()
    known = {(m.venue, m.symbol): m for m in found if (m.venue, m.symbol) in wanted}
    marks = _marks(known.values())
    return {
        key: marks[market.venue, market.price_symbol]
        for key, market in known.items()
        if (market.venue, market.price_symbol) in marks
    }


def _surroundings(
    rows: Sequence[Position],
) -> tuple[dict[tuple[str, str], Market], dict[tuple[str, str], Decimal]]:
    venues, symbols = {row.venue for row in rows}, {row.symbol for row in rows}
    found = Market.objects.filter(venue__in=venues, symbol__in=symbols) if rows else ()
    markets = {(market.venue, market.symbol): market for market in found}
    return markets, _marks(markets.values())


def _marks(markets: Iterable[Market]) -> dict[tuple[str, str], Decimal]:
    """Newest prices by venue and the symbol whose prices a contract follows."""
    by_venue: dict[str, set[str]] = {}
    for market in markets:
        by_venue.setdefault(market.venue, set()).add(market.price_symbol)
    return {
        (venue, symbol): Decimal(str(ticker["last"]))
        for venue, symbols in by_venue.items()
        for symbol, ticker in live.tickers(venue, sorted(symbols)).items()
    }


def rounded(price: Decimal | None) -> Decimal | None:
    """As the column keeps it; None where it is too large to be reached."""
    if price is None or abs(price) >= AMOUNT_MAX:
        return None
    return quantize(price)
