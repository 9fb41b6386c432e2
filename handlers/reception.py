"""Where calls go that no conversation was asked for: replies, forwarded words, edits, blocks, groups that move."""

import re
from functools import partial

from handlers import belonging, joining, listing, replies, surveying
from handlers.office import Answer, Call, Office, Opening
from handlers.pages import text
from handlers.tongue import N_
from storage.acts import delivery, reaching
from storage.acts import replies as acts
from storage.queries import repliable
from storage.rules.words import DESK_ROLES, OFFICE_ROLES

_SHEETS = (".xlsx", ".csv")
_NUMBER = re.compile(r"(?:建议|提案)?(?:第)?\s*[0-9]{1,6}\s*(?:号|件)?")
_HELP = N_(
    "To hand something in, reply to the case's card, a reminder or a slip with words, a photo or a file. "
    "待办 shows what waits for you, 帮助 what you can do."
)


class Reception:
    """The lobby of the house."""

    async def stranger(self, call: Call, office: Office) -> Answer:
        """Tell an unbound account how to join, or take the bare code it typed."""
        return await joining.stranger(call, office)

    async def said(self, call: Call, office: Office) -> Answer:
        """Take words or a file that nothing was waiting for, or that reply to a message."""
        if call.private:
            rated = await surveying.said(call, office)
            if rated is not None:
                return rated
        if call.forwarded:
            return await belonging.forwarded(call, office) if call.private else Answer()
        if call.replies_to is not None:
            return await replies.take(call, office)
        if _NUMBER.fullmatch(call.words.strip()) and not call.files:
            return await listing.named(call, office, call.words)
        if _is_sheet(call):
            said = call.say(N_("A sheet is taken by the import; please send it once more after this question."))
            return Answer(pages=(text(said),), opening=Opening("import"))
        return Answer(pages=(text(call.say(N_("Nothing was handed in.")), call.say(_HELP)),))

    async def lost(self, call: Call, office: Office) -> Answer:  # noqa: ARG002 (the lobby's form)
        """Say what to do with a command that does not exist."""
        if not call.private:
            return Answer()
        return Answer(pages=(text(call.say(N_("Not understood. Please press 帮助 (/help) to see what can be done."))),))

    async def noted(self, call: Call, office: Office) -> Answer | None:
        """Note a block, an edit, a group that has moved or thrown the bot out."""
        match call.event, call.private:
            case "blocked", True if call.person is not None:
                await office.press(call, reaching.blocked, call.person.id)
            case "unblocked", True if call.person is not None:
                await office.press(call, reaching.reachable, call.person.id)
            case "blocked", False:
                await office.act(call, delivery.expelled, call.chat_id)
            case "migrated", False if call.moved_to is not None:
                await office.act(call, delivery.migrated, call.chat_id, call.moved_to)
            case "edited", True if call.person is not None:
                return await _edited(call, office)
            case _:
                return None
        return Answer()


def _is_sheet(call: Call) -> bool:
    """Tell whether somebody who imports has sent a sheet."""
    assert call.person is not None
    named = any(sent.name.lower().endswith(_SHEETS) for sent in call.files)
    return named and bool(call.person.roles & (OFFICE_ROLES | DESK_ROLES))


async def _edited(call: Call, office: Office) -> Answer | None:
    """Tell who edits a message that what he handed in stays as it was; the new words are kept in the record."""
    words = call.words.strip()
    if not words or words.startswith("/") or call.message_id is None:
        return None
    if not await office.read(partial(repliable.mattered, chat_id=call.chat_id, message_id=call.message_id)):
        return None
    await office.act(call, acts.edited, call.message_id, words)
    said = N_(
        "An edited message changes nothing: what was handed in stays as it was. To correct it, take it back or send "
        "the right words as a new message."
    )
    return Answer(pages=(text(call.say(said)),))
