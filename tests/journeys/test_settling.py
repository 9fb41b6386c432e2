"""帮助, settings, privacy, 取消 and /people: what each is told and may set, who keeps whom, what a leaver leaves."""

import pytest
from sqlmodel import select

from handlers.conversations import ROUTES
from handlers.settling import menu
from handlers.tongue import Tongue
from storage.acts import people, settling
from storage.book import Book
from storage.rules.words import Level, Role
from storage.tables import Entry, Invitation, Part, Person
from tests import casework, casework_replies
from tests.conftest import CAST
from tests.world import World, person


def _id(world: World, name: str) -> int:
    return world.look(lambda read: read.exec(select(Person.id).where(Person.name == name)).one())


@pytest.mark.parametrize(
    ("name", "words", "never"),
    [
        ("何代表", ("绝不", "任何人不得代填"), "/import"),
        ("李副市长", ("批示",), "报送进展"),
        ("戚联络员", ("签收", "报送进展"), "预警"),
        ("吕科员", ("/import", "预警"), "代填"),
        ("施主任", ("/codes", "留言"), "/import"),
    ],
)
async def test_help_tells_each_what_is_his(world: World, name: str, words: tuple[str, ...], never: str) -> None:
    """Few lines in plain words, none about what others do."""
    await world[name].writes("帮助")
    said = world[name].hears("待办", "取消").text
    assert all(word in said for word in words if word != "绝不")
    assert never not in said


async def test_privacy_says_what_travels_in_this_mode(world: World) -> None:
    """Also to somebody who has not joined: he may want to know before."""
    await world["何代表"].writes("/privacy")
    world["何代表"].hears("正文和附件也经 Telegram 发送", "电话号码")
    await world.newcomer("路人")
    await world.standin.press_start(world["路人"].user_id)
    await world.settled()
    world["路人"].skims()
    await world["路人"].writes("/privacy")
    world["路人"].hears("隐私说明")


async def test_the_language_changes_at_once_and_for_what_comes_later(world: World) -> None:
    """Here and now, and in every letter from then on; the record knows."""
    deputy = world["何代表"]
    await deputy.writes("/settings")
    deputy.hears("语言：中文", "免打扰时段：17:30-08:30")
    assert await deputy.presses("English") == "From now on in English"
    deputy.sees("Language: English", "Quiet hours")
    await deputy.writes("/todo")
    deputy.hears("Nothing waits for you")
    assert world.look(lambda read: len(list(read.exec(select(Entry.id).where(Entry.kind == "language"))))) == 1
    assert await deputy.presses("中文") == "已切换为中文"


async def test_the_keyboard_of_four_words_comes_and_its_words_work(world: World) -> None:
    """In the reader's language; typed words work without it too."""
    deputy = world["何代表"]
    await deputy.writes("设置")
    deputy.hears("设置")
    await deputy.presses("显示键盘")
    deputy.hears("四个常用词")
    assert world.standin.keyboard(deputy.user_id) == [["待办", "我的件"], ["搜索", "帮助"]]
    await deputy.presses("English")
    await deputy.presses("Keyboard on")
    deputy.hears("four words")
    for row in world.standin.keyboard(deputy.user_id):
        for word in row:
            await deputy.writes(word)
            deputy.skims()
            assert "Not understood" not in deputy.messages[-1].text
    await deputy.presses("Keyboard off")
    deputy.hears("gone")


async def test_cancel_ends_the_question_and_says_what_is_kept(world: World) -> None:
    """Nothing was asked is said too; the question's buttons are gone."""
    await casework.assigned(world, level=Level.SECOND)
    leader = world["李副市长"]
    await leader.writes("取消")
    leader.hears("没有正在进行的提问")
    await leader.presses("批示")
    question = leader.hears("批示")
    await leader.writes("/cancel")
    leader.hears("没有提交任何内容", "不受影响")
    assert not leader.buttons(question) or "取消" not in leader.buttons(leader.sees("请直接输入批示"))
    await leader.writes("请抓紧")
    leader.skims()
    world["戚联络员"].hears_nothing()


def test_the_menu_differs_by_role_and_language() -> None:
    """Every command has a description; a proposer is not offered the office's."""
    office = dict(menu(ROUTES.commands, frozenset({Role.CLERK}), Tongue("zh_CN")))
    deputy = dict(menu(ROUTES.commands, frozenset({Role.DEPUTY}), Tongue("zh_CN")))
    desk = dict(menu(ROUTES.commands, frozenset({Role.CONGRESS_DESK}), Tongue("zh_CN")))
    assert {"todo", "board", "people", "export", "calendar"} <= office.keys()
    assert {"board", "people", "codes", "export", "calendar"}.isdisjoint(deputy)
    assert "export" in desk
    assert "calendar" not in desk
    assert deputy["todo"] == "待您办理的事项"
    assert dict(menu(ROUTES.commands, frozenset(), Tongue("en")))["todo"] == "what waits for you"
    for name, description in menu(ROUTES.commands, frozenset(Role), Tongue("zh_CN")):
        assert 1 <= len(description) <= 256
        assert name.isascii()
        assert name == name.lower()


# people


async def test_the_office_keeps_all_but_proposers_and_each_desk_its_own(world: World) -> None:
    """Who is not in one's charge is neither listed nor found."""
    await world["何主任"].writes("/people")
    world["何主任"].hears("您负责的人员：15人", "1. 王市长", "已加入")
    await world["何主任"].writes("/people 代表")
    assert "何代表" not in world["何主任"].messages[-1].text
    world["何主任"].skims()
    await world["施主任"].writes("/people")
    said = world["施主任"].hears("您负责的人员：2人", "何代表", "金代表").text
    assert "委员" not in said
    await world["张主任"].writes("/people 韩")
    world["张主任"].hears("韩委员")
    await world["戚联络员"].writes("/people")
    world["戚联络员"].hears("由政府办和代表工委")
    await world["施主任"].writes("/people %")
    world["施主任"].hears("没有与“%”相符")


async def test_people_are_paged_and_searched_by_unit(world: World) -> None:
    """Eight a page, by edit."""
    head = world["何主任"]
    await head.writes("/people")
    head.hears("您负责的人员：15人")
    await head.presses("▶")
    head.sees("15. 卫科员")
    await head.writes("/people 市水利局")
    head.hears("您负责的人员：4人", "尤局长")


async def test_a_new_code_makes_the_old_one_void(world: World) -> None:
    """A link, a picture, the bare code; only one of a person works."""
    world.acts(people.enrol, [person("新科员", "handler", "市住建局")])
    head = world["何主任"]
    await head.writes("/people 新科员")
    head.hears("新科员", "未加入")
    await head.presses("1")
    head.hears("新科员", "角色：承办人")
    codes = []
    for _ in range(2):
        await head.presses("新邀请码")
        codes.append(head.hears("新科员的邀请码", "https://t.me/duban_bot?start=").text.split("：")[1][:10])
        head.hears(file="photo") if head.unheard[0].file is None else head.skims()
    assert codes[0] != codes[1]
    kept = world.look(lambda read: [row.code for row in read.exec(select(Invitation))])
    assert kept == [codes[1]]


async def test_the_office_gets_no_code_of_a_deputy_even_where_he_works_for_a_unit(world: World) -> None:
    """Who has the code can rate: it comes from the desk alone (chat.md 2)."""
    world.acts(
        people.enrol,
        [person("齐科员", "handler", "市住建局", key="齐"), person("齐科员", "deputy", "第一代表团", key="齐")],
    )
    head, desk = world["何主任"], world["施主任"]
    await head.writes("/people 齐科员")
    head.hears("齐科员")
    await head.presses("1")
    head.hears("齐科员", "代表")
    assert "只由代表工委" in await head.presses("新邀请码")
    view, button = head.find("新邀请码")
    await desk.writes("/people 齐科员")
    desk.hears("齐科员")
    await desk.presses("1")
    desk.hears("齐科员")
    await desk.presses("新邀请码")
    desk.hears("齐科员的邀请码")
    desk.skims()
    assert view.buttons
    assert button.data


async def test_a_handler_leaves_and_his_cases_go_back_to_the_liaison(world: World) -> None:
    """The form says what is open and to whom it goes; the account is unbound at once."""
    case = await casework.assigned(world, cards=False)
    handler_id = _id(world, "华科员")

    def hand_on(book: Book) -> None:
        part = book.read.exec(select(Part).where(Part.case_id == case)).one()
        book.change(part, handler_id=handler_id)

    world.acts(hand_on)
    head, handler = world["何主任"], world["华科员"]
    await head.writes("/people 华科员")
    head.hears("华科员")
    await head.presses("1")
    head.hears("华科员", "角色")
    await head.presses("离任")
    head.hears("001号转回市住建局：戚联络员", "账号立即解除绑定")
    await head.presses("确认离任")
    head.sees("华科员已离任")
    world["戚联络员"].hears("华科员已离任", "1件转回您处：001")
    handler.hears("您已登记为离任")
    await handler.writes("/todo")
    handler.hears("加入方法")
    assert world.look(lambda read: read.exec(select(Part.handler_id)).one()) is None
    await world["戚联络员"].writes("/todo")
    world["戚联络员"].hears("001号")


async def test_leaving_is_refused_to_oneself_and_to_the_last_head(world: World) -> None:
    """Somebody must be left who decides."""
    head, clerk = world["何主任"], world["吕科员"]
    await head.writes("/people 何主任")
    head.hears("何主任")
    await head.presses("1")
    head.hears("何主任", "角色")
    assert "不能给自己" in await head.presses("离任")
    await clerk.writes("/people 何主任")
    clerk.hears("何主任")
    await clerk.presses("1")
    clerk.hears("何主任", "角色")
    assert "唯一的负责人" in await clerk.presses("离任")


async def test_a_leader_who_leaves_is_named_to_the_head_with_his_cases(world: World) -> None:
    """The office names another; nobody is put in his place by the bot."""
    await casework.assigned(world, level=Level.SECOND, cards=False)
    clerk = world["吕科员"]
    await clerk.writes("/people 李副市长")
    clerk.hears("李副市长")
    await clerk.presses("1")
    clerk.hears("李副市长", "角色")
    await clerk.presses("离任")
    clerk.hears("需另行确定领办领导：001")
    await clerk.presses("确认离任")
    clerk.sees("李副市长已离任")
    world["何主任"].hears("李副市长已离任", "001")
    world["李副市长"].hears("离任")


async def test_who_belongs_to_two_keepers_leaves_one_and_stays_with_the_other(world: World) -> None:
    """The office ends a handler's post; the deputy's seat and his account are the desk's."""
    await world.enrol(
        [person("齐科员", "handler", "市住建局", key="齐"), person("齐科员", "deputy", "第一代表团", key="齐")]
    )
    head = world["何主任"]
    await head.writes("/people 齐科员")
    head.hears("齐科员")
    await head.presses("1")
    head.hears("齐科员", "角色")
    await head.presses("离任")
    head.hears("名下没有未办事项")
    await head.presses("确认离任")
    head.sees("其他职务不变")
    await world["齐科员"].writes("/todo")
    world["齐科员"].hears("没有待您办理")
    await head.presses("离任")
    head.skims()
    assert "不由您负责" in head.toast


async def test_people_in_a_group_are_listed_in_private(world: World) -> None:
    """Names and posts do not stand in a group."""
    head = world["何主任"]
    group = await world.standin.group(-100, "督查室", [head.user_id])
    await world.standin.add_bot(group, head.user_id)
    await world.settled()
    await head.writes("/people@duban_bot", chat_id=group)
    head.hears("您负责的人员")
    assert [view.text for view in world.standin.chat(group) if view.from_bot] == ["已发到您的私聊"]


# the menu of commands that stands beside the chat


def shown(world: World, name: str) -> dict[str, str]:
    """Give the menu that Telegram shows somebody in his private chat."""
    return dict(world.standin.commands(world[name].user_id))


async def test_the_menu_follows_the_language(world: World) -> None:
    """Who speaks English from now on reads his commands in English, and back."""
    clerk = world["吕科员"]
    await clerk.writes("/settings")
    await clerk.presses("English")
    assert shown(world, "吕科员")["todo"] == "what waits for you"
    assert "export" in shown(world, "吕科员")
    await clerk.presses("中文")
    assert shown(world, "吕科员")["todo"] == "待您办理的事项"
    clerk.skims()


async def test_the_menu_follows_the_roles(world: World) -> None:
    """A new post brings its commands, from whichever process the roster comes; the last one that goes takes them."""
    assert "board" not in shown(world, "戚联络员")
    world.acts(people.enrol, [person("戚联络员", "clerk", "市政府办公室", "科员")])
    await world.settled()
    assert {"board", "calendar"} <= shown(world, "戚联络员").keys()
    casework_replies.acts_as(world, "何主任", settling.leave, _id(world, "戚联络员"))
    await world.settled()
    assert "board" not in shown(world, "戚联络员")
    for phone in world.phones.values():
        phone.skims()


async def test_entering_the_same_roster_again_sets_no_menu(world: World) -> None:
    """A town of 800 is not 800 calls for nothing."""
    world.acts(people.enrol, CAST)
    await world.settled()
    assert not [call for call in world.standin.calls if call.method == "setMyCommands" and "chat_id" in str(call)]


async def test_a_menu_that_could_not_be_set_is_set_later(world: World) -> None:
    """Too many calls at once, or Telegram out of order: the menu waits for its turn and comes."""
    world.standin.fault("setMyCommands", kind="429")
    world.standin.fault("setMyCommands", kind="500")
    clerk = world["吕科员"]
    await clerk.writes("/settings")
    await clerk.presses("English")
    assert shown(world, "吕科员")["todo"] == "what waits for you"
    clerk.skims()
