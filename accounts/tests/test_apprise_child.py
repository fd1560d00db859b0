"""What the child adds to an address, where it lets itself be led, and that nobody else loads it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys

import pytest

from accounts.core import channel_urls
from accounts.services import apprise_child
from accounts.tests.core.test_notifications import GOOD

EXAMPLES = [*GOOD, *(service.example for service in channel_urls.SERVICES.values())]


@pytest.mark.parametrize("url", EXAMPLES)
def test_apprise_reads_every_address_that_we_take_with_what_we_add(url):
    import apprise

    service = apprise.Apprise.instantiate(apprise_child._whole(url, "key-1"))
    assert service is not None
    assert service.socket_read_timeout == apprise_child.READ_S_MAX
    assert not service.redirects


LOADED = """
import sys, django
django.setup()
import cryptobot.asgi, cryptobot.urls
from cryptobot.celery import app
app.loader.import_default_modules()
print("apprise" in sys.modules, "requests" in sys.modules and "apprise.plugins" in sys.modules)
"""


def test_no_process_of_ours_loads_apprise():
    """Not the web, not a worker: only the child that sends."""
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "cryptobot.settings_test"}
    done = subprocess.run(
        [sys.executable, "-c", LOADED], capture_output=True, text=True, check=True, env=environment
    )
    assert done.stdout.split() == ["False", "False"]


def answer(*addresses):
    return lambda *_, **__: [(socket.AF_INET, 1, 6, "", (one, 443)) for one in addresses]


#   addresses that a name resolves to      may be called
RESOLVED = [
    (["93.184.215.14"], True),
    (["127.0.0.1"], False),
    (["169.254.169.254"], False),
    (["93.184.215.14", "10.0.0.1"], False),
    (["::ffff:192.168.0.1"], False),
    (["fd00::1"], False),
    (["fe80::1%eth0"], False),
    (["224.0.0.1"], False),
    (["100.64.0.1"], False),
]


@pytest.mark.parametrize(("addresses", "is_allowed"), RESOLVED)
def test_a_name_is_judged_by_where_it_leads_at_that_moment(addresses, is_allowed):
    guard = apprise_child.PublicOnly(answer(*addresses))
    if is_allowed:
        assert guard("example.com", 443)
    else:
        with pytest.raises(OSError, match="a private address"):
            guard("example.com", 443)
    assert guard.has_refused is not is_allowed
