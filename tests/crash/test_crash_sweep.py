"""The process is killed at every commit and every call of a case's journey, before and after it took effect.

Nothing is lost, nothing done twice; a message comes twice only where Telegram had taken it before its mark was there.
The default run has one journey with a death in each of its steps; the whole is behind the marker `long`. On PostgreSQL
(`--database=postgresql`) a process that is killed after a commit has sent it and has not read the answer.
"""

import asyncio
from pathlib import Path

import pytest

from tests import databases
from tests.crash.child import Trouble
from tests.crash.journey import STEPS
from tests.crash.shelves import POLLING, WEBHOOK, Mode
from tests.crash.sweep import Judge, Rests, Walk, disturbed, moments, swept, undisturbed
from tests.databases import POSTGRESQL, SQLITE

SHARES = 3
GETTING_UP = {SQLITE: 30, POSTGRESQL: 60}  # events, before and after: leases and lanes are more
SAMPLE = (
    Trouble(1, after=True, word="INSERT:inbox"),  # stored, and Telegram does not know it
    Trouble(1, after=False, word="UPDATE:part"),  # the act is as good as done, and is not
    Trouble(1, after=True, word="INSERT:record"),  # done, and the press not answered
    Trouble(1, after=True, word="call sendMessage 10011"),  # the question has left, its mark is lost
    Trouble(1, after=True, word="INSERT:reply"),
    Trouble(1, after=False, word="call sendMessage 10008"),  # written, and not sent
    Trouble(1, after=True, word="call sendMessage 10005"),
    Trouble(1, after=True, word="call getUpdates"),  # taken, and not stored
    Trouble(2, after=False, word="UPDATE:outbox"),  # its mark is lost
    Trouble(1, after=True, word="call answerCallbackQuery"),
    Trouble(1, after=True, word="INSERT:morning"),  # in the midst of a morning
    Trouble(3, after=True, word="call editMessageText 10016"),
    Trouble(1, after=False, word="INSERT:form_answer"),
)
ON_A_SERVER = (  # all in one step
    Trouble(1, after=True, word="INSERT:inbox INSERT:turn"),  # a chat is in the hand of the dead
    Trouble(1, after=True, word="INSERT:lane"),  # and the pace of another
    Trouble(1, after=True, word="INSERT:record"),
    Trouble(1, after=True, word="INSERT:card UPDATE:outbox"),  # the mark of a letter
)


def test_a_death_in_each_step_changes_nothing(tmp_path: Path, whole: Rests, kind: str, judge: Judge) -> None:
    """Guard the promise from end to end: thirteen deaths on one way, and it ends as if there had been none."""
    mode = Mode(kind=kind)
    start, end = whole(mode)
    walks: list[Walk] = list(zip(STEPS, SAMPLE, strict=True))
    verdict = asyncio.run(disturbed(tmp_path / "town", start, end, walks, mode))
    assert verdict.missed == 0, verdict.met
    judge(verdict)


def test_deaths_between_a_commit_and_its_answer_change_nothing_on_a_server(tmp_path: Path, judge: Judge) -> None:
    """Guard in every run what only a server has: it commits for the dead, and their leases outlive them."""
    mode = Mode(kind=POSTGRESQL)
    start, end = asyncio.run(undisturbed(tmp_path / "undisturbed", mode, STEPS[:1]))
    verdict = asyncio.run(disturbed(tmp_path / "town", start, end, [(STEPS[0], *ON_A_SERVER)], mode))
    assert verdict.missed == 0, verdict.met
    judge(verdict)


@pytest.mark.long
@pytest.mark.parametrize("share", range(SHARES))
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("place", range(len(STEPS)), ids=[step.name for step in STEPS])
@pytest.mark.parametrize(("mode", "stride"), [(POLLING, 1), (WEBHOOK, 4)], ids=["polling", "webhook"])
def test_no_event_is_a_bad_moment_to_die(
    tmp_path: Path, rests: Rests, judge: Judge, place: int, share: int, stride: int, mode: Mode, *, after: bool
) -> None:
    """Guard every commit and every call of every step; by webhook, where arrivals alone differ, every fourth."""
    start, end = rests(mode)[place : place + 2]
    chosen = moments(end.events, mode, after=after)[share * stride :: SHARES * stride]
    walks: list[Walk] = [(STEPS[place], trouble) for trouble in chosen]
    verdict = asyncio.run(swept(tmp_path, start, end, walks, mode))
    verdict.events = 0 if after or share else len(end.events)
    judge(verdict)


@pytest.mark.long
@pytest.mark.parametrize("number", range(1, 1 + GETTING_UP[databases.default()]))
def test_a_second_death_while_getting_up_changes_nothing(
    tmp_path: Path, rests: Rests, judge: Judge, number: int
) -> None:
    """Guard the taking up of what a death has left: the process dies again at each of its events."""
    start, end = rests(POLLING)[3:5]
    first = Trouble(1, after=True, word="INSERT:report")
    walk = (STEPS[3], first, Trouble((number + 1) // 2, after=number % 2 == 0))
    judge(asyncio.run(swept(tmp_path, start, end, [walk])))
