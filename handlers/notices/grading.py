"""What the letters about levels say."""

from collections.abc import Mapping

from handlers.notices.kinds import Notice, about, sentence
from handlers.office import Reader
from handlers.pages import Block, Page, Text
from handlers.tongue import N_
from storage.queries import cases, levels
from storage.reading import Read
from storage.rules.facts import unpack
from storage.rules.grading import Doubt, Seat
from storage.rules.stages import Stage
from storage.tables import Letter

ONE_UNIT = N_("Note: only one unit handles this case; level 2 is meant for several.")
SHEET_DIFFERS = N_("Note: the sheet gives another level.")
CONFIRMED = N_("Confirmed")
TO_DESK = N_("Confirmed; the proposal desk has been asked to agree.")
UNREACHED = N_("%(name)s has not joined: please bring the paper for reading, and note it here once it is signed.")
SEATS: Mapping[Seat, str] = {
    Seat.MAYOR: N_("the mayor"),
    Seat.VICE_MAYOR: N_("the vice-mayor in charge"),
    Seat.UNIT_HEAD: N_("the host unit's head"),
    Seat.UNIT_DEPUTY_HEAD: N_("the host unit's deputy head"),
}
_DOUBTS: Mapping[Doubt, str] = {Doubt.ONE_UNIT: ONE_UNIT, Doubt.SHEET_DIFFERS: SHEET_DIFFERS}


def _to_confirm(read: Read, letter: Letter, reader: Reader) -> Page | None:
    """Ask the office's head to confirm a level, with what speaks against it."""
    case = cases.view(read, letter.case_id) if letter.case_id is not None else None
    if case is None or case.stage is not Stage.LEVELLED or case.level is None:
        return None
    found = levels.against(read, case.id, case.level)
    doubts: tuple[Block, ...] = tuple(Text(reader.say(_DOUBTS[doubt])) for doubt in found)
    asked = N_("%(name)s has set %(level)s (%(criterion)s); please confirm, or set it anew.")
    said = reader.say(asked, name=unpack(letter.facts)["name"], level=case.level, criterion=case.criterion or "—")
    return about(read, letter, reader, said, doubts)


def _waits(read: Read, letter: Letter) -> bool:
    """Tell whether the desk's consent is still awaited."""
    case = cases.view(read, letter.case_id) if letter.case_id is not None else None
    return case is not None and case.stage is Stage.AWAITING_CONSENT


def _key_marked(read: Read, letter: Letter, reader: Reader) -> Page | None:
    """Say that a case is a key case, and who supervises it."""
    facts = unpack(letter.facts)
    lines = [reader.say(N_("This has been marked as a key case (重点)."))]
    if facts["leader"]:
        lines.append(reader.say(N_("Supervising leader: %(name)s"), name=facts["leader"]))
    if facts["committee"]:
        lines.append(reader.say(N_("Supervising committee: %(name)s"), name=facts["committee"]))
    return about(read, letter, reader, "\n".join(lines))


NOTICES: Mapping[str, Notice] = {
    "level_to_confirm": _to_confirm,
    "level_confirmed": sentence(N_("%(level)s is confirmed, lead leader %(leader)s.")),
    "consent_wanted": sentence(
        N_("The office proposes %(level)s, lead leader %(leader)s. Do you agree?"), body=True, still=_waits
    ),
    "level_agreed": sentence(N_("%(name)s has agreed to %(level)s, lead leader %(leader)s; it can be assigned.")),
    "level_objected": sentence(
        N_("%(name)s does not agree to %(level)s, lead leader %(leader)s. Please set the level anew."), quote="text"
    ),
    "for_reading": sentence(N_("For your reading: this case is proposed as %(level)s, led by you."), body=True),
    "given_to_read": sentence(N_("%(level)s: given to %(leader)s to read.")),
    "level_withdrawn": sentence(N_("The level of this case is being set anew; %(leader)s need do nothing for now.")),
    "key_marked": _key_marked,
    "paper_noted": sentence(N_("The signed paper is noted: %(day)s, %(number)s. The level counts.")),
}
