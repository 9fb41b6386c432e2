"""The five acts in person: what they can be recorded from, for which cases, and what waits for the leader's word."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlmodel import col, select

from storage.queries import roster
from storage.reading import Read
from storage.rules.stages import Stage
from storage.rules.terms import Terms
from storage.rules.words import CaseKind, InPerson
from storage.tables import Case, Contact, Deed, Instruction, Reply

_LED = (Stage.CONFIRMED, Stage.ASSIGNED, Stage.REPLIED)


@dataclass(frozen=True)
class Led:
    """A case that a leader leads."""

    id: int
    kind: CaseKind
    number: str
    title: str


@dataclass(frozen=True)
class Waiting:
    """What a secretary typed for his leader and the leader has not confirmed yet: one occasion on one case."""

    case_id: int
    kinds: tuple[InPerson, ...]
    held_on: date
    place: str
    text: str


@dataclass(frozen=True)
class Occasions:
    """Days on which the leader did something on a case that may be one of the five."""

    instructed: tuple[date, ...]
    contacted: tuple[date, ...]
    signed: tuple[date, ...]

    @property
    def days(self) -> tuple[date, ...]:
        """Every such day, the newest first."""
        return tuple(sorted({*self.instructed, *self.contacted, *self.signed}, reverse=True))


def occasions(read: Read, case_id: int, terms: Terms) -> Occasions:
    """Find a lead leader's instructions on a case, the contacts he joined, the replies he signed."""
    case = read.get_one(Case, case_id)
    leader_id, name = case.lead_leader_id, roster.name(read, case.lead_leader_id)
    given = read.exec(
        select(Instruction.given_at).where(
            Instruction.case_id == case_id,
            Instruction.leader_id == leader_id,
            col(Instruction.confirmed_at).is_not(None),
            col(Instruction.withdrawn_at).is_(None),
        )
    )
    contacts = read.exec(select(Contact).where(Contact.case_id == case_id))
    signatures = read.exec(
        select(Reply.signed_at).where(
            Reply.case_id == case_id, Reply.signed_by_id == leader_id, col(Reply.signed_at).is_not(None)
        )
    )
    return Occasions(
        _days(list(given), terms),
        tuple(sorted({contact.held_on for contact in contacts if name and name in contact.who})),
        _days([moment for moment in signatures if moment is not None], terms),
    )


def _days(moments: list[datetime], terms: Terms) -> tuple[date, ...]:
    """Give the office's days of some moments, each once."""
    return tuple(sorted({terms.today(moment) for moment in moments}))


def led(read: Read, leader_id: int | None, but: int) -> list[Led]:
    """List the other cases that a leader leads, by kind and number."""
    rows = read.exec(
        select(Case)
        .where(Case.lead_leader_id == leader_id, col(Case.stage).in_(_LED), Case.id != but)
        .order_by(col(Case.kind).desc(), col(Case.number))
    )
    return [Led(case.id, CaseKind(case.kind), case.number, case.title) for case in rows]


def waiting(read: Read, leader_id: int, upto: int) -> list[Deed]:
    """List what waits for a leader's word, up to the last that he was shown."""
    rows = select(Deed).where(Deed.leader_id == leader_id, col(Deed.confirmed_at).is_(None), Deed.id <= upto)
    return list(read.exec(rows.order_by(col(Deed.id))))


def gathered(deeds: list[Deed]) -> list[Waiting]:
    """Put together what was typed as one: several of the five on one occasion."""
    found: dict[tuple[int, date, str, str], list[InPerson]] = {}
    for deed in deeds:
        found.setdefault((deed.case_id, deed.held_on, deed.place, deed.text), []).append(InPerson(deed.kind))
    return [
        Waiting(case_id, tuple(kinds), held_on, place, text) for (case_id, held_on, place, text), kinds in found.items()
    ]
