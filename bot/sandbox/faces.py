"""How things look in the Bot API's JSON."""

from typing import Final

from bot.sandbox.facts import Chat, File, Json, Message, Query, User
from bot.sandbox.town import Town

_ADMIN_RIGHTS: Final = (
    "can_manage_chat", "can_delete_messages", "can_manage_video_chats", "can_restrict_members", "can_promote_members",
    "can_change_info", "can_invite_users", "can_post_stories", "can_edit_stories", "can_delete_stories",
)  # fmt: skip


def user(person: User) -> Json:
    """Return the object User."""
    facts = {
        "id": person.user_id,
        "is_bot": person.is_bot,
        "first_name": person.first_name,
        "username": person.username,
        "language_code": person.language_code,
    }
    return {key: value for key, value in facts.items() if value is not None}


def bot(person: User, *, privacy: bool) -> Json:
    """Return the object User as getMe gives it."""
    no = ("can_connect_to_business", "supports_inline_queries", "has_main_web_app", "has_topics_enabled")
    return user(person) | {
        "can_join_groups": True,
        "can_read_all_group_messages": not privacy,
        **dict.fromkeys(no, False),
    }


def chat(town: Town, place: Chat) -> Json:
    """Return the object Chat."""
    if place.private:
        person = user(town.users[place.chat_id])
        names: Json = {key: person[key] for key in ("first_name", "username") if key in person}
        return {"id": place.chat_id, "type": place.kind, **names}
    forum: Json = {"is_forum": True} if place.topics else {}
    return {"id": place.chat_id, "type": place.kind, "title": place.title, **forum}


def member(person: User, status: str) -> Json:
    """Return the object ChatMember… for the status."""
    facts: Json = {"status": status, "user": user(person)}
    if status == "administrator":
        facts |= {"can_be_edited": False, "is_anonymous": False, **dict.fromkeys(_ADMIN_RIGHTS, False)}
    elif status == "creator":
        facts["is_anonymous"] = False
    elif status == "kicked":
        facts["until_date"] = 0
    return facts


def media(file: File) -> Json:
    """Return the fields by which a message tells of its file."""
    size = {"file_id": file.file_id, "file_unique_id": file.unique_id, "file_size": len(file.content)}
    if file.kind == "photo":
        return {"photo": [size | {"width": file.width, "height": file.height}]}
    if file.kind == "voice":
        return {"voice": size | {"duration": file.duration, "mime_type": file.mime}}
    return {"document": size | {"file_name": file.name, "mime_type": file.mime}}


def message(town: Town, letter: Message, *, nested: bool = False) -> Json:
    """Return the object Message; the message it replies to is told one step deep."""
    facts: Json = {
        "message_id": letter.message_id,
        "date": letter.date,
        "chat": chat(town, town.chats[letter.chat_id]),
        "from": user(town.users[letter.sender]) if letter.sender is not None else None,
        "sender_chat": letter.sender_chat,
        "message_thread_id": letter.thread_id,
        "is_topic_message": True if letter.thread_id else None,
        "forward_origin": letter.forward_origin,
        "is_automatic_forward": letter.automatic or None,
        "edit_date": letter.edit_date,
        "media_group_id": letter.media_group_id,
        "has_protected_content": letter.protected or None,
        "link_preview_options": letter.preview,
        "show_caption_above_media": letter.above or None,
        "has_media_spoiler": letter.spoiler or None,
        "reply_markup": letter.keyboard,
        **(letter.service or {}),
        **_content(town, letter),
    }
    answered = town.message(letter.chat_id, letter.reply_to)
    if answered is not None and not nested:
        facts["reply_to_message"] = message(town, answered, nested=True)
    return {key: value for key, value in facts.items() if value is not None}


def _content(town: Town, letter: Message) -> Json:
    if letter.file_id is None:
        return {"text": letter.text or None, "entities": letter.entities or None}
    words = {"caption": letter.text or None, "caption_entities": letter.entities or None}
    return media(town.files[letter.file_id]) | words


def query(town: Town, press: Query) -> Json:
    """Return the object CallbackQuery; a message that is gone is told as inaccessible."""
    letter = town.message(press.chat_id, press.message_id)
    place = chat(town, town.chats[press.chat_id])
    gone = {"chat": place, "message_id": press.message_id, "date": 0}
    return {
        "id": press.query_id,
        "from": user(town.users[press.user_id]),
        "message": message(town, letter) if letter else gone,
        "chat_instance": str(7_000_000_000 + abs(press.chat_id)),
        "data": press.data,
    }
