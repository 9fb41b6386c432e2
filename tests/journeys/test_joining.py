"""Joining: a code, a question, one account a person; codes of deputies come from their desk alone."""

import csv
import io

from sqlmodel import select

from storage.acts import joining, people
from storage.book import Book
from storage.queries import roster
from storage.tables import Invitation
from tests.world import Phone, World, person


async def codes(world: World, giver: str) -> dict[str, dict[str, str]]:
    """Have somebody ask for codes and read the sheet."""
    await world[giver].writes("/codes")
    world[giver].hears("尚未加入", "绑定工作群")
    sheet = world[giver].hears(file="codes.csv").file
    assert sheet is not None
    return {row["姓名"]: row for row in csv.DictReader(io.StringIO(sheet.content.decode("utf-8-sig")))}


async def newcomer(world: World, name: str, role: str, unit: str | None = None) -> Phone:
    """Put somebody on the roster who has not joined, with a phone."""
    world.acts(people.enrol, [person(name, role, unit)])
    await world.newcomer(name)
    return world[name]


async def opens(world: World, phone: Phone, code: str) -> None:
    """Open a code's link."""
    await world.standin.press_start(phone.user_id, code)
    await world.settled()


async def test_a_deputy_joins_with_a_code_of_his_desk_and_the_desk_is_told(world: World) -> None:
    """The code binds once, the desk hears of it, and the bot knows the deputy from then on."""
    qian = await newcomer(world, "钱代表", "deputy")
    row = (await codes(world, "施主任"))["钱代表"]
    assert row["角色"] == "代表"
    assert row["link"] == f"https://t.me/duban_bot?start={row['code']}"
    await opens(world, qian, row["code"])
    qian.hears("钱代表", "您本人")
    assert await qian.presses("是我") == "已绑定"
    qian.hears("钱代表，欢迎")
    world["施主任"].hears("钱代表", "已加入")
    assert world.standin.keyboard(qian.user_id) == [["待办", "我的件"], ["搜索", "帮助"]]


async def test_the_bare_code_and_the_typed_command_work_too(world: World) -> None:
    """Desktop clients drop a link's payload; paper is typed by hand, in any case and with blanks."""
    qian = await newcomer(world, "钱代表", "deputy")
    code = (await codes(world, "施主任"))["钱代表"]["code"]
    await opens(world, qian, "")
    qian.hears("邀请码")
    await qian.writes(f"{code[:5].lower()} {code[5:]}")
    qian.hears("您本人")
    await qian.writes(f"/start {code}")
    qian.hears("您本人")
    await qian.presses("是我")
    qian.hears("欢迎")
    world["施主任"].hears("已加入")


async def test_a_stranger_gets_nothing_but_how_to_join(world: World) -> None:
    """No list, no search, no case, no button of others."""
    await world.newcomer("路人")
    stranger = world["路人"]
    await opens(world, stranger, "")
    stranger.hears("加入方法")
    for words in ("/todo", "/case 001", "/codes", "待办", "随便说说", "/start WRONGCODE9"):
        await stranger.writes(words)
    assert "邀请码无效" in stranger.unheard[-1].text
    assert all("加入方法" in view.text or "邀请码无效" in view.text for view in stranger.unheard)
    assert stranger.buttons() == []
    stranger.skims()


async def test_a_code_works_once_and_for_its_person_alone(world: World) -> None:
    """Two accounts open one code; the first to confirm has it, the second is told why not."""
    qian = await newcomer(world, "钱代表", "deputy")
    code = (await codes(world, "施主任"))["钱代表"]["code"]
    await world.newcomer("冒名者")
    thief = world["冒名者"]
    await opens(world, qian, code)
    await opens(world, thief, code)
    thief.hears("您本人")
    qian.hears("您本人")
    await qian.presses("是我")
    qian.hears("欢迎")
    world["施主任"].hears("已加入")
    assert "邀请码无效" in await thief.presses("是我")
    await opens(world, thief, code)
    thief.hears("邀请码无效")


async def test_that_is_not_me_binds_nothing_and_tells_the_issuer(world: World) -> None:
    """The code stays good for its owner."""
    qian = await newcomer(world, "钱代表", "deputy")
    code = (await codes(world, "施主任"))["钱代表"]["code"]
    await world.newcomer("路人")
    await opens(world, world["路人"], code)
    view = world["路人"].hears("您本人")
    data = view.button("是我").data
    await world["路人"].presses("不是我")
    world["施主任"].hears("钱代表", "不是本人")
    assert "已经回答过" in await world["路人"].presses_data(view, data, forged=True)
    await opens(world, qian, code)
    qian.hears("您本人")
    await qian.presses("是我")
    qian.hears("欢迎")
    world["施主任"].hears("已加入")


async def test_a_button_of_anothers_question_is_refused(world: World) -> None:
    """The signature binds a button to its chat: what was copied from another chat is not known here."""
    qian = await newcomer(world, "钱代表", "deputy")
    code = (await codes(world, "施主任"))["钱代表"]["code"]
    await opens(world, qian, code)
    data = qian.hears("您本人").button("是我").data
    clerk = world["吕科员"]
    await clerk.writes("/codes")
    own = clerk.hears("绑定工作群")
    assert "无法识别" in await clerk.presses_data(own, data, forged=True)


async def test_codes_run_out(world: World) -> None:
    """After joining.code_days a code is worth nothing, and the giver's next sheet has a new one."""
    qian = await newcomer(world, "钱代表", "deputy")
    code = (await codes(world, "施主任"))["钱代表"]["code"]
    await world.turns(days=31)
    await opens(world, qian, code)
    qian.hears("邀请码无效")
    for phone in world.phones.values():
        phone.skims()
    assert (await codes(world, "施主任"))["钱代表"]["code"] != code


async def test_the_office_gives_no_code_of_a_deputy_and_a_desk_only_its_own(world: World) -> None:
    """Codes of deputies and members come from their desk alone; units get none to give."""
    for name, role in (("钱代表", "deputy"), ("赵委员", "member"), ("新科员", "handler")):
        world.acts(people.enrol, [person(name, role, "市住建局" if role == "handler" else None)])
    assert set(await codes(world, "吕科员")) == {"新科员"}
    assert set(await codes(world, "施主任")) == {"钱代表"}
    assert set(await codes(world, "张主任")) == {"赵委员"}
    await world["戚联络员"].writes("/codes")
    world["戚联络员"].hears("只由人大代表工委、提案办公室发放")


async def test_a_second_account_needs_the_issuers_word(world: World) -> None:
    """A code of somebody who has joined waits until his desk agrees; then the first account is unbound."""
    deputy = world["何代表"]
    world.acts(lambda book: _invite(book, "何代表"))
    code = world.look(lambda read: read.exec(select(Invitation.code)).one())
    await world.newcomer("新手机")
    second = world["新手机"]
    await opens(world, second, code)
    second.hears("您本人")
    assert "已有绑定账号" in await second.presses("是我")
    world["施主任"].hears("另一个账号", "何代表")
    await world["施主任"].presses("同意")
    deputy.hears("不再代表")
    second.hears("欢迎")
    world["施主任"].hears("已加入")


async def test_a_group_is_bound_by_its_staff(world: World) -> None:
    """The office's code binds the office's group; a deputy in it cannot."""
    clerk = world["吕科员"]
    await clerk.writes("/codes")
    code = clerk.hears("绑定工作群").text.split()[-1]
    members = [clerk.user_id, world["何代表"].user_id]
    group = await world.standin.group(-100_200, "督查室工作群", members)
    await world.standin.add_bot(group, clerk.user_id)
    await world["何代表"].writes(f"/start@duban_bot {code}", chat_id=group)
    assert "只有领取此码" in world.standin.chat(group)[-1].text
    await clerk.writes(f"/start@duban_bot {code}", chat_id=group)
    assert "已绑定" in world.standin.chat(group)[-1].text


async def test_an_english_client_is_answered_in_english(world: World) -> None:
    """The person's language, else his client's, else the office's."""
    world.acts(people.enrol, [person("钱代表", "deputy")])
    await world.newcomer("钱代表", language="en")
    code = (await codes(world, "施主任"))["钱代表"]["code"]
    qian = world["钱代表"]
    await opens(world, qian, code)
    qian.hears("Is that you?")
    assert await qian.presses("That is me") == "Bound"
    qian.hears("welcome")
    world["施主任"].hears("已加入")


def _invite(book: Book, name: str) -> str:
    """Give a code to somebody who has joined."""
    return joining.invite(book, roster.named(book.read, name)[0])
