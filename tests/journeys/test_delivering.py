"""送达 and 已收到: the clock stops, the bot itself tells the proposer, his receipt is his own."""

from pathlib import Path

import pytest
from sqlmodel import select

from storage import files
from storage.acts import delivering
from storage.book import Book
from storage.queries.replies import SCAN
from storage.rules.refusals import Refused
from storage.rules.stages import Stage
from storage.rules.words import DeliveryWay, PartKind, ResultClass
from storage.tables import Case, Form, Part, Person, Unit
from tests import casework_replies
from tests.casework_replies import NUMBER, TEXT, acts_as, part_id, person_id, reply, stage
from tests.world import Phone, World

SCANNED = b"%PDF-1.4 signed"


async def delivers(phone: Phone, way: str, *, scan: bool = False) -> None:
    """Lead a unit's person from 送达 to its confirmation."""
    await phone.presses("送达")
    phone.hears("文号")
    await phone.writes(NUMBER)
    phone.hears("签发件的扫描件")
    if scan:
        await phone.sends("签发件.pdf", SCANNED, "application/pdf")
        phone.hears("附件1个")
        await phone.presses("就这些")
    else:
        await phone.presses("不附扫描件")
    await phone.presses(way)
    assert NUMBER in phone.sees("确认后答复计时停止").text
    await phone.presses("送达", within="确认后")


async def test_the_unit_delivers_the_bot_tells_and_the_proposer_receives(world: World) -> None:
    """The whole way in one: who hears what, the clock stopped, the form drawn, the receipt told."""
    case = await casework_replies.passed(world, result_class=ResultClass.B)
    liaison, deputy = world["戚联络员"], world["何代表"]
    await delivers(liaison, "面复")
    assert "已告知提出人" in liaison.sees("已登记送达").text
    row = world.look(lambda read: read.get_one(Case, case))
    assert row.stage == Stage.REPLIED
    assert (reply(world, case).number, reply(world, case).way) == (NUMBER, DeliveryWay.FACE)
    assert world.look(lambda read: read.exec(select(Form).where(Form.case_id == case)).one()).stage == Stage.DRAWN
    deputy.hears(f"市住建局答复 {NUMBER}", TEXT)
    card = deputy.hears("市住建局已答复", NUMBER, "面复", "六月底前完成改造")
    assert "已收到" in deputy.buttons(card)
    for name in ("施主任", "何主任", "吕科员"):
        world[name].hears("市住建局的答复已送达", NUMBER)
    assert "送达" not in world["华科员"].buttons()

    view, button = deputy.find("已收到")
    assert "谢谢" in await deputy.presses("已收到")
    assert stage(world, case) is Stage.RECEIVED
    assert reply(world, case).received_at == world.clock()
    for name in ("戚联络员", "华科员", "何主任", "吕科员"):
        world[name].hears("提出人已收到市住建局的答复")
    world["施主任"].hears_nothing()
    said = await deputy.presses_data(view, button.data, forged=True)
    assert "目前是" in said, "a second press receives nothing twice"


async def test_in_the_chat_the_signed_copy_goes_along(world: World) -> None:
    """The proposer gets the signed letter itself, byte for byte."""
    case = await casework_replies.passed(world)
    await delivers(world["华科员"], "在此送达", scan=True)
    deputy = world["何代表"]
    deputy.hears(TEXT, "签发件.pdf")
    sheet = deputy.hears(file="签发件.pdf").file
    assert sheet is not None
    assert sheet.content == SCANNED
    deputy.hears("已答复", "在此送达")
    kept = world.look(lambda read: [f.name for f in files.of(read, SCAN, reply(world, case).id)])
    assert kept == ["签发件.pdf"]
    for name in ("施主任", "何主任", "吕科员", "华科员"):
        world[name].skims()


async def test_by_post_the_words_travel_and_the_files_do_not(world: World) -> None:
    """What went on paper is not sent a second time; its words stay with the proposer."""
    await casework_replies.passed(world)
    await delivers(world["戚联络员"], "邮寄", scan=True)
    deputy = world["何代表"]
    assert "签发件" not in deputy.hears(TEXT).text
    deputy.hears("已答复", "邮寄")
    deputy.hears_nothing()
    for name in ("施主任", "何主任", "吕科员"):
        world[name].skims()


async def test_words_are_no_scan_and_a_long_number_is_none(world: World) -> None:
    """Bad answers leave the question open and lose nothing."""
    case = await casework_replies.passed(world)
    liaison = world["戚联络员"]
    await liaison.presses("送达")
    await liaison.writes("号" * 61)
    liaison.skims()
    assert "最多60字" in liaison.messages[-1].text
    await liaison.writes(NUMBER)
    liaison.skims()
    await liaison.writes("没有扫描件")
    liaison.hears("请发送文件")
    await liaison.presses("取消")
    assert stage(world, case) is Stage.TO_DELIVER
    for number in ("", "号" * 61):
        with pytest.raises(Refused, match="number"):
            acts_as(world, "戚联络员", delivering.deliver, part_id(world, case), number, DeliveryWay.MAIL)


async def test_a_proposer_who_has_not_joined_gets_paper_and_the_unit_is_told(world: World) -> None:
    """Nothing is claimed to have been handed over in a chat that he does not have."""
    case = await casework_replies.passed(world)
    world.acts(_leaves, person_id(world, "何代表"))
    liaison = world["戚联络员"]
    await liaison.presses("送达")
    await liaison.writes(NUMBER)
    liaison.skims()
    await liaison.presses("不附扫描件")
    assert {"面复", "邮寄"} <= set(liaison.buttons())
    assert "在此送达" not in liaison.buttons()
    with pytest.raises(Refused, match="has not joined"):
        acts_as(world, "戚联络员", delivering.deliver, part_id(world, case), NUMBER, DeliveryWay.CHAT)
    await liaison.presses("邮寄")
    await liaison.presses("送达", within="确认后")
    assert "确保纸质答复已送到" in liaison.sees("已登记送达").text
    world["何代表"].hears_nothing()
    for name in ("施主任", "何主任", "吕科员"):
        world[name].hears("已送达")


async def test_receipt_is_the_proposers_alone(world: World) -> None:
    """Nobody else can say that the reply has arrived: it would open the form."""
    case = await casework_replies.delivered(world)
    for name in world.phones:
        if name != "何代表":
            with pytest.raises(Refused, match="Only"):
                acts_as(world, name, delivering.receive, part_id(world, case))
    assert stage(world, case) is Stage.DELIVERED


async def test_of_separate_parts_the_last_delivery_stops_the_clock(world: World) -> None:
    """While one unit still owes its reply, the case is being handled."""
    case = await casework_replies.passed(world)
    world.acts(_adds_part, case)
    acts_as(world, "戚联络员", delivering.deliver, part_id(world, case), NUMBER, DeliveryWay.FACE)
    assert world.look(lambda read: read.get_one(Case, case)).stage == Stage.ASSIGNED
    world.acts(_passes, part_id(world, case, "市水利局"))
    acts_as(world, "施联络员", delivering.deliver, part_id(world, case, "市水利局"), "水复1号", DeliveryWay.MAIL)
    assert world.look(lambda read: read.get_one(Case, case)).stage == Stage.REPLIED
    await world.settled()
    for phone in world.phones.values():
        phone.skims()


async def test_in_light_mode_the_proposer_hears_where_to_read(tmp_path: Path) -> None:
    """No word of the reply and no file travels, and the chat is no way of delivery; the receipt works all the same."""
    async with casework_replies.light(tmp_path) as world:
        case = await casework_replies.passed(world)
        liaison, deputy = world["戚联络员"], world["何代表"]
        await liaison.presses("送达")
        liaison.skims()
        await liaison.writes(NUMBER)
        liaison.skims()
        await liaison.presses("不附扫描件")
        assert "在此送达" not in liaison.buttons()
        await liaison.presses("面复")
        await liaison.presses("送达", within="确认后")
        card = deputy.hears("已答复", NUMBER, "请看纸质件")
        assert "排水管网底数" not in card.text
        deputy.hears_nothing()
        await deputy.presses("已收到")
        assert stage(world, case) is Stage.RECEIVED
        for name in ("施主任", "何主任", "吕科员", "戚联络员", "华科员"):
            world[name].skims()


def _leaves(book: Book, who: int) -> None:
    """Take a person's account from him, as if he had never joined."""
    book.change(book.get(Person, who), account=None)


def _adds_part(book: Book, case_id: int) -> None:
    """Give a second unit a reply of its own to make."""
    first = book.all(select(Part).where(Part.case_id == case_id))[0]
    book.change(first, kind=PartKind.SEPARATE)
    unit = book.read.exec(select(Unit.id).where(Unit.name == "市水利局")).one()
    book.add(Part(case_id=case_id, unit_id=unit, kind=PartKind.SEPARATE, stage=Stage.HANDLING, assigned_on=book.today))


def _passes(book: Book, part: int) -> None:
    """Put a unit's reply where it is to be delivered."""
    row = book.get(Part, part)
    drafter = book.read.exec(select(Person.id).where(Person.name == "卫科员")).one()
    book.add(casework_replies.bare_reply(row.case_id, row.id, drafter, book.at))
    book.change(row, stage=Stage.TO_DELIVER)
