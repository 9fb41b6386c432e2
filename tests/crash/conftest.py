"""Fixtures and the counts of the crash sweep."""

import asyncio
from collections import Counter
from collections.abc import Callable

import pytest

from tests.crash import sweep
from tests.crash.shelves import Mode
from tests.crash.sweep import Rest, Rests, Verdict

PROPERTY = "crash sweep"


@pytest.fixture(scope="session")
def whole(tmp_path_factory: pytest.TempPathFactory) -> list[Rest]:
    """The rests before and after the journey that nothing disturbed."""
    return asyncio.run(sweep.undisturbed(tmp_path_factory.mktemp("whole")))


@pytest.fixture(scope="session")
def rests(tmp_path_factory: pytest.TempPathFactory) -> Rests:
    """Give the rests of the journey that nothing disturbed by its mode, walked once a process of the tests."""
    walked: dict[Mode, list[Rest]] = {}

    def of(mode: Mode) -> list[Rest]:
        if mode not in walked:
            walked[mode] = asyncio.run(sweep.recorded(tmp_path_factory.mktemp("rests"), mode))
        return walked[mode]

    return of


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
