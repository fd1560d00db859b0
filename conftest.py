"""The cast and what every test may rely on. Alice owns, Bob works beside her, Charlie must see
nothing, the admin runs the place."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connection
from django.test import TransactionTestCase
from hypothesis import HealthCheck
from hypothesis import settings as random_tests

LEDGER_TABLES = (
    "accounts_entry",
    "accounts_transfer",
    "accounts_ledgeraccount",
    "accounts_auditlog",
    "accounts_audithead",
    "exchanges_credentialuse",  # an audit: it refuses TRUNCATE as well
)
# A busy machine is no fault of what is tested, and what fixtures give is there for all examples.
random_tests.register_profile(
    "any",
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
    deadline=None,
)
random_tests.load_profile("any")
PASSWORD = "correct horse battery staple"
NAME_CHARS_MAX = 500


# What takes longest begins first, else all wait for it at the end.
LONG = (
    "tests/crash/test_everything.py", "tests/openapi/test_requests.py", "tests/test_parity",
    "exchanges/tests/paper/test_stateful.py", "tests/test_supervisor.py", "tests/crash/",
)  # fmt: skip


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: not item.nodeid.startswith(LONG))


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """A test's name goes along with each report, and into the environment of every program that it
    starts: ten megabytes of text make no name."""
    if not isinstance(val, str | bytes) or len(val) <= NAME_CHARS_MAX:
        return None
    written = val if isinstance(val, bytes) else val.encode(errors="surrogatepass")
    return f"{argname}-of-{len(val)}-{zlib.crc32(written):08x}"


@pytest.fixture
def password() -> str:
    return PASSWORD


@pytest.fixture
def make_user(db: None) -> Callable[..., Any]:
    """make_user("dora", role="support") -> a user with the cast's password, and a second factor:
    whoever connects an exchange or runs the place needs one. factor=False: without."""
    from accounts.models import User
    from accounts.tests.factors import give_app

    def make(name: str, *, factor: bool = True, **fields: Any) -> User:
        user = User.objects.create_user(f"{name}@example.com", PASSWORD, name=name, **fields)
        if factor:
            give_app(user)
        return user

    return make


@pytest.fixture
def alice(make_user: Callable[..., Any]) -> Any:
    return make_user("alice")


@pytest.fixture
def bob(make_user: Callable[..., Any]) -> Any:
    return make_user("bob")


@pytest.fixture
def charlie(make_user: Callable[..., Any]) -> Any:
    return make_user("charlie")


@pytest.fixture
def admin(make_user: Callable[..., Any]) -> Any:
    return make_user("admin", role="admin", is_staff=True, is_superuser=True)


@pytest.fixture
def api() -> Callable[..., Any]:
    """api() is a stranger's REST client, api(alice) one signed in as Alice by JWT.

    A fault of ours comes back as the 500 a caller would see, not as an exception in the test.
    """
    from rest_framework.test import APIClient

    from accounts.services import tokens

    def make(user: Any = None) -> APIClient:
        client = APIClient(raise_request_exception=False)
        if user is not None:
            made = tokens.issue(user=user)
            client.credentials(HTTP_AUTHORIZATION=f"Bearer {made.access}")
        return client

    return make


@pytest.fixture(scope="session", autouse=True)
def _servers() -> None:
    """A test may need Redis before anything has opened the database, which starts both."""
    from cryptobot.stores import bring_up

    bring_up()


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    django_db_modify_db_settings: None, django_db_blocker: Any, _servers: None
) -> None:
    """The test database is copied from one that is migrated already."""
    from django.db import connection

    from tests import migrated

    with django_db_blocker.unblock():
        connection.settings_dict["TEST"]["TEMPLATE"] = migrated.template()
        connection.close()


@pytest.fixture(autouse=True)
def _no_counts_left(settings: Any) -> Iterator[None]:
    """Rate limits and brakes of one test do not hold up the next."""
    yield
    from foundation.lib.redis_client import client

    if names := list(client().scan_iter(f"{settings.REDIS_KEY_PREFIX}*", count=10_000)):
        client().delete(*names)


@pytest.fixture(autouse=True)
def _settings_as_usual(monkeypatch: pytest.MonkeyPatch) -> None:
    """How many queries a page makes does not depend on when a process last read the settings."""
    from accounts.core.system_settings import SETTINGS
    from accounts.services import system_settings

    usual = {name: one.usual for name, one in SETTINGS.items()}
    monkeypatch.setattr(system_settings, "_kept", usual)
    monkeypatch.setattr(system_settings, "_read_at_s", float("inf"))


@pytest.fixture
def alice_api(api: Callable[..., Any], alice: Any) -> Any:
    return api(alice)


@pytest.fixture
def charlie_api(api: Callable[..., Any], charlie: Any) -> Any:
    return api(charlie)


@pytest.fixture
def admin_api(api: Callable[..., Any], admin: Any) -> Any:
    return api(admin)


@pytest.fixture(scope="session", autouse=True)
def _truncate_between_tests() -> Iterator[None]:
    """A test with real commits ends with TRUNCATE, which the ledger refuses even to its owner.

    Only here, in the test's own database, the refusal is lifted for the moment of cleaning.
    """
    clean = TransactionTestCase._fixture_teardown  # type: ignore[attr-defined] # no stub

    def lifted(self: TransactionTestCase) -> None:
        _set_ledger_guards("DISABLE")
        try:
            clean(self)
        finally:
            _set_ledger_guards("ENABLE ALWAYS")

    TransactionTestCase._fixture_teardown = lifted  # type: ignore[attr-defined] # no stub
    yield
    TransactionTestCase._fixture_teardown = clean  # type: ignore[attr-defined] # no stub


def _set_ledger_guards(how: str) -> None:
    with connection.cursor() as cursor:
        for table in LEDGER_TABLES:
            # One by one: ENABLE ALWAYS takes no list.
            cursor.execute(
                "SELECT tgname FROM pg_trigger WHERE tgrelid = %s::regclass AND NOT tgisinternal",
                [table],
            )
            for (trigger,) in cursor.fetchall():
                cursor.execute(f"ALTER TABLE {table} {how} TRIGGER {trigger}")
