"""待办, 我的件 and a case with its history: what waits for whom, how one pages, what nobody else may see."""

from datetime import date
from functools import partial
from pathlib import Path

import pytest
from sqlmodel import select

from storage.book import Book
from storage.queries import cases, standing, todo
from storage.queries.reach import reaches
from storage.reading import Read
from storage.rules.stages import Stage
from storage.rules.terms import Terms
from storage.rules.words import CaseKind, Level, Standing
from storage.tables import Case, Form, Part, Person, Reply, Request, Slip
from tests import casework
from tests.conftest import CAST
from tests.world import World


def _id(world: World, name: str) -> int:
    return world.look(lambda read: read.exec(select(Person.id).where(Person.name == name)).one())


def _place(world: World, case: int, stage: str, part_stage: str | None = None) -> None:
    """Put a case, or its first part, at a stage."""

    def put(book: Book) -> None:
        row = book.get(Case, case)
        book.change(row, stage=stage)
        if part_stage is not None:
            part = book.read.exec(select(Part).where(Part.case_id == case)).first()
            assert part is not None
            book.change(part, stage=part_stage)

    world.acts(put)


async def test_the_list_asks_the_liaison_to_acknowledge_and_its_number_opens_the_card(world: World) -> None:
    """Number before title, what is asked, how many days are left; the message opened is the card from then on."""
    await casework.assigned(world, acknowledged=False)
    liaison, handler = world["戚联络员"], world["华科员"]
    await liaison.writes("待办")
    listed = liaison.hears("待办1项", "建议001号", "签收", "剩 2 个工作日")
    await liaison.presses("1")
    opened = liaison.hears("建议001号", "情况:反映强烈")
    assert "签收" in liaison.buttons(opened)
    assert "签收" not in liaison.buttons(listed)
    assert await handler.presses("签收") == "已签收"
    liaison.hears("已签收")
    assert "华科员" in liaison.sees("建议001号", "状态").text, "later edits reach the message that was opened"
    assert "签收" not in liaison.buttons()


async def test_nothing_waits_and_the_person_is_told_where_the_rest_is(world: World) -> None:
    """An empty list says so."""
    await world["金代表"].writes("/todo")
    world["金代表"].hears("没有待您办理", "我的件")


async def test_the_list_pages_by_edit_and_each_number_opens_its_case(world: World) -> None:
    """Eight rows a page; the numbers count on; a page that is gone by now becomes the last one."""
    for number in range(1, 19):
        await casework.registered(world, f"{number:03d}")
    clerk = world["吕科员"]
    await clerk.writes("待办")
    first = clerk.hears("待办18项", "1. 建议001号", "8. 建议008号", "拟办")
    assert "009号" not in first.text
    assert clerk.buttons(first)[-2:] == ["第页", ""]
    await clerk.presses("▶")
    second = clerk.sees("待办18项")
    assert second.message_id == first.message_id, "paged by edit"
    assert "9. 建议009号" in second.text
    assert "16. 建议016号" in second.text
    await clerk.presses("▶")
    assert "第 3/3 页" in [button.text for row in clerk.sees("待办").buttons for button in row]
    assert "▶" not in [button.text for row in clerk.sees("待办").buttons for button in row]
    await clerk.presses("17")
    clerk.hears("建议017号")
    for number in range(9, 19):
        _place(world, casework.case_id(world, f"{number:03d}"), Stage.ASSIGNED)
    await clerk.presses("◀", "待办18项")
    assert "8. 建议008号" in clerk.sees("待办8项").text


@pytest.mark.both
async def test_my_cases_are_chosen_by_where_they_stand(world: World) -> None:
    """In hand, answered, concluded; the chip that holds is marked."""
    for number, stage in (("001", Stage.ASSIGNED), ("002", Stage.REPLIED), ("003", Stage.CONCLUDED)):
        case = await casework.assigned(world, number, cards=False)
        _place(world, case, stage)
    deputy = world["何代表"]
    await deputy.writes("我的件")
    assert "002号" not in deputy.hears("在办", "建议001号").text
    await deputy.presses("已答复")
    assert "001号" not in deputy.sees("已答复：1件", "建议002号").text
    await deputy.presses("办结")
    deputy.sees("办结：1件", "建议003号")
    await world["金代表"].writes("我的件")
    world["金代表"].hears("在办：0件")


async def test_a_stranger_to_a_case_sees_nothing_of_it(world: World) -> None:
    """Neither by number, nor by a button that was forged out of another's."""
    case = await casework.assigned(world)
    stranger = world["金代表"]
    await stranger.writes("/case 001")
    stranger.hears("没有找到", "001")
    view, button = world["何代表"].find("详情")
    assert case == 1
    assert await world["何代表"].presses_data(view, button.data) == ""
    world["何代表"].hears("建议001号")
    await stranger.writes("/cases")
    listed = stranger.hears("在办：0件")
    assert "无法识别" in await stranger.presses_data(listed, button.data, forged=True), "signed for another chat"


async def test_a_number_that_fits_two_cases_is_asked(world: World) -> None:
    """The bot lists them to choose from; in plain words too."""
    await casework.registered(world, "072")
    await casework.registered(world, "072", CaseKind.PROPOSAL)
    head = world["何主任"]
    await head.writes("/case 72")
    head.hears("有几件")
    await head.presses("提案号关于提高村医待遇的提案第九届第四次已登记")
    head.hears("提案072号")
    await head.writes("/case 建议072")
    head.hears("建议072号", "排水管网")
    await head.writes("/case")
    head.hears("请带上编号")


async def test_the_history_tells_each_what_he_may_know(world: World) -> None:
    """Dated lines from the record; the proposer reads nothing of the unit's drafts."""
    case = await casework.assigned(world, acknowledged=False)
    await world["戚联络员"].presses("签收")
    world["华科员"].skims()
    part = world.look(lambda read: read.exec(select(Part.id).where(Part.case_id == case)).one())
    world.acts(lambda book: book.record("reply_drafted", case, {"part": part}))
    for _ in range(3):
        world.acts(lambda book: book.record("form_answered", case, {"form": 1}))
    world.acts(lambda book: book.record("disputed", case, {"form": 1}))
    await world["何代表"].writes("/case 001")
    told = world["何代表"].hears("办理经过", "2026-03-02 09:00", "市住建局签收").text
    assert "答复稿" not in told
    assert told.count("征询意见表已提交") == 1, "how often he changes his mind is nobody's business"
    await world["何主任"].writes("/case 001")
    told = world["何主任"].hears("办理经过", "市住建局提交答复稿").text
    assert "征询" not in told
    await world["戚联络员"].writes("/case 001")
    assert "征询" not in world["戚联络员"].hears("办理经过").text
    await world["施主任"].writes("/case 001")
    assert "征询意见表已提交" in world["施主任"].hears("办理经过").text


async def test_light_mode_says_where_the_text_is_to_be_read(tmp_path: Path) -> None:
    """A case's body never travels in light mode, nor a proposer's name to the office."""
    world = World(tmp_path, Terms(), full=False)
    await world.start()
    try:
        await world.enrol(CAST)
        await casework.assigned(world)
        await world["何主任"].writes("/case 001")
        said = world["何主任"].hears("建议001号", "正文不在此发送").text
        assert "反映强烈" not in said
        assert "何代表" not in said
        world.everybody_heard()
    finally:
        await world.stop()


async def test_in_a_group_what_concerns_one_person_goes_to_his_private_chat(world: World) -> None:
    """The group hears only that it has been sent."""
    await casework.assigned(world, acknowledged=False)
    liaison = world["戚联络员"]
    group = await world.standin.group(-100, "住建局工作群", [liaison.user_id], kind="group")
    await world.standin.add_bot(group, liaison.user_id)
    await world.settled()
    await liaison.writes("/todo@duban_bot", chat_id=group)
    liaison.hears("待办1项")
    await liaison.writes("/case@duban_bot 001", chat_id=group)
    liaison.hears("建议001号")
    said = [view.text for view in world.standin.chat(group) if view.from_bot]
    assert said == ["已发到您的私聊", "已发到您的私聊"]


async def test_the_list_speaks_english(world: World) -> None:
    """One reader's language is not another's."""
    await casework.assigned(world, acknowledged=False)
    world.acts(lambda book: book.change(book.get(Person, _id(world, "戚联络员")), language="en"))
    await world["戚联络员"].writes("/todo")
    world["戚联络员"].hears("1 wait for you", "Acknowledge", "2 working days left")
    await world["戚联络员"].writes("/case 001")
    world["戚联络员"].hears("suggestion 001", "History", "assigned") if False else world["戚联络员"].hears(
        "suggestion 001"
    )


async def test_what_waits_is_what_the_card_offers(world: World) -> None:
    """For everybody and at every stage: each row asks for a step that its card has a button for."""
    await _town(world)
    today = date(2026, 3, 2)
    names = [row.name for row in CAST]
    asked_of_somebody = set()
    for name in names:
        person = _id(world, name)
        rows = world.look(partial(_first_page, person=person, today=today))
        for row in rows.rows:
            if row.asked is None:
                continue
            asked_of_somebody.add((row.subject, row.asked))
            found = world.look(partial(cases.dossier, case_id=row.case_id, person_id=person, today=today))
            assert found is not None, (name, row)
            assert row.asked in [offer.act for offer in found.offers], (name, row)
    assert len(asked_of_somebody) > 15, asked_of_somebody


def _first_page(read: Read, person: int, today: date) -> todo.Rows:
    return todo.todo(read, person, today, 0, standing.calendar(read))


async def test_a_list_reaches_exactly_the_cases_somebody_has_a_standing_on(world: World) -> None:
    """The condition for many agrees with the rule for one, for every person and case."""
    await _town(world)

    def compare(read: Read) -> None:
        for person in read.exec(select(Person)):
            listed = set(read.exec(select(Case.id).where(reaches(read, person.id))))
            held = {row.id for row in read.exec(select(Case)) if standing.held(read, person.id, row) - {Standing.HOST}}
            assert listed == held, person.name

    world.look(compare)


_PARTS = (
    Stage.AWAITING_RECEIPT,
    Stage.HANDLING,
    Stage.DEPUTY_REVIEW,
    Stage.HEAD_SIGNATURE,
    Stage.OFFICE_REVIEW,
    Stage.TO_DELIVER,
    Stage.DELIVERED,
)


async def _town(world: World) -> None:
    """Place a case at every stage there is, with requests, contacts, slips and a form."""
    for place, stage in enumerate(
        (Stage.REGISTERED, Stage.PROPOSED, Stage.LEVELLED, Stage.AWAITING_CONSENT, Stage.CONFIRMED)
    ):
        case = await casework.registered(world, f"{place + 1:03d}", CaseKind.PROPOSAL)
        world.acts(_levelled, case, stage, _id(world, "李副市长"))
    for place, stage in enumerate(_PARTS):
        case = await casework.assigned(world, f"{place + 11:03d}", co_handler=place == 1, cards=False)
        _place(world, case, Stage.ASSIGNED, stage)
    case = await casework.assigned(world, "021", level=Level.SECOND, cards=False)
    world.acts(_laden, case, _id(world, "何代表"), _id(world, "戚联络员"))


def _levelled(book: Book, case: int, stage: Stage, leader: int) -> None:
    book.change(book.get(Case, case), stage=stage, level=Level.SECOND, lead_leader_id=leader)


def _laden(book: Book, case: int, proposer: int, liaison: int) -> None:
    part = book.read.exec(select(Part).where(Part.case_id == case)).one()
    for kind, stage in (
        ("return", Stage.AWAITING_SIGNATURE),
        ("return", Stage.AWAITING_OFFICE),
        ("extension", Stage.AWAITING_OFFICE),
    ):
        book.add(
            Request(
                case_id=case,
                part_id=part.id,
                kind=kind,
                reason="理由",
                stage=stage,
                asked_by_id=liaison,
                asked_at=book.at,
            )
        )
    for stage in (Stage.DRAFTED, Stage.ISSUED, Stage.SLIP_ACKNOWLEDGED, Stage.SLIP_ANSWERED):
        book.add(
            Slip(
                kind="urge",
                case_id=case,
                part_id=part.id,
                reason="逾期",
                stage=stage,
                drafted_at=book.at,
                due=book.today,
            )
        )
    reply = book.add(
        Reply(
            case_id=case,
            part_id=part.id,
            result_class="A",
            text="答复",
            publicity="full",
            drafted_by_id=liaison,
            drafted_at=book.at,
        )
    )
    book.add(
        Form(
            case_id=case,
            part_id=part.id,
            reply_id=reply.id,
            person_id=proposer,
            stage=Stage.OPEN,
            lot=1,
            opens_on=book.today,
            opened_on=book.today,
            closes_on=date(2026, 3, 20),
        )
    )


@pytest.mark.parametrize("page", [-3, 0, 99])
async def test_a_page_out_of_range_is_brought_into_it(world: World, page: int) -> None:
    """An old button may name a page that is no longer there."""
    for number in range(1, 11):
        await casework.registered(world, f"{number:03d}")
    person = _id(world, "吕科员")
    rows = world.look(lambda read: todo.todo(read, person, date(2026, 3, 2), page, standing.calendar(read)))
    assert rows.page in (0, 1)
    assert rows.rows
