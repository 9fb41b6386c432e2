"""会商: recorded by the office's head or by the desk, agreed to by the other; then it closes alert and case.

No rating is touched: what the proposer has said in either round stays as he said it.
"""

from datetime import date

from sqlmodel import col, select

from storage import files, watches
from storage.book import Book
from storage.queries import conferences, replies, roster, standing
from storage.rules import conferring as minuting
from storage.rules.conferring import Minutes
from storage.rules.replies import refuse_own_words
from storage.rules.stages import Act, Stage
from storage.rules.words import AlertCause, CaseKind, Closing, Role, Standing
from storage.tables import Alert, Case, Conference, Part, Promise, Unit


def check(book: Book, case_id: int) -> Case:
    """Refuse whoever may not record a conference on this case now."""
    case = book.get(Case, case_id)
    book.step(Act.CONFER, case.stage, case)
    return case


def earliest(book: Book, case_id: int) -> date:
    """Give the first day on which the conference can have been: the last form had been sent."""
    sent = [form.opened_on for form in standing.present_forms(book.read, case_id) if form.opened_on is not None]
    return max(sent, default=book.today)


def record(book: Book, case_id: int, minutes: Minutes) -> list[str]:
    """Record a conference and put it before the other side; name who of it the bot can reach."""
    case = book.get(Case, case_id)
    step = book.step(Act.CONFER, case.stage, case)
    minuting.check(minutes, book.today, earliest(book, case.id))
    if minutes.points:
        refuse_own_words(minutes.points, replies.withheld(replies.complaints(book.read, case.id, book.today)))
    for unit_id in minutes.unit_ids:
        book.get(Unit, unit_id)
    book.change(case, stage=step.target)  # of two who record at once the slower finds the case's version moved on
    row = _write(book, case, minutes)
    other = _side(book, case, office=not row.by_office)
    book.turn(other, case.id, "conference_to_agree", subject_id=row.id)
    staff = _staff(book, case, but=other)
    book.tell(staff, case.id, "conference_recorded", subject_id=row.id, facts={"name": book.name(book.person_id)})
    book.refresh(case.id)
    return [book.name(person_id) for person_id in roster.bound(book.read, other)]


def _write(book: Book, case: Case, minutes: Minutes) -> Conference:
    """Write the conference with its files into tables and record."""
    row = book.add(
        Conference(
            case_id=case.id,
            round=case.round,
            by_office=Standing.OFFICE_HEAD in book.standings(case),
            held_on=minutes.held_on,
            place=minutes.place,
            unit_ids=list(minutes.unit_ids),
            proposer_joined=minutes.proposer_joined,
            absence="" if minutes.proposer_joined else minutes.absence,
            conclusion=minutes.conclusion,
            points=minutes.points,
            points_due=minutes.points_due,
            recorded_by_id=book.person_id,
            recorded_at=book.at,
        )
    )
    hashes = files.attach(book.read, conferences.OWNER, row.id, minutes.file_ids)
    facts = {"conference": row.id, "round": row.round, "by_office": row.by_office, "held_on": row.held_on,
             "units": row.unit_ids, "proposer": row.proposer_joined, "points_due": row.points_due, "stage": row.stage,
             "files": hashes}  # fmt: skip
    words = {"place": row.place, "absence": row.absence, "conclusion": row.conclusion, "points": row.points}
    book.record("conference_recorded", case.id, facts, words)
    return row


def check_decision(
    book: Book, conference_id: int, act: Act, version: int | None = None
) -> tuple[Conference, Case, Stage]:
    """Refuse whoever may not agree to this record now, or disagree; give it with the stage that it would come to."""
    row = book.get(Conference, conference_id)
    case = book.get(Case, row.case_id)
    step = book.step(act, row.stage, case, more=conferences.facts(row, book.person_id))
    book.current(row, version)
    return row, case, step.target


def consent(book: Book, conference_id: int, version: int | None = None) -> None:
    """Agree to the record: the alerts close by this fact, the case is concluded, and who is concerned hears of it."""
    row, case, target = check_decision(book, conference_id, Act.CONSENT, version)
    complaints = replies.complaints(book.read, case.id, book.today)
    book.change(row, stage=target, decided_by_id=book.person_id, decided_at=book.at)
    book.record("conference_agreed", case.id, {"conference": row.id, "stage": target})
    _close_alerts(book, case)
    book.change(case, stage=book.step(Act.CONCLUDE, case.stage, case).target)
    book.record("concluded", case.id, {"stage": case.stage, "conference": row.id})
    parts = [book.get(Part, part_id) for part_id in dict.fromkeys(each.part_id for each in complaints)]
    _promise(book, case, row, parts)
    _tell(book, case, row, parts)
    book.refresh(case.id)


def object_to(book: Book, conference_id: int, reason: str, version: int | None = None) -> None:
    """Disagree with the record: it falls away, the alert goes on, and either side may record the conference anew."""
    row, case, target = check_decision(book, conference_id, Act.OBJECT, version)
    book.refuse_unless(reason.strip(), "Please say why not; the other side is told")
    book.change(row, stage=target, decided_by_id=book.person_id, decided_at=book.at, objection=reason)
    book.record("conference_objected", case.id, {"conference": row.id, "stage": target}, {"reason": reason})
    facts = {"name": book.name(book.person_id), "reason": reason}
    book.turn(_side(book, case, office=row.by_office), case.id, "conference_objected", subject_id=row.id, facts=facts)
    book.refresh(case.id)


def _close_alerts(book: Book, case: Case) -> None:
    """Close what is alarmed of the case's ratings; a dispute has its finding, a conference is none."""
    waiting = select(Alert).where(
        Alert.case_id == case.id, Alert.cause == AlertCause.DISSATISFIED, col(Alert.closed_at).is_(None)
    )
    for alert in book.all(waiting):
        book.change(alert, closed_at=book.at, closed_by=Closing.CONFERENCE)
        book.record("alert_closed", case.id, {"alert": alert.id, "by": Closing.CONFERENCE})


def _promise(book: Book, case: Case, row: Conference, parts: list[Part]) -> None:
    """Watch the date by which the units are to have made up what was agreed."""
    if row.points_due is None:
        return
    for part in parts:
        reply = replies.latest(book.read, part.id)
        if reply is not None:
            promise = book.add(
                Promise(case_id=case.id, reply_id=reply.id, conference_id=row.id, text=row.points, due=row.points_due)
            )
            watches.promised(book, promise)


# who hears


def _side(book: Book, case: Case, *, office: bool) -> list[int]:
    """List who speaks for one of the two sides."""
    people = roster.holders(book.read, Role.OFFICE_HEAD) if office else roster.desk(book.read, CaseKind(case.kind))
    return [person for person in people if person != book.by.person_id]


def _staff(book: Book, case: Case, but: list[int]) -> list[int]:
    """List office and desk, without those who hear more, and without the proposer, who hears it as such."""
    left_out = {*but, roster.reader_of(book.read, case)}
    staff = [*roster.desk(book.read, CaseKind(case.kind)), *roster.office(book.read)]
    return [person for person in dict.fromkeys(staff) if person not in left_out]


def _tell(book: Book, case: Case, row: Conference, parts: list[Part]) -> None:
    """Tell the proposer what was concluded, office and desk that it is agreed, the units what they are to make up."""
    joined = replies.proposer_joined(book.read, case.id)
    facts = {"name": book.name(book.person_id), "joined": joined}
    staff = _staff(book, case, but=[])
    book.tell(staff, case.id, "conference_agreed", subject_id=row.id, facts=facts)
    reader = roster.reader_of(book.read, case)
    if reader is not None:
        book.tell([reader], case.id, "conference_concluded", subject_id=row.id)
    if not row.points:
        return
    for part in parts:
        above = [
            person
            for role in (Role.UNIT_HEAD, Role.UNIT_DEPUTY_HEAD)
            for person in replies.insiders(book.read, case, roster.holders(book.read, role, part.unit_id))
            if role is Role.UNIT_HEAD or person == case.lead_leader_id
        ]
        told = [person for person in [*replies.desk(book.read, case, part), *above] if person not in staff]
        book.tell(told, case.id, "conference_points", facts={"points": row.points, "due": row.points_due})
