"""PostgreSQL and Redis of the matrix's own: it may end them as it likes, nobody else notices."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import redis
from celery import current_app
from django.conf import settings
from django.db import connection, connections
from kombu import pools

from cryptobot import embedded, stores
from cryptobot.embedded import BASE_DIR, Place, servers
from cryptobot.embedded.unprivileged import server_identity
from foundation.lib import redis_client
from tests.watching import wait_until

UP_S_MAX = 30.0
# The product's keeper, which waits longer from crash to crash; here there are dozens of them.
KEEPER = """
import sys
from cryptobot.embedded import keeper
keeper.RESTART_DELAYS_S = (0.0,)
keeper.main(sys.argv[1], "False")
"""
# Rows that are dated by the database follow the time of the story that is told.
DATABASE_CLOCK = """
CREATE FUNCTION story_now() RETURNS timestamptz STABLE LANGUAGE sql AS $$
  SELECT coalesce(to_timestamp(nullif(current_setting('story.now_ms', true), '')::bigint / 1000.0),
                  statement_timestamp()) $$;
DO $$ DECLARE one record; BEGIN
  FOR one IN SELECT table_name, column_name FROM information_schema.columns
              WHERE table_schema = 'public' AND column_default ILIKE '%statement_timestamp%' LOOP
    EXECUTE format('ALTER TABLE %I ALTER COLUMN %I SET DEFAULT story_now()',
                   one.table_name, one.column_name);
  END LOOP; END $$;
"""


class Servers:
    """Both servers at one place; the keeper starts again what dies."""

    def __init__(self, place: Place, database: str) -> None:
        self.place, self.database = place, database

    def pid_of(self, pid_file: str) -> int:
        return int((self.place.data_dir / pid_file).read_text().split()[0])

    def stop_postgres(self) -> None:
        """As `pg_ctl stop -m immediate` does."""
        os.kill(self.pid_of("postgres/postmaster.pid"), signal.SIGQUIT)

    def kill_redis(self) -> None:
        os.kill(self.pid_of(servers.VALKEY_PID), signal.SIGKILL)

    def wait(self) -> None:
        """Until both answer a question."""
        wait_until(self._answer, "both servers to answer", UP_S_MAX)

    def _answer(self) -> bool:
        try:
            redis_client.client().ping()
            with psycopg.connect(
                host=str(self.place.sockets), user=stores.DATABASE_USER, dbname=self.database
            ):
                return True
        except (psycopg.Error, redis.RedisError):
            return False


@contextmanager
def own_servers() -> Iterator[Servers]:
    """A copy of the suite's empty database, and a Redis; this process uses them meanwhile."""
    embedded.use(settings.EMBEDDED)
    folder = Path(tempfile.mkdtemp(prefix="cryptobot-matrix-"))
    place = Place(folder, durable=False)
    try:
        _start(place)
        with _used(place):
            yield Servers(place, connection.settings_dict["NAME"])
    finally:
        embedded.leave(place)
        shutil.rmtree(folder, ignore_errors=True)


def _start(place: Place) -> None:
    user = embedded._lock_as_user(place)  # a keeper that finds no user stops at once
    servers.prepare_folders(place, server_identity())
    _copy_database(settings.EMBEDDED, place)
    command = [sys.executable, "-c", KEEPER, str(place.data_dir)]
    with place.log.open("ab") as log:
        subprocess.run(
            command, cwd=BASE_DIR, stdout=log, stderr=log, start_new_session=True, check=True
        )
    embedded.use(place)
    os.close(user)


def _copy_database(source: Place, target: Place) -> None:
    servers._own_folder(target.data_dir / "postgres", server_identity())
    program = Path(servers.POSTGRES.command(source)[0]).with_name("pg_basebackup")
    where = ["-h", str(source.sockets), "-U", "postgres", "-D", str(target.data_dir / "postgres")]
    copy = [str(program), *where, "-c", "fast", "-X", "stream", "--no-sync", "--no-manifest"]
    subprocess.run(copy, check=True, **servers._as_user(server_identity()))


@contextmanager
def _used(place: Place) -> Iterator[None]:
    """Point everything in this process that knows where the servers are to these."""
    before = settings.REDIS_URL, connection.settings_dict["HOST"]
    _point_to(stores.embedded_redis(place), str(place.sockets))
    with connection.cursor() as cursor:
        cursor.execute(DATABASE_CLOCK)
        # Committed is committed, also when the server ends at once; the disk may be slow.
        name = connection.ops.quote_name(connection.settings_dict["NAME"])
        cursor.execute(f"ALTER DATABASE {name} SET synchronous_commit = on")
    connections.close_all()  # those that are open heard nothing of it
    try:
        yield
    finally:
        _point_to(*before)


def _point_to(redis_url: str, database_host: str) -> None:
    settings.REDIS_URL = redis_url
    settings.CACHES["default"]["LOCATION"] = redis_url
    connections.close_all()
    connection.settings_dict["HOST"] = database_host
    redis_client.client.forget()
    redis_client.quick_client.forget()
    current_app.conf.broker_url = current_app.conf.broker_write_url = stores.broker(redis_url)
    forget_broker()


def forget_broker() -> None:
    """A fork, or another server: no connection of before is used again."""
    pools.reset()
    current_app._after_fork()
