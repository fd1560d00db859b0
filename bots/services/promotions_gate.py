"""The first bot with real money begins on paper, unless its owner says otherwise."""

from __future__ import annotations

from accounts.models import User
from accounts.services import preferences
from bots.models import BotRun
from exchanges.models import ExchangeCredential
from foundation.lib.errors import BadInput, FieldFault


def check(owner: User, credential: ExchangeCredential) -> None:
    """BadInput before an owner's first live bot. Test networks are no real money."""
    if credential.is_testnet or not preferences.of(owner).paper_first:
        return
    was_live = BotRun.objects.filter(bot__owner=owner, runner=BotRun.Runner.ACCOUNT)
    if was_live.exists():
        return
    words = (
        "your first bot with real money begins on paper: start it there and put it on its way to "
        f"{credential.label}; it goes live by itself once it does what its backtest does. "
        "Or skip that gate, here (skip_gate) or for good in your settings, if you know what you do"
    )
    raise BadInput(f"credential: {words}.", [FieldFault("credential", words)])
