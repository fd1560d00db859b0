"""The page New backtest, for kinds of bots."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_http_methods

from accounts.models import User
from backtesting.forms import BacktestForm
from backtesting.pages.backtests import put_faults, show_form, shown
from backtesting.services import backtests
from bots.core.kinds import KINDS
from bots.forms import KindForm
from bots.pages import choices
from exchanges.core.candles import TIMEFRAME_MS
from exchanges.selectors import overview
from foundation.lib.errors import AppError


class KindBacktestForm(KindForm, BacktestForm):
    """A kind of bot in the place of the strategy."""

    strategy = None  # type: ignore[assignment] # how a form leaves a field of its parent out

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, strategies=[], **kwargs)
        self.fields["timeframe"].choices = [(name, name) for name in TIMEFRAME_MS]  # type: ignore[attr-defined] # a choice field

    def asked(self) -> dict[str, Any]:
        """As the service takes it."""
        given = super().asked() | {"kind": self.kind.name, "params": self.params()}
        return given | ({"events": self.cleaned_data["events"]} if self.kind.inputs else {})


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def backtest_new_kind(request: HttpRequest, kind: str) -> HttpResponse:
    """The same form with the parameters of a kind of bot in the place of the strategy."""
    if kind not in KINDS:
        raise Http404
    markets = choices.offered(request.user, [], overview.with_candles())["markets"]
    spot = [one for one in markets if ":" not in one[0]]
    how = {"kind": KINDS[kind], "markets": spot}
    if request.method != "POST":
        first = choices.kind_values(request)
        return show_form(request, KindBacktestForm(initial=first, **how), {})
    form = KindBacktestForm(request.POST, **how)
    if not form.is_valid():
        return show_form(request, form, {}, status=400)
    assert isinstance(request.user, User)
    try:
        made, is_stored = backtests.ask(owner=request.user, **form.asked())
    except AppError as fault:
        put_faults(form, fault)
        return show_form(request, form, {}, status=fault.status)
    return shown(made, is_stored)
