"""帮助, settings, privacy, 取消, and the menu of commands."""

from collections.abc import Iterable, Iterator

from handlers import disputing, papering, staffing, surveying
from handlers.buttons import Button
from handlers.lists import aside
from handlers.notices.kinds import sentence
from handlers.office import Answer, Call, Office, Reader
from handlers.pages import Block, Key, Page, Text, Title, text
from handlers.routes import Command, Routes, merge
from handlers.tongue import N_, Tongue
from storage.acts import settling
from storage.rules.words import DESK_ROLES, OFFICE_ROLES, PROPOSER_ROLES, UNIT_ROLES, Role

_OWN_NAME = {"zh_CN": "中文", "en": "English"}
_KEYBOARD = {
    "zh_CN": (("待办", "我的件"), ("搜索", "帮助")),
    "en": (("To do", "My cases"), ("Search", "Help")),
}


def menu(commands: Iterable[Command], roles: frozenset[Role], tongue: Tongue) -> list[tuple[str, str]]:
    """List the commands of somebody with these roles as (name, description); rights never hang on it."""
    mine = (command for command in commands if not command.roles or command.roles & roles)
    return [(command.name, tongue.say(command.description)) for command in mine]


# help


async def help_(call: Call, office: Office) -> Answer:
    """Say in plain words what somebody can do here."""
    assert call.person is not None
    reader = office.reader(call.person)
    page = Page((Title(reader.say(N_("What you can do here"))), *_help(call.person.roles, reader)))
    return aside(call, page)


def _help(roles: frozenset[Role], reader: Reader) -> Iterator[Block]:
    """Write the help of these roles: few lines, the words that are pressed and typed."""
    yield Text(
        reader.say(N_("待办: what waits for you. 我的件: everything of yours. 搜索: find a case. 072号: open one."))
    )
    for whose, msgid in (
        (
            PROPOSER_ROLES,
            N_(
                "Your desk: reply to any card and it goes to your desk, never to the unit. The opinion form comes from "
                "this bot alone; nobody may fill it in for you, and you never need to show it to anybody."
            ),
        ),
        (
            {Role.LEADER, Role.SECRETARY},
            N_("Reply to a card or a reminder: that is your instruction (批示). “已阅领办” takes a case on."),
        ),
        (
            UNIT_ROLES,
            N_(
                "Acknowledge with 签收. Reply to a card with words, a photo or a file: that is your progress report; "
                "to a slip: its answer. The card shows what comes next."
            ),
        ),
        (
            OFFICE_ROLES,
            N_(
                "/import a sheet, /new one case, 总览 for totals, /urge and /supervise with a number, 预警, /people, "
                "台账 for all cases as a table, /calendar for days off. A reply to a card is kept as a note."
            ),
        ),
        (
            DESK_ROLES,
            N_(
                "/people and /codes for your proposers, 预警 for what needs you, 台账 for your cases as a table. Reply "
                "to a proposer's message: your answer goes to him."
            ),
        ),
        ({Role.OBSERVER}, N_("You are invited to meetings; the invitations come here.")),
    ):
        if roles & whose:
            yield Text(reader.say(msgid))
    yield Text(reader.say(N_("取消 ends a question. /settings: language and keyboard. /privacy: what is kept.")))


async def privacy(call: Call, office: Office) -> Answer:
    """Say what is kept, for how long, and what travels by Telegram."""
    reader = office.reader(call.person)
    lines = [
        N_("Kept: your name, post and Telegram number; what you write and send here; each step of a case."),
        N_("For how long: as long as the office must keep the file of the case. Who leaves is unbound at once."),
        N_("Phone and identity numbers are never sent by Telegram."),
    ]
    lines.append(
        N_("This office sends texts and files by Telegram too; its servers are abroad.")
        if reader.full
        else N_(
            "By Telegram, whose servers are abroad, travel number, title, unit, stage and dates; texts and files are "
            "read on paper. What a proposer types goes to his desk, and to the handling unit where it is meant for it."
        )
    )
    lines.append(
        N_(
            "What a proposer says in the form goes to his desk; office and unit see it once its window has closed, "
            "the reason only as he allows."
        )
    )
    page = Page((Title(reader.say(N_("Privacy"))), *(Text(reader.say(line)) for line in lines)))
    return Answer(pages=(page,))


# settings


async def settings(call: Call, office: Office) -> Answer:
    """Show what somebody can set for himself."""
    return aside(call, _settings(office.reader(call.person)))


def _settings(reader: Reader) -> Page:
    """Make the page of settings."""
    spoken = _OWN_NAME[reader.tongue.language]
    hours = str(reader.terms.quiet)
    languages = tuple(
        Key(f"● {name}" if code == reader.tongue.language else name, Button("lang", argument=code))
        for code, name in _OWN_NAME.items()
    )
    keyboard = (
        Key(reader.say(N_("Keyboard on")), Button("keys", argument="on")),
        Key(reader.say(N_("Keyboard off")), Button("keys", argument="off")),
    )
    blocks: list[Block] = [
        Title(reader.say(N_("Settings"))),
        Text(reader.say(N_("Language: %(language)s"), language=spoken)),
        Text(reader.say(N_("Reminders come on working mornings; what the clock causes waits for the morning."))),
    ]
    if hours:
        blocks.append(Text(reader.say(N_("Quiet hours: %(hours)s"), hours=hours)))
    return Page(tuple(blocks), (languages, keyboard))


async def speak(call: Call, office: Office) -> Answer:
    """Speak another language from now on."""
    assert call.button is not None
    wanted = call.button.argument
    await office.press(call, settling.language, wanted)
    reader = Reader(Tongue(wanted, office.terms.zone), office.full, office.clock(), office.terms, call.person)
    return Answer(reader.say(N_("From now on in English")), edit=_settings(reader))


async def keyboard(call: Call, office: Office) -> Answer:
    """Lay the reply keyboard of four words down, or take it away."""
    assert call.button is not None
    reader = office.reader(call.person)
    if call.button.argument == "on":
        said = reader.say(N_("The keyboard with four words is there."))
        return Answer(said, pages=(Page((Text(said),), words=_KEYBOARD[reader.tongue.language]),))
    said = reader.say(N_("The keyboard is gone; the words can still be typed."))
    return Answer(said, pages=(Page((Text(said),), words=()),))


# Of these nothing may stay in the chat, so that nobody can have it shown to him.
_TRACELESS = frozenset(
    dialogue.name
    for routes in (surveying.ROUTES, papering.ROUTES, disputing.ROUTES)
    for dialogue in routes.dialogues
    if dialogue.leave_no_trace
)


async def cancel(call: Call, office: Office) -> Answer:
    """End what is being asked, and say what is kept."""
    ended = await office.act(call, settling.cancel, _TRACELESS)
    if ended is None:
        return Answer(pages=(text(call.say(N_("Nothing was being asked; nothing was changed."))),))
    said = [N_("Cancelled: nothing of it was handed in. What you handed in before stays as it was.")]
    if ended not in _TRACELESS:
        said.append(N_("What you have just typed is still above in this chat."))
    return Answer(pages=(text(*(call.say(each) for each in said)),))


ROUTES = merge(
    (
        Routes(
            commands=(
                Command("help", help_, N_("what you can do here"), ("帮助", "help", "Help")),
                Command("settings", settings, N_("language and keyboard"), ("设置",)),
                Command("privacy", privacy, N_("what is kept and what travels by Telegram"), open=True),
                Command("cancel", cancel, N_("end the question that is open"), ("取消",)),
            ),
            presses={"lang": speak, "keys": keyboard},
            notices={
                "work_passed_on": sentence(
                    N_("%(name)s has left the post. %(count)d cases come back to you: %(numbers)s. See 待办.")
                ),
                "leader_left": sentence(
                    N_("%(name)s has left the post and led %(count)d cases: %(numbers)s. Please name another leader.")
                ),
                "left_post": sentence(
                    N_("%(name)s, you are entered as having left; this account is no longer bound. Thank you.")
                ),
            },
        ),
        staffing.ROUTES,
    )
)
