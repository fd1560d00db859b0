"""Every model that leads to a user is either exported or left out for a reason, and has a fate."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from django.apps import apps
from django.db.models import BinaryField, Model

from accounts.core.belongings import BELONGINGS, Belonging, Fate
from accounts.models import User
from accounts.services.export_files import model_of

# What no export has: everything there opens a door, or is the export itself.
LEFT_OUT = {
    "account.EmailConfirmation",
    "socialaccount.SocialToken",
}
# What is left when somebody has gone.
KEPT = {
    *("accounts.AccountDeletion", "accounts.AuditLog", "accounts.Entry", "accounts.LedgerAccount"),
    "accounts.User",
    *("admin.LogEntry", "exchanges.CredentialUse", "exchanges.Fill", "exchanges.Liquidation"),
    *("exchanges.Order", "exchanges.OrderEvent", "exchanges.Position"),
}
SECRET = re.compile(r"password|secret|token|hash|sealed|wrapped|cipher|private|^key$|^url$|^data$")
# Named like a secret and none.
PLAIN = {
    ("bots.BotLog", "data"),  # what a line of a bot's log tells
    ("bots.BotEvent", "key"),  # names an event
    ("accounts.Notification", "key"),
    ("exchanges.ExchangeCredential", "sealed_at"),
}


def leads_to_user() -> Iterator[str]:
    """Labels of all models with a key to a user, directly or through others of them."""
    models, found = apps.get_models(include_auto_created=True), {User}
    while True:
        more = {model for model in models if model not in found and _targets(model) & found}
        if not more:
            return (yield from (model._meta.label for model in found))
        found |= more


def _targets(model: type[Model]) -> set[type[Model]]:
    return {
        field.related_model
        for field in model._meta.concrete_fields
        if field.is_relation and isinstance(field.related_model, type)
    }


def test_every_model_that_leads_to_a_user_is_named() -> None:
    found = set(leads_to_user())
    assert len(found) > 50
    assert found - set(BELONGINGS) == set(), "name it in the app's services/leaving.py"
    assert set(BELONGINGS) - found == set(), "nothing of a user"


def test_what_is_left_out_or_kept_is_on_the_short_list() -> None:
    assert {label for label, one in BELONGINGS.items() if not one.exported} == LEFT_OUT
    assert {label for label, one in BELONGINGS.items() if one.fate == Fate.KEPT} == KEPT


def test_rows_without_a_reason_can_neither_stay_nor_be_left_out() -> None:
    for options in ({"fate": Fate.KEPT}, {"exported": False}):
        with pytest.raises(ValueError, match="need a reason"):
            Belonging("owner", **options)


def test_an_export_has_no_secrets() -> None:
    found = {
        (label, field.name)
        for label, one in BELONGINGS.items()
        if one.exported
        for field in model_of(label)._meta.concrete_fields
        if field.name not in one.left_out
        if SECRET.search(field.name) or isinstance(field, BinaryField) or is_encrypted(field)
    }
    assert found == PLAIN


def is_encrypted(field: object) -> bool:
    """Whatever is encrypted in the table is for nobody's file."""
    return hasattr(field, "_fernet")


def test_the_columns_that_are_left_out_exist() -> None:
    for label, one in BELONGINGS.items():
        names = {field.name for field in model_of(label)._meta.concrete_fields}
        assert set(one.left_out) <= names, label


def test_what_points_to_others_stands_after_them() -> None:
    """Erasing goes backwards, so that no row is left pointing to one that is gone."""
    places = {label: number for number, label in enumerate(BELONGINGS)}
    for label in BELONGINGS:
        for target in _targets(model_of(label)):
            other = target._meta.label
            if other in places and other != label and BELONGINGS[label].fate == Fate.ERASED:
                assert places[other] < places[label], f"{label} points to {other}"
            if other in places and BELONGINGS[label].fate == Fate.KEPT:
                assert BELONGINGS[other].fate == Fate.KEPT, f"{label} stays, {other} goes"
