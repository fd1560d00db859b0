"""The embedded servers: shared, stopped by the last user, mended after a crash."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import redis

from cryptobot import embedded
from cryptobot.embedded import BASE_DIR, Place
from tests.watching import TAG, new_tag, processes_with, wait_until

USER = """
import sys
from pathlib import Path
from cryptobot.embedded import Place, use
use(Place(Path(sys.argv[1]), durable=False))
print("up", flush=True)
sys.stdin.read()
"""


class User:
    """A process of its own that uses the servers until it is told to leave."""

    def __init__(self, place: Place, tag: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", USER, str(place.data_dir)],
            cwd=BASE_DIR,
            env={**os.environ, TAG: tag},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )

    def came_up(self) -> bool:
        assert self.process.stdout is not None
        return self.process.stdout.readline() == b"up\n"

    def leave(self) -> None:
        self.process.communicate()

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    return Place(tmp_path_factory.mktemp("servers"), durable=False)


@pytest.fixture
def tag(place: Place) -> Iterator[str]:
    tag = new_tag()
    yield tag
    wait_until(lambda: not processes_with(tag), "every process of the test to end")


@pytest.fixture
def user(place: Place, tag: str) -> Iterator[User]:
    user = User(place, tag)
    assert user.came_up()
    yield user
    user.kill()


def query(place: Place, sql: str) -> object:
    with psycopg.connect(
        host=str(place.sockets), user="cryptobot", dbname="cryptobot", autocommit=True
    ) as connection:
        cursor = connection.execute(sql)
        return cursor.fetchone() if cursor.description else None


def answers(place: Place) -> bool:
    try:
        ping = redis.Redis(unix_socket_path=str(place.redis_socket)).ping()
        return bool(ping and query(place, "SELECT 1"))
    except (psycopg.OperationalError, redis.ConnectionError):
        return False


def pid_of(place: Place, pid_file: str) -> int:
    return int((place.data_dir / pid_file).read_text().split()[0])


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def keeper_pid(tag: str) -> int:
    return next(
        int(line.split()[0]) for line in processes_with(tag) if "cryptobot.embedded.keeper" in line
    )


def test_two_users_share_the_servers_and_the_last_one_stops_them(
    place: Place, tag: str, user: User
) -> None:
    other = User(place, tag)
    assert other.came_up()
    before = pid_of(place, "postgres/postmaster.pid")
    user.leave()
    assert pid_of(place, "postgres/postmaster.pid") == before
    assert answers(place)
    other.leave()
    assert not embedded.is_up(place)
    assert processes_with(tag) == [], "the last user returns when the servers have stopped"


def test_a_killed_user_leaks_nothing(tag: str, user: User) -> None:
    user.kill()
    wait_until(lambda: not processes_with(tag), "keeper and servers to end")


def test_a_killed_keeper_takes_its_servers_and_the_next_user_brings_them_back(
    place: Place, tag: str, user: User
) -> None:
    query(place, "CREATE TABLE kept (n int); INSERT INTO kept VALUES (7)")
    os.kill(keeper_pid(tag), signal.SIGKILL)
    wait_until(lambda: not embedded.is_up(place), "the keeper's locks to be free")
    other = User(place, tag)
    assert other.came_up()
    assert query(place, "SELECT n FROM kept") == (7,)
    other.leave()


@pytest.mark.parametrize("pid_file", ["postgres/postmaster.pid", "redis/valkey.pid"])
def test_a_server_killed_under_its_users_comes_back(
    place: Place, user: User, pid_file: str
) -> None:
    killed = pid_of(place, pid_file)
    os.kill(killed, signal.SIGKILL)
    wait_until(lambda: answers(place) and pid_of(place, pid_file) != killed, "it to come back")


def test_a_server_that_dies_while_the_other_is_being_restarted_comes_back_too(
    place: Place, user: User
) -> None:
    """From its second death on a restart waits a moment, in which the other's death is told."""
    files = ["redis/valkey.pid", "postgres/postmaster.pid"]
    for _ in range(3):
        killed = {file: pid_of(place, file) for file in files}
        for file, pid in killed.items():
            os.kill(pid, signal.SIGKILL)
            wait_until(lambda pid=pid: not is_running(pid), f"the end of {file}")
        wait_until(
            lambda killed=killed: (
                answers(place) and all(pid_of(place, file) != killed[file] for file in files)
            ),
            "both to come back",
            20.0,
        )


def test_a_stale_pid_that_now_belongs_to_somebody_else_is_no_obstacle(
    place: Place, tag: str
) -> None:
    first = User(place, tag)
    assert first.came_up()
    text = (place.data_dir / "postgres" / "postmaster.pid").read_text()
    first.leave()
    lines = [str(os.getpid()), *text.splitlines()[1:]]
    (place.data_dir / "postgres" / "postmaster.pid").write_text("\n".join(lines) + "\n")
    second = User(place, tag)
    assert second.came_up()
    assert answers(place)
    second.leave()


def test_a_cluster_that_was_half_made_is_made_again(tmp_path: Path, tag: str) -> None:
    place = Place(tmp_path / "data", durable=False)
    (place.data_dir / "postgres.new").mkdir(parents=True)
    (place.data_dir / "postgres.new" / "PG_VERSION").write_text("18")
    user = User(place, tag)
    assert user.came_up()
    assert answers(place)
    user.leave()


def test_a_socket_folder_of_somebody_else_is_refused(tmp_path: Path, tag: str) -> None:
    place = Place(tmp_path / "data", durable=False)
    place.sockets.symlink_to(tmp_path)
    user = User(place, tag)
    try:
        assert not user.came_up()
        assert "belongs to another user" in place.log.read_text()
    finally:
        user.leave()
        place.sockets.unlink()


@pytest.mark.parametrize("command", [["check"], ["validate_env"], ["migrate", "--help"]])
def test_commands_that_need_no_database_start_none(command: list[str], tmp_path: Path) -> None:
    environment = {**os.environ, "DATA_DIR": str(tmp_path), "DATABASE_URL": "", "REDIS_URL": ""}
    done = subprocess.run(
        [sys.executable, "manage.py", *command], cwd=BASE_DIR, env=environment, check=False
    )
    assert done.returncode == 0
    assert not (tmp_path / "run").exists()
