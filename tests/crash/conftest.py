"""Fixtures and the counts of the crash sweep."""

import asyncio
import fcntl
import os
import pickle
from collections import Counter
from collections.abc import Callable, Coroutine
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import pytest

from tests.crash import sweep
from tests.crash.shelves import Mode
from tests.crash.sweep import Rest, Rests, Verdict

PROPERTY = "crash sweep"


@pytest.fixture(scope="session")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Rests:
    """Give the rests before and after the journey that nothing disturbed."""

    def of(mode: Mode) -> list[Rest]:
        return _once(tmp_path_factory, f"whole-{mode}", lambda folder: sweep.undisturbed(folder, mode))

    return of


@pytest.fixture(scope="session")
def rests(tmp_path_factory: pytest.TempPathFactory) -> Rests:
    """Give the rests of the journey that nothing disturbed, by the mode it is walked in."""

    def of(mode: Mode) -> list[Rest]:
        return _once(tmp_path_factory, f"{mode}", lambda folder: sweep.recorded(folder, mode))

    return of


def _once(
    factory: pytest.TempPathFactory, name: str, walk: Callable[[Path], Coroutine[Any, Any, list[Rest]]]
) -> list[Rest]:
    """Have one of xdist's workers walk and all of them know what came of it."""
    shared = factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent
    told = shared / f"{name}.pickle"
    with (shared / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not told.exists():
            told.write_bytes(pickle.dumps(asyncio.run(walk(Path(mkdtemp(dir=shared, prefix=name))))))
    walked: list[Rest] = pickle.loads(told.read_bytes())
    return walked


@pytest.fixture
def judge(record_property: Callable[[str, object], None]) -> Callable[[Verdict], None]:
    """Count a verdict in, and fail on whatever was lost or done twice."""

    def judged(verdict: Verdict) -> None:
        record_property(PROPERTY, verdict.told)
        assert not verdict.losses, "\n\n".join(verdict.losses)

    return judged


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what the sweep counted over all its tests."""
    counted: Counter[str] = Counter()
    for reports in terminalreporter.stats.values():
        for report in reports:
            for name, told in getattr(report, "user_properties", ()):
                if name == PROPERTY and report.when == "call":
                    counted.update(told)
    if counted:
        terminalreporter.write_line("crash sweep: " + ", ".join(f"{name} {count}" for name, count in counted.items()))
