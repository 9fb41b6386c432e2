"""The methods that put a new message into a chat."""

from typing import Any, Final

from bot.sandbox import entities, faces, keyboards, pictures, places
from bot.sandbox.facts import Chat, File, Json, Message
from bot.sandbox.reading import Asked
from bot.sandbox.refusals import bad_request
from bot.sandbox.town import Town

PHOTO_LIMIT: Final = 10 * 1024 * 1024
PHOTO_SIDES: Final = 10_000
PHOTO_RATIO: Final = 20
ALBUM: Final = range(2, 11)
_FILE_KINDS: Final = {"sendDocument": "document", "sendPhoto": "photo"}
_PREVIEW: Final = frozenset({"is_disabled", "url", "prefer_small_media", "prefer_large_media", "show_above_text"})


def person(town: Town, user_id: int) -> Json | None:
    """Return the person of a mention where the bot can know them."""
    found = town.users.get(user_id)
    return faces.user(found) if found else None


def words(town: Town, asked: Asked) -> Json:
    """Return text and entities of a message as fields."""
    text, found = entities.message_text(
        asked["text"], asked.get("parse_mode"), asked.get("entities"), lambda user_id: person(town, user_id)
    )
    preview = asked.get("link_preview_options")
    if preview and (unknown := preview.keys() - _PREVIEW):
        raise bad_request(f"can't parse link preview options: unknown field {min(unknown)}")
    return {"text": text, "entities": found, "preview": preview}


def caption(town: Town, asked: Asked | Json) -> Json:
    """Return caption and entities as fields."""
    text, found = entities.caption_text(
        asked.get("caption") or "",
        asked.get("parse_mode"),
        asked.get("caption_entities"),
        lambda user_id: person(town, user_id),
    )
    above = bool(asked.get("show_caption_above_media", False))
    return {"text": text, "entities": found, "above": above, "spoiler": bool(asked.get("has_spoiler", False))}


def _frame(town: Town, place: Chat, asked: Asked) -> Json:
    """Return what every new message has: topic, reply, keyboard, silence and protection."""
    markup = keyboards.checked(asked.get("reply_markup"), private=place.private)
    inline = markup is not None and "inline_keyboard" in markup
    return {
        "thread_id": places.thread(place, asked),
        "reply_to": places.answered(town, place, asked),
        "keyboard": markup if inline else None,
        "other_markup": None if inline else markup,
        "silent": asked.get("disable_notification", False),
        "protected": asked.get("protect_content", False),
    }


def _post(town: Town, place: Chat, facts: Json) -> Message:
    letter = town.new_message(place, town.bot.user_id, **facts)
    markup = letter.other_markup or {}
    if "keyboard" in markup:
        place.keyboard = markup
    elif "remove_keyboard" in markup:
        place.keyboard = None
    return letter


def _spend(town: Town, place: Chat) -> None:
    town.pace.spend("send", place.chat_id, group=place.group)


def send_message(town: Town, asked: Asked) -> Json:
    """Send a text."""
    place = places.open_chat(town, asked)
    facts = words(town, asked) | _frame(town, place, asked)
    _spend(town, place)
    return faces.message(town, _post(town, place, facts))


def send_file(town: Town, asked: Asked) -> Json:
    """Send a document or a photo."""
    place = places.open_chat(town, asked)
    kind = _FILE_KINDS[asked.method]
    facts = caption(town, asked) | _frame(town, place, asked)
    source = _source(town, asked, kind, asked[kind])
    _spend(town, place)
    return faces.message(town, _post(town, place, facts | {"file_id": _kept(town, source).file_id}))


def _source(town: Town, asked: Asked, kind: str, value: str) -> File | tuple[str, str, bytes]:
    """Return a known file, or kind, name and bytes of one that came with the call."""
    if not value.startswith("attach://"):
        if value.startswith(("http://", "https://")):
            raise bad_request("failed to get HTTP URL content")
        known = town.files.get(value)
        if known is None:
            raise bad_request("wrong remote file identifier specified: Wrong string length")
        if known.kind != kind:
            raise bad_request(f"can't use file of type {known.kind.capitalize()} as {kind.capitalize()}")
        return known
    upload = asked.uploads.get(value.removeprefix("attach://"))
    if upload is None:
        raise bad_request(f"there is no {kind} in the request")
    if not upload.content:
        raise bad_request("file must be non-empty")
    if kind == "photo":
        _photo(upload.content)
    return kind, upload.name, upload.content


def _photo(content: bytes) -> None:
    if len(content) > PHOTO_LIMIT:
        raise bad_request("file is too big")
    sides = pictures.size(content)
    if sides is None:
        raise bad_request("IMAGE_PROCESS_FAILED")
    if sum(sides) > PHOTO_SIDES or min(sides) < 1 or max(sides) > PHOTO_RATIO * min(sides):
        raise bad_request("PHOTO_INVALID_DIMENSIONS")


def _kept(town: Town, source: File | tuple[str, str, bytes]) -> File:
    return source if isinstance(source, File) else town.add_file(*source)


def send_media_group(town: Town, asked: Asked) -> list[Json]:
    """Send two to ten documents, or photos, as one album."""
    place = places.open_chat(town, asked)
    items = asked["media"]
    if len(items) not in ALBUM:
        raise bad_request(f"too {'few' if len(items) < ALBUM.start else 'much'} messages to send as an album")
    kinds = {_media_kind(item) for item in items}
    if len(kinds) > 1:
        raise bad_request("document can't be mixed with other media types")
    frame = _frame(town, place, asked)
    ready = [(caption(town, item), _source(town, asked, item["type"], item["media"])) for item in items]
    _spend(town, place)
    frame["media_group_id"] = str(13_000_000_000_000_000 + town.count())
    letters = [_post(town, place, frame | facts | {"file_id": _kept(town, source).file_id}) for facts, source in ready]
    return [faces.message(town, letter) for letter in letters]


def _media_kind(item: Any) -> str:
    kind = item.get("type") if isinstance(item, dict) else None
    if kind not in {"document", "photo"}:
        raise bad_request(f"can't parse InputMedia: type {kind} is not served by the stand-in")
    allowed = {"type", "media", "caption", "parse_mode", "caption_entities", "disable_content_type_detection"}
    allowed |= {"show_caption_above_media", "has_spoiler"} if kind == "photo" else set()
    if unknown := item.keys() - allowed:
        raise bad_request(f"can't parse InputMedia: unknown field {min(unknown)}")
    if not isinstance(item.get("media"), str):
        raise bad_request("can't parse InputMedia: Can't find field \"media\"")
    return str(kind)


def copy_message(town: Town, asked: Asked) -> Json:
    """Send a message again as one's own, a new caption if wanted."""
    place, letter = _original(town, asked, "copy")
    facts = _frame(town, place, asked)
    kept = {"text": letter.text, "entities": letter.entities, "file_id": letter.file_id, "preview": letter.preview}
    if letter.file_id is not None and "caption" in asked.values:
        kept |= caption(town, asked)
    _spend(town, place)
    return {"message_id": _post(town, place, facts | kept).message_id}


def forward_message(town: Town, asked: Asked) -> Json:
    """Send a message on, its author named."""
    place, letter = _original(town, asked, "forward")
    thread_id = places.thread(place, asked)
    sender = town.users[letter.sender or town.bot.user_id]
    origin = letter.forward_origin or {"type": "user", "sender_user": faces.user(sender), "date": letter.date}
    _spend(town, place)
    facts = {
        "text": letter.text,
        "entities": letter.entities,
        "file_id": letter.file_id,
        "forward_origin": origin,
        "thread_id": thread_id,
        "silent": asked.get("disable_notification", False),
        "protected": asked.get("protect_content", False),
    }
    return faces.message(town, _post(town, place, facts))


def _original(town: Town, asked: Asked, what: str) -> tuple[Chat, Message]:
    place = places.open_chat(town, asked)
    letter = places.message(town, places.chat(town, asked["from_chat_id"]), asked, what)
    if letter.service or letter.protected:
        raise bad_request(f"message can't be {'copied' if what == 'copy' else 'forwarded'}")
    return place, letter
