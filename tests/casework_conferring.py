"""Cases that have been handled anew in vain: twice 不满意, both windows over; and conferences placed on them."""

from datetime import date
from typing import Any

from sqlmodel import col, select

from storage.acts import conferring, retaking, surveying
from storage.queries import roster
from storage.rules.conferring import Minutes
from storage.rules.words import CaseKind, Verdict
from storage.tables import Conference
from tests import casework_forms as placed
from tests import casework_replies
from tests.casework_replies import acts_as
from tests.world import Phone, World

POINTS = "一是六月底前完成管网改造；二是每月向代表报告一次进度。"
CONCLUSION = "由市住建局牵头，六月底前完成河东小区管网改造。"
PROPOSERS = {CaseKind.SUGGESTION: "何代表", CaseKind.PROPOSAL: "云委员"}
DESKS = {CaseKind.SUGGESTION: "施主任", CaseKind.PROPOSAL: "张主任"}


async def spent(world: World, number: str = "001", kind: CaseKind = CaseKind.SUGGESTION, **said: Any) -> int:
    """Place a case whose proposer was dissatisfied a second time, the window over since yesterday; all skimmed."""
    case = await placed.opened(world, number, kind=kind)
    placed.submit(world, case, Verdict.DISSATISFIED, by=PROPOSERS[kind], **said)
    await placed.close(world, case)
    acts_as(world, "何主任", retaking.rehandle, case, "请补充办理时限。")
    await casework_replies.delivered_again(world, case)
    world.acts(surveying.open_form, placed.form(world, case).id)
    placed.submit(world, case, Verdict.DISSATISFIED, by=PROPOSERS[kind], **said)
    await placed.close(world, case)
    return await quiet(world, case)


async def recorded(world: World, number: str = "001", by: str = "何主任", **how: Any) -> int:
    """Place one with a conference on record that the other side has not agreed to yet."""
    case = await spent(world, number)
    record(world, case, by, **how)
    return await quiet(world, case)


def record(world: World, case: int, by: str = "何主任", **how: Any) -> list[str]:
    """Have somebody record a conference held today."""
    return acts_as(world, by, conferring.record, case, minutes(world, **how))


def minutes(world: World, **how: Any) -> Minutes:
    """Make the record of a conference in which everybody took part."""
    units = world.look(lambda read: tuple(unit for unit, name in roster.units(read) if name == "市住建局"))
    facts: dict[str, Any] = {
        "place": "市政府三楼会议室",
        "unit_ids": units,
        "proposer_joined": True,
        "conclusion": CONCLUSION,
    }
    return Minutes(**{"held_on": world.clock.today} | facts | how)


def conference(world: World, case: int) -> Conference:
    """Give the newest conference of a case."""
    newest = select(Conference).where(Conference.case_id == case).order_by(col(Conference.id).desc())
    found = world.look(lambda read: read.exec(newest).first())
    assert found is not None
    return found


def conferences(world: World, case: int) -> int:
    """Count the conferences of a case."""
    return world.look(lambda read: len(read.exec(select(Conference).where(Conference.case_id == case)).all()))


async def records(
    world: World, by: str, *, day: date | None = None, proposer: str = "提出人参加", points: str = POINTS
) -> None:
    """Walk somebody by his buttons from 会商 to the last look."""
    phone = world[by]
    await reaches_conclusion(phone, day, proposer)
    await phone.writes(CONCLUSION)
    if points:
        await phone.writes(points)
        await phone.writes("2026-06-30")
    else:
        await phone.presses("无需补充")


async def reaches_conclusion(phone: Phone, day: date | None = None, proposer: str = "提出人参加") -> None:
    """Walk somebody by his buttons from 会商 to the question what was concluded."""
    await phone.presses("会商")
    phone.skims()
    await phone.writes((day or phone.world.clock.today).isoformat())
    await phone.writes("市政府三楼会议室")
    await phone.presses("选好了")
    await phone.presses(proposer)
    if proposer != "提出人参加":
        await phone.writes("提出人在外地开会，已电话征求意见。")


async def quiet(world: World, case: int) -> int:
    """Let everything go out and be skimmed."""
    await world.settled()
    for phone in world.phones.values():
        phone.skims()
    return case
