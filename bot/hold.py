"""One process at a time: a lock that the kernel lets go of, however its holder ends."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class Held(Exception):
    """Another process holds the lock."""


@contextmanager
def held(lock: Path) -> Iterator[None]:
    """Hold a lock file for the length of the block; raise `Held`, or `OSError` where there can be no such file.

    The file stays: whoever removed it could remove one that another process has just come to hold.
    """
    descriptor = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        _belong(descriptor, lock.parent)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Held(str(lock)) from None
        yield
    finally:
        os.close(descriptor)


def _belong(descriptor: int, folder: Path) -> None:
    """Give a file that root has made to whom the folder belongs: the bot must be able to hold it as well."""
    if os.geteuid() == 0:
        owner = folder.stat()
        os.fchown(descriptor, owner.st_uid, owner.st_gid)
