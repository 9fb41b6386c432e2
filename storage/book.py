"""The unit of work: one open transaction with the few verbs that acts need."""

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeVar

from sqlalchemy import bindparam
from sqlmodel import SQLModel, col, select
from sqlmodel.sql.expression import SelectOfScalar

from storage import outbox, records
from storage.outbox import Post, Priority, Shape
from storage.prepared import Prepared
from storage.queries import roster, standing
from storage.reading import Read
from storage.rules.calendar import WorkingCalendar
from storage.rules.facts import pack
from storage.rules.quiet import may_ring
from storage.rules.refusals import Refused, Stale
from storage.rules.rights import Footing
from storage.rules.ruleset import RuleSet
from storage.rules.stages import Act, Fact, Stage, Step, asked, decide
from storage.rules.terms import Terms
from storage.rules.words import Standing
from storage.tables import Card, Case, Due, Item, Part, RulesVersion
from storage.writing import add, key_of, rewrite

R = TypeVar("R", bound=SQLModel)
_CARDS = Prepared(select(Card).where(Card.case_id == bindparam("case"), col(Card.message_id).is_not(None)))


@dataclass(frozen=True)
class Actor:
    """Who does it: a person on the roster, or the clock (`person_id` none)."""

    person_id: int | None
    update_id: int | None = None


CLOCK = Actor(None)


class Book:
    """An open transaction, the office time of the act, the terms in force, and who acts."""

    def __init__(self, read: Read, at: datetime, terms: Terms, by: Actor) -> None:
        self.read = read
        self.at = at
        self.terms = terms
        self.by = by
        self._letters = 0
        self._source = ""
        self._turned: set[tuple[int, int]] = set()
        self._calendar: WorkingCalendar | None = None

    @property
    def today(self) -> date:
        """The office's day of this act."""
        return self.terms.today(self.at)

    @property
    def person_id(self) -> int:
        """Who acts; the clock has no person."""
        if self.by.person_id is None:
            msg = "the clock is nobody"
            raise ValueError(msg)
        return self.by.person_id

    # rows

    def get(self, table: type[R], row_id: int) -> R:
        """Load a row by its id; a missing one is refused, since only a stale button can ask for it."""
        row = self.read.get(table, row_id)
        if row is None:
            raise Stale("This is no longer there; please open the case anew")
        return row

    def one(self, statement: SelectOfScalar[R]) -> R | None:
        """Give the first row, if any."""
        return self.read.exec(statement).first()

    def all(self, statement: SelectOfScalar[R]) -> list[R]:
        """Give every row."""
        return list(self.read.exec(statement))

    def add(self, row: R) -> R:
        """Insert a new row and give it its id."""
        vars(row)[key_of(type(row))] = add(self.read, row)
        return row

    def change(self, row: SQLModel, **values: Any) -> None:
        """Write values; where the row has a version, only if nobody was faster, and with the next version."""
        held = vars(row)
        version = held.get("version")
        if version is not None:
            values.setdefault("version", version + 1)
        if not rewrite(self.read, type(row), held[key_of(type(row))], values, version):
            raise Stale("This has changed meanwhile; please look at the new card")
        held.update(values)

    # rules

    def footing(self, case: Case, part: Part | None = None) -> Footing:
        """Give what of a case, or of one unit's part in it, decides who may do what."""
        return standing.footing(self.read, case, part)

    def step(self, act: Act, stage: str, case: Case, part: Part | None = None, more: Iterable[Fact] = ()) -> Step:
        """Check the actor's right and the rule's guard inside the transaction; refuse in words or give the step."""
        asks = asked(stage, act=act)
        facts = standing.facts(self.read, case, part, self.today, self.by.person_id, asks) | frozenset(more)
        held = standing.held(self.read, self.person_id, case, part) if self.by.person_id is not None else frozenset()
        return decide(Stage(stage), act, held, facts)

    def standings(self, case: Case, part: Part | None = None) -> frozenset[Standing]:
        """Give what the actor is on a case, or with respect to one unit's part."""
        return standing.held(self.read, self.person_id, case, part)

    def current(self, row: SQLModel, version: int | None) -> None:
        """Refuse a press on a card that has moved on."""
        if version is not None and getattr(row, "version") != version:  # noqa: B009 (mypy knows no version)
            raise Stale("This has changed meanwhile; please look at the new card")

    def calendar(self) -> WorkingCalendar:
        """Give the working calendar with the office's imported notices, read once a transaction."""
        if self._calendar is None:
            self._calendar = standing.calendar(self.read)
        return self._calendar

    def rules(self, case: Case) -> RuleSet:
        """Give the rules that a case began under."""
        row = self.read.get(RulesVersion, case.rules_id) if case.rules_id is not None else None
        return RuleSet.from_mapping(row.numbers) if row else self.terms.rules

    def rules_id(self) -> int:
        """Give the row of the rules in force, written the first time they are used."""
        fingerprint = self.terms.rules.fingerprint()
        row = self.one(select(RulesVersion).where(RulesVersion.fingerprint == fingerprint))
        if row is None:
            numbers = self.terms.rules.to_mapping()
            row = self.add(RulesVersion(fingerprint=fingerprint, numbers=numbers, since=self.at))
            self.record("rules", facts={"fingerprint": fingerprint, "numbers": numbers})
        return row.id

    # record

    def record(
        self,
        kind: str,
        case_id: int | None = None,
        facts: Mapping[str, Any] | None = None,
        words: Mapping[str, str] | None = None,
    ) -> int:
        """Write a fact into the record; personal words go in as commitments."""
        return records.append(
            self.read, kind, self.at, by=self.by.person_id, case_id=case_id, facts=facts or {}, words=words or {}
        )

    def record_all(self, statements: Iterable[records.Statement]) -> None:
        """Write many facts of one act into the record."""
        records.append_all(self.read, statements, self.at, by=self.by.person_id)

    # letters

    def send(self, kind: str, person_id: int | None = None, **letter: Any) -> int | None:
        """Write a letter; its key, unless given, is this update's, its case's and the letter's place in it.

        The clock's letters carry a number of their transaction: two slices of one morning are one moment.
        """
        self._letters += 1
        if self.by.update_id is None and not self._source:
            self._source = secrets.token_hex(8)
        source = f"u{self.by.update_id}" if self.by.update_id is not None else f"t{self._source}"
        to = person_id if person_id is not None else f"c{letter.get('chat_id')}"
        letter.setdefault("key", f"{source}:{self._letters}:{kind}:{letter.get('case_id', '')}:{to}")
        if "silent" not in letter:
            letter["silent"] = person_id != self.by.person_id and self._quiet()
        return outbox.put(self.read, Post(kind=kind, person_id=person_id, **letter), self.at)

    def turn(self, person_ids: Iterable[int], case_id: int, kind: str, **letter: Any) -> None:
        """Tell people that it is their turn: a new message with the card's buttons under it."""
        for person_id in dict.fromkeys(person_ids):
            self._turned.add((person_id, case_id))
            self.send(kind, person_id, shape=Shape.CARD, case_id=case_id, **letter)

    def tell(self, person_ids: Iterable[int], case_id: int, kind: str, **letter: Any) -> None:
        """Tell people what happened on a case; nothing is asked of them."""
        for person_id in dict.fromkeys(person_ids):
            if person_id != self.by.person_id:
                self.send(kind, person_id, case_id=case_id, **letter)

    def refresh(self, case_id: int, *, only: int | None = None) -> None:
        """Bring every card of a case up to date, without ringing; or one person's, where others shall see nothing."""
        for card in self.read.exec(_CARDS, case=case_id):
            if only is not None and card.person_id != only:
                continue
            # A card that this act itself sends anew shows it all; an edit after it would wipe out why it came.
            anew = (card.person_id, case_id) in self._turned
            if not anew and not outbox.edit_waiting(self.read, card.person_id, case_id):
                self.send(
                    "card", card.person_id, shape=Shape.EDIT, case_id=case_id, priority=Priority.EDIT, silent=True
                )

    def _quiet(self) -> bool:
        """Tell whether what follows from a person's act goes without sound now."""
        local, terms = self.terms.local(self.at), self.terms
        return not may_ring(local, terms.quiet, self.calendar(), days_off=terms.quiet_days_off)

    # the clock

    def due(
        self, key: str, kind: str, on: date, case_id: int | None = None, subject_id: int | None = None, **facts: Any
    ) -> None:
        """Have the clock do something on the first working morning from a day on; once a key."""
        if self.one(select(Due).where(Due.key == key)) is None:
            self.add(Due(key=key, kind=kind, due_on=on, case_id=case_id, subject_id=subject_id, facts=pack(facts)))

    def item(
        self,
        person_id: int,
        key: str,
        kind: str,
        case_id: int | None = None,
        subject_id: int | None = None,
        **facts: Any,
    ) -> None:
        """Put a line into a person's next morning digest; once a key."""
        if self.one(select(Item).where(Item.person_id == person_id, Item.key == key)) is None:
            self.add(
                Item(
                    person_id=person_id,
                    key=key,
                    kind=kind,
                    case_id=case_id,
                    subject_id=subject_id,
                    facts=pack(facts),
                    created_at=self.at,
                )
            )

    # people

    def name(self, person_id: int | None) -> str:
        """Give a person's name."""
        return roster.name(self.read, person_id)

    def unit(self, unit_id: int | None) -> str:
        """Give a unit's name."""
        return roster.unit_name(self.read, unit_id)

    def refuse_unless(self, condition: object, msgid: str, **facts: object) -> None:
        """Refuse in words unless a condition holds."""
        if not condition:
            raise Refused(msgid, facts)
