"""The bots of one exchange account together count on no more than the account holds."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from bots.core.lifecycle import BotStatus, before
from bots.core.sub_account import Shortfall, shortfalls
from bots.models import Bot, BotRun
from bots.services import account_books, journal
from exchanges.core.symbols import parse_symbol
from exchanges.models import AccountHoldings, ExchangeCredential
from foundation.lib.errors import Conflict, FieldFault

ZERO = Decimal(0)
# What a venue rounds away when it takes a fee.
TOLERANCE = Decimal("1e-6")
# As long as a fill's own fee is not known: venues list executions later than they tell of orders.
FEE_UNKNOWN = Decimal("0.005")


class TooLittle(Conflict):
    """The account does not hold what the bot is to trade with, beside what other bots have."""

    code = "account_too_small"


@transaction.atomic
def reconcile(credential_id: int) -> list[Shortfall]:
    """After a reading of the account: what is missing of what its bots count on.

    A bot that counts on a missing asset is paused at the second reading that shows it: a fill may
    lie between the first one and what we know.
    """
    holdings = AccountHoldings.objects.filter(pk=credential_id, words="").first()
    bots = Bot.objects.filter(credential=credential_id).order_by("pk")
    list(bots.select_for_update().values_list("pk"))  # bots before runs, as everywhere
    runs = list(_runs(credential_id).select_for_update(of=("self",)))
    if holdings is None or holdings.read_at is None or not runs:
        return []
    parts = {run.pk: account_books.read(run) for run in runs}
    by_run = {pk: account_books.claims(books.part, books.run.symbol) for pk, books in parts.items()}
    is_settled = all(books.is_settled for books in parts.values())
    tolerance = TOLERANCE if is_settled else FEE_UNKNOWN
    missing = shortfalls(_sum(by_run.values()), there(holdings), tolerance)
    read_at = holdings.read_at.isoformat()
    for run in runs:
        mine = [one for one in missing if by_run[run.pk].get(one.asset, ZERO) > 0]
        _judge(run, mine, read_at)
    return missing


def check_room(bot: Bot, cash: Decimal) -> None:
    """TooLittle if the account has not got this much quote money to spare for the bot."""
    account = bot.credential
    assert account is not None, "a bot with an exchange account"
    # Locked: of two bots that start at once the second one sees the first.
    rows = AccountHoldings.objects.select_for_update()
    holdings = rows.filter(pk=account.pk, read_at__isnull=False).first()
    if holdings is None or holdings.words:
        why = holdings.words if holdings else "its balances have not been read yet"
        raise TooLittle(f"{account.label}: {why}. Try again in a minute.")
    asset = parse_symbol(bot.symbol).quote
    claims = _sum(
        account_books.claims(books.part, books.run.symbol)
        for books in (account_books.read(run, lock=False) for run in _runs(account.pk))
    )
    free = there(holdings).get(asset, ZERO) - claims.get(asset, ZERO)
    if cash > free:
        words = f"{account.label} has {max(free, ZERO).normalize():f} {asset} to spare"
        raise TooLittle(f"{words}.", [FieldFault("allocation", words)])


def there(holdings: AccountHoldings) -> dict[str, Decimal]:
    """What the account holds, by asset."""
    return {row["asset"]: Decimal(row["total"]) for row in holdings.balances}


def _runs(credential_id: int) -> QuerySet[BotRun]:
    rows = BotRun.objects.filter(
        bot__credential_id=credential_id, runner=BotRun.Runner.ACCOUNT, ended_at__isnull=True
    )
    return rows.filter(state__isnull=False).select_related("bot").order_by("pk")


def _sum(claims: Any) -> dict[str, Decimal]:
    total: dict[str, Decimal] = defaultdict(Decimal)
    for one in claims:
        for asset, amount in one.items():
            total[asset] += amount
    return total


def _judge(run: BotRun, missing: Sequence[Shortfall], read_at: str) -> None:
    state: Mapping[str, Any] = run.state or {}
    short_at = state.get("short_at", "")
    if not missing:
        if short_at:
            run.state = {key: value for key, value in state.items() if key != "short_at"}
            run.save(update_fields=["state"])
        return
    if short_at and short_at != read_at:
        _pause(run, missing)
    elif not short_at:
        run.state = {**state, "short_at": read_at}
        run.save(update_fields=["state"])


def _pause(run: BotRun, missing: Sequence[Shortfall]) -> None:
    account: ExchangeCredential | None = run.bot.credential
    label = account.label if account else "The account"
    words = f"{label} does not add up: {'; '.join(map(str, missing))}."
    changed = Bot.objects.filter(pk=run.bot_id, status__in=before(BotStatus.PAUSED)).update(
        status=BotStatus.PAUSED, status_reason=words[:300]
    )
    if changed:
        run.bot.refresh_from_db()
        line = journal.entry(
            run, run.bot, "error", words, level=journal.Level.ERROR, candle_ms=run.last_candle_ms
        )
        journal.write([line])
        journal.show(run.bot, run)
