"""What did not arrive, as its keepers see it: people to be told another way, and dead letters."""

from handlers import lists
from handlers.buttons import Button
from handlers.office import Reader
from handlers.pages import Block, Key, Page, Text, Title, text
from handlers.tongue import N_
from storage.queries import undelivered
from storage.queries.undelivered import Absent, Dead
from storage.reading import Read

SHOWN = 10
_NAMES = 3


def absent(read: Read, reader: Reader) -> Page:
    """List the people that somebody is to have told another way."""
    found = _absent(read, reader)
    if not found:
        return text(reader.say(N_("Everybody can be reached.")))
    lines = [Text(f"{place}. {_person(each, reader)}") for place, each in enumerate(found[:SHOWN], 1)]
    ask = Text(reader.say(N_("Please tell them by telephone or on paper, then press “Told” and note how.")))
    keys = tuple(
        (Key(reader.say(N_("%(place)d Told"), place=place), Button("absent.note", each.id, each.version)),)
        for place, each in enumerate(found[:SHOWN], 1)
    )
    title = Title(reader.say(N_("Cannot be reached: %(count)d"), count=len(found)))
    return Page((title, *lines, *_more(len(found), reader), ask), keys)


def dead(read: Read, reader: Reader) -> Page:
    """List the letters that Telegram would not take, each with what can be done about it."""
    found = _dead(read, reader)
    if not found:
        return text(reader.say(N_("Every message has been delivered or settled.")))
    lines = [Text(f"{place}. {_letter(each, reader)}") for place, each in enumerate(found[:SHOWN], 1)]
    keys = tuple(
        (
            Key(reader.say(N_("%(place)d Send again"), place=place), Button("dead.again", each.id), style="success"),
            Key(reader.say(N_("%(place)d Do not send"), place=place), Button("dead.let", each.id)),
        )
        for place, each in enumerate(found[:SHOWN], 1)
    )
    title = Title(reader.say(N_("Messages not delivered: %(count)d"), count=len(found)))
    return Page((title, *lines, *_more(len(found), reader)), keys)


def block(read: Read, reader: Reader) -> tuple[tuple[Block, ...], tuple[tuple[Key, ...], ...]]:
    """Make the lines of a digest or of 待办 about what did not arrive; empty where all has."""
    people, letters = _absent(read, reader), _dead(read, reader)
    blocks: list[Block] = []
    if people:
        names = [each.name for each in people[:_NAMES]]
        msgid = N_("Cannot be reached, please telephone or use paper: %(names)s (%(count)d in all)")
        blocks.append(Text(reader.say(msgid, names=names, count=len(people))))
    if letters:
        blocks.append(Text(reader.say(N_("Messages that could not be delivered: %(count)d"), count=len(letters))))
    keys = []
    if people:
        keys.append(Key(reader.say(N_("Not reached")), Button("absent")))
    if letters:
        keys.append(Key(reader.say(N_("Not delivered")), Button("dead")))
    return tuple(blocks), ((tuple(keys),) if keys else ())


def _absent(read: Read, reader: Reader) -> tuple[Absent, ...]:
    return undelivered.absent(read, reader.person.id) if reader.person is not None else ()


def _dead(read: Read, reader: Reader) -> tuple[Dead, ...]:
    return undelivered.dead(read, reader.person.id) if reader.person is not None else ()


def _person(each: Absent, reader: Reader) -> str:
    """Say who it is, since when, and how much he has missed."""
    parts = [each.name, *each.titles[:1], reader.say(N_("since %(day)s"), day=reader.terms.today(each.since))]
    if each.missed:
        parts.append(reader.say(N_("%(count)d messages not received"), count=each.missed))
    return " · ".join(parts)


def _letter(each: Dead, reader: Reader) -> str:
    """Say for whom a letter was and what about, in one line."""
    parts = [each.name or reader.say(N_("to a group"))]
    if each.case_kind is not None:
        parts.append(lists.short(reader, each.case_kind, each.number, each.title))
    parts.append(reader.say(N_("of %(at)s"), at=each.written_at))
    return " · ".join(parts)


def _more(count: int, reader: Reader) -> list[Block]:
    """Say that there are more than are shown."""
    if count <= SHOWN:
        return []
    return [Text(reader.say(N_("The first %(shown)d are shown."), shown=SHOWN))]
