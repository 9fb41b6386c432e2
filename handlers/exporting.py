"""台账: the record book as a file, for the office and for each desk of its own kind."""

import asyncio
from functools import partial

from handlers.office import Answer, Call, Office
from handlers.pages import Document, Page, Text, Title
from handlers.papers import ledgers
from handlers.papers.tables import write_xlsx
from handlers.routes import Command, Routes
from handlers.tongue import N_, Tongue
from storage.queries import ledger
from storage.queries.ledger import Line
from storage.reading import Read
from storage.rules.refusals import Refused
from storage.rules.words import DESK_ROLES, OFFICE_ROLES, CaseKind


async def export(call: Call, office: Office) -> Answer:
    """Send the cases that somebody may have as a table; nobody's rating stands in it."""
    if not call.private:
        raise Refused(N_("The record book is sent in the private chat"))
    lines, named = await office.read(partial(_lines, person_id=call.person_id))
    reader = office.reader(call.person)
    if not lines:
        raise Refused(N_("No case has been registered yet; there is nothing to export"))
    # The file is the same for whoever asks: the office's language, in which an import reads it again.
    tongue = Tongue(office.language, office.terms.zone)
    shown = tuple(CaseKind) if office.full else tuple(named)
    # Some seconds for a province's list: neither on the loop nor with a reader's connection in hand.
    content = await asyncio.to_thread(_written, lines, tongue, shown)
    said = [Text(reader.say(N_("%(count)d cases as they stand now; nobody's rating is in it."), count=len(lines)))]
    if not office.full and any(line.kind not in named for line in lines):
        said.append(Text(reader.say(N_("Names of proposers are not sent here; their desk has them."))))
    name = reader.say(N_("record-book-%(day)s.xlsx"), day=reader.today.isoformat())
    page = Page((Title(reader.say(N_("Record book"))), *said), files=(Document(name, content),))
    return Answer(pages=(page,))


def _lines(read: Read, person_id: int) -> tuple[list[Line], frozenset[CaseKind]]:
    """Read what somebody may have, and of which kinds with names; his right is asked in the same transaction."""
    mine = ledger.kinds(read, person_id)
    if not mine:
        raise Refused(N_("The record book is for the office, and for each desk of its own proposers' cases"))
    return ledger.lines(read, mine), ledger.named(read, person_id)


def _written(lines: list[Line], tongue: Tongue, named: tuple[CaseKind, ...]) -> bytes:
    """Write the file (XLSX)."""
    return write_xlsx(ledgers.HEADINGS, ledgers.rows(lines, tongue, named))


ROUTES = Routes(
    commands=(Command("export", export, N_("all cases as a table"), ("台账", "导出台账"), OFFICE_ROLES | DESK_ROLES),),
)
