"""拟办 and 登记: who handles a case is proposed by the office; a single case is typed in."""

import pytest
from sqlmodel import col, select

from handlers import buttons
from storage import records, settings
from storage.acts import people, registering
from storage.book import Book
from storage.rules.entry import NewCase
from storage.rules.stages import Stage
from storage.rules.words import CaseKind, PartKind
from storage.tables import Case, Part, Person, Unit
from tests import casework
from tests.world import World, person


async def placed(world: World, name: str = "吕科员", number: str = "001", **how: CaseKind) -> int:
    """Place a registered case and put its card before somebody of the office."""
    case = await casework.registered(world, number, **how)
    world.acts(lambda book: book.turn([_id(book, name)], case, "card"))
    await world.settled()
    world[name].skims()
    return case


def _id(book: Book, name: str) -> int:
    return book.read.exec(select(Person.id).where(Person.name == name)).one()


def parts(world: World, case: int) -> list[tuple[str, str]]:
    """List a case's units and what their parts are."""
    statement = select(Unit.name, Part.kind).join(Part, col(Part.unit_id) == col(Unit.id))
    return world.look(
        lambda read: [
            (name, kind) for name, kind in read.exec(statement.where(Part.case_id == case).order_by(col(Part.id)))
        ]
    )


def stage(world: World, case: int) -> str:
    """Tell where a case stands."""
    return world.look(lambda read: read.get_one(Case, case).stage)


async def test_the_sheets_unit_is_ticked_and_a_co_handler_makes_it_host(world: World) -> None:
    """The proposal of the sheet stands first and chosen; one press more names a co-handler."""
    case = await placed(world)
    clerk = world["吕科员"]
    await clerk.presses("拟办")
    asked = clerk.hears("由哪个单位主办")
    assert clerk.buttons(asked)[0] == "市住建局"
    assert asked.buttons[0][0].text == "✓ 市住建局"
    await clerk.presses("选好了")
    await clerk.presses("市水利局", within="会办")
    await clerk.presses("选好了")
    clerk.sees("已拟办：主办市住建局，会办市水利局")
    clerk.hears("请定级")
    assert parts(world, case) == [("市住建局", PartKind.HOST), ("市水利局", PartKind.CO_HANDLER)]
    assert stage(world, case) == Stage.PROPOSED
    assert world.look(records.verify)[1] is None


async def test_several_hosts_answer_apart(world: World) -> None:
    """分办: each answers; without co-handlers there is one press that says so."""
    case = await placed(world)
    clerk = world["吕科员"]
    await clerk.presses("拟办")
    clerk.hears("由哪个单位主办")
    await clerk.presses("市水利局")
    await clerk.presses("选好了")
    assert "市住建局" not in clerk.buttons(clerk.sees("由哪些单位会办"))
    await clerk.presses("无会办单位")
    clerk.hears("请定级")
    assert parts(world, case) == [("市住建局", PartKind.SEPARATE), ("市水利局", PartKind.SEPARATE)]


async def test_a_typed_name_finds_its_unit_and_a_tick_can_be_taken_off(world: World) -> None:
    """A part of a name is enough where it fits one; a name that fits none is refused and nothing is lost."""
    case = await placed(world)
    clerk = world["吕科员"]
    await clerk.presses("拟办")
    clerk.hears("由哪个单位主办")
    await clerk.writes("水利")
    clerk.hears("由哪个单位主办")
    await clerk.presses("市住建局", within="由哪个单位主办")
    await clerk.writes("财政局")
    clerk.hears("列表中没有“财政局”")
    await clerk.presses("选好了")
    await clerk.presses("返回")
    await clerk.writes("选好了")
    clerk.hears("由哪些单位会办")
    await clerk.writes("无会办单位")
    clerk.hears("已拟办")
    clerk.hears("请定级")
    assert parts(world, case) == [("市水利局", PartKind.SOLE)]


async def test_more_units_than_a_page_holds(world: World) -> None:
    """Eight a page; words that fit several narrow the list, and all can be shown again."""
    rows = [person(f"联络{at}", "liaison", f"第{at}镇政府") for at in range(1, 13)]
    world.acts(people.enrol, rows)
    await placed(world)
    clerk = world["吕科员"]
    await clerk.presses("拟办")
    first = clerk.hears("由哪个单位主办")
    assert len([each for each in clerk.buttons(first) if each.endswith(("政府", "局"))]) == 8
    await clerk.presses("更多")
    assert "第7镇政府" in [button.text for row in clerk.sees("由哪个单位主办").buttons for button in row]
    await clerk.writes("镇政府")
    clerk.hears("由哪个单位主办")
    assert "显示全部" in clerk.buttons(clerk.sees("由哪个单位主办"))
    await clerk.presses("显示全部")
    await clerk.writes("第12镇政府")
    chosen = clerk.hears("由哪个单位主办")
    assert "✓ 市住建局" in [button.text for row in chosen.buttons for button in row]
    await clerk.presses("取消")
    clerk.sees("已取消")


async def test_earlier_cases_on_the_same_matter_are_shown(world: World) -> None:
    """A title that speaks of the same pipes is named with its session and where it stands; another matter is not."""
    world.acts(registering.enter, [
        NewCase(1, CaseKind.PROPOSAL, "044", "关于加快河东小区排水管网改造的提案", "云委员", session="第九届第三次",
                hosts=("市水利局",)),
        NewCase(2, CaseKind.SUGGESTION, "045", "关于提高村医待遇的建议", "何代表", session="第九届第三次"),
    ])  # fmt: skip
    await world.settled()
    for name in ("何主任", "吕科员"):
        world[name].skims()
    await placed(world)
    clerk = world["吕科员"]
    await clerk.presses("拟办")
    asked = clerk.hears("以往同类件", "提案044号", "第九届第三次", "市水利局").text
    assert "045" not in asked


@pytest.mark.parametrize("name", ["施主任", "王市长", "戚联络员", "何代表"])
async def test_nobody_but_the_office_proposes_or_registers(world: World, name: str) -> None:
    """Desk, leader, unit and proposer are told who does, even on a button that was signed for their own chat."""
    case = await placed(world)
    phone = world[name]
    await phone.writes("/new")
    phone.hears("由政府办登记")
    button = buttons.Button("c.propose", case, 1)
    data = buttons.pack(button, phone.user_id, world.look(settings.button_key))
    assert "只有" in await phone.presses_data(phone.messages[-1], data, forged=True)
    assert stage(world, case) == Stage.REGISTERED


async def test_an_old_question_is_refused_when_the_case_has_moved_on(world: World) -> None:
    """Two of the office at once: the second is told, and the first one's proposal stands."""
    case = await placed(world)
    world.acts(lambda book: book.turn([_id(book, "何主任")], case, "card"))
    await world.settled()
    clerk, head = world["吕科员"], world["何主任"]
    head.skims()
    for phone in (clerk, head):
        await phone.presses("拟办")
        phone.hears("由哪个单位主办")
        await phone.presses("选好了")
    await clerk.presses("无会办单位")
    clerk.hears("请定级")
    assert "已更新" in await head.presses("无会办单位")
    assert parts(world, case) == [("市住建局", PartKind.SOLE)]


async def test_a_new_proposal_takes_the_level_with_it(world: World) -> None:
    """Other hosts, other leaders: the level is set anew, and the leader who had it to read is told."""
    case = await placed(world, "何主任")

    def level(book: Book) -> None:
        row = book.get(Case, case)
        book.change(row, stage=Stage.CONFIRMED, level=2, criterion="joint", lead_leader_id=_id(book, "李副市长"),
                    taken_on_at=book.at)  # fmt: skip
        book.refresh(case)

    world.acts(level)
    await world.settled()
    head = world["何主任"]
    await head.presses("拟办")
    head.hears("由哪个单位主办")
    await head.presses("市水利局")
    await head.presses("选好了")
    await head.presses("无会办单位")
    head.hears("请定级")
    for name in ("李副市长", "秦秘书"):
        world[name].hears("正在重新定级")
    row = world.look(lambda read: read.get_one(Case, case))
    assert (row.stage, row.level, row.lead_leader_id, row.taken_on_at) == (Stage.PROPOSED, None, None, None)


async def registers(world: World, *answers: str, kind: str = "建议") -> None:
    """Have the clerk go through the questions of 登记, up to the host."""
    clerk = world["吕科员"]
    await clerk.writes("/new")
    clerk.hears("建议还是提案")
    await clerk.presses(kind)
    for answer in answers:
        await clerk.writes(answer)
        clerk.skims()


async def test_the_office_registers_a_case_by_hand(world: World) -> None:
    """Number, title, proposer, text, host; the session is that of the newest case; the office hears once."""
    await casework.registered(world)
    clerk = world["吕科员"]
    await registers(world, "第7号", "关于增设助餐点的建议", "何代表", "高龄老人做饭困难。")
    await clerk.presses("市住建局")
    clerk.sees("建议007号 · 关于增设助餐点的建议", "何代表", "第九届第四次")
    await clerk.presses("登记")
    clerk.sees("建议007号已登记")
    assert "拟办" in clerk.buttons(clerk.hears("新登记一件"))
    world["何主任"].hears("建议007号", "新登记一件")
    row = world.look(lambda read: read.exec(select(Case).where(Case.number == "007")).one())
    assert (row.session, row.body, row.lead_id is not None) == ("第九届第四次", "高龄老人做饭困难。", True)
    assert parts(world, row.id) == [("市住建局", PartKind.SOLE)]


async def test_a_case_may_come_without_text_host_and_known_proposer(world: World) -> None:
    """Who is not on the roster is kept by name and told; the host can wait."""
    clerk = world["吕科员"]
    await registers(world, "8", "关于某事的提案", "赵不在", kind="提案")
    await clerk.presses("不录正文")
    await clerk.presses("以后再拟办")
    clerk.sees("名单中没有这位提出人")
    await clerk.presses("登记")
    clerk.hears("新登记一件")
    world["何主任"].hears("提案008号")
    row = world.look(lambda read: read.exec(select(Case)).one())
    assert (row.lead_name, row.lead_id, row.body, parts(world, row.id)) == ("赵不在", None, "", [])


async def test_odd_answers_are_refused_and_the_question_stays(world: World) -> None:
    """A number that stands, no number, a long title, two names, the mark of a secret; a voice and a file."""
    await casework.registered(world)
    clerk = world["吕科员"]
    await registers(world)
    for wrong, said in (("1", "本次会议的建议001号已登记"), ("甲乙丙", "不是编号")):
        await clerk.writes(wrong)
        clerk.hears(said)
    await clerk.writes("9")
    clerk.hears("标题是什么")
    for wrong, said in (("题" * 4000, "标题应为1至200字"), ("【机密】某码头", "涉密件只走纸质渠道")):
        await clerk.writes(wrong)
        assert "码头" not in clerk.hears(said).text
    await clerk.writes("关于某事的建议")
    clerk.hears("由谁提出")
    await clerk.writes("何代表、金代表")
    clerk.hears("请只输入一个姓名")
    await world.standin.send_voice(clerk.user_id)
    await world.settled()
    clerk.hears("不能用语音")
    await clerk.sends("a.txt", b"x")
    clerk.hears("不能发文件")
    await clerk.writes("何代表")
    clerk.hears("请输入正文")
    await clerk.writes("秘密★一年 某事")
    clerk.hears("涉密件只走纸质渠道")
    await clerk.presses("取消")
    assert world.look(lambda read: len(read.exec(select(Case)).all())) == 1


async def test_namesakes_are_asked_for(world: World) -> None:
    """Two members of one name: the delegation tells which."""
    rows = [
        person("重名", "member", f"{sector}界别", key=f"k{sector}", number=f"9{sector}") for sector in ("经济", "医卫")
    ]
    world.acts(people.enrol, rows)
    clerk = world["吕科员"]
    await registers(world, "5", "关于某事的提案", "重名", kind="提案")
    clerk.sees("有同名的提出人")
    await clerk.presses("重名医卫界别")
    await clerk.presses("不录正文")
    await clerk.presses("以后再拟办")
    await clerk.presses("登记")
    clerk.skims()
    world["何主任"].skims()
    second = world.look(lambda read: read.exec(select(Person).where(Person.number == "9医卫")).one())
    assert world.look(lambda read: read.exec(select(Case)).one()).lead_id == second.id
