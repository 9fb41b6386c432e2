"""The whole way, typed and pressed by labels alone: from a sheet to the alert that somebody closes; who hears what."""

import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from handlers.enrolling import enrolments
from handlers.papers.roster_sheets import read_people
from storage import records
from storage.acts import people
from tests.world import ZONE, Phone, World, label

DATA = Path(__file__).parents[3] / "shared" / "data"
OFFICE = ("何主任", "吕科员")
HOST = ("姜局长", "章副局长", "戚联络员", "华科员")
CO_HANDLER = ("尤局长", "陶副局长", "施联络员")
WATCHERS = (*OFFICE, *HOST, *CO_HANDLER, "卫科员", "王市长", "李副市长", "秦秘书", "金代表", "韩委员")
STRANGERS = ("金代表", "韩委员", "王市长", "李副市长", "秦秘书")  # of whom some have no right to open the case
REPLY = "一、已摸清底数。二、已列入今年计划，六月底前开工。"
REASON = "答复只说列入计划，没有写明哪天开工。"
SUGGESTIONS: list[list[Any]] = [
    ["兴城市第九届人民代表大会第四次会议代表建议目录"],
    ["序号", "建议编号", "案由", "领衔代表", "附议代表", "建议内容", "主办单位", "协办单位", "备注"],
    [1, "第1号", "关于改造河东小区排水管网的建议", "何代表", "金代表", "情况:积水。", "市住建局 ", "市水利局", None],
]
PROPOSALS: list[list[Any]] = [
    ["政协兴城市第八届委员会第四次会议提案一览表"],
    ["提案号", "提案题目", "提案者", None, "承办单位", None, "交办日期"],
    [None, None, "第一提案人", "联名人", "主办", "会办", None],
    ["第001号", "关于提高村医待遇的提案", "云委员", "韩委员", "市住建局", None, "2026年2月27日"],
]


def workbook(rows: Sequence[Sequence[Any]], merges: Sequence[str]) -> bytes:
    """Write a sheet as an office keeps it: a merged title above the headings."""
    book = openpyxl.Workbook()
    page = book.active
    assert page is not None
    for row in rows:
        page.append(list(row))
    for merge in merges:
        page.merge_cells(merge)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def faces(phone: Phone) -> list[tuple[str, tuple[str, ...]]]:
    """Give what a chat looks like: words and buttons."""
    return [(view.text, tuple(label(b.text) for row in view.buttons for b in row)) for view in phone.messages]


@dataclass(frozen=True)
class Way:
    """One case on its way, told by the chat alone: what it is called, and who has to do with it."""

    world: World
    called: str
    proposer: str
    second: str
    desk: str
    leader: str
    level: str

    def __getitem__(self, name: str) -> Phone:
        """Give somebody's phone."""
        return self.world[name]

    def heard_by(self, *names: str, by: str = "") -> None:
        """Assert that beside who acted (`by`) exactly these have heard something; skim it."""
        unheard = {phone.name: [v.text for v in phone.unheard] for phone in self.world.phones.values() if phone.unheard}
        unheard.pop(by, None)
        assert set(unheard) == set(names), f"should be silent: {unheard.keys() - set(names)}, all: {unheard}"
        for phone in self.world.phones.values():
            phone.skims()

    async def press(self, name: str, *labels: str) -> str:
        """Press one label after the other; give the last answer."""
        said = ""
        for wanted in labels:
            said = await self[name].presses(wanted)
        return said

    async def card(self, name: str) -> str:
        """Open the case as somebody by what people write; give what it says."""
        await self[name].writes(f"/case {self.called.removesuffix('号')}")
        view = self[name].hears(self.called)
        return view.text + "".join(self[name].buttons(view))

    async def mornings(self, count: int, *names: str) -> None:
        """Hold mornings; on each exactly these hear something."""
        for _ in range(count):
            await self.world.turns(working_days=1)
            self.heard_by(*names)


async def imported(way: Way, rows: Sequence[Sequence[Any]], *merges: str) -> None:
    """From the sheet to a case: how it was read, 确认导入, and the office's head hears of it alone."""
    clerk = way["吕科员"]
    await clerk.writes("/import")
    clerk.hears("请发送表格")
    await clerk.sends("一览表.xlsx", workbook(rows, merges))
    clerk.hears("可以导入1件", "编号", "主办单位")
    await clerk.presses("确认导入")
    way.heard_by("何主任", by="吕科员")
    await clerk.writes("待办")
    assert way.called in clerk.hears("拟办").text


async def graded(way: Way) -> None:
    """拟办, 定级, 确认, the leader's reading, and for a proposal 同意: then, and not before, 交办 can be pressed."""
    clerk, head, first = way["吕科员"], way["何主任"], way.level == "一级"
    await way.card("吕科员")
    await clerk.presses("拟办")
    assert "市住建局" in clerk.buttons(clerk.hears("由哪个单位主办"))
    await clerk.presses("选好了")
    if first:  # its sheet names no co-handler
        await clerk.presses("市水利局")
    await way.press("吕科员", "选好了", "定级", way.level)
    assert way.level in head.hears("请确认", way.called, way.leader).text
    way.heard_by(by="吕科员")
    assert "交办" not in head.buttons()
    await head.presses("确认")
    way[way.leader].hears("呈阅", way.called)
    secretary, desk = (() if first else ("秦秘书",)), ((way.desk,) if first else ())
    way.heard_by("吕科员", *secretary, *desk, by="何主任")
    if first:
        assert "交办" not in head.buttons()
        await way[way.desk].presses("同意")
        way.heard_by(*OFFICE, by=way.desk)
        assert "交办" not in head.buttons(), "level 1 counts once the mayor has taken it on"
        await way[way.leader].presses("已阅领办")
        way.heard_by(*OFFICE, by=way.leader)


async def assigned(way: Way) -> None:
    """交办, 签收, 内部分办, 已阅领办: slips to both units, a card to the leader, a word to proposers and desk."""
    await way.press("何主任", "交办", "确认交办")
    way["戚联络员"].hears("交办单", "主办", way.called)
    way["施联络员"].hears("交办单", "会办", way.called)
    way[way.proposer].hears("已交办市住建局")
    units = ("姜局长", "章副局长", "尤局长", "陶副局长")
    way.heard_by(*units, way.leader, way.second, way.desk, by="何主任")
    for liaison, handler in (("戚联络员", "华科员"), ("施联络员", "卫科员")):
        assert await way[liaison].presses("签收") == "已签收"
        way.heard_by(by=liaison)
        await way.press(liaison, "内部分办", handler)
        way.heard_by(handler, by=liaison)
    if "已阅领办" in way[way.leader].buttons():
        await way[way.leader].presses("已阅领办")
        way.heard_by(*OFFICE, by=way.leader)


async def handled(way: Way) -> None:
    """批示 by a reply, 记录沟通 and 属实, 会办意见, progress by a reply: each heard by those it is for."""
    leader, handler = way[way.leader], way["华科员"]
    await leader.writes("请住建局一周内拿出方案。", reply_to=leader.sees(way.called, "领办"))
    leader.hears("已作为批示")
    for name in ("戚联络员", "华科员"):
        way[name].hears("批示", "一周内拿出方案")
    way.heard_by(*OFFICE, "施联络员", "卫科员", by=way.leader)
    await way.press("华科员", "记录沟通", "前期", "面商")
    for words in ("3月2日", f"{way.proposer}、华科员", "听取了意见。"):
        await handler.writes(words)
    way[way.proposer].hears("是否属实", "听取了意见")
    way.heard_by(by="华科员")
    await way[way.proposer].presses("属实")
    way.heard_by("华科员", "戚联络员", by=way.proposer)
    assert "提交答复" not in handler.buttons(), "the co-handler's opinion comes first"
    await way["卫科员"].presses("会办意见")
    await way["卫科员"].writes("同意，清淤由我局列入四月计划。")
    await way["卫科员"].presses("提交")
    way.heard_by("华科员", "戚联络员", by="卫科员")
    await handler.writes("已完成摸底。", reply_to=handler.sees(way.called, "承办人"))
    handler.hears("已作为进展")
    way[way.leader].hears("已完成摸底")
    way.heard_by(*OFFICE, by="华科员")


async def replied(way: Way) -> None:
    """提交答复 to 已收到: one after the other has his turn, and the words reach the proposer by the bot itself."""
    handler = way["华科员"]
    await way.press("华科员", "提交答复", "A类已解决或基本解决")
    await handler.writes(REPLY)
    await way.press("华科员", "就这些", "全文公开", "提交")
    way["章副局长"].hears("请您审核")
    way.heard_by("章副局长", by="华科员")
    await way["章副局长"].presses("审核通过")
    way.heard_by("姜局长", by="章副局长")
    await way["姜局长"].presses("签发")
    way.heard_by(*OFFICE, by="姜局长")
    await way["吕科员"].presses("审核通过")
    way.heard_by("华科员", "戚联络员", by="吕科员")
    await handler.presses("送达")
    await handler.writes("兴住建复〔2026〕12号")
    await way.press("华科员", "不附扫描件", "面复", "送达")
    assert REPLY in way[way.proposer].hears("市住建局答复", "12号").text
    way[way.proposer].hears("请按“已收到”")
    way.heard_by(*OFFICE, way.desk, by="华科员")
    await way[way.proposer].presses("已收到")
    way.heard_by(*OFFICE, "华科员", "戚联络员", by=way.proposer)


async def opened(way: Way) -> datetime:
    """Wait for the form: on one of the next mornings, to the proposer alone; give the morning after its last day."""
    for _ in range(5):
        await way.world.turns(working_days=1)
        if way[way.proposer].unheard:
            break
    said = way[way.proposer].hears("征询意见表", "只由您本人填写").text
    way.heard_by()
    day = re.search(r"截止(\d+)年(\d+)月(\d+)日", said)
    assert day is not None
    return datetime(*map(int, day.groups()), hour=9, tzinfo=ZONE)  # type: ignore[arg-type,misc]  # year, month, day


async def fills(way: Way, *labels: str) -> None:
    """Fill in the form: labels, and the reason where one is asked for."""
    proposer = way[way.proposer]
    await proposer.presses("填写征询意见表")
    for wanted in labels:
        await (proposer.writes(wanted) if wanted == REASON else proposer.presses(wanted))
    assert await proposer.presses("提交") == "已提交"
    receipt = proposer.hears("已提交", "回执编号").text
    assert not any(word in receipt for word in ("满意", "解决", REASON))


def the_first(world: World) -> Way:
    """Give the suggestion, which a vice-mayor leads."""
    return Way(world, "建议001号", "何代表", "金代表", "施主任", "李副市长", "二级")


def the_other(world: World) -> Way:
    """Give the proposal, which the mayor leads."""
    return Way(world, "提案001号", "云委员", "韩委员", "张主任", "王市长", "一级")


async def to_the_form(way: Way, rows: Sequence[Sequence[Any]], *merges: str) -> datetime:
    """Lead a case from its sheet to the open form; give the last day of the window."""
    await imported(way, rows, *merges)
    for leg in (graded, assigned, handled, replied):
        await leg(way)
    return await opened(way)


async def cards(way: Way) -> dict[str, str]:
    """Open the case as everybody who is not to know of the form."""
    return {name: await way.card(name) for name in WATCHERS if name not in STRANGERS or name == way.leader}


def chats(way: Way) -> dict[str, list[tuple[str, tuple[str, ...]]]]:
    """Give what stands in the chats of everybody who is not to know of the form."""
    return {name: faces(way[name]) for name in WATCHERS}


async def test_a_suggestion_from_its_sheet_to_the_closed_alert(world: World) -> None:
    """不满意 alarms the desk at once, the office after the window, and only the desk's confirmation ends it."""
    way = the_first(world)
    last = await to_the_form(way, SUGGESTIONS, "A1:I1")
    shown, standing = await cards(way), chats(way)
    labels = ("不满意", "不满意", "未解决", "走访或面商", "未针对", REASON, "可以告诉承办单位")
    await fills(way, *labels)
    way["施主任"].hears("不满意", REASON)
    way.heard_by()
    await way.mornings(2, "施主任")
    assert "预警1件" in way["施主任"].sees("今日提醒").text
    assert chats(way) == standing, "nobody could have seen that there is a form"
    assert await cards(way) == shown
    await world.turns(to=last)
    way.heard_by("施主任")
    await world.turns(working_days=1)
    for name in ("姜局长", "戚联络员", "华科员", "章副局长"):
        assert "预警" not in way[name].hears(way.called, "“不满意”").text
    for name in OFFICE:
        way[name].hears("预警1件", way.called, "结果“不满意”")
    way.heard_by("施主任")

    clerk, desk = way["吕科员"], way["施主任"]
    await clerk.presses("已处置")
    await clerk.writes("已约谈单位，三日内补充答复。")
    clerk.hears("请人大（政协）确认")
    desk.hears("吕科员报告已处置", "三日内补充答复")
    way.heard_by(by="吕科员")
    await world.turns(working_days=1)
    desk.hears("预警1件", "吕科员报已处置")
    for name in OFFICE:
        way[name].hears("预警1件")
    way.heard_by()
    assert await desk.presses("确认") == "已确认"
    way.heard_by(*OFFICE, by="施主任")
    await way.mornings(2)
    assert world.look(records.verify)[1] is None


async def test_a_proposal_from_its_sheet_to_the_closed_alert(world: World) -> None:
    """满意, and then 不是我的真实意见: the desk alone is alarmed until its finding, which everybody concerned hears."""
    way = the_other(world)
    last = await to_the_form(way, PROPOSALS, "A1:G1", "C2:D2", "E2:F2")
    shown, standing = await cards(way), chats(way)
    await fills(way, "满意", "满意", "已解决", "走访或面商", "针对", "不写", "可以告诉承办单位")
    way.heard_by()
    await way.mornings(1)
    await way.press(way.proposer, "不是我的真实意见", "有人打招呼", "只告诉人大政协")
    way["张主任"].hears("不是本人的真实意见", "有人打招呼")
    way.heard_by()
    await way.mornings(2, "张主任")
    assert "预警1件" in way["张主任"].sees("今日提醒").text
    assert chats(way) == standing, "nobody could have seen that there is a form"
    assert await cards(way) == shown
    await world.turns(to=last)
    way.heard_by("张主任")
    await world.turns(working_days=1)
    for name in (*OFFICE, *HOST):
        assert "真实意见" not in way[name].hears(way.called, "“满意”").text
    way.heard_by("张主任")
    for name in WATCHERS:
        assert "预警" not in "".join(text for text, _ in faces(way[name])), name

    desk = way["张主任"]
    await desk.presses("核实结论")
    await desk.writes("经当面核实，确有人打招呼。")
    await desk.presses("不是本人真实意见")
    for name in (way.proposer, *OFFICE, *HOST):
        way[name].hears("核实结论", "不再计入")
    way.heard_by(by="张主任")
    await way.mornings(2)
    assert world.look(records.verify)[1] is None


@pytest.mark.skipif(not DATA.is_dir(), reason="the sample sheets of the project are not on this machine")
async def test_the_sheets_that_the_offices_keep_go_in(empty_world: World) -> None:
    """The roster, then both lists through the chat; twice adds nothing, and a list without levels assigns nothing."""
    world = empty_world
    roster = read_people((DATA / "名册.xlsx").read_bytes(), "名册.xlsx")
    assert not roster.faults
    rows = enrolments(roster)
    made = world.acts(people.enrol, rows)
    assert made.people > 0
    assert world.acts(people.enrol, rows).people == 0
    clerk = next(row.name for row in rows if row.role == "clerk")
    await world._settle_in(clerk)
    for name, count in (("代表建议目录.xlsx", 0), ("政协提案一览表.xlsx", 24)):
        await world[clerk].writes("/import")
        await world[clerk].sends(name, (DATA / name).read_bytes())
        said = world[clerk].hears(name, "可以导入").text
        assert (f"有{count}行写了交办日期但没有级别" in said) is bool(count)
        world[clerk].skims()
        await world[clerk].presses("确认导入")
        world[clerk].sees("已导入")
        await world[clerk].writes("/import")
        await world[clerk].sends(name, (DATA / name).read_bytes())
        world[clerk].hears(name, "可以导入0件")
        world[clerk].skims()
    assert world.look(records.verify)[1] is None
