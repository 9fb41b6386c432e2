"""工作日历: the year's days off and make-up days, and a new year's notice that is sent in, looked over, entered."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from handlers.dialogues import Again, Dialogue, Facts, Option, Outcome, Question, Said, Scene, Step
from handlers.notices.kinds import sentence
from handlers.office import Answer, Call, Office, Opening, Reader
from handlers.pages import Block, Text, Title
from handlers.papers.faults import Unreadable
from handlers.papers.notice_sheets import read_days
from handlers.routes import Command, Routes
from handlers.tongue import N_
from storage.acts import calendars
from storage.book import Book
from storage.files import Content
from storage.queries import standing
from storage.rules import years
from storage.rules.calendar import Day, NoticeError, WorkingCalendar
from storage.rules.refusals import Refused
from storage.rules.words import OFFICE_ROLES
from storage.rules.years import Holiday, Year

_YES = "yes"
_LABEL = N_("Confirm the import")
_KNOWN = N_("Everything in it stands already; there is nothing to import.")
_MOST = 150  # days; a year's notice has about forty, with every weekend in it about sixty
_NAMED = 8  # days that a line names one by one


# what a year is


def _year(year: Year, reader: Reader) -> Iterator[str]:
    """Say a year: on whose word, which days are off, which weekend days are worked, what is missing."""
    if year.official:
        yield reader.say(N_("%(year)d, official: %(sources)s"), year=year.year, sources=list(year.sources))
    else:
        yield reader.say(
            N_("%(year)d, provisional: by the statute alone, until the notice of that year is entered"), year=year.year
        )
        if year.sources:
            absent = [f"{feast.name} {reader.tongue.month_day(feast.date)}" for feast in year.missing]
            yield reader.say(N_("Entered in part; still missing: %(days)s"), days=absent[:_NAMED])
            return
    if year.holidays:
        yield reader.say(N_("Days off: %(days)s"), days=[_run(each, reader) for each in year.holidays])
    if year.made_up:
        yield reader.say(N_("Worked weekend days: %(days)s"), days=_days(year.made_up, reader))


def _run(holiday: Holiday, reader: Reader) -> str:
    """Write days off that follow on one another: 国庆节10月1日至10月7日."""
    first, last = reader.tongue.month_day(holiday.first), reader.tongue.month_day(holiday.last)
    span = first if first == last else reader.say(N_("%(first)s to %(last)s"), first=first, last=last)
    return f"{'、'.join(holiday.names)} {span}".strip()


def _days(days: Sequence[date], reader: Reader) -> str:
    """Write days; of many, the first, and how many more."""
    shown = reader.tongue.list(reader.tongue.month_day(day) for day in days[:_NAMED])
    more = len(days) - _NAMED
    return reader.say(N_("%(days)s and %(count)d more"), days=shown, count=more) if more > 0 else shown


# a notice that was sent


def _prepare(scene: Scene, _said: Said, contents: tuple[Content, ...]) -> Any:
    """Read a notice, beside the writer; what cannot be read is refused in words."""
    if not contents:
        return None
    sent = contents[-1]
    try:
        days = read_days(sent.content, sent.name)
    except Unreadable as unreadable:
        raise Refused(unreadable.say(scene.reader.say)) from unreadable
    except NoticeError as error:
        facts = {name: _printable(fact) for name, fact in error.facts.items()}
        raise Refused(error.msgid, facts) from error
    if len(days) > _MOST:
        raise Refused(
            N_("%(count)d days stand in it, more than in any notice; please send the notice of one year"),
            {"count": len(days)},
        )
    return {"name": sent.name, "days": [[day.date.isoformat(), day.works, day.name, day.source] for day in days]}


def _printable(fact: object) -> object:
    """Give a cell's own text without what no screen can show."""
    return (
        "".join(character if character.isprintable() else "?" for character in fact) if isinstance(fact, str) else fact
    )


def _kept(sheet: Facts) -> list[Day]:
    """Read the days that a draft keeps."""
    return [Day(date.fromisoformat(day), works, name, source, True) for day, works, name, source in sheet["days"]]


def _new(calendar: WorkingCalendar, days: Sequence[Day]) -> list[Day]:
    """Leave out the days that stand already as they are here."""
    held = calendar.days
    return [day for day in days if day.date not in held or _said_of(held[day.date]) != _said_of(day)]


def _said_of(day: Day) -> tuple[bool, str]:
    return day.works, day.name


# the conversation


def _ask(scene: Scene) -> Question:
    """Show this year and the next, and ask for a notice; or show what a notice that was sent would change."""
    calendar, sheet = standing.calendar(scene.read), scene.facts.get("sheet")
    if sheet:
        return _preview(scene, calendar, sheet)
    this = scene.reader.today.year
    lines = [line for year in (this, this + 1) for line in _year(years.read(calendar, year), scene.reader)]
    asked = N_(
        "To enter a notice, send it here as a file (.xlsx or .csv) with the columns 日期, 是否上班 (班 or 休) and "
        "名称. Nothing is entered before you confirm it."
    )
    return Question((*(Text(line) for line in lines), Text(scene.say(asked))), typed=True)


def _preview(scene: Scene, calendar: WorkingCalendar, sheet: Facts) -> Question:
    """Show the years as they would be, and which days that stand already would be other than they are."""
    days = _kept(sheet)
    new = _new(calendar, days)
    title = Title(sheet["name"])
    if not new:
        return Question((title, Text(scene.say(_KNOWN))))
    after = calendar.with_days(days)
    blocks: list[Block] = [title]
    for year in sorted({day.date.year for day in days}):
        blocks += [Text(line) for line in _year(years.read(after, year), scene.reader)]
    blocks += [Text(line) for line in _warnings(calendar, new, scene.reader)]
    return Question(tuple(blocks), (Option(_YES, scene.say(_LABEL), "success"),))


def _warnings(calendar: WorkingCalendar, new: Sequence[Day], reader: Reader) -> Iterator[str]:
    """Say how much is new, what contradicts an official year, and that dates given before stay."""
    yield reader.say(N_("%(count)d days are new or changed."), count=len(new))
    against = [day.date for day in new if calendar.is_official(day.date.year)]
    if against:
        yield reader.say(
            N_("Please check: of a year whose notice stands already, this changes %(days)s."),
            days=_days(against, reader),
        )
    yield reader.say(N_("Deadlines that have been set already stay as they are; those set from now on are counted so."))


def _take(scene: Scene, said: Said) -> Any:
    """Take a notice, or the press that enters it."""
    if said.prepared is not None:
        return Again(said.prepared, anew=True)
    sheet = scene.facts.get("sheet")
    if sheet and (said.key == _YES or said.words == scene.say(_LABEL)):
        return sheet
    raise Refused(N_("Please send the notice as a file (.xlsx or .csv); nothing was entered"))


def _finish(book: Book, facts: Facts) -> Outcome:
    """Enter what is new of the notice."""
    days = _kept(facts["sheet"])
    count = calendars.take(book, _new(book.calendar(), days))
    if not count:
        return Outcome(_KNOWN)
    return Outcome(N_("%(count)d days entered in the working calendar."), {"count": count})


def _check(book: Book, _facts: Facts) -> None:
    calendars.check(book)


DIALOGUE = Dialogue(
    "calendar", N_("Working calendar"), (Step("sheet", _ask, _take, files=True, prepare=_prepare),), _finish, _check
)


async def begin(call: Call, office: Office) -> Answer:  # noqa: ARG001 (every conversation's form)
    """Show the calendar and wait for a notice."""
    if not call.private:
        raise Refused(N_("The working calendar is shown in the private chat"))
    return Answer(opening=Opening("calendar"))


ROUTES = Routes(
    commands=(
        Command("calendar", begin, N_("days off and make-up days of the year"), ("日历", "工作日历"), OFFICE_ROLES),
    ),
    dialogues=(DIALOGUE,),
    notices={
        "calendar_entered": sentence(
            N_("%(name)s has entered the days off and make-up days of %(years)s. To look at them: /calendar")
        )
    },
)
