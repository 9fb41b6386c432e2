"""What chaos has shown, told at the end of the run."""

import pytest

PROPERTY = "chaos"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the seed and the counts of each chaos."""
    for reports in terminalreporter.stats.values():
        for report in reports:
            for name, told in getattr(report, "user_properties", ()):
                if name == PROPERTY and report.when == "call":
                    terminalreporter.write_line(f"chaos, {told}")
