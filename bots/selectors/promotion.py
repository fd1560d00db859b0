"""A bot's way from paper to real money: where it stands, what is to be shown, what happened."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from django.db.models import QuerySet

from bots.core.promotion import Facts, Plan, Stage, from_json, missing, percent, shares
from bots.models import Bot, BotLog, BotParity, BotPromotion, BotRun
from foundation.lib import clock

DAY_S = Decimal(86_400)
ZERO, ONE = Decimal(0), Decimal(1)


@dataclass(frozen=True, slots=True)
class Step:
    """state: "done", "now" or "ahead"."""

    name: str
    note: str
    state: str


@dataclass(frozen=True, slots=True)
class Bar:
    """How far one thing is that is to be shown. fraction: 0 to 1. words: value and what is asked.

    is_limit: it must stay below, not reach.
    """

    name: str
    words: str
    fraction: float
    is_met: bool
    is_limit: bool = False


@dataclass(frozen=True, slots=True)
class Way:
    """missing: in words, before the next step; next_share: what it trades with then, None: none."""

    row: BotPromotion
    plan: Plan
    steps: list[Step]
    bars: list[Bar]
    missing: list[str]
    next_share: Decimal | None


def promotion_of(bot: Bot) -> BotPromotion | None:
    # Not joined with its account: that would bring the sealed keys along.
    return BotPromotion.objects.filter(bot=bot).first()


def way_of(bot: Bot) -> Way | None:
    """None: it is not on its way."""
    row = promotion_of(bot)
    if row is None:
        return None
    plan, stage = from_json(row.plan), Stage(row.stage)
    facts = facts_of(row)
    ahead = [share for share in shares(plan) if share > row.share]
    return Way(
        row=row,
        plan=plan,
        steps=_steps(row, plan),
        bars=_bars(stage, plan, facts),
        missing=[] if stage is Stage.FULL else missing(stage, plan, facts),
        next_share=ahead[0] if ahead else None,
    )


def facts_of(row: BotPromotion) -> Facts:
    """What the newest run has shown in this stage."""
    run = BotRun.objects.filter(bot=row.bot_id, ended_at__isnull=True).order_by("-pk").first()
    seconds = Decimal(int((clock.now() - row.since).total_seconds()))
    found = BotParity.objects.filter(run=run).first() if run else None
    parity = None if found is None or found.score is None else Decimal(str(found.score))
    lost = ZERO
    if run is not None and run.peak_equity > 0:
        lost = (run.peak_equity - run.equity) / run.peak_equity
    return Facts(seconds / DAY_S, parity, found.expected if found else 0, lost)


def history(bot: Bot) -> QuerySet[BotLog]:
    """Every step up and back, newest first."""
    return BotLog.objects.filter(bot=bot, kind="promotion").order_by("-pk")


def _steps(row: BotPromotion, plan: Plan) -> list[Step]:
    on_paper = row.stage == Stage.PAPER
    found = [
        Step("Backtest", "what it is held against", "done"),
        Step("Paper", f"{plan.paper_days} days at least", "now" if on_paper else "done"),
    ]
    for share in shares(plan):
        state = "now" if not on_paper and share == row.share else "ahead"
        if not on_paper and share < row.share:
            state = "done"
        note = "all of its money" if share == ONE else f"of its money, {plan.ramp_days} days"
        found.append(Step(f"Live {percent(share)}", note, state))
    return found


def _bars(stage: Stage, plan: Plan, facts: Facts) -> list[Bar]:
    bars = [] if stage is Stage.FULL else [_days(stage, plan, facts), _fills(plan, facts)]
    bars.append(_parity(plan, facts))
    if stage is not Stage.PAPER:
        bars.append(_drawdown(plan, facts))
    return bars


def _days(stage: Stage, plan: Plan, facts: Facts) -> Bar:
    days = plan.paper_days if stage is Stage.PAPER else plan.ramp_days
    name = "Days on paper" if stage is Stage.PAPER else "Days at this share"
    words = f"{facts.days:.1f} of {days}"
    return Bar(name, words, _part(facts.days, Decimal(days)), facts.days >= days)


def _fills(plan: Plan, facts: Facts) -> Bar:
    words = f"{facts.fills} of {plan.fills_min}"
    part = _part(Decimal(facts.fills), Decimal(plan.fills_min))
    return Bar("Fills compared", words, part, facts.fills >= plan.fills_min)


def _parity(plan: Plan, facts: Facts) -> Bar:
    now = "not compared yet" if facts.parity is None else percent(facts.parity)
    words = f"{now}, at least {percent(plan.parity_min)}"
    met = facts.parity is not None and facts.parity >= plan.parity_min
    return Bar("Parity with its backtest", words, float(facts.parity or 0), met)


def _drawdown(plan: Plan, facts: Facts) -> Bar:
    words = f"{percent(facts.drawdown, 1)}, back to paper at {percent(plan.drawdown_max)}"
    met = facts.drawdown < plan.drawdown_max
    part = _part(facts.drawdown, plan.drawdown_max)
    return Bar("Lost from its peak", words, part, met, is_limit=True)


def _part(value: Decimal, of: Decimal) -> float:
    return float(max(ZERO, min(ONE, value / of))) if of else 1.0
