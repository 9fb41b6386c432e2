"""What is no death: a disk that is full or fails, a database that is held, lines that break, in a case's journey.

A person who is told of an error with its number does once more what he did; whoever supervises the process starts it
again when it has ended by itself. Beyond that the promise is the same as under `kill -9`.
"""

import asyncio
from pathlib import Path

import pytest

from tests.crash.child import Trouble
from tests.crash.journey import STEPS
from tests.crash.shelves import POLLING, Mode
from tests.crash.sweep import Judge, Rest, Rests, Walk, disturbed, swept

STRIDE = 3
SAMPLE = (
    Trouble(1, kind="full", word="INSERT:inbox"),
    Trouble(1, kind="full", word="UPDATE:part"),
    Trouble(1, kind="lost", word="call answerCallbackQuery"),
    Trouble(1, kind="lost", word="call sendMessage 10011", after=True),
    Trouble(1, kind="io", word="INSERT:reply"),
    Trouble(1, kind="lost", word="call sendMessage 10008"),
    Trouble(1, kind="lost", word="call sendMessage 10005", after=True),
    Trouble(1, kind="lost", word="call getUpdates", after=True),
    Trouble(2, kind="locked", word="UPDATE:outbox"),
    Trouble(1, kind="io", word="INSERT:inbox"),
    Trouble(1, kind="locked", word="INSERT:morning"),
    Trouble(3, kind="lost", word="call editMessageText 10016", after=True),
    Trouble(1, kind="locked", word="INSERT:form_answer"),
)


def test_a_trouble_in_each_step_changes_nothing(tmp_path: Path, whole: Rests, kind: str, judge: Judge) -> None:
    """Guard the promise from end to end against what passes."""
    mode = Mode(kind=kind)
    start, end = whole(mode)
    walks: list[Walk] = list(zip(STEPS, SAMPLE, strict=True))
    verdict = asyncio.run(disturbed(tmp_path / "town", start, end, walks, mode))
    assert verdict.missed == 0, verdict.met
    judge(verdict)


@pytest.mark.long
@pytest.mark.parametrize(
    ("kind", "after"), [("full", False), ("locked", False), ("io", False), ("lost", False), ("lost", True)]
)
@pytest.mark.parametrize("place", range(len(STEPS)), ids=[step.name for step in STEPS])
def test_no_event_is_a_bad_moment_for_trouble(
    tmp_path: Path, rests: Rests, judge: Judge, place: int, kind: str, *, after: bool
) -> None:
    """Guard every third commit and every third call of every step against each trouble that can come there."""
    start, end = rests(POLLING)[place : place + 2]
    word = "call" if kind == "lost" else "commit"
    count = sum(event.startswith(word) for event in end.events)
    troubles = [Trouble(number, after=after, word=word, kind=kind) for number in range(1, count + 1, STRIDE)]
    walks: list[Walk] = [(STEPS[place], trouble) for trouble in troubles]
    judge(asyncio.run(swept(tmp_path, start, end, walks)))
