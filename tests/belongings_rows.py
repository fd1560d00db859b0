"""A row of every model that leads to a user, made from the model alone: a new one is in it."""

from __future__ import annotations

import uuid
from datetime import timedelta
from decimal import Decimal
from typing import Any

import numpy as np
from django.contrib.postgres.fields import ArrayField
from django.db import models

from accounts.core.belongings import BELONGINGS
from accounts.models import User
from accounts.services import ledger
from accounts.services.export_files import model_of
from backtesting.models.columns import pack_floats, pack_times
from foundation.lib import clock

MARK = "SeCrEt"  # stands in every column that no export may have
# What the rules of a table ask for beside the types of its columns.
VALUES: dict[str, dict[str, Any]] = {
    "accounts.ApiKey": {"scopes": ["read", "binance"]},
    "accounts.SignIn": {"kind": "page", "current_jti": ""},
    "accounts.Notification": {"state": "sent"},
    "accounts.DataExport": {"status": "failed", "error": "It failed."},
    "accounts.AccountDeletion": {"cancelled_at": clock.now, "farewell_to": ""},
    "mfa.Authenticator": {"data": {"secret": MARK}},
    "exchanges.ExchangeCredential": {"sealed": MARK.encode(), "symbols": []},
    "exchanges.SendingHalt": {"ended_at": lambda: clock.now() + timedelta(seconds=1)},
    "exchanges.AccountOrder": {"side": "buy", "status": "filled"},
    "exchanges.Position": {
        "side": "long",
        "closed_at_ms": 1,
        "quantity": Decimal(0),
    },
    "exchanges.OrderEvent": {"status": "filled"},
    "exchanges.Order": {"status": "filled", "side": "buy", "type": "market"},
    "exchanges.Fill": {"side": "buy"},
    "exchanges.KillSwitch": {"lifted_at": clock.now},
    "bots.Bot": {"slippage": Decimal(0), "status": "stopped"},
    "bots.BotRun": {"ended_at": clock.now},
    "bots.BotSignal": {"state": "taken"},
    "backtesting.Backtest": {
        "status": "cancelled",
        "claim": None,
        "finished_at": clock.now,
        "end_ms": 2,
    },
    "backtesting.Check": {"status": "cancelled", "claim": None, "finished_at": clock.now},
    "backtesting.Trial": {"lease_until": clock.now},
    "backtesting.BacktestTrade": {"fills_packed": None},
}


def fill(user: User) -> None:
    """One row or more of each for this user; the ledger by its own service."""
    made: dict[type[models.Model], Any] = {User: user}
    ledger.grant_play_money(user=user, asset="USDT", amount=Decimal(100), key=f"rows:{user.pk}")
    for label in BELONGINGS:
        model = model_of(label)
        if label in ("accounts.User", "accounts.LedgerAccount", "accounts.Entry"):
            continue
        made[model] = model._base_manager.create(**_values(model, label, made))


def _values(
    model: type[models.Model], label: str, made: dict[type[models.Model], Any]
) -> dict[str, Any]:
    given = {name: one() if callable(one) else one for name, one in VALUES.get(label, {}).items()}
    values = {}
    for field in model._meta.concrete_fields:
        if field.name in given:
            values[field.name] = given[field.name]
        elif isinstance(field, models.ForeignKey):
            values[field.name] = _pointed_to(field, made)
        elif not field.primary_key and (field.name in BELONGINGS[label].left_out or _asks(field)):
            values[field.name] = _value(field, field.name in BELONGINGS[label].left_out)
    return values


def _asks(field: Any) -> bool:
    return not (field.null or field.has_default() or field.has_db_default() or field.blank)


def _pointed_to(field: Any, made: dict[type[models.Model], Any]) -> Any:
    target = field.related_model
    if target not in made and not field.null:
        first = target._base_manager.first()
        values = {
            one.name: _value(one, False)
            for one in target._meta.concrete_fields
            if not one.primary_key and _asks(one)
        }
        made[target] = first or target._base_manager.create(**values)
    return made.get(target)


def _value(field: Any, is_secret: bool) -> Any:
    if isinstance(field, models.BinaryField):
        numbers = np.array([1, 2])
        return pack_times(numbers) if "time" in field.name else pack_floats(numbers)
    if isinstance(field, models.UUIDField):
        return uuid.uuid4()
    if isinstance(field, models.DateTimeField):
        return clock.now()
    if isinstance(field, models.DateField):
        return clock.now().date()
    if isinstance(field, models.BooleanField):
        return False
    if isinstance(field, models.JSONField | ArrayField):
        return []
    if isinstance(field, models.IntegerField | models.FloatField | models.DecimalField):
        return 1
    words = f"{MARK}{uuid.uuid4().hex}{uuid.uuid4().hex}"[:64]
    return words[: field.max_length] if is_secret else words[len(MARK) :][: field.max_length]
