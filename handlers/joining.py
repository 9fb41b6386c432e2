"""Joining: a code, “is that you?”, one account a person; codes for those who give them out."""

from handlers.buttons import Button
from handlers.notices.kinds import sentence
from handlers.office import Answer, Call, Office, Reader
from handlers.pages import Block, Document, Key, Page, Text, Title, text
from handlers.papers.tables import write_csv
from handlers.routes import Command, Routes
from handlers.tongue import N_
from storage import settings
from storage.acts import joining, reaching
from storage.acts.joining import Code
from storage.book import Book
from storage.queries import roster
from storage.reading import Read
from storage.rules.refusals import Refused
from storage.rules.words import DESK_ROLES, OFFICE_ROLES, Role
from storage.tables import Binding, Letter

HOW = N_(
    "This is the city government's assistant for suggestions and proposals. To join, please send the code that you "
    "were given: open its link, or send “/start CODE”, or the code alone."
)
COMMON_WORDS = (("待办", "我的件"), ("搜索", "帮助"))


async def start(call: Call, office: Office) -> Answer:
    """Open a code, bind a group, or say who one is and what waits."""
    if not call.private:
        return await _start_in_group(call, office)
    if call.words:
        await office.press(call, joining.open_code, call.words, call.account, call.language)
        return Answer()
    if call.person is None:
        return await stranger(call, office)
    if call.person.unreachable:  # word of his unblocking may have been lost
        await office.press(call, reaching.reachable, call.person.id)
    return Answer(pages=(_welcome(office.reader(call.person)),))


async def stranger(call: Call, office: Office) -> Answer:
    """Take a bare code; to anything else say how to join, and nothing more."""
    if call.private and joining.looks_like_code(call.words):
        await office.press(call, joining.open_code, call.words, call.account, call.language)
        return Answer()
    return Answer(pages=(text(call.say(HOW)),))


async def _start_in_group(call: Call, office: Office) -> Answer:
    """Bind a group by its code; a person never joins in a group."""
    if call.person is None:
        raise Refused(N_("Please join in the private chat first; a personal code does not work in a group"))
    if not call.words:
        return Answer()
    await office.act(call, joining.bind_group, call.words, call.chat_id, call.chat_title)
    return Answer()


async def is_me(call: Call, office: Office) -> Answer:
    """Take “that is me”."""
    assert call.button is not None
    bound = await office.press(call, joining.confirm, call.button.id, call.button.version, call.account)
    if bound:
        return Answer(call.say(N_("Bound")), edit=text(call.say(N_("You have joined."))))
    waits = call.say(
        N_("This person has an account already; who gave out the code has been asked whether yours replaces it.")
    )
    return Answer(waits, alert=True, edit=text(waits))


async def not_me(call: Call, office: Office) -> Answer:
    """Take “that is not me”."""
    assert call.button is not None
    await office.press(call, joining.decline, call.button.id, call.button.version, call.account)
    said = call.say(N_("Nothing was bound; who gave out the code has been told. Thank you."))
    return Answer(said, edit=text(said))


async def decide(call: Call, office: Office) -> Answer:
    """Take the issuer's word on a second account."""
    assert call.button is not None
    agreed = call.button.argument == "y"
    name = await office.act(call, joining.approve, call.button.id, call.button.version, agreed=agreed)
    msgid = N_("The new account of %(name)s is bound") if agreed else N_("The account of %(name)s stays as it was")
    said = call.say(msgid, name=name)
    return Answer(said, edit=text(said))


async def codes(call: Call, office: Office) -> Answer:
    """Send a sheet of codes to those who give them out, and the code of their group."""
    if not call.private:
        raise Refused(N_("Codes are sent in the private chat only"))
    found = await office.act(call, _all_codes)
    bot = await office.read(settings.bot_name)
    sheet = code_sheet(found[0], bot, office.reader(call.person))
    lines = (
        call.say(
            N_("%(count)d people in your charge have not joined; their codes are in the sheet."), count=len(found[0])
        ),
        call.say(
            N_("To bind your group, add the bot to it and send there: /start@%(bot)s %(code)s"), bot=bot, code=found[1]
        ),
    )
    files = (Document("codes.csv", sheet),) if found[0] else ()
    return Answer(pages=(text(*lines, files=files),))


def _all_codes(book: Book) -> tuple[list[Code], str]:
    """Make the codes of people and group in one act."""
    return joining.codes(book), joining.group_code(book)


def code_sheet(found: list[Code], bot: str, reader: Reader) -> bytes:
    """Write codes for printing; the headings are those of the contract (chat.md 5)."""
    rows = [
        (
            code.name,
            code.unit,
            reader.tongue.term(Role(code.role)),
            code.code,
            f"https://t.me/{bot}?start={code.code}" if bot else "",
        )
        for code in found
    ]
    return write_csv(("姓名", "单位", "角色", "code", "link"), rows)


def _welcome(reader: Reader) -> Page:
    """Say who one is and what can be done first."""
    person = reader.person
    assert person is not None
    lines: list[Block] = [
        Title(reader.say("%(name)s, welcome", name=person.name)),
        *(Text(title) for title in person.titles),
    ]
    lines.append(
        Text(reader.say("What waits for you is under 待办; everything of yours under 我的件; help under 帮助."))
    )
    return Page(tuple(lines), words=COMMON_WORDS)


def _welcome_notice(_read: Read, letter: Letter, reader: Reader) -> Page | None:
    """Welcome who has just joined."""
    if letter.person_id is None or reader.person is None:
        return None
    return _welcome(reader)


def _question(read: Read, letter: Letter, reader: Reader) -> Page | None:
    """Ask an account whether it is the person of its code."""
    binding = read.get(Binding, letter.subject_id)
    if binding is None or binding.stage != "asked":
        return None
    person = roster.person(read, binding.person_id)
    if person is None:
        return None
    return Page(
        (Title(person.name), *(Text(title) for title in person.titles), Text(reader.say("Is that you?"))),
        (
            (
                Key(reader.say("That is me"), Button("me", binding.id, binding.version), style="success"),
                Key(reader.say("That is not me"), Button("notme", binding.id, binding.version), style="danger"),
            ),
        ),
    )


def _second_account(read: Read, letter: Letter, reader: Reader) -> Page | None:
    """Ask the issuer whether a second account may take the first one's place."""
    binding = read.get(Binding, letter.subject_id)
    if binding is None or binding.stage != "awaiting_approval":
        return None
    said = reader.say(
        "A second account has opened a code of %(name)s. Did he ask for it himself? "
        "If you agree, the first is unbound.",
        name=roster.name(read, binding.person_id),
    )
    keys = (
        Key(reader.say("Agree"), Button("bind2", binding.id, binding.version, "y"), style="success"),
        Key(reader.say("Disagree"), Button("bind2", binding.id, binding.version, "n"), style="danger"),
    )
    return Page((Text(said),), (keys,))


ROUTES = Routes(
    commands=(
        Command("start", start, N_("who you are and what waits"), open=True),
        Command("codes", codes, N_("codes for those who have not joined"), roles=OFFICE_ROLES | DESK_ROLES),
    ),
    presses={"bind2": decide},
    open_presses={"me": is_me, "notme": not_me},
    notices={
        "is_that_you": _question,
        "welcome": _welcome_notice,
        "second_account": _second_account,
        "joined": sentence(N_("%(name)s has joined.")),
        "not_me": sentence(
            N_("Somebody who opened the code of %(name)s says that is not he; please check who has it.")
        ),
        "unbound": sentence(N_("This account no longer stands for %(name)s: another one has taken its place.")),
        "binding_refused": sentence(N_("The second account was not agreed to; please ask who gave you the code.")),
        "group_bound": sentence(
            N_("This group is bound: it receives totals, digests and alerts, never anybody's rating.")
        ),
        "unreachable": sentence(
            N_("%(name)s cannot be reached by the bot any more (blocked or deleted). Please telephone or use paper.")
        ),
    },
)
