"""Fixtures of the websocket tests."""

import uuid

import pytest


@pytest.fixture
def symbol():
    return f"W{uuid.uuid4().hex[:12].upper()}/USDT"


@pytest.fixture
def session_of(client, settings):
    def make(user):
        client.force_login(user)
        return client.cookies[settings.SESSION_COOKIE_NAME].value

    return make
