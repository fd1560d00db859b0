"""What the page of one bot shows: its state in figures, its tabs, its markers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest
from django.urls import reverse

from bots.core.strategy.spec import parse
from bots.core.strategy.wording import summary
from bots.forms.promotion import PlanForm
from bots.models import Bot, BotRun
from bots.pages import choices
from bots.selectors import account_trading, parity, performance, promotion, signals
from bots.selectors import bots as selector
from bots.selectors.holdings import holdings
from bots.selectors.market_time import speed_of
from bots.services import preflight
from exchanges.core.candles import TIMEFRAME_MS
from exchanges.models import Fill, Market
from exchanges.pages.acts import owner_of
from exchanges.selectors import live, overview
from exchanges.services import credentials

PER_PAGE = 50
MARKERS_MAX = 1000
GOING_LIVE = "going-live"
TABS = {
    "trades": "Trades", "orders": "Orders", "parity": "Parity", GOING_LIVE: "Going live",
    "log": "Log", "rules": "Rules",
}  # fmt: skip
STEPS_SHOWN = 30
# What htmx targets -> the part that is drawn again.
PARTS: Mapping[str, str] = {"bot-state": "bots/_bot_state.html", "bot-tab": "bots/_bot_tab.html"}


def timeframe_of(bot: Bot) -> str:
    """Of the run, as it was started; before the first start, of the strategy."""
    run = selector.run_of(bot)
    if run is not None:
        return run.timeframe
    return bot.strategy.timeframe if bot.strategy else "1m"


def tab_address(bot: Bot, tab: str) -> str:
    return f"{reverse('bot', args=[bot.pk])}?tab={tab}#bot-tab"


def context(
    request: HttpRequest, bot: Bot, part: str | None, tab: str | None = None
) -> dict[str, Any]:
    """Of the page, or of one part of it. tab: instead of the one that the address names."""
    tab = tab or request.GET.get("tab", "trades")
    tab = tab if tab in TABS else "trades"
    shared: dict[str, Any] = {
        "bot": bot,
        "run": selector.run_of(bot),
        "tab": tab,
        "tabs": TABS.items(),
    }
    market = Market.objects.filter(venue=bot.venue, symbol=bot.symbol).first()
    shared |= {"market": market, "quote": market.quote if market else ""}
    if part != "bots/_bot_tab.html":
        shared |= state(bot, shared["run"])
    if part != "bots/_bot_state.html":
        shared |= tab_context(request, bot, tab)
    if part is None:
        timeframe, name = timeframe_of(bot), f"{bot.symbol}@{bot.venue}"
        shared |= {
            "timeframe": timeframe,
            "places": overview.price_places(market),
            "live_channel": f"kline:{name}:{timeframe}",
            "channel": name,
        }
    return shared


def state(bot: Bot, run: Any) -> dict[str, Any]:
    """Price, position, money, and when the next candle closes and decides."""
    ticker = live.ticker(bot.venue, bot.symbol) or {}
    position = _position(bot, run)
    money = performance.money_of(bot, run) if run is not None else None
    timeframe_ms = TIMEFRAME_MS[timeframe_of(bot)]
    last = ticker.get("last")
    return {
        "ticker": ticker,
        "channel": f"{bot.symbol}@{bot.venue}",
        "hears_signals": signals.hears_signals(bot),
        "position": position,
        "held": holdings(bot),
        "position_worth": float(_quantity(position)) * float(last) if position and last else None,
        "money": money,
        "parity": parity.parity_of(bot),
        "profit": money.equity - run.equity_start if money else None,
        "profit_share": (money.equity / run.equity_start - 1) if money else None,
        "trade_count": _trade_count(bot),
        "next_ms": next_close_ms(bot, run, timeframe_ms) if run and bot.is_active else None,
        "period_ms": int(timeframe_ms / speed_of(bot.venue)),
    }


def next_close_ms(bot: Bot, run: BotRun, timeframe_ms: int) -> int:
    """When, by the reader's clock, the candle closes on which the bot decides next."""
    closes_ms = run.last_candle_ms + 2 * timeframe_ms
    beat = live.heartbeat(bot.venue)
    if beat is None or beat.is_stale:
        return closes_ms
    return int(beat.at_ms + (closes_ms - beat.market_ms) / speed_of(bot.venue))


def tab_context(request: HttpRequest, bot: Bot, tab: str) -> dict[str, Any]:
    if tab == "rules":
        run = selector.run_of(bot)
        spec = run.spec if run is not None else bot.strategy.spec if bot.strategy else None
        return {"summary": summary(parse(spec)) if spec else []}
    if tab == GOING_LIVE:
        return going_live(request, bot)
    if tab == "parity":
        found = parity.parity_of(bot)
        return {"parity": found, "gaps": parity.gaps(found)}
    if bot.credential_id is not None and tab in ("trades", "orders"):
        return {"page": _account_page(request, bot, tab)}
    rows = {"trades": selector.trades, "orders": selector.orders, "log": selector.log}[tab](bot)
    return {"page": Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))}


def going_live(request: HttpRequest, bot: Bot) -> dict[str, Any]:
    """The way it is on, or the form that puts it there; what the account would have refused."""
    way = promotion.way_of(bot)
    asked = request.POST.get("credential") or request.GET.get("account", "")
    offered = choices.accounts(request.user)
    account = way.row.credential if way else None
    chosen = [pk for pk, _ in offered if asked in ("", str(pk))]
    if way is None and len(chosen) == 1:  # the one that was chosen, or the only one
        account = credentials.get(owner_of(request), chosen[0])
    on_paper = bot.credential_id is None
    return {
        "way": way,
        "plan_form": PlanForm(accounts=offered),
        "accounts": offered,
        "account": account,
        "flight": preflight.look(bot, account) if account and on_paper else None,
        "history": promotion.history(bot)[:STEPS_SHOWN],
    }


def _position(bot: Bot, run: BotRun | None) -> Any:
    if run is not None and run.runner == BotRun.Runner.ACCOUNT:
        run.bot = bot
        return account_trading.held_of(run)
    return selector.position_of(bot)


def _quantity(position: Any) -> Any:
    return position["quantity"] if isinstance(position, dict) else position.quantity


def _trade_count(bot: Bot) -> int:
    if bot.credential_id is not None:
        return len(account_trading.trips_of(bot))
    return selector.trades(bot).count()


def _account_page(request: HttpRequest, bot: Bot, tab: str) -> Any:
    """Rows of a bot on a connected account, named as those on paper."""
    if tab == "orders":
        page = Paginator(account_trading.orders(bot), PER_PAGE).get_page(request.GET.get("page"))
        page.object_list = account_trading.told(list(page.object_list))
        return page
    rows = [
        {
            "pk": number, "opened_at_ms": one.opened_ms, "entry_price": one.entry_price,
            "closed_at_ms": one.closed_ms, "exit_price": one.exit_price,
            "entry_quantity": one.quantity, "realised_pnl": one.pnl, "fees": one.fees,
            "exit_reason": one.exit_reason,
        }
        for number, one in enumerate(account_trading.trips_of(bot), start=1)
    ]  # fmt: skip
    return Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))


def markers(bot: Bot) -> list[dict[str, Any]]:
    """Each fill, at the candle in which it happened."""
    fills = Fill.objects.filter(wallet=bot.wallet).order_by("-pk")[:MARKERS_MAX]
    return [
        {
            "id": f"fill-{fill.pk}",
            "time": fill.time_ms,
            "buys": fill.side == "buy",
            "text": fill.side,
        }
        for fill in fills
    ]
