"""The admin shows every model of ours, and every list of it opens."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.contrib import admin
from django.db.models import Model
from django.test import Client
from django.urls import reverse

from accounts.models import User

OURS = {"accounts", "exchanges", "bots", "backtesting", "marketplace"}
MODELS = [model for model in apps.get_models() if model._meta.app_label in OURS]
REGISTERED = [model for model in MODELS if admin.site.is_registered(model)]


def test_every_model_is_in_the_admin() -> None:
    inlines = {one.model for page in admin.site._registry.values() for one in page.inlines}
    assert set(MODELS) - set(REGISTERED) - inlines == set()


@pytest.mark.django_db
@pytest.mark.parametrize("model", REGISTERED, ids=lambda model: model._meta.label_lower)
def test_every_list_opens(client: Client, admin: User, model: type[Model]) -> None:
    client.force_login(admin)
    name = f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist"
    assert client.get(reverse(name)).status_code == 200
