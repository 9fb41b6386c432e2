"""Opinion forms as they may be seen: who looks, what he sees of it, who is to be told."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from sqlmodel import col, select

from storage.queries import roster, standing
from storage.reading import Read
from storage.rules.stages import Stage
from storage.rules.survey import Matter, Sight, Situation, Viewer, viewers, visible
from storage.rules.words import (
    OFFICE_ROLES,
    UNIT_ROLES,
    CaseKind,
    ContactMade,
    DisputeReason,
    DisputeTelling,
    Relevance,
    Solved,
    Telling,
    Verdict,
    VerdictSource,
)
from storage.tables import Answer, Attachment, Case, Dispute, Form, Part, Posting


@dataclass(frozen=True)
class Rating:
    """What the answer that counts says; how he was contacted and whether it hits the point are not for the unit."""

    attitude: Verdict
    result: Verdict
    solved: Solved
    contact: ContactMade | None
    relevance: Relevance | None
    source: VerdictSource
    verified: bool  # his own, or a paper form that he has owned


@dataclass(frozen=True)
class DisputeSight:
    """A dispute; its words only for the desk and for whom the proposer chose."""

    id: int
    reason: DisputeReason | None
    words: str
    finding: str
    upheld: bool | None


@dataclass(frozen=True)
class FormSight:
    """A form as one person may see it; what he may not see is not in it."""

    id: int
    case_id: int
    unit: str
    round: int
    opened_on: date | None
    closes_on: date | None
    submitted: bool | None
    closed: bool
    interested: bool
    at_hand: bool  # its reader is of the proposer's desk or of the handling unit
    rating: Rating | None = None
    reason: str = ""
    voice_of: int | None = None  # the answer whose voice has not been written down yet
    points: bool = False
    dispute: DisputeSight | None = None


@dataclass(frozen=True)
class Event:
    """What a history may say of a form."""

    kind: str  # opened · submitted · closed · unanswered · disputed · found
    form_id: int
    unit: str
    when: date | datetime


def situation(read: Read, form: Form, today: date) -> Situation:
    """Give what of a form decides who may see it now."""
    answer = standing.last_answer(read, form.id)
    dispute = last_dispute(read, form.id)
    return Situation(
        opened=form.opened_on is not None,
        closed=closed(form, today),
        dissatisfied=standing.dissatisfied(answer),
        telling=Telling(answer.telling) if answer else None,
        dispute=DisputeTelling(dispute.telling) if dispute else None,
        found=dispute is not None and dispute.closed_at is not None,
    )


def closed(form: Form, today: date) -> bool:
    """Tell whether a form's window is over; its last day ends at 24:00."""
    return form.closes_on is not None and today > form.closes_on


def last_dispute(read: Read, form_id: int) -> Dispute | None:
    """Give the newest dispute of a form."""
    return read.exec(select(Dispute).where(Dispute.form_id == form_id).order_by(col(Dispute.id).desc())).first()


def office_hosts(read: Read, part: Part) -> bool:
    """Tell whether the handling unit is the government office itself: the desk takes its place then (chat.md 1)."""
    office = select(Posting.id).where(
        col(Posting.role).in_(OFFICE_ROLES), Posting.unit_id == part.unit_id, col(Posting.active)
    )
    return read.exec(office).first() is not None


def viewers_of(read: Read, form: Form, person_id: int) -> frozenset[Viewer]:
    """Give as what a person looks at a form."""
    case, part = read.get(Case, form.case_id), read.get(Part, form.part_id)
    if case is None or part is None:
        return frozenset()
    held = standing.held(read, person_id, case, part)
    return viewers(held, case.level, own=form.person_id == person_id, office_hosts=office_hosts(read, part))


def sight(read: Read, form: Form, person_id: int, matter: Matter, today: date) -> Sight:
    """Tell how much of a matter a person may see."""
    now = situation(read, form, today)
    return max((visible(each, matter, now) for each in viewers_of(read, form, person_id)), default=Sight.NOTHING)


def audience(read: Read, form: Form, viewer: Viewer) -> list[int]:
    """List who is told as the desk, the office or the unit; nobody of the unit in another's name."""
    case, part = read.get(Case, form.case_id), read.get(Part, form.part_id)
    if case is None or part is None:
        return []
    asked = {
        Viewer.DESK: lambda: roster.desk(read, CaseKind(case.kind)),
        Viewer.OFFICE: lambda: roster.office(read),
        Viewer.UNIT: lambda: [p for role in sorted(UNIT_ROLES) for p in roster.holders(read, role, part.unit_id)],
        Viewer.PROPOSER: lambda: [form.person_id] if form.person_id is not None else [],
    }[viewer]()
    return [person for person in dict.fromkeys(asked) if viewer in viewers_of(read, form, person)]


def seen(read: Read, form_id: int, person_id: int, today: date) -> FormSight | None:
    """Give a form as a person may see it now; none where he may not even know that there is one."""
    form = read.get(Form, form_id)
    if form is None:
        return None

    def sees(matter: Matter) -> Sight:
        return sight(read, form, person_id, matter, today)

    knows = sees(Matter.SENT) is Sight.WHOLE
    answer = standing.last_answer(read, form.id) if sees(Matter.RATING) is Sight.WHOLE else None
    dispute = last_dispute(read, form.id) if sees(Matter.DISPUTE) is Sight.WHOLE else None
    if not knows and answer is None and dispute is None:
        return None
    part, eyes = read.get(Part, form.part_id), viewers_of(read, form, person_id)
    inside = bool(eyes - {Viewer.UNIT, Viewer.PROPOSER})
    reason = sees(Matter.REASON)
    return FormSight(
        id=form.id,
        case_id=form.case_id,
        unit=roster.unit_name(read, part.unit_id if part else None),
        round=form.round,
        opened_on=form.opened_on if knows else None,
        closes_on=form.closes_on if knows else None,
        submitted=form.stage in (Stage.SUBMITTED, Stage.CLOSED) if knows else None,
        closed=closed(form, today),
        interested=form.interested and inside,
        at_hand=bool(eyes & {Viewer.DESK, Viewer.UNIT}),
        rating=_rating(answer, inside=inside) if answer else None,
        reason=answer.reason if answer and reason is Sight.WHOLE else "",
        voice_of=answer.id if answer and Viewer.DESK in eyes and _spoken(read, answer) else None,
        points=reason is Sight.POINTS,
        dispute=_dispute(dispute, eyes) if dispute else None,
    )


def _rating(answer: Answer, *, inside: bool) -> Rating:
    """Make the frozen view of an answer."""
    source = VerdictSource(answer.source)
    return Rating(
        Verdict(answer.attitude),
        Verdict(answer.result),
        Solved(answer.solved),
        ContactMade(answer.contact) if inside else None,
        Relevance(answer.relevance) if inside else None,
        source,
        verified=source is VerdictSource.PROPOSER or answer.verified_at is not None,
    )


def _spoken(read: Read, answer: Answer) -> bool:
    """Tell whether a reason was spoken and nobody has written it down."""
    if answer.source != VerdictSource.PROPOSER or answer.reason:
        return False
    voice = select(Attachment.id).where(Attachment.owner == "form_answer", Attachment.owner_id == answer.id)
    return read.exec(voice).first() is not None


def _dispute(dispute: Dispute, eyes: frozenset[Viewer]) -> DisputeSight:
    """Make the frozen view of a dispute: why he raised it is for the desk and for whom he chose."""
    chosen = Viewer.OFFICE in eyes and dispute.telling == DisputeTelling.OFFICE_TOO
    inside = bool(eyes & {Viewer.DESK, Viewer.PROPOSER}) or chosen
    return DisputeSight(
        dispute.id,
        DisputeReason(dispute.reason) if inside else None,
        dispute.words if inside else "",
        dispute.finding,
        dispute.upheld,
    )


def of_case(read: Read, case_id: int, person_id: int, today: date) -> tuple[FormSight, ...]:
    """List a case's forms as a person may see them."""
    rows = read.exec(select(Form).where(Form.case_id == case_id).order_by(col(Form.id)))
    found = (seen(read, form.id, person_id, today) for form in list(rows))
    return tuple(form for form in found if form is not None)


def events(read: Read, case_id: int, person_id: int, today: date) -> tuple[Event, ...]:
    """List what a case's history may tell this person of its forms; never how often an answer was changed."""
    return tuple(event for form in of_case(read, case_id, person_id, today) for event in _events(read, form, today))


def _events(read: Read, seen_: FormSight, today: date) -> Iterator[Event]:
    """Yield the events of one form as it is seen."""
    form = read.get(Form, seen_.id)
    if form is None:
        return
    if seen_.opened_on is not None:
        yield Event("opened", form.id, seen_.unit, seen_.opened_on)
    if seen_.submitted and form.submitted_at is not None:
        yield Event("submitted", form.id, seen_.unit, form.submitted_at)
    if seen_.closes_on is not None and today > seen_.closes_on:
        yield Event("closed" if seen_.submitted else "unanswered", form.id, seen_.unit, seen_.closes_on)
    dispute = last_dispute(read, form.id) if seen_.dispute is not None else None
    if dispute is not None:
        yield Event("disputed", form.id, seen_.unit, dispute.raised_at)
    if dispute is not None and dispute.closed_at is not None:
        yield Event("found", form.id, seen_.unit, dispute.closed_at)
