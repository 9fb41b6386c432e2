"""What waits for one person, and every case of his: pages of eight, read without a dossier for each."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Date, Select, and_, case, cast, func, literal, null, or_, union_all
from sqlmodel import col, select

from storage.queries import alerts, roster
from storage.queries.alerts import Side
from storage.queries.reach import kinds_of_desk, proposers, reaches
from storage.reading import Read
from storage.rules.calendar import WorkingCalendar
from storage.rules.moves import MOVES, Move
from storage.rules.rights import Post
from storage.rules.stages import Act, Stage
from storage.rules.words import (
    DESK_ROLES,
    OFFICE_ROLES,
    REPLYING,
    CaseKind,
    Level,
    PartKind,
    Phase,
    Role,
    SlipKind,
    Standing,
)
from storage.tables import Alert, Case, Conference, Contact, Form, Part, Person, Posting, Request, Seconder, Slip

SIZE = 8  # telegram.md 2.3: eight rows a page
Where = ColumnElement[bool]
_NEVER = cast(null(), Date)


@dataclass(frozen=True)
class Row:
    """A case in a list: `asked` is the step that waits, none in a list that asks nothing or for an alert."""

    case_id: int
    kind: CaseKind
    number: str
    title: str
    stage: Stage
    subject: str
    asked: Act | None
    due: date | None
    left: int | None  # working days until the due date, negative after it
    led: bool  # a city leader's own: dates alone, never a count


@dataclass(frozen=True)
class Rows:
    """One page of a list; `page` counts from 0."""

    rows: tuple[Row, ...]
    count: int
    page: int

    @property
    def pages(self) -> int:
        """How many pages there are; an empty list has one."""
        return max(1, -(-self.count // SIZE))


def todo(read: Read, person_id: int, today: date, page: int, calendar: WorkingCalendar) -> Rows:
    """List what waits for a person, what is due first at the top."""
    selects = list(_waiting(read, person_id, today))
    if not selects:
        return Rows((), 0, 0)
    waiting = union_all(*selects).subquery()
    columns = waiting.c
    statement = (
        select(columns.case_id, columns.subject, columns.asked, columns.due)
        .join(Case, col(Case.id) == columns.case_id)
        .order_by(columns.due.is_(None), columns.due, col(Case.number), columns.case_id, columns.asked)
    )
    return paged(read, statement, page, person_id, today, calendar)


def mine(
    read: Read, person_id: int, today: date, page: int, stages: tuple[Stage, ...], calendar: WorkingCalendar
) -> Rows:
    """List a person's cases at these stages, those with the fewest days left first."""
    found = case((col(Case.stage) == Stage.ASSIGNED, col(Case.reply_due)), else_=null())
    statement = (
        select(Case.id, literal("case"), literal(""), col(Case.reply_due))
        .where(reaches(read, person_id), col(Case.stage).in_(stages))
        .order_by(found.is_(None), found, col(Case.reply_due).desc().nulls_last(), col(Case.number), col(Case.id))
    )
    return paged(read, statement, page, person_id, today, calendar)


def paged(read: Read, statement: Any, page: int, person_id: int, today: date, calendar: WorkingCalendar) -> Rows:
    """Read one page; a page that is gone by now becomes the last one."""
    count = read.exec(select(func.count()).select_from(statement.order_by(None).subquery())).one()
    page = max(0, min(page, -(-count // SIZE) - 1))
    found = list(read.exec(statement.offset(page * SIZE).limit(SIZE)))
    cases = {row.id: row for row in read.exec(select(Case).where(col(Case.id).in_([each[0] for each in found])))}
    leads = {post.role for post in roster.posts(read, person_id)} == {Role.LEADER}
    rows = tuple(
        _row(cases[case_id], subject, asked, due, today, calendar, led=leads) for case_id, subject, asked, due in found
    )
    return Rows(rows, count, page)


def _row(
    row: Case, subject: str, asked: str, due: date | None, today: date, calendar: WorkingCalendar, *, led: bool
) -> Row:
    """Make the frozen row."""
    left = calendar.working_days_between(today, due) if due is not None else None
    act = Act(asked) if asked else None
    return Row(row.id, CaseKind(row.kind), row.number, row.title, Stage(row.stage), subject, act, due, left, led)


# what waits


def _waiting(read: Read, person_id: int, today: date) -> Iterator[Select[Any]]:
    """Yield a selection of (case, subject, act, due) for each move that can be this person's."""
    posts = roster.posts(read, person_id)
    for move in MOVES:
        who = list(_whose(read, move, person_id, posts))
        if who:
            yield _selected(read, move, or_(*who), person_id, today)
    yield from _alerts(read, person_id, posts, today)


def _whose(read: Read, move: Move, person_id: int, posts: tuple[Post, ...]) -> Iterator[Where]:
    """Yield the conditions under which a move is this person's."""
    if Standing.LEAD_LEADER in move.standings:
        yield col(Case.lead_leader_id) == person_id
    if Standing.PROPOSER in move.standings:
        yield col(Case.lead_id).in_(proposers(read, person_id))
    if Standing.DESK in move.standings:
        yield from (col(Case.kind) == kind for kind in kinds_of_desk(posts))
    roles = {post.role for post in posts}
    if {role.value for role in roles & OFFICE_ROLES} & {standing.value for standing in move.standings}:
        yield literal(value=True) == literal(value=True)
    held = {standing.value for standing in move.standings}
    units = [post.unit_id for post in posts if post.role.value in held and post.unit_id is not None]
    if units and move.subject in _WITH_PART:
        yield col(Part.unit_id).in_(units)


_WITH_PART = frozenset({"part", "request", "contact", "form", "slip"})
_TABLES: dict[str, Any] = {"part": Part, "request": Request, "contact": Contact, "form": Form, "slip": Slip,
                           "conference": Conference}  # fmt: skip


def _selected(read: Read, move: Move, who: Where, person_id: int, today: date) -> Select[Any]:
    """Select the things that wait for one move."""
    table = _TABLES.get(move.subject, Case)
    statement: Any = select(
        col(Case.id).label("case_id"),
        literal(move.subject).label("subject"),
        literal(move.act.value).label("asked"),
        _due(move).label("due"),
    ).select_from(Case)
    if move.subject in _WITH_PART:
        statement = statement.join(Part, col(Part.case_id) == col(Case.id))
    if move.subject in _WITH_PART - {"part"}:
        statement = statement.join(table, col(table.part_id) == col(Part.id))
    if move.subject == "conference":
        statement = statement.join(table, col(table.case_id) == col(Case.id))
    statement = statement.where(col(table.stage) == move.stage, who)
    if move.subject in _WITH_PART:
        statement = statement.where(col(Part.assigned_on).is_not(None), Part.stage != Stage.HANDED_BACK)
    return statement.where(*_guards(read, move, person_id, today))  # type: ignore[no-any-return]


def _due(move: Move) -> Any:
    """Give until when a move is due: the nearest date that depends on it."""
    match move.subject, move.act:
        case "part", Act.ACKNOWLEDGE:
            return col(Part.sign_due)
        case "part", Act.RECORD_CONTACT:
            return func.coalesce(col(Part.contact_due), col(Part.due))
        case "part", Act.DRAFT_REPLY:
            return func.coalesce(col(Part.draft_due), col(Part.due))
        case "part", Act.RECEIVE:
            return _NEVER
        case "part", _:
            return col(Part.due)
        case "form", _:
            return col(Form.closes_on)
        case "slip", Act.ANSWER_SLIP | Act.ACKNOWLEDGE_SLIP:
            return col(Slip.due)
        case _:
            return _NEVER


def _guards(read: Read, move: Move, person_id: int, today: date) -> Iterator[Where]:
    """Yield what else must hold, as the table of stages has it."""
    taken = or_(col(Case.taken_on_at).is_not(None), col(Case.paper_note) != "")
    if move.act is Act.TAKE_ON:
        yield ~taken
        yield or_(col(Case.assigned_on).is_not(None), col(Case.level).in_([Level.FIRST, Level.SECOND]))
    if move.subject == "conference":
        yield col(Conference.by_office) == (Standing.DESK in move.standings)
        yield col(Conference.recorded_by_id) != person_id
    if move.act is Act.ASSIGN:
        yield or_(col(Case.level) != Level.FIRST, taken)
    if move.stage is Stage.HANDLING:
        yield from _handling(move, person_id)
    if move.act in (Act.GRANT_RETURN, Act.GRANT_EXTENSION):
        yield col(Request.kind) == ("return" if move.act is Act.GRANT_RETURN else "extension")
    if move.subject == "slip":
        yield col(Slip.kind) != SlipKind.ASSIGNMENT  # signed for by signing for the case
    if move.subject == "form":
        yield col(Form.person_id) == person_id
        yield col(Form.closes_on) >= today
    if move.stage is Stage.DEPUTY_REVIEW and move.act is Act.SIGN:
        yield ~_deputised()
    if move.act in _BARRED_TO_PROPOSERS and not _signs_alone(read, move, person_id):
        yield _not_own(read, person_id)


# The proposer who works for the handling unit sees no draft of the reply to himself (chat.md 1).
_BARRED_TO_PROPOSERS = frozenset({Act.DRAFT_REPLY, Act.APPROVE, Act.SIGN, Act.DELIVER})


def _deputised() -> Where:
    """Tell that a deputy head of the part's unit has joined."""
    found = (
        select(Posting.id)
        .join(Person, col(Person.id) == col(Posting.person_id))
        .where(
            col(Posting.unit_id) == col(Part.unit_id),
            Posting.role == Role.UNIT_DEPUTY_HEAD,
            col(Posting.active),
            col(Person.active),
            col(Person.account).is_not(None),
        )
    )
    return found.exists()


def _signs_alone(read: Read, move: Move, person_id: int) -> bool:
    """Tell whether he is the one head who can sign for his unit: without him its reply would never leave it."""
    if move.act is not Act.SIGN:
        return False
    units = [post.unit_id for post in roster.posts(read, person_id) if post.role is Role.UNIT_HEAD]
    return any(roster.bound(read, roster.holders(read, Role.UNIT_HEAD, unit)) == [person_id] for unit in units)


def _not_own(read: Read, person_id: int) -> Where:
    """Leave out the cases that he has put forward himself."""
    seconded = select(Seconder.case_id).where(Seconder.person_id == person_id)
    not_led = or_(col(Case.lead_id).is_(None), col(Case.lead_id).not_in(proposers(read, person_id)))
    return and_(not_led, col(Case.id).not_in(seconded))


def _handling(move: Move, person_id: int) -> Iterator[Where]:
    """Yield what makes handling wait for this step: the first contact, then the opinions of others, then the reply."""
    joined = select(Person.id).where(col(Person.account).is_not(None), col(Person.active))
    yield or_(col(Part.handler_id).is_(None), col(Part.handler_id) == person_id, col(Part.handler_id).not_in(joined))
    if move.act is Act.OPINE:
        yield col(Part.kind) == PartKind.CO_HANDLER
        return
    yield col(Part.kind).in_(REPLYING)
    met = select(Contact.id).where(col(Contact.part_id) == col(Part.id), Contact.phase == Phase.EARLY).exists()
    if move.act is Act.RECORD_CONTACT:
        yield ~met
        return
    other = Part.__table__.alias()  # type: ignore[attr-defined]  # SQLModel's table
    silent = (
        select(other.c.id)
        .where(
            other.c.case_id == col(Case.id),
            other.c.kind == PartKind.CO_HANDLER,
            other.c.stage.in_([Stage.AWAITING_RECEIPT, Stage.HANDLING]),
        )
        .exists()
    )
    yield and_(met, ~silent)


def _alerts(read: Read, person_id: int, posts: tuple[Post, ...], today: date) -> Iterator[Select[Any]]:
    """Yield the alerts that wait for the person's deed; one that the office has acted upon waits for the desk."""
    if not {post.role for post in posts} & (OFFICE_ROLES | DESK_ROLES):
        return
    own = [each.id for each in alerts.of(read, person_id, today) if each.side is Side.DESK or each.handled_at is None]
    if own:
        statement: Any = (
            select(
                col(Case.id).label("case_id"),
                literal("alert").label("subject"),
                literal("").label("asked"),
                _NEVER.label("due"),
            )
            .select_from(Alert)
            .join(Case, col(Case.id) == col(Alert.case_id))
            .where(col(Alert.id).in_(own))
        )
        yield statement
