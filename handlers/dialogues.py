"""What a dialogue is made of: steps that ask and take, and the act that finishes it. Data, no state."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from handlers.office import Opening, Reader
from handlers.pages import Block, Document, Text
from handlers.tongue import N_
from storage.book import Book
from storage.files import Content
from storage.reading import Read
from storage.rules.refusals import Refused

Facts = Mapping[str, Any]
TYPED_LIMIT = 4000
_SHOWN = 40  # characters of what was typed that a refusal quotes


@dataclass(frozen=True)
class Option:
    """A choice: `key` travels in the button (ASCII, at most 16 characters), `label` is in the reader's language."""

    key: str
    label: str
    style: str | None = None


@dataclass(frozen=True)
class Question:
    """What a step asks."""

    blocks: tuple[Block, ...]
    options: tuple[Option, ...] = ()
    columns: int = 1
    typed: bool = False
    files: tuple[Document, ...] = ()


@dataclass(frozen=True)
class Scene:
    """Where a dialogue stands: the open transaction, the reader, and what was said so far."""

    read: Read
    reader: Reader
    person_id: int
    case_id: int | None
    facts: Facts

    def say(self, msgid: str, **facts: object) -> str:
        """Say a sentence in the reader's language."""
        return self.reader.say(msgid, **facts)


@dataclass(frozen=True)
class Said:
    """What came: the key of an option, typed words, or files (ids of rows already kept); and what was made of it."""

    key: str = ""
    words: str = ""
    files: tuple[int, ...] = ()
    prepared: Any = None


@dataclass(frozen=True)
class Again:
    """Ask the same step again with this value kept: one more box ticked; `anew` asks in a message of its own."""

    value: Any
    anew: bool = False


@dataclass(frozen=True)
class Step:
    """One question. `ask` words it, `take` makes the value that is kept under `name` or refuses in words.

    `prepare` does what is too slow for a transaction, beside the writer: it is given what came and the files as bytes,
    which are then not kept unless `take` keeps them, and what it gives back is `Said.prepared`.
    """

    name: str
    ask: Callable[[Scene], Question]
    take: Callable[[Scene, Said], Any]
    when: Callable[[Facts], bool] = lambda _facts: True
    files: bool = False
    voice: bool = False
    prepare: Callable[[Scene, Said, tuple[Content, ...]], Any] | None = None


@dataclass(frozen=True)
class Outcome:
    """What a finished dialogue tells the person who led it, as a msgid and its facts; or the dialogue it leads into."""

    msgid: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    opening: Opening | None = None


@dataclass(frozen=True)
class Dialogue:
    """Questions in order, and the act that they end in.

    `check` runs before the first question and again with every step: nobody is led through what will be refused.
    `portion` is for work on many cases: before `finish` it runs over and over, each time in a transaction of its own,
    until it gives false. It must be safe to begin anew, since after a crash the whole press is taken again.
    """

    name: str
    title: str
    steps: tuple[Step, ...]
    finish: Callable[[Book, Facts], Outcome]
    check: Callable[[Book, Facts], None] = lambda _book, _facts: None
    portion: Callable[[Book, Facts], bool] | None = None
    leave_no_trace: bool = False  # the opinion form: nothing of the steps stays in the chat or the outbox
    resumes: str = ""  # the fact by which a dialogue begun again is the one that was interrupted

    def live(self, facts: Facts) -> tuple[Step, ...]:
        """Give the steps that what was said so far calls for."""
        return tuple(step for step in self.steps if step.when(facts))

    def step(self, name: str) -> Step:
        """Give a step by name."""
        return next(step for step in self.steps if step.name == name)


def choice(
    name: str,
    msgid: str,
    options: Callable[[Scene], list[Option]],
    *,
    when: Callable[[Facts], bool] = lambda _facts: True,
    columns: int = 1,
) -> Step:
    """Ask for one of several; typing a label's words works as pressing it."""

    def ask(scene: Scene) -> Question:
        return Question((Text(scene.say(msgid)),), tuple(options(scene)), columns)

    def take(scene: Scene, said: Said) -> Any:
        return pick(options(scene), said)

    return Step(name, ask, take, when)


def pick(options: list[Option], said: Said) -> str:
    """Find the option that was pressed or typed."""
    for option in options:
        if said.key == option.key or (said.words and said.words == option.label):
            return option.key
    raise Refused(N_("Please press one of the buttons; nothing was lost"))


def words(
    name: str,
    msgid: str,
    *,
    when: Callable[[Facts], bool] = lambda _facts: True,
    limit: int = TYPED_LIMIT,
    skip: str = "",
    files: bool = False,
    voice: bool = False,
) -> Step:
    """Ask for typed words; `skip` is the label of a button to go on without; with `files`, files may come too.

    The value is `{"words": str, "files": [file ids]}`.
    """

    def ask(scene: Scene) -> Question:
        options = (Option("-", scene.say(skip)),) if skip else ()
        return Question((Text(scene.say(msgid)),), options, typed=True)

    def take(_scene: Scene, said: Said) -> Any:
        if skip and said.key == "-":
            return {"words": "", "files": []}
        if said.key:
            raise Refused(N_("Please type your answer as a message"))
        if not said.words and not said.files:
            raise Refused(N_("An empty message says nothing; please type your answer"))
        if len(said.words) > limit:
            raise Refused(
                N_("That is %(count)d characters, at most %(limit)d fit here; please shorten it, or send it as a file"),
                {"count": len(said.words), "limit": limit},
            )
        return {"words": said.words, "files": list(said.files)}

    return Step(name, ask, take, when, files, voice)


def day(
    name: str,
    msgid: str,
    offers: Callable[[Scene], list[date]],
    *,
    when: Callable[[Facts], bool] = lambda _facts: True,
    earliest: Callable[[Scene], date] | None = None,
    latest: Callable[[Scene], date] | None = None,
    skip: str = "",
) -> Step:
    """Ask for a day: a few offered, any other typed; `skip` is the label of a button to go on without one (none)."""

    def options(scene: Scene) -> list[Option]:
        found = [Option(offer.isoformat(), scene.reader.tongue.day(offer)) for offer in offers(scene)]
        return [*found, Option("-", scene.say(skip))] if skip else found

    def ask(scene: Scene) -> Question:
        return Question(
            (Text(scene.say(msgid)), Text(scene.say("You can also type a day, such as 2026-03-02 or 3月2日."))),
            tuple(options(scene)),
            typed=True,
        )

    def take(scene: Scene, said: Said) -> Any:
        if skip and said.key == "-":
            return None
        found = date.fromisoformat(said.key) if said.key else read_day(said.words, scene.reader.today)
        if earliest is not None and found < earliest(scene):
            raise Refused(N_("The day must not lie before %(day)s"), {"day": earliest(scene)})
        if latest is not None and found > latest(scene):
            raise Refused(N_("The day must not lie after %(day)s"), {"day": latest(scene)})
        return found

    return Step(name, ask, take, when)


def read_day(typed: str, today: date) -> date:
    """Read a typed day: 2026-03-02, 2026年3月2日, 2026.3.2, 3月2日 or 3.2 (of this year)."""
    numbers = "".join(character if character.isdecimal() else " " for character in typed).split()
    try:
        match [int(number) for number in numbers]:
            case [year, month, dayno] if year > 1000:  # noqa: PLR2004 (a year has four digits)
                return date(year, month, dayno)
            case [month, dayno]:
                return date(today.year, month, dayno)
            case [whole] if whole > 10_000_000:  # noqa: PLR2004 (20260302)
                return date(whole // 10000, whole // 100 % 100, whole % 100)
            case _:
                pass
    except (ValueError, OverflowError):
        pass
    shown = typed if len(typed) <= _SHOWN else f"{typed[:_SHOWN]}…"
    raise Refused(N_("“%(typed)s” is not a day; please write it like 2026-03-02"), {"typed": shown})


def confirm(
    name: str, label: str, preview: Callable[[Scene], tuple[Block, ...]], style: str | None = "success"
) -> Step:
    """Show what is about to be done and ask for the one press that does it."""

    def ask(scene: Scene) -> Question:
        return Question(preview(scene), (Option("yes", scene.say(label), style),))

    def take(scene: Scene, said: Said) -> Any:
        return pick([Option("yes", scene.say(label))], said)

    return Step(name, ask, take)
