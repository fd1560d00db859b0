"""Play money: moved between wallets, added, and begun anew."""

from __future__ import annotations

import uuid
from decimal import Decimal

from accounts.core.postings import AccountKey
from accounts.models import User
from accounts.services import audit, ledger
from accounts.services.play_money import WELCOME
from exchanges.core.refusals import refuse
from exchanges.models import Market
from exchanges.models.order import FUTURES_WALLET, SPOT_WALLET
from exchanges.selectors import margin as margins
from exchanges.selectors.margin import CROSS, SETTLE_ASSET
from exchanges.selectors.trading import check_asset, wallet_key
from exchanges.services.paper import closing, parameters, quotes, risk, working
from exchanges.services.paper.again import again
from exchanges.services.paper.desk import ZERO, Desk, opened
from exchanges.services.paper.once import is_done, name_of
from exchanges.services.paper.risk import Marks
from foundation.lib.decimals import parse_amount
from foundation.lib.errors import BadInput, Conflict, FieldFault

WALLETS = (SPOT_WALLET, FUTURES_WALLET)


@again
def transfer(
    *, owner: User, asset: str, amount: Decimal, source: str, target: str, key: str = ""
) -> None:
    """Move free money between the spot and the futures wallet, once a key."""
    asset = check_asset(asset)
    _check_wallet("from", source, asset)
    _check_wallet("to", target, asset)
    if source == target:
        raise refuse("bad_input", "to", "must be the other wallet")
    _check_amount(amount)
    name = name_of("transfer", owner.pk, key)
    with opened([owner.pk]) as desk:
        legs = {
            wallet_key(owner.pk, source, asset): -amount,
            wallet_key(owner.pk, target, asset): amount,
        }
        if is_done(name, legs):
            return
        there = _spendable(desk, owner, source, asset)
        if amount > there:
            code = "insufficient_balance" if source == SPOT_WALLET else "insufficient_margin"
            words = f"the {source} wallet has {max(there, ZERO).normalize():f} {asset} to spare"
            raise refuse(code, "amount", words)
        desk.move(name, "transfer", legs)
        told = {"asset": asset, "amount": amount, "from": source, "to": target}
        audit.record(owner, "money.moved", owner, after=told)
        desk.touched.add(owner.pk)
        risk.settle_watches(desk, {})


@again
def deposit(*, owner: User, wallet: str, asset: str, amount: Decimal, key: str = "") -> None:
    """Play money out of nowhere, up to the limit that the admins set for one deposit."""
    asset = check_asset(asset)
    _check_wallet("wallet", wallet, asset)
    _check_amount(amount)
    most = parameters.value("deposit_max")
    if amount > most:
        raise refuse("max_notional", "amount", f"at most {most.normalize():f} at once")
    if not _is_traded(asset):
        raise refuse("unknown_symbol", "asset", f"no market here trades {asset}")
    name = name_of("deposit", owner.pk, key)
    with opened([owner.pk]) as desk:
        legs = {
            wallet_key(owner.pk, wallet, asset): amount,
            _issue(owner, asset): -amount,
        }
        if is_done(name, legs):
            return
        desk.move(name, "play_money", legs)
        told = {"asset": asset, "amount": amount, "wallet": wallet}
        audit.record(owner, "money.given", owner, after=told)
        desk.touched.add(owner.pk)
        risk.settle_watches(desk, {})


def reset(*, owner: User) -> None:
    """Begin anew: orders cancelled, positions closed, both wallets as on the first day."""
    working.cancel_all(owner=owner, venue="")
    for held in margins.contract_positions(owner):
        closing.close(owner=owner, position_id=held.pk)
    with opened([owner.pk]) as desk:
        if desk.positions(owner.pk) or any(desk.held.values()):
            raise Conflict("an order or a position is still open; try again")
        _begin_anew(desk, owner)
        audit.record(owner, "money.given", owner, after={"anew": True})


def _begin_anew(desk: Desk, owner: User) -> None:
    wanted = {AccountKey(owner.pk, kind, asset): amount for kind, asset, amount in WELCOME}
    name = f"reset:{owner.pk}:{uuid.uuid4().hex}"
    for account in {*desk.balances, *wanted}:
        if account.kind == "paper_margin":
            continue
        change = wanted.get(account, ZERO) - desk.balance(account)
        legs = {account: change, _issue(owner, account.asset): -change}
        desk.move(f"{name}:{account.kind}:{account.asset}", "reset", legs)


def _issue(owner: User, asset: str) -> AccountKey:
    return AccountKey(None, "paper_issue", asset, ledger.shard_of(owner.pk))


def _is_traded(asset: str) -> bool:
    rows = Market.objects.filter(is_active=True)
    return rows.filter(base=asset).exists() or rows.filter(quote=asset).exists()


def _spendable(desk: Desk, owner: User, wallet: str, asset: str) -> Decimal:
    if wallet == SPOT_WALLET:
        return desk.free(wallet_key(owner.pk, wallet, asset))
    marks: Marks = {}
    for held in desk.positions(owner.pk):
        if held.margin_mode == CROSS:  # its losses are the wallet's: they must be known
            market = risk.market_of(held)
            marks[market.venue, market.price_symbol] = quotes.quote_of(market).mark
    return risk.free_margin(desk, owner.pk, marks)


def _check_wallet(field: str, wallet: str, asset: str) -> None:
    if wallet not in WALLETS:
        words = f"must be one of {', '.join(WALLETS)}"
        raise BadInput(f"{field}: {words}", [FieldFault(field, words)])
    if wallet == FUTURES_WALLET and asset != SETTLE_ASSET:
        raise refuse("bad_input", "asset", f"the futures wallet holds {SETTLE_ASSET} only")


def _check_amount(amount: Decimal) -> None:
    try:
        if parse_amount(amount) <= 0:
            raise ValueError("must be above 0")
    except ValueError as fault:
        raise refuse("bad_input", "amount", str(fault)) from fault
