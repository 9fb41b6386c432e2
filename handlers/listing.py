"""待办, 我的件 and a case with its history: what waits, what there is, where it stands."""

from functools import partial

from handlers import cards, history, lists
from handlers.buttons import Button
from handlers.notices import undelivered
from handlers.office import Answer, Call, Office, Reader
from handlers.pages import Key, Page, Title, text
from handlers.routes import Command, Routes
from handlers.tongue import N_
from storage.acts import listing
from storage.queries import cases, lookup, standing, todo
from storage.queries.history import history as read_history
from storage.reading import Read
from storage.rules.stages import Stage
from storage.tables import Letter

_ANSWERED = (Stage.REPLIED,)
_ENDED = (Stage.CONCLUDED,)
_OPEN = (
    Stage.REGISTERED,
    Stage.PROPOSED,
    Stage.LEVELLED,
    Stage.AWAITING_CONSENT,
    Stage.CONFIRMED,
    Stage.ASSIGNED,
)
_CHIPS = {
    "open": (N_("In hand"), _OPEN),
    "replied": (N_("Answered"), _ANSWERED),
    "done": (N_("Concluded"), _ENDED),
}


async def waiting(call: Call, office: Office) -> Answer:
    """Show what waits for somebody, what is due first at the top."""
    return lists.aside(call, await _todo_page(call, office, 0))


async def turn_waiting(call: Call, office: Office) -> Answer:
    """Turn to another page of what waits."""
    assert call.button is not None
    return Answer(edit=await _todo_page(call, office, call.button.version))


async def _todo_page(call: Call, office: Office, page: int) -> Page:
    """Make a page of what waits."""
    reader = office.reader(call.person)
    rows = await office.read(partial(_todo, person_id=call.person_id, reader=reader, page=page))
    more, keys = await office.read(partial(undelivered.block, reader=reader))
    if rows.rows:
        found = lists.page(reader.say(N_("%(count)d wait for you"), count=rows.count), rows, "todo", reader)
        return Page((*found.blocks, *more), (*found.rows, *keys))
    if more:
        return Page((Title(reader.say(N_("No case waits for you; this does:"))), *more), keys)
    return text(reader.say(N_("Nothing waits for you. Everything of yours is under 我的件.")))


def _todo(read: Read, person_id: int, reader: Reader, page: int) -> todo.Rows:
    return todo.todo(read, person_id, reader.today, page, standing.calendar(read))


async def mine(call: Call, office: Office) -> Answer:
    """Show all of somebody's cases that are in hand."""
    return lists.aside(call, await _mine_page(call, office, "open", 0))


async def turn_mine(call: Call, office: Office) -> Answer:
    """Turn to another page or another choice of somebody's cases."""
    assert call.button is not None
    choice = call.button.argument if call.button.argument in _CHIPS else "open"
    return Answer(edit=await _mine_page(call, office, choice, call.button.version))


async def _mine_page(call: Call, office: Office, choice: str, page: int) -> Page:
    """Make a page of somebody's cases."""
    reader = office.reader(call.person)
    label, stages = _CHIPS[choice]
    rows = await office.read(partial(_mine, person_id=call.person_id, reader=reader, page=page, stages=stages))
    title = reader.say(N_("%(choice)s: %(count)d"), choice=reader.say(label), count=rows.count)
    chips = [
        Key(f"● {reader.say(each)}" if name == choice else reader.say(each), Button("mine", 0, 0, name))
        for name, (each, _) in _CHIPS.items()
    ]
    return lists.page(title, rows, "mine", reader, argument=choice, chips=chips)


def _mine(read: Read, person_id: int, reader: Reader, page: int, stages: tuple[Stage, ...]) -> todo.Rows:
    return todo.mine(read, person_id, reader.today, page, stages, standing.calendar(read))


# one case


async def case(call: Call, office: Office) -> Answer:
    """Open the case whose number was typed; several that fit are put up for choice."""
    if not call.words.strip():
        return lists.aside(call, text(call.say(N_("Please add the number, for instance: /case 072"))))
    return await named(call, office, call.words)


async def named(call: Call, office: Office, typed: str) -> Answer:
    """Open the case that a typed number means."""
    found = await office.read(partial(lookup.find, typed=typed, person_id=call.person_id))
    if not found:
        none = call.say(
            N_("None of your cases has the number “%(typed)s”. Search for words with 搜索."), typed=typed[:60]
        )
        return lists.aside(call, text(none))
    if len(found) > 1:
        return lists.aside(call, choosing(found, office.reader(call.person)))
    return await _open(call, office, found[0].id)


def choosing(found: tuple[lookup.Found, ...], reader: Reader) -> Page:
    """Let somebody choose among the cases that fit a number."""
    rows = tuple((Key(_told_apart(each, reader), Button("show", each.id)),) for each in found[: todo.SIZE])
    return Page((Title(reader.say(N_("Several fit; which one?"))),), rows)


def _told_apart(each: lookup.Found, reader: Reader) -> str:
    """Name a case so that it is told from others with the same number: session, recess, where it stands."""
    recess = reader.say(N_("between sessions")) if each.recess else ""
    name = lists.short(reader, each.kind, each.number, each.title)
    return " · ".join(part for part in (name, each.session, recess, reader.tongue.term(each.stage)) if part)


async def show(call: Call, office: Office) -> Answer:
    """Open the case that a button names, in a new message that carries its card from then on."""
    assert call.button is not None
    return await _open(call, office, call.button.id)


async def _open(call: Call, office: Office, case_id: int) -> Answer:
    """Bring somebody a case's card; in a group the card goes to his private chat."""
    await office.press(call, listing.show, case_id)
    if call.private:
        return Answer()
    sent = call.say(N_("Sent to your private chat"))
    return Answer(sent) if call.button else Answer(pages=(text(sent),))


def _opened(read: Read, letter: Letter, reader: Reader) -> Page | None:
    """Show a case with its text unfolded and its history."""
    if letter.case_id is None or letter.person_id is None:
        return None
    dossier = cases.dossier(read, letter.case_id, letter.person_id, reader.today)
    if dossier is None:
        return None
    card = cards.page(dossier, reader, body=True)
    told = history.block(read_history(read, letter.case_id, letter.person_id), reader)
    return Page((*card.blocks, *told), card.rows)


ROUTES = Routes(
    commands=(
        Command("todo", waiting, N_("what waits for you"), ("待办", "todo", "Todo", "To do")),
        Command("cases", mine, N_("all your cases"), ("我的件", "cases", "My cases")),
        Command("case", case, N_("one case with its history: /case 072"), ("查件",)),
    ),
    presses={"show": show, "todo": turn_waiting, "mine": turn_mine},
    notices={"opened": _opened},
)
