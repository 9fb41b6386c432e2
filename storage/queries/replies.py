"""Replies as they are read, who prepares them, and who may see them before they are delivered."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from sqlmodel import col, select

from storage import files
from storage.queries import forms, roster, standing
from storage.reading import Read
from storage.rules.replies import Former
from storage.rules.stages import Stage
from storage.rules.survey import Matter, Sight, Viewer, visible
from storage.rules.words import REPLYING, DeliveryWay, Publicity, ResultClass, Role
from storage.tables import Case, CoOpinion, File, Note, Part, Promise, Reply

SCAN = "reply_scan"  # under this owner the signed letter is attached; under "reply" what was drafted
POINTS = "unit"  # the audience of notes that say what a unit is to make up


@dataclass(frozen=True)
class ReplyView:
    """One edition of a unit's reply."""

    id: int
    case_id: int
    part_id: int
    unit: str
    round: int
    edition: int
    latest: bool
    stage: Stage  # of the unit's part
    result_class: ResultClass
    text: str
    publicity: Publicity
    promise: str
    promise_due: date | None
    drafted_by: str
    number: str
    way: DeliveryWay | None
    delivered_at: datetime | None
    received_at: datetime | None


@dataclass(frozen=True)
class Complaint:
    """A rating that asks for handling anew; the reason is its proposer's own words."""

    form_id: int
    part_id: int
    reason: str
    told: bool  # the unit may hear the reason itself (chat.md 4, who hears what of a survey)


def latest(read: Read, part_id: int) -> Reply | None:
    """Give the newest edition of a part's reply."""
    return read.exec(select(Reply).where(Reply.part_id == part_id).order_by(col(Reply.edition).desc())).first()


def view(read: Read, reply_id: int | None) -> ReplyView | None:
    """Give one edition of a reply."""
    row = read.get(Reply, reply_id) if reply_id is not None else None
    part = read.get(Part, row.part_id) if row is not None else None
    if row is None or part is None:
        return None
    kept = select(Promise).where(Promise.reply_id == row.id, col(Promise.conference_id).is_(None))
    promise = read.exec(kept.order_by(col(Promise.id))).first()
    newest = latest(read, part.id)
    return ReplyView(
        id=row.id,
        case_id=row.case_id,
        part_id=part.id,
        unit=roster.unit_name(read, part.unit_id),
        round=row.round,
        edition=row.edition,
        latest=newest is not None and newest.id == row.id,
        stage=Stage(part.stage),
        result_class=ResultClass(row.result_class),
        text=row.text,
        publicity=Publicity(row.publicity),
        promise=promise.text if promise else "",
        promise_due=promise.due if promise else None,
        drafted_by=roster.name(read, row.drafted_by_id),
        number=row.number,
        way=DeliveryWay(row.way) if row.way else None,
        delivered_at=row.delivered_at,
        received_at=row.received_at,
    )


def sent_back(read: Read, part_id: int) -> tuple[str, list[int]] | None:
    """Give words and files of the draft that was sent back last in this round, to be worked on."""
    row = latest(read, part_id)
    case = read.get(Case, row.case_id) if row is not None else None
    if row is None or case is None or not row.sent_back or row.round != case.round:
        return None
    return row.text, [file.id for file in files.of(read, "reply", row.id)]


def former(read: Read, part_id: int) -> list[Former]:
    """List what was delivered for a part in the rounds before the present one."""
    rows = read.exec(
        select(Reply)
        .join(Case, col(Case.id) == col(Reply.case_id))
        .where(Reply.part_id == part_id, col(Reply.round) < col(Case.round), col(Reply.delivered_at).is_not(None))
        .order_by(col(Reply.id))
    )
    return [
        Former(
            row.round,
            row.text,
            frozenset(file.sha256 for owner in ("reply", SCAN) for file in files.of(read, owner, row.id)),
        )
        for row in rows
    ]


def wish(read: Read, case_id: int) -> Publicity | None:
    """Give how far the proposer agrees to publication; none where the sheet says nothing."""
    case = read.get(Case, case_id)
    return Publicity(case.publicity) if case is not None and case.publicity else None


def points(read: Read, case_id: int) -> str:
    """Give the points that the office has last asked to make up; empty in the first round."""
    row = read.exec(
        select(Note).where(Note.case_id == case_id, Note.audience == POINTS).order_by(col(Note.id).desc())
    ).first()
    return row.text if row else ""


def hashes(read: Read, file_ids: Iterable[int]) -> frozenset[str]:
    """Give the hashes of kept files."""
    return frozenset(read.exec(select(File.sha256).where(col(File.id).in_(list(file_ids)))))


# who


def insiders(read: Read, case: Case, person_ids: Iterable[int]) -> list[int]:
    """Keep those who may see drafts: whoever put the case forward does not, also where he works in the unit."""
    return [person_id for person_id in dict.fromkeys(person_ids) if not standing.own_case(read, case, person_id)]


def desk(read: Read, case: Case, part: Part) -> list[int]:
    """List who prepares a part's reply: the unit's liaisons, the handler it was handed on to, who drafted it last."""
    newest = latest(read, part.id)
    handlers = {part.handler_id, newest.drafted_by_id if newest else None} - {None}
    still = [person for person in roster.holders(read, Role.HANDLER, part.unit_id) if person in handlers]
    found = insiders(read, case, [*roster.unit_desk(read, part.unit_id), *still])
    return found or insiders(read, case, roster.holders(read, Role.HANDLER, part.unit_id))


def heads(read: Read, case: Case, part: Part) -> list[int]:
    """List who signs for a part's unit; the only head who can sign does so for his own case too."""
    found = roster.holders(read, Role.UNIT_HEAD, part.unit_id)
    joined = roster.bound(read, found)
    return joined if len(joined) == 1 else insiders(read, case, found)


def hosts(read: Read, case: Case) -> list[Part]:
    """List the parts that reply to the proposer."""
    statement = select(Part).where(
        Part.case_id == case.id, col(Part.kind).in_(REPLYING), Part.stage != Stage.HANDED_BACK
    )
    return list(read.exec(statement.order_by(col(Part.id))))


def opinion(read: Read, part_id: int) -> CoOpinion | None:
    """Give the newest opinion of a co-handling part."""
    return read.exec(select(CoOpinion).where(CoOpinion.part_id == part_id).order_by(col(CoOpinion.id).desc())).first()


def proposer_joined(read: Read, case_id: int) -> bool:
    """Tell whether the lead proposer, or the contact of a group, can be reached in the chat."""
    case = read.get(Case, case_id)
    reader = roster.reader_of(read, case) if case is not None else None
    return reader is not None and bool(roster.bound(read, [reader]))


def complaints(read: Read, case_id: int, today: date) -> list[Complaint]:
    """List the ratings of the parts' newest forms, their windows over, that say dissatisfied."""
    rows = standing.present_forms(read, case_id)
    found = []
    for form in (each for each in rows if forms.closed(each, today)):
        answer, part = standing.last_answer(read, form.id), read.get(Part, form.part_id)
        if answer is not None and part is not None and standing.dissatisfied(answer):
            told = visible(Viewer.UNIT, Matter.REASON, forms.situation(read, form, today)) is Sight.WHOLE
            found.append(Complaint(form.id, part.id, answer.reason, told))
    return found


def withheld(found: Iterable[Complaint]) -> list[str]:
    """List the reasons that their proposers have kept from the unit."""
    return [complaint.reason for complaint in found if not complaint.told]
