"""Lists of cases as people page through them: eight numbered lines, a button for each number, ◀ and ▶."""

from collections.abc import Sequence

from handlers.buttons import Button
from handlers.office import Answer, Call, Reader
from handlers.pages import Block, Key, Page, Text, Title, text
from handlers.tongue import N_
from storage.queries.todo import SIZE, Row, Rows
from storage.rules.stages import Act
from storage.rules.words import CaseKind

_TITLE = 16  # characters of a title in a list
_PER_ROW = 8  # Telegram shows at most eight buttons in a row
# Where the button's own word does not say what is asked.
_ASKED = {
    Act.CONFIRM_TRUE: N_("is the recorded contact true?"),
    Act.CONSENT: N_("agree to the level?"),
    Act.CONFIRM_LEVEL: N_("confirm the level"),
    Act.GRANT_RETURN: N_("decide on the return"),
    Act.GRANT_EXTENSION: N_("decide on the extension"),
    Act.APPROVE: N_("review the reply"),
    Act.RECEIVE: N_("a reply has come: received?"),
    Act.ACKNOWLEDGE_SLIP: N_("acknowledge the slip"),
    Act.ANSWER_SLIP: N_("answer the slip"),
}
# Where one act is asked for on several things.
_ASKED_OF = {
    ("part", Act.SIGN): N_("sign the reply"),
    ("request", Act.SIGN): N_("sign the request"),
    ("conference", Act.CONSENT): N_("agree to the record of the conference?"),
}


def numbered(rows: Rows, reader: Reader) -> list[Block]:
    """Write the lines of a page, counted on from page to page."""
    first = rows.page * SIZE + 1
    return [Text(f"{first + place}. {line(row, reader)}") for place, row in enumerate(rows.rows)]


def line(row: Row, reader: Reader) -> str:
    """Write one line: number before title, what is asked, how many days are left."""
    return " · ".join([short(reader, row.kind, row.number, row.title), asked(row, reader), *_left(row, reader)])


def short(reader: Reader, kind: CaseKind, number: str, title: str) -> str:
    """Name a case in a list: number before title, a long title cut."""
    cut = title if len(title) <= _TITLE else f"{title[:_TITLE]}…"
    return reader.say("%(kind)s %(number)s · %(title)s", kind=kind, number=number, title=cut)


def asked(row: Row, reader: Reader) -> str:
    """Say what is asked; in a list that asks nothing, where the case stands."""
    if row.subject == "alert":
        return reader.say(N_("an alert waits"))
    if row.asked is None:
        return reader.tongue.term(row.stage)
    said = _ASKED_OF.get((row.subject, row.asked)) or _ASKED.get(row.asked)
    return reader.say(said) if said else reader.tongue.term(row.asked)


def _left(row: Row, reader: Reader) -> list[str]:
    """Say how many working days are left; a city leader is shown the date alone (chat.md 1)."""
    if row.due is None or row.left is None:
        return []
    if row.led:
        return [reader.say(N_("until %(day)s"), day=row.due)]
    days = (reader.today - row.due).days
    if days > 0:
        return [reader.say(N_("%(days)d days overdue"), days=days)]
    if row.left <= 0:
        return [reader.say(N_("due today"))]
    return [reader.say(N_("%(days)d working days left"), days=row.left)]


def keys(rows: Rows, verb: str, reader: Reader, argument: str = "", row_id: int = 0) -> tuple[tuple[Key, ...], ...]:
    """Lay out a button a number, then the way through the pages; the page's number brings it up to date."""
    first = rows.page * SIZE + 1
    opens = tuple(Key(str(first + place), Button("show", row.case_id)) for place, row in enumerate(rows.rows))
    laid = [opens[:_PER_ROW]] if opens else []
    if rows.pages > 1:
        laid.append(turning(rows.page, rows.pages, verb, reader, argument, row_id))
    return tuple(laid)


def turning(page: int, pages: int, verb: str, reader: Reader, argument: str = "", row_id: int = 0) -> tuple[Key, ...]:
    """Make ◀ 第 2/7 页 ▶; the version of the button is the page it leads to."""
    found = []
    if page > 0:
        found.append(Key("◀", Button(verb, row_id, page - 1, argument)))
    here = reader.say(N_("Page %(page)d of %(pages)d"), page=page + 1, pages=pages)
    found.append(Key(here, Button(verb, row_id, page, argument)))
    if page + 1 < pages:
        found.append(Key("▶", Button(verb, row_id, page + 1, argument)))
    return tuple(found)


def page(
    title: str, rows: Rows, verb: str, reader: Reader, *, argument: str = "", row_id: int = 0, chips: Sequence[Key] = ()
) -> Page:
    """Make a page of a list."""
    below = keys(rows, verb, reader, argument, row_id)
    return Page((Title(title), *numbered(rows, reader)), (*below, tuple(chips)) if chips else below)


def aside(call: Call, *pages: Page) -> Answer:
    """Answer what concerns one person: in a group it goes to his private chat, and the group hears only that."""
    if call.private:
        return Answer(pages=pages)
    return Answer(pages=(text(call.say(N_("Sent to your private chat"))),), aside=pages)
