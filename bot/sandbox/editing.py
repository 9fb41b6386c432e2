"""The methods that change or take away what the bot has written, and its small signs."""

from typing import Any, Final

from bot.sandbox import faces, keyboards, places, sending
from bot.sandbox.facts import Chat, Json, Message
from bot.sandbox.methods import CHAT_ACTIONS, REACTIONS
from bot.sandbox.reading import Asked
from bot.sandbox.refusals import bad_request
from bot.sandbox.town import Town

DELETABLE_SECONDS: Final = 48 * 3600
ANSWER_LIMIT: Final = 200
_SAME: Final = (
    "message is not modified: specified new message content and reply markup are exactly the same "
    "as a current content and reply markup of the message"
)
_TOO_OLD: Final = "query is too old and response timeout expired or query ID is invalid"


def _letter(town: Town, asked: Asked) -> tuple[Chat, Message]:
    place = places.open_chat(town, asked)
    letter = places.message(town, place, asked, "edit")
    # "It is only possible to edit messages without reply_markup or with inline keyboards."
    if letter.sender != town.bot.user_id or letter.forward_origin or letter.service or letter.other_markup:
        raise bad_request("message can't be edited")
    return place, letter


def _change(town: Town, place: Chat, letter: Message, asked: Asked, facts: Json) -> Json:
    markup = keyboards.checked(asked.get("reply_markup"), private=place.private, inline_only=True)
    facts = facts | {"keyboard": markup}
    if all(getattr(letter, name) == value for name, value in facts.items()):
        raise bad_request(_SAME)
    town.pace.spend("edit", place.chat_id, group=place.group)
    for name, value in facts.items():
        setattr(letter, name, value)
    letter.edit_date = town.stamp()
    town.changed("edit", letter)
    return faces.message(town, letter)


def edit_text(town: Town, asked: Asked) -> Json:
    """Change the text, and the keyboard with it: left out, it goes."""
    place, letter = _letter(town, asked)
    if letter.file_id is not None:
        raise bad_request("there is no text in the message to edit")
    return _change(town, place, letter, asked, sending.words(town, asked))


def edit_caption(town: Town, asked: Asked) -> Json:
    """Change the caption of a file, and the keyboard with it."""
    place, letter = _letter(town, asked)
    if letter.file_id is None:
        raise bad_request("there is no caption in the message to edit")
    facts = sending.caption(town, asked)
    del facts["spoiler"]
    return _change(town, place, letter, asked, facts)


def edit_markup(town: Town, asked: Asked) -> Json:
    """Change the keyboard alone."""
    place, letter = _letter(town, asked)
    return _change(town, place, letter, asked, {})


def delete_message(town: Town, asked: Asked) -> bool:
    """Take a message away: its own within 48 hours, others' in private chats or as administrator."""
    place = places.open_chat(town, asked)
    letter = places.message(town, place, asked, "delete")
    own = letter.sender == town.bot.user_id
    if not own and not place.private and place.members[town.bot.user_id] == "member":
        raise bad_request("message can't be deleted")
    if town.stamp() - letter.date > DELETABLE_SECONDS:
        raise bad_request("message can't be deleted for everyone")
    letter.deleted = True
    town.changed("delete", letter)
    return True


def answer_query(town: Town, asked: Asked) -> bool:
    """Answer a press, once."""
    query = town.queries.get(asked["callback_query_id"])
    if query is None or query.answered or town.pulse() - query.at > town.query_lifetime:
        raise bad_request(_TOO_OLD)
    text = asked.get("text", "")
    if len(text) > ANSWER_LIMIT:
        raise bad_request("MESSAGE_TOO_LONG")
    url = asked.get("url", "")
    if url and not url.startswith((f"https://t.me/{town.bot.username}?start=", f"tg://{town.bot.username}")):
        raise bad_request("URL_INVALID")
    query.answered, query.text, query.url = True, text, url
    query.show_alert = asked.get("show_alert", False)
    town.changed("answer", query)
    return True


def set_reaction(town: Town, asked: Asked) -> bool:
    """Put one emoji under a message, or take it away."""
    place = places.open_chat(town, asked)
    letter = places.message(town, place, asked, "react")
    reactions: list[Any] = asked.get("reaction", [])
    if len(reactions) > 1:
        raise bad_request("REACTIONS_TOO_MANY")
    letter.reactions.pop(town.bot.user_id, None)
    for reaction in reactions:
        emoji = reaction.get("emoji") if isinstance(reaction, dict) and reaction.get("type") == "emoji" else None
        if emoji not in REACTIONS:
            raise bad_request("REACTION_INVALID")
        letter.reactions[town.bot.user_id] = emoji
    town.changed("edit", letter)
    return True


def chat_action(town: Town, asked: Asked) -> bool:
    """Show that the bot is at work."""
    places.thread(places.open_chat(town, asked), asked)
    if asked["action"] not in CHAT_ACTIONS:
        raise bad_request("wrong parameter action in request")
    return True
