"""One run through steps of the journey with a trouble in it, and what the promise says of its end."""

import shutil
import signal
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlmodel import col, select

from storage.outbox import SENT, Shape
from storage.tables import Letter, Person, Update
from tests.crash.child import ARMED, Trouble
from tests.crash.facts import Facts, differences, facts, twice_in_record, unsound
from tests.crash.journey import ACCOUNTS, STEPS, Step, settle
from tests.crash.shelves import POLLING, Mode
from tests.crash.town import DONE, SORRY, Town
from tests.databases import SQLITE

NONE = Trouble()
_NEW = (Shape.PLAIN, Shape.PROMPT, Shape.CARD)
Walk = tuple[Step, *tuple[Trouble, ...]]


@dataclass(frozen=True)
class Rest:
    """The town at the end of a step that nothing disturbed: where it is kept, what is true, which events led there."""

    kept: Path
    facts: Facts
    events: tuple[str, ...] = ()


@dataclass
class Verdict:
    """What came of runs."""

    events: int = 0  # that the steps have without a trouble
    met: Counter[str] = field(default_factory=Counter)  # where trouble came
    missed: int = 0  # the event did not come again
    deaths: int = 0
    ended: int = 0  # deaths by the process's own choice, which a supervisor has to make good
    doubles: int = 0
    losses: list[str] = field(default_factory=list)

    def add(self, other: "Verdict") -> None:
        """Count another run in."""
        self.events += other.events
        self.met += other.met
        self.missed += other.missed
        self.deaths += other.deaths
        self.ended += other.ended
        self.doubles += other.doubles
        self.losses += other.losses

    @property
    def told(self) -> dict[str, Any]:
        """Give the counts, for a report."""
        return {
            "events": self.events,
            "troubles": self.met.total(),
            "missed": self.missed,
            "deaths": self.deaths,
            "ended by itself": self.ended,
            "doubles": self.doubles,
            "losses": len(self.losses),
        }


Judge = Callable[[Verdict], None]
Rests = Callable[[Mode], list[Rest]]


async def _entered(folder: Path, kept: Path | None, mode: Mode) -> Town:
    town = await Town.entered(folder, kept, mode)
    town.accounts |= ACCOUNTS
    return town


def moments(events: Sequence[str], mode: Mode, *, after: bool) -> list[Trouble]:
    """Give a death at each of a step's events.

    On PostgreSQL, where things go on side by side, an event is found again by what it is, and which of its kind.
    """
    if mode.database == SQLITE:
        return [Trouble(number, after=after) for number in range(1, len(events) + 1)]
    seen: Counter[str] = Counter()
    troubles = []
    for place in events:
        seen[place] += 1
        troubles.append(Trouble(seen[place], after=after, word=place, exact=True))
    return troubles


async def undisturbed(folder: Path, mode: Mode = POLLING, steps: Sequence[Step] = STEPS) -> list[Rest]:
    """Walk steps without a stop but for the turned clock; give the rest before them and the one after them."""
    town = await _entered(folder / "whole", None, mode)
    try:
        await settle(town)
        start = _kept(town, folder / "start")
        await town.begins(NONE, armed=False)
        for step in steps:
            if step.turns:
                await town.ends()
                town.turn(step.turns)
                await town.begins(NONE, armed=False)
            await town.survives(step.walk(town))
        await town.ends()
        return [start, _kept(town, folder / "end")]
    finally:
        await town.close()


async def recorded(folder: Path, mode: Mode = POLLING, steps: Sequence[Step] = STEPS) -> list[Rest]:
    """Walk the journey undisturbed, stopping at every step; give the rest before it and the one after each step."""
    town = await _entered(folder / "first", None, mode)
    try:
        await settle(town)
        await town.begins(NONE, armed=False)
        await town.ends()
        rests = [_kept(town, folder / "0")]
        for number, step in enumerate(steps, 1):
            await _walk(town, step, NONE)
            events = [told["place"] for told in town.told if told["what"] == "begins"]
            rests.append(_kept(town, folder / str(number), tuple(events)))
            town.told.clear()
    finally:
        await town.close()
    return rests


def _kept(town: Town, folder: Path, events: tuple[str, ...] = ()) -> Rest:
    town.keep(folder)
    return Rest(folder, town.look(lambda read: facts(read, town.standin)), events)


async def _walk(town: Town, step: Step, *troubles: Trouble) -> None:
    """Lead a town that nothing runs in through a step, and stop its bot; each start has a trouble less before it."""
    town.turn(step.turns)
    (town.folder / ARMED).unlink(missing_ok=True)
    trouble, *later = troubles
    await town.begins(trouble, armed=bool(step.turns))
    await town.survives(step.walk(town), later)
    await town.ends()


async def disturbed(folder: Path, start: Rest, end: Rest, walks: Sequence[Walk], mode: Mode = POLLING) -> Verdict:
    """Walk steps from one rest to another, each with its troubles (one a start of the process); judge the end."""
    town = await _entered(folder, start.kept, mode)
    verdict = Verdict()
    if any(trouble.kind != "kill" for _, *troubles in walks for trouble in troubles):
        town.config["schedule"]["tick_seconds"] = 0.5  # a tick that failed is to come again
        town.configure()
    name = "; ".join(f"{step.name} {trouble}" for step, *troubles in walks for trouble in troubles)
    try:
        for step, *troubles in walks:
            town.told.clear()
            await _walk(town, step, *troubles)
            verdict.met += Counter(
                f"{trouble} at {place}" for trouble, place in zip(troubles, town.struck, strict=False)
            )
            verdict.missed += len(troubles) - len(town.struck)
        verdict.doubles, said = _letters(town, walks)
        verdict.losses = said + _judged(town, end)
    except (AssertionError, TimeoutError) as failure:
        verdict.losses.append(f"{type(failure).__name__}: {failure}\n{_state(town)}")
    finally:
        verdict.deaths = len(town.deaths)
        verdict.ended = sum(death.code != -signal.SIGKILL for death in town.deaths)
        await town.close()
    if verdict.losses:
        verdict.losses[0] = f"{name}\n{verdict.losses[0]}"
    else:
        shutil.rmtree(folder)
    return verdict


async def swept(folder: Path, start: Rest, end: Rest, walks: Sequence[Walk], mode: Mode = POLLING) -> Verdict:
    """Go one walk after the other from the same rest."""
    verdict = Verdict()
    for number, walk in enumerate(walks):
        verdict.add(await disturbed(folder / str(number), start, end, [walk], mode))
    return verdict


def _judged(town: Town, end: Rest) -> list[str]:
    """Hold the end to what it is without a trouble."""

    def all_of_it(read: Any) -> list[str]:
        said = _unlike(facts(read, town.standin), end.facts)
        return [*said, *unsound(read), *twice_in_record(read)]

    return town.look(all_of_it)


def _unlike(mine: Facts, theirs: Facts) -> list[str]:
    """Compare; who was apologised to and did it again has left a failed update more, and later numbers for the rest."""
    if not any(row.endswith("failed") for row in mine["updates"]):
        return differences(mine, theirs)
    done, wanted = ({**found, "updates": _outcomes(found["updates"])} for found in (mine, theirs))
    return differences(done, wanted)


def _outcomes(updates: Counter[str]) -> Counter[str]:
    counted = Counter(row.partition(" ")[2] for row in updates.elements())
    del counted["failed"]
    return counted


def _letters(town: Town, walks: Sequence[Walk]) -> tuple[int, list[str]]:
    """Hold each new message to once at least, twice only where Telegram had taken it before its mark was there."""
    sent = select(Letter).where(Letter.id > town.before, Letter.outcome == SENT, col(Letter.shape).in_(_NEW))
    letters = town.look(lambda read: [row for row in read.exec(sent) if row.edits is None])
    ids: defaultdict[tuple[int, str], set[int]] = defaultdict(set)
    for letter in letters:
        ids[letter.chat_id or 0, letter.text or ""].add(letter.id)
    lost = sum(trouble.kind == "lost" and trouble.after for _, *troubles in walks for trouble in troubles)
    taken, doubles, said = town.taken, 0, []
    for where, mine in ids.items():
        if not where[1]:
            continue  # of the opinion form no words are kept
        excused = lost + sum(
            bool(death.unmarked & mine) and death.taken[where] > death.marked[where] for death in town.deaths
        )
        if not len(mine) <= taken[where] <= len(mine) + excused:
            said.append(f"letter {where}: wanted {len(mine)}, taken {taken[where]}, excused {excused}")
        doubles += max(0, taken[where] - len(mine))
    older = select(Letter).where(Letter.id <= town.before)  # which may have been on its way at the start
    known = town.look(lambda read: {(row.chat_id or 0, row.text or "") for row in read.exec(older)})
    strays, unexcused = _strays(town, known | set(ids), lost)
    return doubles + strays, said + unexcused


def _strays(town: Town, known: set[tuple[int, str]], lost: int) -> tuple[int, list[str]]:
    """Judge messages whose words no letter has now: first copies of what was worded anew when it left once more.

    Or of what did not leave once more: a question whose sender died before its mark may have been answered since.
    """
    strays = {where: count for where, count in town.taken.items()
              if where not in known and SORRY not in where[1] and where[1] != DONE}  # fmt: skip
    taken: Counter[int] = Counter()
    for where, count in strays.items():
        taken[where[0]] += count
    new = select(Letter.id, Person.account, Letter.text, Letter.outcome).join(
        Person, col(Person.id) == col(Letter.person_id)
    )
    written = col(Letter.id) > town.before, col(Letter.shape).in_(_NEW), col(Letter.edits).is_(None)
    letters = town.look(lambda read: list(read.exec(new.where(*written))))
    wordless = Counter(chat_id or 0 for _, chat_id, text, outcome in letters if outcome == SENT and not text)
    said = []
    for chat_id, count in taken.items():
        mine = {letter_id for letter_id, whose, *_ in letters if whose == chat_id}
        died = sum(bool(death.unmarked & mine) for death in town.deaths)
        if count > wordless[chat_id] + died + lost:
            words = [where[1] for where in strays if where[0] == chat_id]
            excused = wordless[chat_id] + died + lost
            said.append(f"chat {chat_id}: {count} messages of no letter, excused {excused}: {words}")
    return (taken - wordless).total(), said


def _state(town: Town) -> str:
    """Tell where a run that did not come to its end stands."""
    open_ = town.look(lambda read: [row.id for row in read.exec(select(Update)) if row.handled_at is None])
    waiting = select(Letter.id, Letter.kind, Letter.owner, Letter.not_before).where(col(Letter.settled_at).is_(None))
    letters = town.look(lambda read: list(read.exec(waiting)))
    last = [f"{told['what']} {told['place']}" for told in town.told[-12:]]
    return f"open updates {open_}, letters {letters}, last {last}, log:\n{town.log[-20000:]}"
