"""会办意见: given to the host, sent back by the host, never seen by the proposer."""

from pathlib import Path
from typing import Any

import pytest
from sqlmodel import col, select

from storage.acts import opining
from storage.rules.refusals import Refused
from storage.rules.stages import Stage
from storage.tables import CoOpinion, Part
from tests import casework, casework_replies
from tests.casework_replies import acts_as, part_id, redraft, stage
from tests.world import World, person

WORDS = "同意改造方案，河道清淤由我局列入四月计划。"
CO = "市水利局"


async def shared(world: World, **how: Any) -> int:
    """Place a case with a co-handler, the host's early contact on record."""
    case = await casework.assigned(world, co_handler=True, **how)
    casework_replies.contacted(world, case)
    return case


def opinions(world: World, case: int) -> list[CoOpinion]:
    """List a case's opinions, oldest first."""
    rows = select(CoOpinion).where(CoOpinion.case_id == case).order_by(col(CoOpinion.id))
    return world.look(lambda read: list(read.exec(rows)))


async def test_the_opinion_goes_to_the_host_whose_turn_it_is_then(world: World) -> None:
    """Words and files reach the host's desk; with the last opinion the reply can be drafted."""
    case = await shared(world)
    co, host = world["卫科员"], world["戚联络员"]
    assert "提交答复" not in host.buttons()
    await co.presses("会办意见")
    co.hears("本单位对涉及事项有什么意见")
    await co.sends("清淤计划.txt", "四月".encode(), "text/plain", caption=WORDS)
    co.hears("附件1个")
    await co.presses("提交")
    assert "已送主办单位" in co.sees("已送").text
    assert stage(world, case, CO) is Stage.OPINED
    host.hears("市水利局会办意见", "卫科员", WORDS)
    assert host.hears(file="清淤计划.txt")
    assert "提交答复" in host.buttons(host.hears("已全部收齐"))
    for name in ("何代表", "何主任", "章副局长"):
        world[name].hears_nothing()


@pytest.mark.parametrize("by", ["戚联络员", "华科员", "章副局长", "姜局长"])
async def test_the_host_sends_an_empty_opinion_back(world: World, by: str) -> None:
    """The co-handling unit hears why and until when, has its button again, and the host waits once more."""
    case = await shared(world)
    acts_as(world, "卫科员", opining.opine, part_id(world, case, CO), "无意见")
    await world.settled()
    world["戚联络员"].skims()
    host, co, liaison = world[by], world["卫科员"], world["施联络员"]
    await host.presses("退回会办意见")
    host.hears("缺什么内容")
    await host.writes("请写明清淤由谁、何时完成。")
    host.hears("已退回")
    assert stage(world, case, CO) is Stage.HANDLING
    for phone in (co, liaison):
        assert "会办意见" in phone.buttons(phone.hears(f"主办单位{by}退回", "由谁、何时完成"))
    assert "提交答复" not in world["华科员"].buttons(), "the opinions are not all in any more"
    await co.presses("会办意见")
    co.skims()
    await co.writes(WORDS)
    co.skims()
    await co.presses("提交")
    first, second = opinions(world, case)
    assert (first.text, first.return_reason, second.text) == ("无意见", "请写明清淤由谁、何时完成。", WORDS)
    assert first.returned_at == world.clock()
    world["戚联络员"].hears(WORDS)
    world["戚联络员"].hears("已全部收齐")


async def test_a_later_date_of_its_own_is_not_taken_from_the_unit(world: World) -> None:
    """Sent back early, the opinion keeps its first date; sent back late, it has five working days."""
    case = await shared(world)
    due = world.look(lambda read: read.get_one(Part, part_id(world, case, CO)).due)
    acts_as(world, "卫科员", opining.opine, part_id(world, case, CO), "无意见")
    acts_as(world, "戚联络员", opining.send_back, part_id(world, case, CO), "请补充。")
    assert world.look(lambda read: read.get_one(Part, part_id(world, case, CO)).due) == due
    world.acts(lambda book: book.change(book.get(Part, part_id(world, case, CO)), due=book.today))
    acts_as(world, "卫科员", opining.opine, part_id(world, case, CO), "还是无意见")
    acts_as(world, "戚联络员", opining.send_back, part_id(world, case, CO), "请补充。")
    anew = world.look(lambda read: read.get_one(Part, part_id(world, case, CO)).due)
    assert anew is not None
    assert (anew.isoformat(), stage(world, case, CO)) == ("2026-03-09", Stage.HANDLING)
    await world.settled()
    for phone in world.phones.values():
        phone.skims()


async def test_who_may_not(world: World) -> None:
    """Only the co-handling unit speaks for itself, and only the host sends back."""
    case = await shared(world)
    co_people = {"尤局长", "陶副局长", "施联络员", "卫科员"}
    hosts = {"姜局长", "章副局长", "戚联络员", "华科员"}
    for name in world.phones:
        if name not in co_people:
            with pytest.raises(Refused):
                acts_as(world, name, opining.opine, part_id(world, case, CO), WORDS)
    acts_as(world, "尤局长", opining.opine, part_id(world, case, CO), WORDS)
    for name in world.phones:
        if name not in hosts:
            with pytest.raises(Refused, match="Only"):
                acts_as(world, name, opining.send_back, part_id(world, case, CO), "重写")
    assert "退回会办意见" not in world["卫科员"].buttons()
    with pytest.raises(Refused):
        acts_as(world, "华科员", opining.opine, part_id(world, case), WORDS)
    await world.settled()
    world["戚联络员"].skims()


async def test_once_the_reply_is_submitted_the_opinion_stays(world: World) -> None:
    """The ground is not taken from under a reply that is being signed."""
    case = await shared(world)
    acts_as(world, "卫科员", opining.opine, part_id(world, case, CO), WORDS)
    redraft(world, case)
    await world.settled()
    assert "退回会办意见" not in world["戚联络员"].buttons()
    with pytest.raises(Refused, match="submitted its reply"):
        acts_as(world, "戚联络员", opining.send_back, part_id(world, case, CO), "重写")
    for name in ("戚联络员", "章副局长"):
        world[name].skims()


async def test_an_old_card_sends_no_second_opinion_back(world: World) -> None:
    """Between two presses the opinion may have become another."""
    case = await shared(world)
    acts_as(world, "卫科员", opining.opine, part_id(world, case, CO), "无意见")
    await world.settled()
    host = world["戚联络员"]
    view, button = host.find("退回会办意见")
    acts_as(world, "华科员", opining.send_back, part_id(world, case, CO), "请补充。")
    acts_as(world, "卫科员", opining.opine, part_id(world, case, CO), WORDS)
    await world.settled()
    assert "已更新" in await host.presses_data(view, button.data, forged=True)
    assert stage(world, case, CO) is Stage.OPINED
    for phone in world.phones.values():
        phone.skims()


async def test_the_proposer_in_the_host_unit_hears_no_opinion(world: World) -> None:
    """He is on the host's roster and still not the one it is for."""
    await world.enrol([person("何代表", "liaison", "市住建局")])
    case = await shared(world)
    acts_as(world, "卫科员", opining.opine, part_id(world, case, CO), WORDS)
    await world.settled()
    world["何代表"].hears_nothing()
    world["戚联络员"].skims()


async def test_nothing_said_is_no_opinion(world: World) -> None:
    """A voice message and an empty hand leave the question open."""
    case = await shared(world)
    co = world["施联络员"]
    await co.presses("会办意见")
    co.skims()
    assert "提交" not in co.buttons()
    await world.standin.send_voice(co.user_id)
    await world.settled()
    co.hears("不能用语音")
    with pytest.raises(Refused, match="words or a file"):
        acts_as(world, "施联络员", opining.opine, part_id(world, case, CO), "  ")
    assert stage(world, case, CO) is Stage.HANDLING


async def test_light_mode_sends_no_words_and_no_files(tmp_path: Path) -> None:
    """The host hears that there is an opinion, and where to read it."""
    async with casework_replies.light(tmp_path) as world:
        await shared(world)
        co, host = world["卫科员"], world["戚联络员"]
        await co.presses("会办意见")
        co.skims()
        await co.sends("计划.txt", b"x", "text/plain", caption=WORDS)
        co.skims()
        await co.presses("提交")
        heard = host.hears("市水利局会办意见", "请看纸质件")
        assert WORDS not in heard.text
        host.hears("已全部收齐")
        host.hears_nothing()
