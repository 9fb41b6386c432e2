"""What a figure is worth nothing without: versions, commit, machine, and how fast its disk makes sure."""

import os
import platform
import sqlite3
import subprocess
import time
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from statistics import median
from typing import Any, Final

from bench.processes import ROOT

_PACKAGES: Final = ("python-telegram-bot", "aiogram", "aiohttp", "httpx", "SQLAlchemy", "sqlmodel", "pydantic")


def meta(folder: Path) -> dict[str, Any]:
    """Describe this run."""
    return {
        "at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "commit": _git("rev-parse", "HEAD"),
        "changed": bool(_git("status", "--porcelain")),
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "packages": {name: _version(name) for name in _PACKAGES},
        "cores": os.cpu_count(),
        "load": os.getloadavg(),
        "fsync_ms": _fsync_ms(folder / "fsync"),
    }


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _git(*arguments: str) -> str | None:
    """Ask git; nothing where there is none, or no repository."""
    try:
        done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=True, timeout=10)  # noqa: S603, S607
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()


def _fsync_ms(file: Path) -> float:
    """Append 4 KiB and make sure of it, a few times; give the median."""
    descriptor = os.open(file, os.O_CREAT | os.O_WRONLY, 0o600)
    try:
        taken = []
        for _ in range(50):
            os.write(descriptor, bytes(4096))
            begun = time.perf_counter()
            os.fdatasync(descriptor)
            taken.append((time.perf_counter() - begun) * 1000)
        return median(taken)
    finally:
        os.close(descriptor)
        file.unlink()
