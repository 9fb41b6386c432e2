"""A case as it is read: the case, its parts, and what one person may do on it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import bindparam
from sqlmodel import col, select

from storage.prepared import Prepared
from storage.queries import conferences, roster, standing
from storage.reading import Read
from storage.rules.moves import WAITED_FOR
from storage.rules.refusals import Stale
from storage.rules.stages import Act, Fact, Stage, asked, offered
from storage.rules.words import CaseKind, Criterion, Level, PartKind, SlipKind, Standing
from storage.tables import (
    Alert,
    Case,
    Conference,
    Contact,
    Dispute,
    Form,
    Meeting,
    Part,
    Reply,
    Request,
    Slip,
)

_REQUESTS = Prepared(select(Request).where(Request.part_id == bindparam("part")))
_SLIPS = Prepared(select(Slip).where(Slip.part_id == bindparam("part"), Slip.kind != SlipKind.ASSIGNMENT))
_CONTACTS = Prepared(select(Contact).where(Contact.case_id == bindparam("case")).order_by(col(Contact.id).desc()))
_FORMS = Prepared(select(Form).where(Form.case_id == bindparam("case"), Form.person_id == bindparam("person")))


@dataclass(frozen=True)
class PartView:
    """A unit's part."""

    id: int
    unit_id: int
    unit: str
    kind: PartKind
    stage: Stage | None  # none before the case is assigned
    version: int
    sign_due: date | None
    due: date | None
    acknowledged_at: datetime | None
    acknowledged_by: str
    handler: str


@dataclass(frozen=True)
class CaseView:
    """A case."""

    id: int
    kind: CaseKind
    number: str
    title: str
    body: str
    session: str
    recess: bool
    lead_id: int | None
    lead_name: str
    seconders: tuple[str, ...]
    stage: Stage
    version: int
    level: Level | None
    criterion: Criterion | None
    lead_leader_id: int | None
    lead_leader: str
    taken_on_at: datetime | None
    key_case: bool
    assigned_on: date | None
    reply_due: date | None
    round: int
    parts: tuple[PartView, ...]

    def units(self, *kinds: PartKind) -> tuple[str, ...]:
        """Name the units with one of these parts."""
        return tuple(part.unit for part in self.parts if part.kind in kinds and part.stage is not Stage.HANDED_BACK)


@dataclass(frozen=True)
class Offer:
    """An act that a person may do now, with the letter of its thing.

    Case c, part p, request r, contact k, form f, conference h, slip s.
    """

    act: Act
    subject: str
    id: int
    version: int
    move: bool = False  # it is what this thing waits for, not what may be done beside it

    @property
    def verb(self) -> str:
        """The verb of its button."""
        return f"{self.subject}.{self.act}"


@dataclass(frozen=True)
class Dossier:
    """A case before one person: who he is on it and what he may do."""

    case: CaseView
    standings: frozenset[Standing]
    offers: tuple[Offer, ...]


_CONFERRING = frozenset({Standing.OFFICE_HEAD, Standing.DESK})


def view(read: Read, case_id: int) -> CaseView | None:
    """Give a case with its parts."""
    case = read.get(Case, case_id)
    if case is None:
        return None
    return CaseView(
        id=case.id,
        kind=CaseKind(case.kind),
        number=case.number,
        title=case.title,
        body=case.body,
        session=case.session,
        recess=case.recess,
        lead_id=case.lead_id,
        lead_name=case.lead_name,
        seconders=tuple(row.name for row in standing.seconders(read, case.id)),
        stage=Stage(case.stage),
        version=case.version,
        level=Level(case.level) if case.level else None,
        criterion=Criterion(case.criterion) if case.criterion else None,
        lead_leader_id=case.lead_leader_id,
        lead_leader=roster.name(read, case.lead_leader_id),
        taken_on_at=case.taken_on_at,
        key_case=case.key_case,
        assigned_on=case.assigned_on,
        reply_due=case.reply_due,
        round=case.round,
        parts=tuple(part_view(read, part) for part in parts(read, case.id)),
    )


_OWNERS: dict[str, type[Any]] = {
    "part": Part,
    "reply": Reply,
    "request": Request,
    "contact": Contact,
    "meeting": Meeting,
    "form": Form,
    "slip": Slip,
    "alert": Alert,
    "dispute": Dispute,
    "conference": Conference,
}


def of(read: Read, subject: str, row_id: int) -> int:
    """Give the case that a row belongs to; `subject` names its table, or says that the row is the case itself."""
    if subject == "case":
        return row_id
    row = read.get(_OWNERS[subject], row_id)
    if row is None:
        raise Stale("This is no longer there; please open the case anew")
    case_id: int = row.case_id
    return case_id


def parts(read: Read, case_id: int) -> list[Part]:
    """List a case's parts, hosts first."""
    return sorted(standing.parts(read, case_id), key=lambda part: part.kind == PartKind.CO_HANDLER)


def part_view(read: Read, part: Part) -> PartView:
    """Make the frozen view of a part."""
    return PartView(
        part.id,
        part.unit_id,
        roster.unit_name(read, part.unit_id),
        PartKind(part.kind),
        Stage(part.stage) if part.assigned_on is not None else None,
        part.version,
        part.sign_due,
        part.due,
        part.acknowledged_at,
        roster.name(read, part.acknowledged_by_id),
        roster.name(read, part.handler_id),
    )


def dossier(read: Read, case_id: int, person_id: int, today: date) -> Dossier | None:
    """Give a case as one person has it before him; none where he has no standing on it."""
    case = read.get(Case, case_id)
    seen = view(read, case_id)
    if case is None or seen is None:
        return None
    standings = standing.held(read, person_id, case)
    if not standings:
        return None
    return Dossier(seen, standings, tuple(_offers(read, case, person_id, standings, today)))


def _offers(read: Read, case: Case, person_id: int, standings: frozenset[Standing], today: date) -> Iterator[Offer]:
    """Yield what the table lets this person do now, thing by thing."""
    stage = Stage(case.stage)
    waiting = conferences.waiting(read, case.id) if standings & _CONFERRING else None
    asks = asked(stage, waiting.stage) if waiting is not None else asked(stage)
    facts = standing.facts(read, case, None, today, asked=asks)
    for act in offered(stage, standings, facts):
        yield Offer(act, "c", case.id, case.version, (stage, act) in WAITED_FOR)
    for part in parts(read, case.id):
        if part.assigned_on is not None:
            yield from _part_offers(read, case, part, person_id, today)
    if waiting is not None:
        stage = Stage(waiting.stage)
        for act in offered(stage, standings, facts | conferences.facts(waiting, person_id)):
            yield Offer(act, "h", waiting.id, waiting.version, (stage, act) in WAITED_FOR)
    if Standing.PROPOSER in standings:
        yield from _proposer_offers(read, case, person_id, today)


def _part_offers(read: Read, case: Case, part: Part, person_id: int, today: date) -> Iterator[Offer]:
    """Yield what may be done on a unit's part, its requests and its slips."""
    requests, slips = read.exec(_REQUESTS, part=part.id), read.exec(_SLIPS, part=part.id)
    held = standing.held(read, person_id, case, part)
    asks = asked(part.stage, *(request.stage for request in requests), *(slip.stage for slip in slips))
    facts = standing.facts(read, case, part, today, person_id, asks)
    for act in offered(Stage(part.stage), held, facts):
        yield Offer(act, "p", part.id, part.version, (Stage(part.stage), act) in WAITED_FOR)
    for request in requests:
        more = facts | ({Fact.EXTENSION} if request.kind == "extension" else set())
        for act in offered(Stage(request.stage), held, more):
            yield Offer(act, "r", request.id, request.version, (Stage(request.stage), act) in WAITED_FOR)
    # An assignment slip is acknowledged with the part itself and answered by the reply.
    for slip in slips:
        for act in offered(Stage(slip.stage), held, facts):
            yield Offer(act, "s", slip.id, slip.version, (Stage(slip.stage), act) in WAITED_FOR)


def _proposer_offers(read: Read, case: Case, person_id: int, today: date) -> Iterator[Offer]:
    """Yield what only the proposer may do: answer for contacts and for the outcome."""
    held = frozenset({Standing.PROPOSER})
    # The newest one alone: four buttons a contact would leave nobody sure which of them they answer for.
    contact = next((row for row in read.exec(_CONTACTS, case=case.id) if row.stage == Stage.CLAIMED), None)
    if contact is not None:
        for act in offered(Stage(contact.stage), held, frozenset()):
            yield Offer(act, "k", contact.id, contact.version, (Stage(contact.stage), act) in WAITED_FOR)
    for form in read.exec(_FORMS, case=case.id, person=person_id):
        window = {Fact.WINDOW_OPEN} if form.closes_on is not None and today <= form.closes_on else set()
        for act in offered(Stage(form.stage), held, frozenset(window)):
            if act is not Act.SUBMIT:
                yield Offer(act, "f", form.id, form.version, (Stage(form.stage), act) in WAITED_FOR)
