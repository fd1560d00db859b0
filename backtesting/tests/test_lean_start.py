"""`manage.py backtest` starts without what it does not need: its speed is a promise."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from django.conf import settings

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
