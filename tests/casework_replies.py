"""Cases placed with a reply: drafted, signed, passed or delivered, the early contact on record."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import Any, TypeVar

from sqlmodel import col, select

from handlers import buttons
from handlers.buttons import Button
from storage.acts import delivering, replying
from storage.book import Actor, Book
from storage.queries import roster
from storage.rules.replies import Wording
from storage.rules.stages import Stage
from storage.rules.terms import Terms
from storage.rules.words import CaseKind, DeliveryWay, Method, Phase, Publicity, ResultClass
from storage.tables import Case, Contact, Entry, Part, Person, Reply
from tests import casework
from tests.conftest import CAST
from tests.world import Phone, World

T = TypeVar("T")
TEXT = "一、已摸清河东小区排水管网底数。二、已列入今年改造计划，六月底前开工。"
NUMBER = "兴住建复〔2026〕12号"
REVIEWS = (("章副局长", replying.approve), ("姜局长", replying.sign), ("吕科员", replying.approve))
_updates = count(-1, -1)  # no update of Telegram's has such a number: letters of two acts never share a key


@asynccontextmanager
async def light(folder: Path) -> AsyncIterator[World]:
    """Open a town whose bot sends nobody's words and no files."""
    world = World(folder, Terms(), full=False)
    await world.start(CAST)
    try:
        yield world
        world.everybody_heard()
    finally:
        await world.stop()


def acts_as(world: World, name: str, act: Callable[..., T], *facts: Any, **named: Any) -> T:
    """Run an act as a person on the roster."""
    who = person_id(world, name)
    return world.database.act_now(
        lambda read: act(Book(read, world.clock(), world.terms, Actor(who, next(_updates))), *facts, **named)
    )


def person_id(world: World, name: str) -> int:
    """Find a person."""
    return world.look(lambda read: read.exec(select(Person.id).where(Person.name == name)).one())


def part_id(world: World, case_id: int, unit: str = "市住建局") -> int:
    """Find a unit's part in a case."""
    return world.look(lambda read: next(p.id for p in _parts(read, case_id) if _unit(read, p) == unit))


def reply(world: World, case_id: int) -> Reply:
    """Give the newest reply of a case."""
    newest = select(Reply).where(Reply.case_id == case_id).order_by(col(Reply.id).desc())
    return world.look(lambda read: read.exec(newest).first()) or _missing()


def contacted(world: World, case_id: int, phase: Phase = Phase.EARLY, unit: str = "市住建局") -> None:
    """Put a contact with the proposer on record."""
    world.acts(_contact, case_id, part_id(world, case_id, unit), phase)


async def drafted(
    world: World,
    number: str = "001",
    kind: CaseKind = CaseKind.SUGGESTION,
    *,
    text: str = TEXT,
    result_class: ResultClass = ResultClass.A,
    **how: Any,
) -> int:
    """Place an assigned case whose reply waits for the deputy head, drafted by 华科员; `how` as casework.assigned."""
    case_id = await casework.assigned(world, number, kind, **how)
    contacted(world, case_id)
    redraft(world, case_id, text=text, result_class=result_class)
    return await _quiet(world, case_id)


def redraft(world: World, case_id: int, **how: Any) -> None:
    """Have 华科员 submit a reply to a case that is being handled, with a promise where its class asks for one."""
    how = {"text": TEXT, "result_class": ResultClass.A, "publicity": Publicity.FULL} | how
    if how["result_class"] in (ResultClass.B, ResultClass.C):
        how = {"promise": "六月底前完成改造。", "promise_due": world.clock.today.replace(month=12, day=31)} | how
    acts_as(world, "华科员", replying.draft, part_id(world, case_id), Wording(**how))


async def checked(world: World, number: str = "001", kind: CaseKind = CaseKind.SUGGESTION, **how: Any) -> int:
    """Place a case whose reply waits for the head's signature."""
    return await _led(world, await drafted(world, number, kind, **how), 1)


async def signed(world: World, number: str = "001", kind: CaseKind = CaseKind.SUGGESTION, **how: Any) -> int:
    """Place a case whose reply is signed and waits for the office's review."""
    return await _led(world, await drafted(world, number, kind, **how), 2)


async def passed(world: World, number: str = "001", kind: CaseKind = CaseKind.SUGGESTION, **how: Any) -> int:
    """Place a case whose reply the office has passed and the unit is to deliver."""
    return await _led(world, await drafted(world, number, kind, **how), len(REVIEWS))


async def delivered(
    world: World,
    number: str = "001",
    kind: CaseKind = CaseKind.SUGGESTION,
    *,
    way: DeliveryWay = DeliveryWay.FACE,
    received: bool = False,
    **how: Any,
) -> int:
    """Place a case whose reply 戚联络员 has delivered today, received by its proposer where said; its form is drawn.

    Everybody has skimmed what he was told. Further facts: text, result_class, lead, level, co_handler.
    """
    case_id = await drafted(world, number, kind, **how)
    _lead(world, case_id, len(REVIEWS))
    acts_as(world, "戚联络员", delivering.deliver, part_id(world, case_id), NUMBER, way)
    if received:
        name = world.look(lambda read: read.get_one(Case, case_id).lead_name)
        acts_as(world, name, delivering.receive, part_id(world, case_id))
    return await _quiet(world, case_id)


def _lead(world: World, case_id: int, reviews: int) -> None:
    """Lead a drafted reply through so many of its reviews; what is told meanwhile goes out with the last of them."""
    for name, act in REVIEWS[:reviews]:
        acts_as(world, name, act, part_id(world, case_id))


async def _led(world: World, case_id: int, reviews: int) -> int:
    """Lead a drafted reply through so many of its reviews, and have everybody skim what he was told."""
    _lead(world, case_id, reviews)
    return await _quiet(world, case_id)


async def delivered_again(world: World, case_id: int, *, text: str = "已按要求补充办理，管网改造方案另附。") -> int:
    """Bring a case that is handled anew to its next delivered reply."""
    redraft(world, case_id, text=text)
    _lead(world, case_id, len(REVIEWS))
    acts_as(world, "戚联络员", delivering.deliver, part_id(world, case_id), "兴住建复〔2026〕31号", DeliveryWay.FACE)
    return await _quiet(world, case_id)


async def handled(world: World, **how: Any) -> int:
    """Place a case that is being handled, the early contact on record, fresh cards in everybody's hands."""
    case = await casework.assigned(world, cards=False, **how)
    contacted(world, case)
    everybody = [person_id(world, name) for name in world.phones]
    world.acts(lambda book: book.turn(everybody, case, "card"))
    await world.settled()
    for phone in world.phones.values():
        phone.skims()
    return case


async def drafts(
    phone: Phone, text: str = TEXT, publicity: str = "全文公开", result: str = "A类已解决或基本解决"
) -> None:
    """Lead a drafter from 提交答复 to the last look at a reply of class A or D."""
    await phone.presses("提交答复")
    phone.hears("办理结果属于哪一类")
    await phone.presses(result)
    await phone.writes(text)
    phone.hears("已收到", "附件0个")
    await phone.presses("就这些")
    await phone.presses(publicity)


async def presses_blindly(phone: Phone, verb: str, row_id: int, version: int) -> str:
    """Press a button that nobody has offered, signed for this chat."""
    assert phone.world.app is not None
    data = buttons.pack(Button(verb, row_id, version), phone.user_id, phone.world.app.office.key)
    return await phone.presses_data(phone.messages[-1], data, forged=True)


def version(world: World, case: int) -> int:
    """Give the version of the unit's part."""
    return world.look(lambda read: read.get_one(Part, part_id(world, case)).version)


def bare_reply(case_id: int, part: int, drafter: int, at: datetime) -> Reply:
    """Make the row of a reply that nobody has led through its reviews."""
    return Reply(
        case_id=case_id,
        part_id=part,
        result_class="A",
        text=TEXT,
        publicity="full",
        drafted_by_id=drafter,
        drafted_at=at,
    )


def recorded(world: World, case_id: int) -> list[str]:
    """List the kinds of a case's entries in the record."""
    entries = select(Entry.kind).where(Entry.case_id == case_id).order_by(col(Entry.id))
    return world.look(lambda read: list(read.exec(entries)))


def stage(world: World, case_id: int, unit: str = "市住建局") -> Stage:
    """Give where a unit's part stands."""
    return Stage(world.look(lambda read: read.get_one(Part, part_id(world, case_id, unit)).stage))


async def _quiet(world: World, case_id: int) -> int:
    """Let everything go out and be skimmed."""
    await world.settled()
    for phone in world.phones.values():
        phone.skims()
    return case_id


def _contact(book: Book, case_id: int, part: int, phase: Phase) -> None:
    recorder = book.read.exec(select(Person.id).where(Person.name == "华科员")).one()
    book.add(
        Contact(
            case_id=case_id,
            part_id=part,
            phase=phase,
            method=Method.MEETING,
            held_on=book.today,
            who="华科员",
            said="当面听取了意见。",
            recorded_by_id=recorder,
            recorded_at=book.at,
        )
    )


def _parts(read: Any, case_id: int) -> list[Part]:
    return list(read.exec(select(Part).where(Part.case_id == case_id).order_by(col(Part.id))))


def _unit(read: Any, part: Part) -> str:
    return roster.unit_name(read, part.unit_id)


def _missing() -> Reply:
    raise AssertionError("the case has no reply")
