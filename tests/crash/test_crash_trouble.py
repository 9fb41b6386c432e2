"""What is no death: a disk that is full or fails, a database that is held or away, lines that break, on a case's way.

A person who is told of an error with its number does once more what he did; whoever supervises the process starts it
again when it has ended by itself. Beyond that the promise is the same as under `kill -9`.
"""

import asyncio
from pathlib import Path

import pytest

from tests import databases
from tests.crash.child import Trouble
from tests.crash.journey import STEPS
from tests.crash.shelves import POLLING, Mode
from tests.crash.sweep import Judge, Rests, Walk, disturbed, swept
from tests.databases import POSTGRESQL, SQLITE

STRIDES = {SQLITE: 3, POSTGRESQL: 9}  # so many more commits are there, and troubles
TROUBLES = {  # and whether it comes after the event took effect
    SQLITE: (("full", False), ("locked", False), ("io", False), ("lost", False), ("lost", True)),
    POSTGRESQL: (
        ("full", False),
        ("io", False),
        ("collides", False),
        ("away", False),
        ("cut", False),
        ("cut", True),
        ("lost", False),
        ("lost", True),
    ),
}
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
_INSTEAD = {
    0: Trouble(1, kind="cut", word="INSERT:inbox", after=True),
    1: Trouble(1, kind="cut", word="UPDATE:part"),
    4: Trouble(1, kind="away", word="INSERT:reply"),
    8: Trouble(2, kind="cut", word="UPDATE:outbox", after=True),
    9: Trouble(1, kind="full", word="INSERT:inbox"),
    10: Trouble(1, kind="collides", word="INSERT:morning"),
    12: Trouble(1, kind="cut", word="INSERT:form_answer", after=True),
}
SAMPLES = {SQLITE: SAMPLE, POSTGRESQL: [_INSTEAD.get(place, trouble) for place, trouble in enumerate(SAMPLE)]}


def test_a_trouble_in_each_step_changes_nothing(tmp_path: Path, whole: Rests, kind: str, judge: Judge) -> None:
    """Guard the promise from end to end against what passes."""
    mode = Mode(kind=kind)
    start, end = whole(mode)
    walks: list[Walk] = list(zip(STEPS, SAMPLES[kind], strict=True))
    verdict = asyncio.run(disturbed(tmp_path / "town", start, end, walks, mode))
    assert verdict.missed == 0, verdict.met
    judge(verdict)


@pytest.mark.long
@pytest.mark.parametrize(("trouble", "after"), TROUBLES[databases.default()])
@pytest.mark.parametrize("place", range(len(STEPS)), ids=[step.name for step in STEPS])
def test_no_event_is_a_bad_moment_for_trouble(
    tmp_path: Path, rests: Rests, judge: Judge, place: int, trouble: str, *, after: bool
) -> None:
    """Guard every third commit and call of every step, on a server every ninth, against each trouble that can come."""
    start, end = rests(POLLING)[place : place + 2]
    word = "call" if trouble == "lost" else "commit"
    count = sum(event.startswith(word) for event in end.events)
    numbers = range(1, count + 1, STRIDES[databases.default()])
    walks: list[Walk] = [(STEPS[place], Trouble(number, after=after, word=word, kind=trouble)) for number in numbers]
    judge(asyncio.run(swept(tmp_path, start, end, walks)))
