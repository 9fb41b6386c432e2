"""The bench end to end, as small as it goes: real processes, real presses, a record that is held against them."""

import os
import sqlite3
from pathlib import Path

import pytest

from bench.bots import KINDS, verified
from bench.presses import Stretch, measured
from bench.processes import Cores, Telegram
from bench.sweep import swept
from bench.town import fill

pytestmark = pytest.mark.skipif(len(os.sched_getaffinity(0)) < 2, reason="the bench needs two cores")


@pytest.mark.long
async def test_everybody_answers_and_the_real_bot_leaves_its_record(tmp_path: Path) -> None:
    """The baselines and the real bot answer each press once and edit its card; the real one has it all on record."""
    town = fill(tmp_path / "town.db", 12)
    assert len(town.presses) == 12
    cores = Cores.chosen()
    telegram = await Telegram.started(cores.server, tmp_path)
    try:
        for name in ("ptb", "ptb-aiohttp-64", "duban-webhook", "duban"):
            found = await measured(KINDS[name], Stretch(8, window=4, warm=4), telegram, cores, tmp_path, town)
            assert not [reason for reason in found["refused"] if "busy" not in reason], found["refused"]
            assert (found["count"], found["edits_per_press"], found["sends_per_press"]) == (8, 1.0, 0.0)
            assert found["cpu_ms"] > 0
        assert found["check"]["entries"] == found["check"]["letters"] == 12
    finally:
        await telegram.child.stop()
    book = sqlite3.connect(tmp_path / "duban.db")
    book.execute("DELETE FROM record WHERE id = (SELECT max(id) FROM record WHERE kind = 'acknowledged')")
    book.execute("UPDATE outbox SET settled_at = NULL WHERE id = (SELECT max(id) FROM outbox)")
    book.commit()
    book.close()
    assert verified(tmp_path / "duban.db", 12)["wrong"] == ["entries", "open_letters"]


@pytest.mark.long
def test_the_sweep_sees_a_missing_index(tmp_path: Path) -> None:
    """The negative control of the sweep, on a small town: the plan is what tells."""
    sound = swept(tmp_path, 1, whole=True, many=20_000)
    assert sound["indexed"] is True
    assert swept(tmp_path, 1, whole=False, drop_index=True, many=20_000)["indexed"] is False
