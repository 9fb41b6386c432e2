"""Reading Telegram's messages in plain words: the gate's eyes."""

from collections.abc import Callable

from telegram import Message, Update

from handlers.office import Sent

Reading = Callable[[Update], tuple[str | None, str]]  # the command's name, if it is one, and what was said

_BEYOND = 2**52
# Telegram's own accounts that write for somebody unnamed: anonymous admins, channels, linked channels (telegram.md 1).
_FACELESS = frozenset({1087968824, 777000, 136817688})


def command(words: str) -> tuple[str, str]:
    """Part a command's name from what follows it: `/case@duban_bot 072` is ("case", "072")."""
    head, _, rest = words.partition(" ")
    return head[1:].partition("@")[0].lower(), rest.strip()


def commanded(update: Update) -> tuple[str | None, str]:
    """Read a command: its name and the words after it."""
    assert update.message is not None
    return command(update.message.text or "")


def typed(update: Update) -> tuple[str | None, str]:
    """Read typed words, or those beside a file; a command that the client did not mark as one is meant as one."""
    message = update.message
    assert message is not None
    words = message.text or message.caption or ""
    return command(words) if words.startswith("/") and message.chat.type == "private" else (None, words)


def edited(update: Update) -> tuple[str | None, str]:
    """Read what is left: edits, joins and leaves, blocks; of most of it nothing is said."""
    message = update.edited_message
    return None, (message.text or message.caption or "") if message else ""


def nothing(_update: Update) -> tuple[str | None, str]:
    """Read no words: a press has none."""
    return None, ""


def number(found: object) -> int:
    """Give an account's or a chat's id; raise `ValueError` for what is none: it would fail far from here.

    An id has at most 52 significant bits (Bot API, User and Chat).
    """
    if type(found) is not int or abs(found) >= _BEYOND:
        raise ValueError(type(found).__name__)
    return found


def faceless(update: Update) -> bool:
    """Tell whether somebody writes without being seen: as a channel, as the group, as Telegram itself."""
    user = update.effective_user
    if user is not None and user.id in _FACELESS:
        return True
    if update.callback_query is not None:
        return False
    message = update.effective_message
    return message is not None and message.sender_chat is not None


def by_nobody(update: Update) -> bool:
    """Tell whether nobody in particular acts: a bot, or somebody unseen, who speaks, presses or edits.

    What is done to a chat stands whoever did it: a group that has moved has moved.
    """
    user = update.effective_user
    if user is None:
        return True
    return (user.is_bot or faceless(update)) and event(update) in {"", "edited", "other"}


def event(update: Update) -> str:
    """Name what happened where nobody said or pressed anything."""
    if update.my_chat_member is not None:
        return "blocked" if update.my_chat_member.new_chat_member.status in ("kicked", "left") else "unblocked"
    if update.edited_message is not None:
        return "edited"
    if update.message is not None and update.message.migrate_to_chat_id is not None:
        return "migrated"
    return "" if update.message is not None or update.callback_query is not None else "other"


def files(message: Message) -> tuple[Sent, ...]:
    """List what a message brings along."""
    if message.photo:
        photo = message.photo[-1]
        return (Sent(photo.file_id, f"photo-{message.message_id}.jpg", "image/jpeg", photo.file_size or 0, "photo"),)
    for kind in ("document", "voice", "video", "audio", "video_note", "animation"):
        sent = getattr(message, kind, None)
        if sent is not None:
            name = getattr(sent, "file_name", None) or f"{kind}-{message.message_id}"
            mime = getattr(sent, "mime_type", None) or "application/octet-stream"
            return (Sent(sent.file_id, name, mime, sent.file_size or 0, kind),)
    return ()
