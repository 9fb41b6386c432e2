"""/people: who is in one's charge, who has joined, a new code, leaving a post."""

import io
from collections.abc import Iterator
from functools import partial

import segno

from handlers.buttons import Button
from handlers.dialogues import Dialogue, Facts, Outcome, Scene, confirm
from handlers.lists import aside, turning
from handlers.office import Answer, Call, Office, Opening, Reader
from handlers.pages import Block, Document, Key, Page, Text, Title, text
from handlers.routes import Command, Routes
from handlers.tongue import N_
from storage import settings
from storage.acts import joining, settling
from storage.book import Book
from storage.queries import staff
from storage.queries.staff import Member, Members
from storage.rules.refusals import Refused
from storage.rules.words import DESK_ROLES, OFFICE_ROLES

_MOST = 60  # cases named one by one in a preview


async def people(call: Call, office: Office) -> Answer:
    """List the people in one's charge, all or those that some words fit."""
    return aside(call, await _page(call, office, call.words.strip()[:30], 0))


async def turn(call: Call, office: Office) -> Answer:
    """Turn to another page of people."""
    assert call.button is not None
    return Answer(edit=await _page(call, office, "", call.button.version))


async def _page(call: Call, office: Office, words: str, page: int) -> Page:
    """Make a page of people; a search shows its first page and how many there are."""
    assert call.person is not None
    if not staff.charge(call.person.roles):
        raise Refused(N_("The list of people is for the office and the desks"))
    reader = office.reader(call.person)
    found = await office.read(partial(staff.members, keeper_id=call.person_id, words=words, page=page))
    if not found.rows:
        return text(reader.say(N_("Nobody in your charge fits “%(words)s”"), words=words))
    return _listed(found, words, reader)


def _listed(found: Members, words: str, reader: Reader) -> Page:
    """Write a page of people with a button a number."""
    first = found.page * staff.SIZE + 1
    blocks: list[Block] = [Title(reader.say(N_("In your charge: %(count)d people"), count=found.count))]
    blocks += [Text(f"{first + place}. {_line(row, reader)}") for place, row in enumerate(found.rows)]
    rows = [tuple(Key(str(first + place), Button("who", row.id)) for place, row in enumerate(found.rows))]
    if found.pages > 1 and not words:
        rows.append(turning(found.page, found.pages, "people", reader))
    elif found.pages > 1:
        blocks.append(Text(reader.say(N_("Please add more of the name to see the others."))))
    else:
        blocks.append(Text(reader.say(N_("To search: /people and part of a name or unit."))))
    return Page(tuple(blocks), tuple(rows))


def _line(row: Member, reader: Reader) -> str:
    """Write one person: name, posts, whether he can be reached."""
    titles = [title for title in row.titles if title] or [reader.tongue.term(role) for role in row.roles]
    return " · ".join([row.name, *titles, _state(row, reader)])


def _state(row: Member, reader: Reader) -> str:
    """Say whether somebody has joined and can be reached."""
    if not row.joined:
        return reader.say(N_("not joined yet"))
    return reader.say(N_("cannot be reached")) if row.unreachable else reader.say(N_("joined"))


async def who(call: Call, office: Office) -> Answer:
    """Show one person and what can be done for him."""
    assert call.button is not None
    reader = office.reader(call.person)
    found = await office.read(partial(staff.member, keeper_id=call.person_id, person_id=call.button.id))
    if found is None:
        raise Refused(N_("This person is not in your charge, or has left"))
    lines = [Text(title) for title in found.titles if title]
    roles = reader.say(N_("Roles: %(roles)s"), roles=[reader.tongue.term(role) for role in found.roles])
    keys = (
        Key(reader.say(N_("New code")), Button("newcode", found.id)),
        Key(reader.say(N_("Leaves the post")), Button("leave", found.id), style="danger"),
    )
    return Answer(pages=(Page((Title(found.name), *lines, Text(roles), Text(_state(found, reader))), (keys,)),))


# a new code


async def new_code(call: Call, office: Office) -> Answer:
    """Give a person a new code; the old one is void."""
    assert call.button is not None
    code, name = await office.act(call, _renew, call.button.id)
    bot = await office.read(settings.bot_name)
    reader = office.reader(call.person)
    link = f"https://t.me/{bot}?start={code}"
    blocks = (
        Title(reader.say(N_("Code of %(name)s: %(code)s"), name=name, code=code)),
        Text(link),
        Text(
            reader.say(
                N_("It works once and for %(days)d days; an earlier one is void. Give it to him yourself."),
                days=office.terms.code_days,
            )
        ),
    )
    keys = ((Key(reader.say(N_("Copy the link")), copy=link),),)
    return Answer(pages=(Page(blocks, keys, (Document("code.png", _picture(link), photo=True),)),))


def _renew(book: Book, person_id: int) -> tuple[str, str]:
    """Make the old code void and a new one, in one act."""
    settling.revoke_code(book, person_id)
    return joining.invite(book, person_id), book.name(person_id)


def _picture(link: str) -> bytes:
    """Draw a link as a QR code (PNG)."""
    drawn = io.BytesIO()
    segno.make(link, error="m").save(drawn, kind="png", scale=8, border=4)
    return drawn.getvalue()


# leaving


async def leaving(call: Call, office: Office) -> Answer:  # noqa: ARG001 (the conversation's form)
    """Ask whether somebody is really to be taken off his posts, with what he leaves open."""
    assert call.button is not None
    return Answer(opening=Opening("leave", {"person": call.button.id}))


def _check(book: Book, facts: Facts) -> None:
    settling.check_leave(book, facts["person"])


def _preview(scene: Scene) -> tuple[Block, ...]:
    """Say what is open in his name, and to whom it goes next."""
    row = staff.member(scene.read, scene.person_id, scene.facts["person"])
    if row is None:
        raise Refused(N_("This person is not in your charge, or has left"))
    return (Text(_line(row, scene.reader)), *(Text(line) for line in _left_open(scene, row)))


def _left_open(scene: Scene, row: Member) -> Iterator[str]:
    """Yield what is open, kind by kind."""
    found = staff.open_work(scene.read, row.id)
    for number, unit, names in found.handled[:_MOST]:
        if names:
            yield scene.say(N_("%(number)s goes back to %(unit)s: %(names)s"), number=number, unit=unit, names=names)
        else:
            yield scene.say(
                N_("%(number)s goes back to %(unit)s, where nobody has joined: please enter a successor first"),
                number=number,
                unit=unit,
            )
    if found.led:
        yield scene.say(
            N_("Without a lead leader until the office names one: %(numbers)s"), numbers=list(found.led[:_MOST])
        )
    if found.put_forward:
        yield scene.say(
            N_("What he has put forward goes on and is answered to him on paper: %(numbers)s"),
            numbers=list(found.put_forward[:_MOST]),
        )
    if found.forms:
        yield scene.say(N_("%(count)d opinion forms are open; ask him for his answer on paper"), count=found.forms)
    if not (found.handled or found.led or found.put_forward or found.forms):
        yield scene.say(N_("Nothing is open in this name."))
    yield scene.say(N_("The account is unbound at once. The record keeps what he has done."))


def _finish(book: Book, facts: Facts) -> Outcome:
    left = settling.leave(book, facts["person"])
    if left.wholly:
        return Outcome(
            N_("%(name)s has left; the account is unbound and what was open is passed on."), {"name": left.name}
        )
    return Outcome(N_("%(name)s has left the posts in your charge; others keep the rest."), {"name": left.name})


DIALOGUE = Dialogue(
    "leave",
    N_("Leaves the post"),
    (confirm("sure", N_("Confirm leaving"), _preview, style="danger"),),
    _finish,
    _check,
)

ROUTES = Routes(
    commands=(Command("people", people, N_("people in your charge"), roles=OFFICE_ROLES | DESK_ROLES),),
    presses={"people": turn, "who": who, "newcode": new_code, "leave": leaving},
    dialogues=(DIALOGUE,),
)
