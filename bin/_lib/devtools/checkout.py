"""Where this checkout keeps its own things, and as which user its servers run."""

import hashlib
import os
import pwd
import stat
import tempfile
from dataclasses import dataclass
from pathlib import Path

from devtools.terminal import Failure

ROOT = Path(__file__).resolve().parents[3]
LONGEST_SOCKET_DIR = (
    80  # a socket path may have 104 bytes on macOS and 108 on Linux; the file names need about 20
)


@dataclass(frozen=True)
class Account:
    """The user that runs PostgreSQL and Redis, which refuse or should not have root."""

    name: str
    uid: int
    gid: int

    @property
    def user(self) -> int | None:
        """Return subprocess's `user`: None when that is who we are."""
        return None if self.uid == os.geteuid() else self.uid

    @property
    def group(self) -> int | None:
        """Return subprocess's `group`."""
        return None if self.uid == os.geteuid() else self.gid

    @property
    def extra_groups(self) -> list[int] | None:
        """Return subprocess's `extra_groups`: none of root's."""
        return None if self.uid == os.geteuid() else []


def server_account() -> Account:
    """Return who runs the servers: you, or postgres (or nobody) when you are root."""
    if os.geteuid() != 0:
        return Account("you", os.geteuid(), os.getegid())
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(name, entry.pw_uid, entry.pw_gid)
    raise Failure(
        "PostgreSQL refuses to run as root: add a user named postgres, or run this as an ordinary user."
    )


def local_dir(name: str = "") -> Path:
    """Return .local, or a named part of it, made if need be."""
    path = ROOT / ".local" / name
    path.mkdir(parents=True, exist_ok=True)
    return path


def server_dir(account: Account, name: str) -> Path:
    """Return the folder for a server's files: under .local, or in the temp folder when the account cannot get there."""
    path = local_dir() / name
    if all(_may_enter(parent, account) for parent in path.parents):
        return path
    return _temp_twin(path)


def socket_dir(servers: Path) -> Path:
    """Return the folder for the servers' sockets, with a path short enough for the system's limit."""
    path = servers / "run"
    return path if len(os.fsencode(path)) <= LONGEST_SOCKET_DIR else _temp_twin(path)


def _may_enter(folder: Path, account: Account) -> bool:
    info = folder.stat()
    if info.st_uid == account.uid:
        return bool(info.st_mode & stat.S_IXUSR)
    return bool(info.st_mode & (stat.S_IXGRP if info.st_gid == account.gid else stat.S_IXOTH))


def _temp_twin(path: Path) -> Path:
    """Return a short folder name in the temp folder that belongs to this path alone."""
    lasting = Path("/var/tmp")
    temp = lasting if os.access(lasting, os.W_OK) else Path(tempfile.gettempdir())
    return temp / f"carteiro-{hashlib.sha256(os.fsencode(path)).hexdigest()[:12]}"


def make_owned(path: Path, account: Account) -> None:
    """Make the folder for this account alone; raises Failure when somebody else's folder stands there."""
    if not path.exists():
        path.mkdir(parents=True, mode=0o700)
        if account.uid != os.geteuid():
            os.chown(path, account.uid, account.gid)
    if path.is_symlink() or path.stat().st_uid != account.uid:
        raise Failure(f"{path} belongs to somebody else: remove it, then run this again.")
