"""What a replica does to itself: lives by the clock that the test turns, tells the names by which it holds leases."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from bot.app import App, Plan
from tests import processes

CLOCK = "clock"  # the file with the seconds by which the office's clock is ahead of this machine's


def now(clock: Path) -> datetime:
    """Give the office's moment."""
    return datetime.now(UTC) + timedelta(seconds=float(clock.read_text("ascii")))


def owners(folder: Path, number: int) -> Path:
    """Name the file in which a replica leaves the owners of its leases: of updates, and of letters and chats."""
    return folder / f"{number}.owners"


def live(folder: str, number: int, arguments: list[str], environ: dict[str, str]) -> None:
    """Be `duban …` in a folder."""
    begin: Any = App.__init__
    wire: Any = App._wire

    def begun(self: App, plan: Plan) -> None:
        begin(self, replace(plan, clock=lambda: now(Path(folder) / CLOCK)))

    def wired(self: App, *parts: Any) -> None:
        wire(self, *parts)
        owners(Path(folder), number).write_text(json.dumps([self.intake._owner, self.sender.owner]), "ascii")

    App.__init__ = begun  # type: ignore[method-assign]
    App._wire = wired  # type: ignore[method-assign, assignment]
    processes._live(folder, number, arguments, environ)
