"""The page of plans: what mine allows and how much of it is used, and choosing another."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from accounts.core.plans import LIMITS, PRICE_ASSET
from accounts.forms import PlanForm
from accounts.models import Plan, Subscription, User
from accounts.services import payments, plans, subscriptions
from accounts.services.subscriptions import How, Quote
from foundation.lib.errors import AppError

VERBS = {
    How.KEEP: "Stay with",
    How.UPGRADE: "Upgrade to",
    How.START: "Change to",
    How.RENEW: "Pay for",
    How.DOWNGRADE: "Downgrade to",
    How.END: "Change to",
}


@dataclass(frozen=True, slots=True)
class Bar:
    """One limit and how much of it is used."""

    words: str
    used: int
    allowed: int

    @property
    def fraction(self) -> float:
        return min(1.0, self.used / self.allowed) if self.allowed else 1.0


@dataclass(frozen=True, slots=True)
class Offer:
    """One plan beside the others. verb, text: of the button, and what it does; "" without one."""

    plan: Plan
    limits: list[tuple[int, str]]
    is_mine: bool
    is_next: bool
    quote: Quote
    verb: str
    text: str

    @property
    def fields(self) -> dict[str, Any]:
        return {"plan": self.plan.code, "due": f"{self.quote.due:f}"}


@login_required
@require_GET
def plan_page(request: HttpRequest) -> HttpResponse:
    return show(request)


@login_required
@require_POST
def change_plan(request: HttpRequest) -> HttpResponse:
    form = PlanForm(request.POST)
    assert isinstance(request.user, User)
    if not form.is_valid():
        return show(request, error="Choose one of the plans below.", status=400)
    given = form.cleaned_data
    try:
        done = subscriptions.change(user=request.user, code=given["plan"], shown=given["due"])
    except AppError as fault:
        return show(request, error=fault.message, status=fault.status)
    messages.success(request, _done_words(done))
    return redirect("plan")


def show(request: HttpRequest, *, error: str = "", status: int = 200) -> HttpResponse:
    assert isinstance(request.user, User)
    user, row = request.user, subscriptions.of(request.user)
    used = plans.usage(user)
    context = {
        "row": row,
        "error": error,
        "asset": PRICE_ASSET,
        "free": payments.free(user),
        "bars": [Bar(LIMITS[name], used[name], getattr(row.plan, name)) for name in used],
        "over": used.get("running_bots", 0) > row.plan.running_bots,
        "offers": [offer(row, one) for one in subscriptions.quotes(user)],
    }
    return render(request, "accounts/plan.html", context, status=status)


def offer(row: Subscription, quote: Quote) -> Offer:
    plan = quote.plan
    is_current = quote.how is How.CURRENT
    return Offer(
        plan=plan,
        limits=[(getattr(plan, name), words) for name, words in LIMITS.items()],
        is_mine=plan.pk == row.plan_id,
        is_next=plan.pk == row.next_plan_id,
        quote=quote,
        verb="" if is_current else f"{VERBS[quote.how]} {plan.name}",
        text="" if is_current else _what_happens(row, quote),
    )


def _what_happens(row: Subscription, quote: Quote) -> str:
    plan, due = quote.plan, f"{quote.due:,.2f} {PRICE_ASSET}"
    monthly = f"{plan.price:,.2f} {PRICE_ASSET} a month"
    if quote.how is How.KEEP:
        return f"{plan.name} goes on after {_day(row.period_end)}, for {monthly}."
    if quote.how is How.UPGRADE:
        return (
            f"Pays {due} from your spot wallet now: the difference to {row.plan.name} for the "
            f"rest of your month, until {_day(row.period_end)}. From then on {monthly}."
        )
    if quote.how is How.RENEW:
        begins = _day(quote.at)
        return f"Pays {due} from your spot wallet now, for the month from {begins}."
    less = f"Running bots go on; another starts once fewer than {plan.running_bots} run."
    if quote.how is How.START:
        lost = "" if plan.rank > row.plan.rank else f" {row.plan.name} ends at once. {less}"
        paid = f"Pays {due} from your spot wallet now, for one month"
        return f"{paid}, and the same every month.{lost}"
    if quote.how is How.DOWNGRADE:
        price = f", for {monthly}" if plan.price else ""
        kept = f"You keep {row.plan.name} until {_day(row.period_end)}"
        return f"Pays nothing now. {kept}, then {plan.name} begins{price}. {less}"
    return f"{row.plan.name} ends at once; nothing is paid or paid back. {less}"


def _done_words(done: Quote) -> str:
    name = done.plan.name
    if done.how is How.DOWNGRADE:
        return f"{name} begins on {_day(done.at)}."
    paid = f" {done.due:,.2f} {PRICE_ASSET} were paid." if done.due else ""
    return f"You keep {name}." if done.how is How.KEEP else f"Your plan is {name}.{paid}"


def _day(moment: datetime | None) -> str:
    assert moment is not None
    return timezone.localtime(moment).strftime("%-d %b %Y")
