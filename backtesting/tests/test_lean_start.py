"""`manage.py backtest` starts without what it does not need: its speed is a promise."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

from backtesting.tests.conftest import VENUE
from backtesting.tests.test_worker_crash import database_url

HEAVY = ("celery", "rest_framework", "ccxt", "channels", "structlog", "django.contrib.admin")
START = """
import sys
sys.argv = ["manage.py", "backtest", "--help"]
import manage
try:
    manage.main()
except SystemExit:
    pass
import django.apps
assert django.apps.apps.ready
print(sorted(name for name in %r if name in sys.modules), file=sys.stderr)
"""


def test_the_command_imports_no_web_no_queue_no_admin():
    started = subprocess.run(
        [sys.executable, "-c", START % (HEAVY,)],
        cwd=Path(settings.BASE_DIR),
        env={"PATH": "", "DATABASE_URL": "postgresql://nobody@127.0.0.1/none"},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert started.stderr.strip() == "[]"
    assert "--slippage" in started.stdout


@pytest.mark.django_db(transaction=True)
def test_the_command_as_it_is_started_writes_every_file(store_walk, spec, tmp_path):
    store_walk(count=600)
    (tmp_path / "spec.json").write_text(json.dumps(spec))
    files = ["report.html", "report.json", "trades.csv", "equity.csv"]
    html, data, trades, equity = (str(tmp_path / name) for name in files)
    command = [sys.executable, "manage.py", "backtest", str(tmp_path / "spec.json")]
    options = ["--venue", VENUE, "--report", html, "--report", data]
    tables = ["--trades-csv", trades, "--equity-csv", equity]
    # Without the tests' own settings: started by hand it chooses the lean ones itself.
    environment = {key: one for key, one in os.environ.items() if key != "DJANGO_SETTINGS_MODULE"}
    started = subprocess.run(
        [*command, *options, *tables],
        cwd=Path(settings.BASE_DIR),
        env={**environment, "DATABASE_URL": database_url()},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert started.returncode == 0, started.stderr
    assert "EMA cross" in Path(html).read_text()
    assert all((tmp_path / name).stat().st_size > 1_000 for name in files)
