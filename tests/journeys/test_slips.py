"""催办单 and 督办单: drafted by the clock or by hand, signed with one press, acknowledged, answered, struck off."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from sqlmodel import select

from handlers import buttons
from handlers.buttons import Button
from storage.records import verify
from storage.rules.ruleset import RuleSet, SlipRules
from storage.rules.stages import Stage
from storage.rules.terms import Terms
from storage.rules.words import CaseKind, Level, SlipKind
from storage.tables import Case, Entry, Part, Person, Slip
from tests import casework, casework_mornings
from tests.casework_mornings import moment, slips, watched
from tests.casework_replies import contacted, part_id, person_id
from tests.world import World, label

CITY = ("王市长", "李副市长", "秦秘书")


def skim(world: World) -> None:
    """Take everything as heard."""
    for phone in world.phones.values():
        phone.skims()


async def unsigned(world: World, *numbers: str) -> list[int]:
    """Place cases whose unit has not signed, on the morning on which the drafts lie before the head."""
    found = [await watched(world, number, acknowledged=False, level=Level.SECOND) for number in numbers]
    await world.turns(to=moment(3, 5))
    world["戚联络员"].skims()
    return found


async def issued(world: World, kind: SlipKind = SlipKind.URGE) -> int:
    """Place a case with a slip that a clerk has drafted and the head has signed; the unit has skimmed it."""
    case = await watched(world)
    await world["吕科员"].writes("/urge 001" if kind is SlipKind.URGE else "/supervise 001")
    await world["吕科员"].presses("用通用措辞")
    await world["何主任"].presses("签发")
    skim(world)
    return case


async def test_one_press_signs_all_drafts_of_the_morning(world: World) -> None:
    """Numbered in their order, dated, told to each unit's desk; the digest says what is left."""
    cases = await unsigned(world, "001", "002")
    head, liaison = world["何主任"], world["戚联络员"]
    digest = head.hears("待签发2份", "001号", "002号", "市住建局", "逾期未签收")
    assert head.buttons(digest) == ["签发", "逐件查看"]
    assert await head.presses("签发") == "已签发2份"
    assert "待签发" not in "".join(view.text for view in head.messages)
    for serial, number in ((1, "001号"), (2, "002号")):
        slip = liaison.hears(
            f"催办单〔2026〕{serial}号", number, "致：市住建局", "逾期未签收", "请于2026年3月12日", "何主任"
        )
        assert liaison.buttons(slip) == ["签收", "回复", "详情"]
    found = [slip for case in cases for slip in slips(world, case)]
    assert [(s.stage, s.serial, s.year, s.due) for s in found] == [
        (Stage.ISSUED, 1, 2026, date(2026, 3, 12)),
        (Stage.ISSUED, 2, 2026, date(2026, 3, 12)),
    ]
    for name in ("姜局长", "章副局长", *CITY, "何代表"):
        world[name].hears_nothing()


async def test_a_second_press_signs_nothing_more(world: World) -> None:
    """The head pressed twice: the second is told so, and no number is lost."""
    await unsigned(world, "001")
    view, button = world["何主任"].find("签发")
    await world["何主任"].presses("签发")
    assert "已签发或已不予签发" in await world["何主任"].presses_data(view, button.data, forged=True)
    world["何主任"].skims()
    world["戚联络员"].hears("催办单〔2026〕1号")


async def test_what_was_drafted_after_the_list_was_shown_is_not_signed_with_it(world: World) -> None:
    """One press signs what the head has seen."""
    first, second = await unsigned(world, "001"), await watched(world, "002")
    view, button = world["何主任"].find("签发")
    await world["吕科员"].writes("/urge 002")
    await world["吕科员"].presses("用通用措辞")
    assert await world["何主任"].presses_data(view, button.data) == "已签发1份"
    assert [slip.stage for slip in slips(world, first[0])] == [Stage.ISSUED]
    assert [slip.stage for slip in slips(world, second)] == [Stage.DRAFTED]
    skim(world)


@pytest.mark.long
async def test_one_draft_is_not_issued_and_not_drafted_again(world: World) -> None:
    """Seen one by one, dropped by its number; the same reason drafts no second one, a new reason does."""
    cases = await unsigned(world, "001", "002")
    head = world["何主任"]
    head.skims()
    await head.presses("逐件查看")
    listed = head.hears("待签发的单子", "1. 催办单", "2. 催办单")
    assert head.buttons(listed) == ["不予签发", "不予签发", "签发"]
    await head.presses_data(listed, listed.buttons[0][0].data)
    assert head.toast == "不予签发，已记录"
    assert "001号" not in head.sees("待签发的单子").text
    assert await head.presses("签发", within="待签发的单子") == "已签发1份"
    assert [slips(world, case)[0].stage for case in cases] == [Stage.DROPPED, Stage.ISSUED]
    world["戚联络员"].hears("催办单〔2026〕1号", "002号")
    await world.turns(to=moment(3, 20))
    assert [slip.stage for slip in slips(world, cases[0])] == [Stage.DROPPED]
    await world.turns(to=moment(3, 24))
    assert [slip.facts["why"] for slip in slips(world, cases[0])] == ["unsigned", "no_contact"]
    skim(world)


async def test_the_way_of_a_slip(world: World) -> None:
    """签收, 回复 with words and a file, 销号; each step in the record, each told to whom it concerns."""
    case = (await unsigned(world, "001"))[0]
    await world["何主任"].presses("签发")
    liaison, handler, clerk = world["戚联络员"], world["华科员"], world["吕科员"]
    liaison.hears("催办单〔2026〕1号")
    assert await liaison.presses("签收", within="催办单") == "已签收"
    assert "戚联络员 2026年3月5日" in liaison.sees("催办单").text
    assert liaison.buttons(liaison.sees("催办单")) == ["回复", "详情"]
    await liaison.presses("回复")
    liaison.hears("请输入回复内容")
    await liaison.sends("说明.pdf", b"%PDF-1.4", "application/pdf", caption="已于今日签收并启动办理。")
    liaison.hears("回复已报政府办，待销号")
    for name in ("何主任", "吕科员"):
        world[name].hears("市住建局已回复", "催办单〔2026〕1号", "启动办理", "说明.pdf")
        world[name].hears(file="说明.pdf")
    assert await clerk.presses("销号") == "已销号"
    assert "状态：已销号" in clerk.sees("催办单〔2026〕1号").text
    liaison.hears("政府办已将此单销号", "催办单〔2026〕1号")
    handler.hears_nothing()
    assert [each.stage for each in slips(world, case)] == [Stage.STRUCK_OFF]
    kinds = world.look(lambda read: read.exec(select(Entry.kind).where(Entry.case_id == case)).all())
    way = ["slip_drafted", "slip_issued", "slip_acknowledged", "slip_answered", "slip_struck_off"]
    assert [kind for kind in kinds if kind.startswith("slip")] == way
    assert world.look(verify)[1] is None
    world["何主任"].skims()


async def test_the_second_who_signs_for_a_slip_is_told_who_was_first(world: World) -> None:
    """Two of one desk hold the slip; the other's message still has its button."""
    case = await issued(world)
    handler = person_id(world, "华科员")
    world.acts(lambda book: book.send("slip", handler, case_id=case, subject_id=slips(world, case)[0].id))
    await world.settled()
    world["华科员"].hears("催办单〔2026〕1号")
    await world["戚联络员"].presses("签收", within="催办单")
    assert "已由戚联络员于2026年3月2日" in await world["华科员"].presses("签收", within="催办单")


@pytest.mark.parametrize("press", ["s.slip_ack", "s.slip_answer", "s.strike"])
async def test_each_step_of_a_slip_is_its_own_people_s(world: World, press: str) -> None:
    """The unit's desk signs, the unit answers, the office strikes off; others have no button and are refused."""
    case = await issued(world)
    if press == "s.strike":
        world.acts(lambda book: book.change(book.get(Slip, slips(world, case)[0].id), stage=Stage.SLIP_ANSWERED))
    slip = slips(world, case)[0]
    barred = {
        "s.slip_ack": ("姜局长", "何代表", "李副市长", "施主任", "吕科员", "尤局长"),
        "s.slip_answer": ("何代表", "李副市长", "施主任", "吕科员", "何主任", "施联络员"),
        "s.strike": ("姜局长", "戚联络员", "何代表", "李副市长", "施主任", "施联络员"),
    }[press]
    assert world.app is not None
    for name in barred:
        person = person_id(world, name)
        world.acts(lambda book, person=person: book.send("slip", person, case_id=case, subject_id=slip.id))
        await world.settled()
        world[name].skims()
        data = buttons.pack(Button(press, slip.id, slip.version), world[name].user_id, world.app.office.key)
        await world.standin.type(world[name].user_id, "在吗")
        await world.settled()
        said = await world[name].presses_data(world[name].messages[-1], data, forged=True)
        assert said.startswith("只有"), (name, said)
        world[name].skims()
    assert slips(world, case)[0].stage == slip.stage


@pytest.mark.parametrize("press", ["slips.sign", "s.issue", "s.drop"])
async def test_only_the_office_head_signs(world: World, press: str) -> None:
    """Whoever else presses, with a button made for his chat by whatever way, is refused in words."""
    case = (await unsigned(world, "001"))[0]
    world["何主任"].skims()
    slip = slips(world, case)[0]
    assert world.app is not None
    for name in ("吕科员", "戚联络员", "姜局长", "李副市长", "施主任", "何代表"):
        data = buttons.pack(Button(press, slip.id, slip.version), world[name].user_id, world.app.office.key)
        said = await world[name].presses_data(world[name].sees("001号"), data, forged=True)
        assert "只有政府办负责人可以" in said, name
    assert [each.stage for each in slips(world, case)] == [Stage.DRAFTED]


# by hand


async def test_a_clerk_drafts_by_command_and_the_head_is_asked_at_once(world: World) -> None:
    """The typed words stand on the slip."""
    case = await watched(world, "072", acknowledged=True)
    clerk, head = world["吕科员"], world["何主任"]
    await clerk.writes("催办 072号")
    clerk.hears("催办单", "对承办单位有什么要求")
    await clerk.writes("请于三日内报送进展。")
    clerk.hears("致市住建局的催办单已拟好")
    asked = head.hears("吕科员拟了一份单子", "催办单（待签发）", "072号", "请于三日内报送进展")
    assert head.buttons(asked)[:2] == ["签发", "不予签发"]
    assert await head.presses("签发") == "已签发"
    assert "催办单〔2026〕1号" in head.sees("072号").text
    world["戚联络员"].hears("催办单〔2026〕1号", "072号", "请于三日内报送进展")
    assert slips(world, case)[0].drafted_by_id == person_id(world, "吕科员")


async def test_several_cases_with_a_number_are_put_up_for_choice(world: World) -> None:
    """072 may be a suggestion and a proposal: the clerk chooses."""
    await watched(world, "072")
    proposal = await watched(world, "072", kind=CaseKind.PROPOSAL)
    clerk = world["吕科员"]
    await clerk.writes("/supervise 072")
    clerk.hears("有几件都符合")
    await clerk.presses("提案072号 · 关于提高村医待遇的提案 · 第九届第四次")
    clerk.hears("督办单", "对承办单位有什么要求")
    await clerk.presses("用通用措辞")
    assert [slip.kind for slip in slips(world, proposal)] == ["supervision"]
    skim(world)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("/urge", "请写上编号"),
        ("/urge 999", "没有编号为“999”的件"),
        ("/urge " + "7" * 3000, "没有编号为"),
        ("/urge <b>", "没有编号为“<b>”"),
    ],
)
async def test_a_number_that_fits_nothing(world: World, typed: str, said: str) -> None:
    """It is said in words, whatever was typed."""
    await world["吕科员"].writes(typed)
    world["吕科员"].hears(said)


async def test_of_several_units_one_is_chosen_from_the_card(world: World) -> None:
    """A case with a co-handler: the unit is asked for first."""
    case = await watched(world, co_handler=True)
    clerk = world["吕科员"]
    await clerk.presses("督办单")
    asked = clerk.hears("发给哪个单位")
    assert clerk.buttons(asked)[:2] == ["市住建局", "市水利局"]
    await clerk.presses("市水利局")
    await clerk.writes("会办意见请尽快提交。")
    await world["何主任"].presses("签发")
    for name in ("施联络员", "尤局长", "陶副局长"):
        world[name].hears("督办单〔2026〕1号", "致：市水利局", "会办意见请尽快提交", "2026年3月5日（周四）前回复")
    for name in ("戚联络员", "姜局长"):
        world[name].hears_nothing()
    assert slips(world, case)[0].kind == SlipKind.SUPERVISION
    clerk.skims()
    world["何主任"].skims()


@pytest.mark.parametrize("name", ["戚联络员", "姜局长", "李副市长", "施主任", "何代表", "秦秘书"])
async def test_only_the_office_drafts(world: World, name: str) -> None:
    """Nobody else has the button, and the command is refused."""
    case = await watched(world)
    assert not {"催办单", "督办单"} & set(world[name].buttons())
    await world[name].writes("/urge 001")
    world[name].hears("只由政府办拟发")
    assert not slips(world, case)


async def test_a_slip_that_waits_is_not_drafted_twice(world: World) -> None:
    """The second draft of one kind is refused while the first waits for its signature."""
    case = await watched(world)
    clerk = world["吕科员"]
    for _time in range(2):
        await clerk.writes("/urge 001")
        await clerk.presses("用通用措辞")
    assert "待签发" in clerk.toast
    assert len(slips(world, case)) == 1
    skim(world)


async def test_nobody_is_urged_who_has_delivered(world: World) -> None:
    """A draft whose unit is done meanwhile cannot be signed, and goes of itself."""
    case = (await unsigned(world, "001"))[0]
    world.acts(lambda book: book.change(book.get(Part, part_id(world, case)), stage=Stage.DELIVERED))
    assert "已签发或已不予签发" in await world["何主任"].presses("签发")
    await world["吕科员"].writes("/urge 001")
    world["吕科员"].hears("没有需要催办的单位")
    await world.turns(to=moment(3, 24))
    assert [slip.stage for slip in slips(world, case)] == [Stage.DROPPED]
    skim(world)


async def test_in_a_group_the_questions_go_to_the_private_chat(world: World) -> None:
    """The command works there; what it asks is asked of the clerk alone."""
    await watched(world)
    clerk = world["吕科员"]
    group = await world.standin.group(-100_9, "督查室工作群", [clerk.user_id])
    await world.standin.add_bot(group, clerk.user_id)
    await world.settled()
    await clerk.writes("/urge@duban_bot 001", chat_id=group)
    assert "已发到您的私聊" in world.standin.chat(group)[-1].text
    clerk.hears("建议001号")
    await clerk.presses("建议001号 · 关于改造河东小区排水管网的建议 · 第九届第四次")
    clerk.hears("对承办单位有什么要求")


# the ladder


async def test_red_after_an_urge_slip_calls_for_a_supervision_slip_to_the_heads(world: World) -> None:
    """It is drafted the morning after the last day; signed, it goes to desk and heads, never to a city leader."""
    case = await watched(world, level=Level.SECOND)
    contacted(world, case)
    await world.turns(to=moment(5, 26))
    await world["何主任"].presses("签发")
    await world["戚联络员"].presses("回复", within="催办单")
    await world["戚联络员"].writes("正在走会签程序。")
    await world.turns(to=moment(6, 3))
    skim(world)
    assert "督办单" in world["何主任"].sees("待签发1份", "6月3日").text
    await world["何主任"].presses("签发")
    for name in ("戚联络员", "姜局长", "章副局长"):
        slip = world[name].hears("督办单〔2026〕1号", "现已超期", "2026年6月8日（周一）前回复")
        assert "回复" in world[name].buttons(slip)
    for name in (*CITY, "何代表", "施主任"):
        world[name].hears_nothing()
    assert [slip.kind for slip in slips(world, case)] == ["urge", "supervision"]
    await world.turns(to=moment(6, 9))
    assert casework_mornings.part(world, case).light == "briefing", "the supervision slip was not answered in time"
    skim(world)


async def test_an_urge_slip_in_vain_calls_for_supervision(world: World) -> None:
    """Unanswered past its own date, while the light is still yellow."""
    case = (await unsigned(world, "001"))[0]
    await world["何主任"].presses("签发")  # to be answered by 12 March
    skim(world)
    await world.turns(to=moment(3, 13))
    world["何主任"].hears("督办单", "催办单逾期未回复")
    assert [(slip.kind, slip.facts["why"]) for slip in slips(world, case)][1:] == [("supervision", "in_vain")]
    skim(world)


async def test_auto_sign_lets_urge_slips_go_by_themselves(tmp_path: Path) -> None:
    """`rules.slips.auto_sign`: urge slips alone, within the morning, numbered like any other."""
    rules = replace(RuleSet(), slips=SlipRules(auto_sign=True))
    async with casework_mornings.town(tmp_path, terms=Terms(rules=rules)) as world:
        case = await watched(world, acknowledged=False)
        await world.turns(to=moment(3, 5))
        slip = world["戚联络员"].hears("催办单〔2026〕1号", "逾期未签收")
        assert not slip.silent
        world["戚联络员"].skims()
        world["何主任"].hears_nothing()
        await world.turns(to=moment(3, 13))
        assert [s.stage for s in slips(world, case)] == [Stage.ISSUED, Stage.DRAFTED], "supervision is signed by hand"
        skim(world)


async def test_a_unit_without_accounts_gets_its_slip_on_paper(world: World) -> None:
    """The office is told that nobody there can read it."""
    case = await watched(world)

    def leave(book: object) -> None:
        for name in ("戚联络员", "华科员", "姜局长", "章副局长"):
            row = book.get(Person, person_id(world, name))  # type: ignore[attr-defined]
            book.change(row, account=None)  # type: ignore[attr-defined]

    world.acts(leave)
    await world["吕科员"].writes("/urge 001")
    await world["吕科员"].presses("用通用措辞")
    await world["何主任"].presses("签发")
    for name in ("何主任", "吕科员"):
        world[name].hears("市住建局还没有人加入", "催办单〔2026〕1号")
    assert slips(world, case)[0].stage == Stage.ISSUED
    skim(world)


@pytest.mark.long
async def test_numbers_run_by_kind_and_year(world: World) -> None:
    """Urge and supervision slips each from one; the next year from one again; a dropped draft takes none."""
    for number, command in (("001", "/urge"), ("002", "/supervise"), ("003", "/urge")):
        await watched(world, number)
        await world["吕科员"].writes(f"{command} {number}")
        await world["吕科员"].presses("用通用措辞")
        await world["何主任"].presses("签发" if number != "001" else "不予签发")
    found = [slips(world, casework.case_id(world, number))[0] for number in ("001", "002", "003")]
    assert [(slip.kind, slip.serial) for slip in found] == [("urge", None), ("supervision", 1), ("urge", 1)]
    skim(world)


# what is typed and sent


@pytest.mark.parametrize(
    ("words", "said"),
    [("   ", "请"), ("长" * 4096, "最多4000字"), ("很好" * 10, "回复已报政府办")],
)
async def test_bad_answers_are_refused_and_the_question_stays(world: World, words: str, said: str) -> None:
    """Nothing that cannot be an answer becomes one."""
    case = await issued(world)
    liaison = world["戚联络员"]
    await liaison.presses("回复", within="催办单")
    liaison.hears("请输入回复内容")
    if words.strip():
        await liaison.writes(words)
        liaison.hears(said)
    assert (slips(world, case)[0].stage == Stage.SLIP_ANSWERED) is (said == "回复已报政府办")
    skim(world)


async def test_a_voice_is_no_answer(world: World) -> None:
    """The question stays open and says what to do."""
    case = await issued(world)
    liaison = world["戚联络员"]
    await liaison.presses("回复", within="催办单")
    await world.standin.send_voice(liaison.user_id)
    await world.settled()
    liaison.sees("这里不能用语音")
    assert slips(world, case)[0].stage == Stage.ISSUED
    skim(world)


async def test_light_mode_sends_no_words_and_no_files(tmp_path: Path) -> None:
    """Number, title, unit and dates travel; the office's and the unit's words are read elsewhere."""
    async with casework_mornings.town(tmp_path, full=False) as world:
        await watched(world)
        clerk, liaison = world["吕科员"], world["戚联络员"]
        await clerk.writes("/urge 001")
        await clerk.writes("请说明原因。")
        assert "说明原因" not in world["何主任"].hears("催办单（待签发）").text
        await world["何主任"].presses("签发")
        slip = liaison.hears("催办单〔2026〕1号", "001号", "市住建局", "2026年3月9日（周一）前回复", "正文不在此发送")
        assert "说明原因" not in slip.text
        await liaison.presses("回复", within="催办单")
        await liaison.sends("说明.pdf", b"%PDF-1.4", "application/pdf", caption="已启动。")
        answered = clerk.hears("市住建局已回复", "附件不在此发送")
        assert "已启动" not in answered.text
        assert not [view for view in clerk.messages if view.file]
        skim(world)


async def test_a_slip_in_english(world: World) -> None:
    """Each reader has the slip in his own language."""
    await watched(world)
    world.acts(lambda book: book.change(book.get(Person, person_id(world, "戚联络员")), language="en"))
    await world["吕科员"].writes("/urge 001")
    await world["吕科员"].presses("用通用措辞")
    await world["何主任"].presses("签发")
    slip = world["戚联络员"].hears("Urge slip (2026) No. 1", "To: 市住建局", "Please answer by")
    assert [label(button.text) for row in slip.buttons for button in row] == ["Acknowledge", "Answer", "Details"]
    skim(world)


async def test_the_card_offers_what_the_slip_does(world: World) -> None:
    """Whoever works from his card finds the slip's steps there too."""
    case = await issued(world)
    card = world["戚联络员"].sees("答复期限")
    assert {"签收", "回复"} <= set(world["戚联络员"].buttons(card))
    assert await world["戚联络员"].presses("签收", within="答复期限") == "已签收"
    assert "答复期限" in world["戚联络员"].sees("排水管网", "状态").text, "the card stays a card"
    assert slips(world, case)[0].stage == Stage.SLIP_ACKNOWLEDGED
    assert world.look(lambda read: read.get(Case, case)) is not None
