"""What a process writes to its log: JSON lines, no secret, no noise."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

from cryptobot.embedded import BASE_DIR

CANARY = "cAnArY-9f8e7d6c"
START = "import logging, django, structlog; django.setup(); log = structlog.get_logger('bots')\n"


def logged(script: str, level: str = "INFO") -> list[dict[str, Any]]:
    environment = {**os.environ, "LOG_FORMAT": "json", "LOG_LEVEL": level}
    done = subprocess.run(
        [sys.executable, "-c", START + script],
        cwd=BASE_DIR,
        env={**environment, "DJANGO_SETTINGS_MODULE": "cryptobot.settings"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert CANARY not in done.stderr
    return [json.loads(line) for line in done.stderr.splitlines()]


def test_ours_and_the_libraries_lines_have_one_form_and_no_secret() -> None:
    ours, theirs, broke = logged(f"""
log.warning("refused", api_key="{CANARY}", bot_id=7)
logging.getLogger("some.library").error("GET https://x/?signature=%s failed", "{CANARY}")
try:
    raise ValueError("password={CANARY}")
except ValueError:
    log.exception("broke")
""")
    assert (ours["event"], ours["bot_id"], ours["level"]) == ("refused", 7, "warning")
    assert theirs["logger"] == "some.library"
    assert "ValueError" in broke["exception"]


def test_what_would_bury_the_rest_is_left_out() -> None:
    lines = logged(f"""
log.info("request_started", request="GET /bots/")
log.info("request_finished", request="GET /api/health/live", code=200)
log.info("request_finished", request="GET /api/health/ready", code=503)
log.info("request_finished", request="GET /bots/", code=200)
logging.getLogger("ccxt.base.exchange").info("headers %s", "{CANARY}")
""")
    assert [line["code"] for line in lines] == [503, 200]


def test_a_worker_says_that_it_is_ready_at_every_level() -> None:
    said = logged(
        """
for name in ("celery.apps.worker", "some.library"):
    logging.getLogger(name).info("ready.")
""",
        level="ERROR",
    )
    assert [line["logger"] for line in said] == ["celery.apps.worker"], "make run waits for it"
