"""Cases placed at a stage, for tests that are about what comes after it; the way there has journeys of its own."""

from sqlmodel import select

from storage.book import Book
from storage.queries import roster
from storage.rules.deadlines import case_deadlines, part_deadlines
from storage.rules.stages import Stage
from storage.rules.words import REPLYING, CaseKind, Level, PartKind, Role
from storage.tables import Case, Part, Person, Unit
from tests.world import World


def case_id(world: World, number: str, kind: CaseKind = CaseKind.SUGGESTION) -> int:
    """Find a case."""
    return world.look(lambda read: read.exec(select(Case.id).where(Case.number == number, Case.kind == kind)).one())


async def registered(world: World, number: str = "001", kind: CaseKind = CaseKind.SUGGESTION, lead: str = "") -> int:
    """Place a case as the sheet leaves it: host proposed by the sheet, nobody told."""
    found = world.acts(_register, number, kind, lead or ("何代表" if kind == CaseKind.SUGGESTION else "云委员"))
    await world.settled()
    return found


async def assigned(
    world: World,
    number: str = "001",
    kind: CaseKind = CaseKind.SUGGESTION,
    *,
    lead: str = "",
    level: Level = Level.FOURTH,
    acknowledged: bool = True,
    co_handler: bool = False,
    cards: bool = True,
) -> int:
    """Place an assigned case of 市住建局 (co-handler 市水利局); everybody concerned has its card and has skimmed it."""
    found = await registered(world, number, kind, lead)
    world.acts(_assign, found, level, acknowledged=acknowledged, co_handler=co_handler, cards=cards)
    await world.settled()
    for phone in world.phones.values():
        phone.skims()
    return found


def _register(book: Book, number: str, kind: CaseKind, lead: str) -> int:
    lead_id = book.read.exec(select(Person.id).where(Person.name == lead)).one()
    case = book.add(
        Case(
            kind=kind,
            number=number,
            title="关于改造河东小区排水管网的建议" if kind == CaseKind.SUGGESTION else "关于提高村医待遇的提案",
            body="情况:反映强烈。\n建议:一是摸清底数;二是列入年度计划。",
            session="第九届第四次",
            lead_name=lead,
            lead_id=lead_id,
            rules_id=book.rules_id(),
            registered_at=book.at,
        )
    )
    book.add(Part(case_id=case.id, unit_id=_unit(book, "市住建局"), kind=PartKind.SOLE))
    return case.id


def _assign(book: Book, case_id: int, level: Level, *, acknowledged: bool, co_handler: bool, cards: bool) -> None:
    case = book.get(Case, case_id)
    rules, calendar = book.rules(case), book.calendar()
    dates = case_deadlines(rules, calendar, case.kind, book.today)
    if co_handler:
        book.add(Part(case_id=case.id, unit_id=_unit(book, "市水利局"), kind=PartKind.CO_HANDLER))
    leader = {Level.FIRST: "王市长", Level.SECOND: "李副市长", Level.THIRD: "姜局长", Level.FOURTH: "章副局长"}[level]
    book.change(
        case,
        stage=Stage.ASSIGNED,
        level=level,
        lead_leader_id=book.read.exec(select(Person.id).where(Person.name == leader)).one(),
        assigned_on=book.today,
        reply_due_raw=dates.reply.raw,
        reply_due=dates.reply.rolled,
        hard_due=dates.hard.rolled,
    )
    people_told: list[int] = []
    for part in book.all(select(Part).where(Part.case_id == case.id)):
        replies = part.kind in REPLYING
        if co_handler and replies:
            book.change(part, kind=PartKind.HOST)
        until = part_deadlines(rules, calendar, case.kind, book.today, dates, replies=replies)
        due = until.reply or until.co_opinion
        assert due is not None
        book.change(
            part,
            stage=Stage.HANDLING if acknowledged else Stage.AWAITING_RECEIPT,
            assigned_on=book.today,
            sign_due=until.sign_receipt.rolled,
            return_until=until.return_until.rolled,
            contact_due=until.first_contact.rolled if until.first_contact else None,
            draft_due=until.draft_to_office.rolled if until.draft_to_office else None,
            due_raw=due.raw,
            due=due.rolled,
        )
        for role in ("liaison", "handler", "unit_head", "unit_deputy_head"):
            people_told += roster.holders(book.read, Role(role), part.unit_id)
    reader = roster.reader_of(book.read, case)
    people_told += roster.office(book.read) + roster.desk(book.read, CaseKind(case.kind)) + ([reader] if reader else [])
    if case.lead_leader_id:
        people_told.append(case.lead_leader_id)
    if cards:
        book.turn(people_told, case.id, "card")


def _unit(book: Book, name: str) -> int:
    return book.read.exec(select(Unit.id).where(Unit.name == name)).one()
