"""How each fault strikes. Everything waits until it has, so that a seed is the same each time."""

from __future__ import annotations

import os
import signal
from pathlib import Path

from django.db import connection

from cryptobot.embedded import servers as embedded_servers
from tests.crash.matrix import venue
from tests.crash.matrix.points import Plan
from tests.crash.matrix.servers import Servers
from tests.crash.matrix.story import SECOND_MS, Story, Timeline
from tests.crash.matrix.tracing import Moment
from tests.watching import wait_until

AWAY = ".away"


def strike(plan: Plan, story: Story, timeline: Timeline, servers: Servers, moment: Moment) -> None:
    """In the worker, at the moment itself. kill -9 of it does not return."""
    shared = timeline.shared
    shared["struck"], shared["struck_ms"] = 1, timeline.now_ms
    shared["over_ms"] = timeline.now_ms
    story.say(f"struck: {plan.fault} at {moment}")
    if plan.fault == "worker":
        _end_worker(plan, timeline, moment)
    elif plan.fault == "backend":
        _end_backend(servers)
    elif plan.fault == "postgres":
        _stop_postgres(servers)
    elif plan.fault == "redis":
        _end_redis(plan, timeline, servers)
    else:
        after = venue.RESET_AFTER if plan.late else venue.RESET
        shared["fault_of_next"] = venue.BUSY_AFTER if plan.fault == "busy" else after
    if plan.life.down_s and plan.fault not in ("reset", "busy"):
        timeline.pass_by(plan.life.down_s)
        shared["over_ms"] = timeline.now_ms


def _end_worker(plan: Plan, timeline: Timeline, moment: Moment) -> None:
    if moment.what == "request":  # the venue kills it, with the bytes in its hands
        timeline.shared["kills_on_write"] = venue.AFTER if plan.late else venue.BEFORE
    else:
        os.kill(os.getpid(), signal.SIGKILL)


def _end_backend(servers: Servers) -> None:
    """The server ends every other connection as well, and recovers."""
    connection.ensure_connection()
    pid = connection.connection.info.backend_pid
    os.kill(pid, signal.SIGKILL)
    _wait_for_end(pid)


def _stop_postgres(servers: Servers) -> None:
    pid = servers.pid_of("postgres/postmaster.pid")
    servers.stop_postgres()
    _wait_for_end(pid)


def _end_redis(plan: Plan, timeline: Timeline, servers: Servers) -> None:
    """All it held is gone. The seed says whether it is there again at once or after a pause."""
    pid = servers.pid_of(embedded_servers.VALKEY_PID)
    servers.kill_redis()
    _wait_for_end(pid)
    wait_until(lambda: embedded_servers.VALKEY.answers(servers.place), "Redis to be back")
    if plan.late:
        socket = servers.place.redis_socket
        socket.rename(socket.with_suffix(AWAY))
        timeline.shared["redis_back_ms"] = timeline.now_ms + plan.pause_s * SECOND_MS
        timeline.shared["over_ms"] = timeline.shared["redis_back_ms"]


def bring_back(timeline: Timeline, servers: Servers, *, now: bool = False) -> None:
    """What answered nobody for a while answers again once its time has come."""
    back_ms = timeline.shared["redis_back_ms"]
    if back_ms and (now or timeline.now_ms >= back_ms):
        timeline.shared["redis_back_ms"] = 0
        hidden = servers.place.redis_socket.with_suffix(AWAY)
        if hidden.exists():
            hidden.rename(servers.place.redis_socket)


def _wait_for_end(pid: int) -> None:
    wait_until(lambda: _has_ended(pid), f"process {pid} to end")


def _has_ended(pid: int) -> bool:
    """Gone, or dead and not yet taken away by its parent."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True
