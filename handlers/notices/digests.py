"""What a morning digest and a group's totals say."""

from collections.abc import Iterator, Mapping
from datetime import date

from handlers import lists
from handlers.buttons import Button
from handlers.notices import alerting, sights, undelivered, urging
from handlers.office import Reader
from handlers.pages import Block, Key, Page, Text, Title
from handlers.tongue import N_
from storage import outbox
from storage.queries import digests
from storage.queries.digests import ALERTS, DRAFTS, UNDELIVERED, Line
from storage.queries.totals import Totals
from storage.reading import Read
from storage.rules.lights import Light
from storage.rules.urging import Watch, Why
from storage.tables import Letter

_KEYS = 16  # cases with a button of their own: two rows
_PER_ROW = 8  # Telegram shows at most eight buttons in a row
_ASKED: Mapping[str, str] = {
    Watch.SIGN_RECEIPT: N_("please acknowledge it"),
    Watch.FIRST_CONTACT: N_("please contact the proposer and record it"),
    Watch.CO_OPINION: N_("please give the co-handling opinion"),
    Watch.DRAFT_REPLY: N_("the reply is to reach the office's review"),
    Watch.REPLY_DUE: N_("the reply is to be delivered"),
    Watch.RECEIPT: N_("the reply has been delivered; please press “Received”"),
    Watch.PROMISE: N_("what the reply promised is due; please report on it"),
}
_LIGHTS: Mapping[Light, str] = {
    Light.BLUE: N_("blue light"),
    Light.YELLOW: N_("yellow light"),
    Light.RED: N_("red light"),
    Light.BRIEFING: N_("red light, long overdue"),
}
_MISSED = frozenset({Why.UNSIGNED, Why.NO_CONTACT, Why.NO_DRAFT})  # a date on the way, not the one of the reply
_STOPS = ".\u3002"
# Lines that stand for a list which is read when the digest goes out.
_LISTS = {DRAFTS: urging.drafted, ALERTS: alerting.block, UNDELIVERED: undelivered.block}
_UNDATED = frozenset({Watch.RECEIPT.value})


def page(read: Read, letter_id: int, reader: Reader) -> Page | None:
    """Make a digest of what is still true of its lines; none where nothing is."""
    found = digests.lines(read, letter_id, reader.today)
    kinds = {line.kind for line in found}
    plain = [line for line in found if line.kind not in _LISTS]
    over = sights.over(read, digests.closed(read, letter_id), reader, len(plain) + 1)
    blocks: list[Block] = [Text(f"{place}. {_words(line, reader)}") for place, line in enumerate(plain, 1)]
    blocks += over.blocks
    rows = [*_numbers([line.case_id for line in plain] + list(over.cases)), *over.rows]
    for kind, make in _LISTS.items():
        if kind in kinds:
            more, keys = make(read, reader)
            blocks += more
            rows += keys
    if not blocks:
        return None
    title = Title(reader.say(N_("Reminders of %(day)s"), day=reader.today))
    return Page((title, *blocks), tuple(rows), over.files, fleeting=bool(over.blocks))


def notice(read: Read, letter: Letter, reader: Reader) -> Page | None:
    """Make a person's digest."""
    return page(read, letter.id, reader)


def again(read: Read, chat_id: int, message_id: int, reader: Reader) -> Page | None:
    """Make a digest anew for the message that carries it; none where the message is another, or all is done."""
    letter = outbox.by_message(read, chat_id, message_id)
    return page(read, letter.id, reader) if letter is not None and letter.kind == "digest" else None


def _numbers(cases: list[int | None]) -> Iterator[tuple[Key, ...]]:
    """Lay out a button a line that opens its case."""
    keys = [
        Key(str(place), Button("show", case_id))
        for place, case_id in enumerate(cases[:_KEYS], 1)
        if case_id is not None
    ]
    for start in range(0, len(keys), _PER_ROW):
        yield tuple(keys[start : start + _PER_ROW])


def _words(line: Line, reader: Reader) -> str:
    """Write a line: the case, the unit, what is asked, until when."""
    return " · ".join(part for part in (_case(line, reader), line.unit, *_asked(line, reader)) if part)


def _case(line: Line, reader: Reader) -> str:
    if line.case_kind is None:
        return ""
    return lists.short(reader, line.case_kind, line.number, line.title)


def _asked(line: Line, reader: Reader) -> Iterator[str]:
    """Say which light burns, what is asked, and until when."""
    facts = dict(line.facts or {})
    if line.light is not None:
        yield reader.say(_LIGHTS[line.light])
    if line.kind in _ASKED:
        yield reader.say(_ASKED[line.kind])
    elif "msgid" in facts:
        yield reader.say(facts.pop("msgid"), **facts)
    missed = facts.get("why")
    if missed in _MISSED:
        yield reader.say(urging.WHY[missed]).rstrip(_STOPS)
    elif line.due is not None and line.kind not in _UNDATED:
        yield _until(line, line.due, reader)


def _until(line: Line, due: date, reader: Reader) -> str:
    """Say until when."""
    if line.left < 0:
        return reader.say("%(days)d days overdue", days=-line.left)
    if line.left == 0:
        return reader.say("due today")
    return reader.say("until %(day)s", day=due)


def totals(counted: Totals, reader: Reader) -> Page:
    """Make a group's totals: numbers alone."""
    blocks: list[Block] = [
        Title(reader.say(N_("State of %(day)s"), day=reader.today)),
        Text(
            reader.say(
                N_(
                    "This year's cases and older open ones: %(cases)d · being handled: %(assigned)d · "
                    "replied: %(replied)d · concluded: %(concluded)d"
                ),
                cases=counted.cases,
                assigned=counted.assigned,
                replied=counted.replied,
                concluded=counted.concluded,
            )
        ),
        Text(
            reader.say(
                N_("Not acknowledged: %(unsigned)d · blue light: %(blue)d · yellow light: %(yellow)d"),
                unsigned=counted.unsigned,
                blue=counted.blue,
                yellow=counted.yellow,
            )
        ),
        Text(
            reader.say(
                N_("Overdue: %(overdue)d · slips not struck off: %(slips)d"),
                overdue=counted.overdue,
                slips=counted.slips,
            )
        ),
    ]
    if counted.forms_sent is not None:
        said = N_("Opinion forms whose time ended this year: %(sent)d · answered: %(back)d")
        blocks.append(Text(reader.say(said, sent=counted.forms_sent, back=counted.forms_back)))
    if counted.alerts is not None:
        blocks.append(Text(reader.say(N_("Alerts not settled: %(count)d"), count=counted.alerts)))
    return Page(tuple(blocks))
