"""搜索, /why and 总览: finding a case by words, how a date was counted, how much there is of everything."""

from collections.abc import Iterator
from functools import partial

from handlers import lists, reckoning
from handlers.dialogues import Dialogue, Facts, Outcome, words
from handlers.office import Answer, Call, Office, Opening, Reader
from handlers.pages import Block, Page, Text, Title, text
from handlers.routes import Command, Routes
from handlers.tongue import N_
from storage.acts import listing
from storage.book import Book
from storage.queries import cases, lookup, standing
from storage.queries.board import Board
from storage.queries.board import board as read_board
from storage.queries.explain import Counted, explain
from storage.queries.search import LONGEST, search
from storage.queries.todo import Rows
from storage.reading import Read
from storage.rules.facts import unpack
from storage.rules.lights import Light
from storage.rules.refusals import Refused
from storage.rules.words import OFFICE_ROLES
from storage.tables import Letter

_NOTHING = N_("Nothing of yours fits “%(words)s”. Try fewer words: a number, a word of the title, a unit or a name.")


async def find(call: Call, office: Office) -> Answer:
    """Search for the words that were typed, or ask for them."""
    typed = call.words.strip()
    if not typed and call.private:
        return Answer(opening=Opening("search"))
    if not typed:
        return lists.aside(call, text(call.say(N_("Please add words, for instance: /search drains"))))
    if len(typed) > LONGEST:
        raise Refused(N_("At most %(limit)d characters can be searched for"), {"limit": LONGEST})
    await office.act(call, listing.found, typed)
    return Answer() if call.private else Answer(pages=(text(call.say(N_("Sent to your private chat"))),))


def _finish(book: Book, facts: Facts) -> Outcome:
    typed = facts["words"]["words"]
    listing.found(book, typed)
    return Outcome(N_("Searched for “%(words)s”"), {"words": typed})


DIALOGUE = Dialogue(
    "search",
    N_("Search"),
    (words("words", N_("What are you looking for? A number, a word of the title, a unit or a name."), limit=LONGEST),),
    _finish,
)


def _found(read: Read, letter: Letter, reader: Reader) -> Page | None:
    """Show the first page of what was found."""
    return _page(read, letter, reader, 0)


async def turn(call: Call, office: Office) -> Answer:
    """Turn to another page of what was found; the words are kept with the list."""
    assert call.button is not None
    edit = await office.read(
        partial(_turned, letter_id=call.button.id, reader=office.reader(call.person), page=call.button.version)
    )
    return Answer(edit=edit)


def _turned(read: Read, letter_id: int, reader: Reader, page: int) -> Page:
    """Make another page of a list, for the person whose list it is."""
    letter = read.get(Letter, letter_id)
    if letter is None or letter.kind != "found" or reader.person is None or letter.person_id != reader.person.id:
        raise Refused(N_("This list is no longer there; please search anew"))
    return _page(read, letter, reader, page)


def _page(read: Read, letter: Letter, reader: Reader, page: int) -> Page:
    """Make a page of what was found."""
    typed = str(unpack(letter.facts)["words"])
    assert letter.person_id is not None
    rows: Rows = search(read, letter.person_id, typed, reader.today, page, standing.calendar(read))
    if not rows.rows:
        return text(reader.say(_NOTHING, words=typed))
    title = reader.say(N_("“%(words)s”: %(count)d found"), words=typed, count=rows.count)
    return lists.page(title, rows, "found", reader, row_id=letter.id)


# how a date was counted


async def why(call: Call, office: Office) -> Answer:
    """Say day by day how a case's dates were counted."""
    typed = call.words.strip()
    if not typed:
        return lists.aside(call, text(call.say(N_("Please add the number, for instance: /why 072"))))
    found = await office.read(partial(lookup.find, typed=typed, person_id=call.person_id))
    if not found:
        none = call.say(
            N_("None of your cases has the number “%(typed)s”. Search for words with 搜索."), typed=typed[:60]
        )
        return lists.aside(call, text(none))
    reader = office.reader(call.person)
    pages = [await office.read(partial(_explained, case_id=each.id, reader=reader)) for each in found[:3]]
    return lists.aside(call, *pages)


def _explained(read: Read, case_id: int, reader: Reader) -> Page:
    """Explain the dates of one case."""
    seen = cases.view(read, case_id)
    assert seen is not None
    counted: tuple[Counted, ...] = explain(read, case_id, reader.today)
    return reckoning.page(seen, counted, reader)


# the board


async def overview(call: Call, office: Office) -> Answer:
    """Show the office how much there is of everything: numbers only, in its group too."""
    assert call.person is not None
    if not call.person.roles & OFFICE_ROLES:
        raise Refused(N_("The board is the office's; yours is under 我的件"))
    reader = office.reader(call.person)
    found = await office.read(partial(read_board, today=reader.today, since=reader.terms.new_year(reader.today)))
    return Answer(pages=(Page(tuple(_board(found, reader))),))


_LIGHTS = {
    Light.GREEN: N_("green light"),
    Light.BLUE: N_("blue light"),
    Light.YELLOW: N_("yellow light"),
    Light.RED: N_("red light"),
    Light.BRIEFING: N_("red light, reported to the leaders"),
}


def _board(found: Board, reader: Reader) -> Iterator[Block]:
    """Write the board."""
    yield Title(
        reader.say(
            N_("Board, %(day)s: %(count)d cases, this year's and older open ones"), day=reader.today, count=found.count
        )
    )
    say = reader.tongue.term
    stages = [f"{say(stage)} {count}" for stage, count in found.stages]
    levels = [f"{say(level)} {count}" for level, count in found.levels]
    lights = [f"{reader.say(_LIGHTS[light])} {count}" for light, count in found.lights]
    if stages:
        yield Text(reader.say(N_("By stage: %(counts)s"), counts=stages))
    if levels:
        yield Text(reader.say(N_("Assigned, by level: %(counts)s"), counts=levels))
    if lights:
        yield Text(reader.say(N_("Units' parts at work, by light: %(counts)s"), counts=lights))
    yield Text(
        reader.say(
            N_("Not acknowledged: %(count)d, of them too late: %(late)d"),
            count=found.unacknowledged,
            late=found.unacknowledged_late,
        )
    )
    yield Text(reader.say(N_("Overdue: %(count)d"), count=found.late_count))
    for each in found.late:
        yield Text(
            reader.say(
                N_("%(kind)s %(number)s · %(unit)s · %(days)d days overdue"),
                kind=each.kind,
                number=each.number,
                unit=each.unit,
                days=each.days,
            )
        )


ROUTES = Routes(
    commands=(
        Command("search", find, N_("search by number, title, unit, name"), ("搜索", "search", "Search")),
        Command("why", why, N_("how a deadline was counted: /why 072")),
        Command("board", overview, N_("totals and what is late"), ("总览",), roles=OFFICE_ROLES),
    ),
    presses={"found": turn},
    dialogues=(DIALOGUE,),
    notices={"found": _found},
)
