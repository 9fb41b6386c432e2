"""五个亲自: what the lead leader did in person, told by himself or typed for him, and when it counts."""

import datetime as dt
from pathlib import Path

import pytest
from sqlmodel import col, select

from storage.acts import instructing
from storage.book import Actor, Book
from storage.rules.terms import Terms
from storage.rules.words import Level
from storage.tables import Deed, Entry
from tests import casework
from tests.casework_assigning import person_id
from tests.conftest import CAST
from tests.world import World


def deeds(world: World) -> list[Deed]:
    """Read every deed."""
    return world.look(lambda read: list(read.exec(select(Deed).order_by(col(Deed.id)))))


async def told(world: World, name: str, *kinds: str, words: str = "现场查看管网，定下方案。") -> None:
    """Have somebody record what was done, today, at the housing bureau."""
    phone = world[name]
    await phone.presses("五个亲自")
    for kind in kinds:
        await phone.presses(kind)
    await phone.presses("选好了")
    await phone.writes(words)
    await phone.writes("3月2日")
    await phone.writes("市住建局")
    phone.skims()


async def show(world: World, case_id: int, *names: str) -> None:
    """Give people a card of the case."""
    world.acts(lambda book: book.turn([person_id(world, name) for name in names], case_id, "card"))
    await world.settled()
    for name in names:
        world[name].skims()


async def test_the_leader_tells_several_of_the_five_and_they_count_at_once(world: World) -> None:
    """Which, what, when, where; the office hears it."""
    await casework.assigned(world, level=Level.SECOND)
    leader = world["李副市长"]
    await leader.presses("五个亲自")
    page = leader.hears("五个亲自", "可多选")
    assert leader.buttons(page)[:5] == ["亲自谋划", "亲自部署", "亲自推动", "亲自办理", "亲自协调解决"]
    assert "选好了" not in leader.buttons(page)
    await leader.presses("亲自部署")
    await leader.presses("亲自协调解决")
    await leader.presses("亲自谋划")
    await leader.presses("亲自谋划")
    assert "✓" in leader.find("亲自部署")[1].text
    assert "✓" not in leader.find("亲自谋划")[1].text
    await leader.presses("选好了")
    leader.sees("做了什么")
    await leader.writes("召集住建、水利两局定下方案。")
    leader.hears("3月2日")
    await leader.presses("2026年3月1日（周日）")
    leader.sees("什么地方")
    await leader.writes("市政府三楼会议室")
    leader.hears("已记录：亲自部署和亲自协调解决")
    for name in ("何主任", "吕科员"):
        world[name].hears("李副市长", "亲自部署和亲自协调解决", "3月1日", "三楼会议室", "住建、水利")
    assert [(deed.kind, deed.held_on.day, deed.confirmed_at is not None) for deed in deeds(world)] == [
        ("deploy", 1, True),
        ("coordinate", 1, True),
    ]


@pytest.mark.long
async def test_what_a_secretary_types_counts_after_the_leaders_word_for_all_he_was_shown(world: World) -> None:
    """In batch: one press confirms what the message shows, and the office hears only then."""
    case_id = await casework.assigned(world, level=Level.SECOND)
    await show(world, case_id, "秦秘书")
    leader = world["李副市长"]
    await told(world, "秦秘书", "亲自推动")
    leader.hears("秘书代录", "亲自推动", "现场查看")
    await told(world, "秦秘书", "亲自谋划", "亲自办理", words="研究资金来源。")
    leader.hears("亲自推动", "亲自谋划和亲自办理", "研究资金来源")
    world["何主任"].hears_nothing()
    assert not [deed for deed in deeds(world) if deed.confirmed_at]
    assert await leader.presses("确认无误") == "已确认3项"
    assert not leader.buttons(leader.messages[-1]), "what is confirmed asks no more"
    for name in ("何主任", "吕科员"):
        world[name].hears("亲自推动")
        world[name].hears("亲自谋划和亲自办理")
    assert all(deed.confirmed_at for deed in deeds(world))
    assert "已经确认过" in await leader.presses("确认无误")
    kinds = world.look(lambda read: [e.kind for e in read.exec(select(Entry).where(Entry.case_id == case_id))])
    assert kinds.count("in_person") == 2
    assert kinds.count("in_person_confirmed") == 1


@pytest.mark.long
async def test_a_scan_of_the_signed_paper_counts_at_once_and_the_leader_is_told(world: World) -> None:
    """The paper stands for the press; nothing is entered in his name without his hearing of it."""
    case_id = await casework.assigned(world, level=Level.SECOND)
    await show(world, case_id, "秦秘书")
    secretary = world["秦秘书"]
    await secretary.presses("五个亲自")
    await secretary.presses("亲自办理")
    await secretary.presses("选好了")
    await secretary.writes("主持现场会。")
    await secretary.writes("3月2日")
    secretary.hears("扫描件")
    await secretary.sends("批件.pdf", b"%PDF-1.4 scan", "application/pdf")
    secretary.skims()
    world["李副市长"].hears("秦秘书", "签字的纸质件")
    for name in ("何主任", "吕科员"):
        world[name].hears("亲自办理", "主持现场会")
    assert all(deed.confirmed_at for deed in deeds(world))
    for phone in world.phones.values():
        phone.skims()


@pytest.mark.long
async def test_one_telling_covers_several_cases_of_the_same_leader(world: World) -> None:
    """The other cases are asked for only where he wishes it."""
    first = await casework.assigned(world, "001", level=Level.SECOND)
    second = await casework.assigned(world, "002", level=Level.SECOND)
    await casework.assigned(world, "003", level=Level.FIRST)
    leader = world["李副市长"]
    await leader.presses("五个亲自", within="002号")
    await leader.presses("亲自推动")
    await leader.presses("同时记入其他件")
    await leader.presses("选好了")
    page = leader.sees("还记入哪几件")
    assert "003" not in "".join(button.text for row in page.buttons for button in row)
    await leader.writes("建议001号")
    await leader.presses("选好了")
    await leader.writes("一并调度。")
    await leader.writes("3月2日")
    await leader.presses("不补充")
    leader.skims()
    assert sorted(deed.case_id for deed in deeds(world)) == [first, second]
    for name in ("何主任", "吕科员"):
        world[name].hears("001号", "一并调度")
        world[name].hears("002号", "一并调度")


@pytest.mark.long
async def test_what_is_on_record_is_offered_as_a_ground(world: World) -> None:
    """An instruction of the leader's is shown with its day."""
    case_id = await casework.assigned(world, level=Level.SECOND)
    by = Actor(person_id(world, "李副市长"))
    world.database.act_now(
        lambda read: instructing.instruct(Book(read, world.clock(), world.terms, by), case_id, "请抓紧。")
    )
    await world.settled()
    for phone in world.phones.values():
        phone.skims()
    await world["李副市长"].presses("五个亲自")
    world["李副市长"].hears("可作依据的批示", "3月2日")


@pytest.mark.long
async def test_bad_answers_are_refused_and_the_question_stays(world: World) -> None:
    """A day to come, too many words, a voice message, an empty choice."""
    await casework.assigned(world, level=Level.SECOND)
    leader = world["李副市长"]
    await leader.presses("五个亲自")
    await leader.writes("都做了")
    leader.hears("请按下面的按钮")
    await leader.writes("亲自办理")
    await leader.presses("选好了")
    await leader.writes("长" * 2000)
    leader.hears("最多500字")
    await world.standin.send_voice(leader.user_id)
    await world.settled()
    leader.hears("语音")
    await leader.writes("主持现场会。")
    await leader.writes("2026-03-03")
    leader.hears("不能晚于")
    await leader.writes("3月2日")
    await leader.presses("不补充")
    leader.skims()
    assert len(deeds(world)) == 1
    for name in ("何主任", "吕科员"):
        world[name].hears("亲自办理")


@pytest.mark.long
@pytest.mark.parametrize("name", ["王市长", "何主任", "施主任", "姜局长", "戚联络员", "何代表"])
@pytest.mark.long
async def test_only_the_lead_leader_and_his_secretary_have_the_button(world: World, name: str) -> None:
    """The mayor sees every case, but tells only of those that he leads himself."""
    case_id = await casework.assigned(world, level=Level.SECOND)
    await show(world, case_id, name)
    assert "五个亲自" not in world[name].buttons()


@pytest.mark.long
async def test_a_head_of_a_unit_leads_in_person_too(world: World) -> None:
    """Levels 3 and 4 have their five as well."""
    await casework.assigned(world, level=Level.THIRD)
    await told(world, "姜局长", "亲自办理")
    for name in ("何主任", "吕科员"):
        world[name].hears("姜局长", "亲自办理")
    assert deeds(world)[0].held_on == dt.date(2026, 3, 2)


@pytest.mark.long
async def test_only_the_leader_himself_confirms(world: World) -> None:
    """A secretary cannot press for him, whatever data he sends."""
    case_id = await casework.assigned(world, level=Level.SECOND)
    await show(world, case_id, "秦秘书", "王市长")
    await told(world, "秦秘书", "亲自推动")
    view, button = world["李副市长"].find("确认无误")
    assert "无法识别" in await world["秦秘书"].presses_data(world["秦秘书"].messages[0], button.data, forged=True), (
        "a button of another chat is not ours here"
    )
    assert view
    world["李副市长"].skims()
    assert not [deed for deed in deeds(world) if deed.confirmed_at]


@pytest.mark.long
async def test_light_mode_sends_the_kind_and_the_day_only(tmp_path: Path) -> None:
    """What was done is read at the office."""
    world = World(tmp_path, Terms(), full=False)
    await world.start()
    try:
        await world.enrol(CAST)
        case_id = await casework.assigned(world, level=Level.SECOND)
        await show(world, case_id, "秦秘书")
        await told(world, "秦秘书", "亲自推动")
        leader = world["李副市长"].hears("亲自推动", "纸质件")
        await world["李副市长"].presses("确认无误")
        office = world["何主任"].hears("李副市长", "亲自推动", "纸质件")
        assert "现场查看" not in leader.text + office.text
    finally:
        await world.stop()
