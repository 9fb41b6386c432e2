"""What Telegram does to every text: strange characters go, edges are trimmed, commands and links are found."""

import re
from collections.abc import Callable, Iterable
from typing import Any, Final

from bot.sandbox.markup import Entity, mentioned_user, parse_html, units
from bot.sandbox.refusals import bad_request

TEXT_LIMIT: Final = 4096
CAPTION_LIMIT: Final = 1024
ENTITY_LIMIT: Final = 100

_FIELDS: Final[dict[str, frozenset[str]]] = {
    **dict.fromkeys(
        (
            "mention", "hashtag", "cashtag", "bot_command", "url", "email", "phone_number", "bold", "italic",
            "underline", "strikethrough", "spoiler", "blockquote", "expandable_blockquote", "code",
        ),
        frozenset[str](),
    ),
    "pre": frozenset({"language"}),
    "text_link": frozenset({"url"}),
    "text_mention": frozenset({"user"}),
    "custom_emoji": frozenset({"custom_emoji_id"}),
    "date_time": frozenset({"unix_time", "date_time_format"}),
}  # fmt: skip
_QUOTES: Final = frozenset({"blockquote", "expandable_blockquote"})
_MONOSPACE: Final = frozenset({"code", "pre"})
# Text inside these is left as it stands: no command, address or name is looked for.
_OPAQUE: Final = _MONOSPACE | {"text_link", "text_mention", "custom_emoji", "date_time"}

# \w holds Chinese characters on purpose: Telegram finds no command in "/start你好".
_FOUND: Final = (
    ("url", re.compile(
        r"(?<![\w@/.])(?:https?://[^\s<>\"\u3000-\u303f\uff00-\uffef]+(?<![.,;:!?)\]])"
        r"|(?:[A-Za-z0-9-]+\.)+(?:com|cn|org|net|gov|me|info)(?![\w.@-])(?:/[^\s<>\"\u3000-\u303f\uff00-\uffef]*)?)"
    )),
    ("email", re.compile(r"(?<![\w.+-])[\w.+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+", re.ASCII)),
    ("bot_command", re.compile(r"(?<![\w/<>])/[A-Za-z0-9_]{1,64}(?:@[A-Za-z0-9_]{3,32})?(?![\w/<>@])")),
    ("mention", re.compile(r"(?<![\w@/])@[A-Za-z][A-Za-z0-9_]{3,31}(?!\w)")),
    ("hashtag", re.compile(r"(?<![\w#])#(?!\d+(?!\w))\w{1,256}(?![\w#])")),
)  # fmt: skip
_REMOVED: Final = frozenset({"\r", *map(chr, range(0x2028, 0x202F))})
_PRINTABLE_FROM: Final = 0x20

Person = Callable[[int], dict[str, Any] | None]


def formatted(
    text: str, parse_mode: str | None, explicit: list[Entity] | None, person: Person
) -> tuple[str, list[Entity]]:
    """Return the text as Telegram would keep it, with its entities sorted; `person` finds a mentioned user."""
    if parse_mode and parse_mode.lower() != "html":
        raise bad_request(f"unsupported parse_mode: the stand-in speaks HTML only, not {parse_mode}")
    marked, entities = parse_html(text) if parse_mode else (text, _checked(explicit or [], text))
    plain, entities = _cleaned(marked, [_mention(entity, person) for entity in entities])
    entities = _fitting(entities)
    entities += _found(plain, entities)
    return plain, sorted(entities, key=_order)[:ENTITY_LIMIT]


def message_text(
    text: str, parse_mode: str | None, explicit: list[Entity] | None, person: Person
) -> tuple[str, list[Entity]]:
    """Return text and entities of a message, refused when empty or longer than 4,096 after parsing."""
    plain, entities = formatted(text, parse_mode, explicit, person)
    if not plain:
        raise bad_request("message text is empty")
    if units(plain) > TEXT_LIMIT:
        raise bad_request("message is too long")
    return plain, entities


def caption_text(
    text: str, parse_mode: str | None, explicit: list[Entity] | None, person: Person
) -> tuple[str, list[Entity]]:
    """Return caption and entities, refused when longer than 1,024 after parsing; it may be empty."""
    plain, entities = formatted(text, parse_mode, explicit, person)
    if units(plain) > CAPTION_LIMIT:
        raise bad_request("message caption is too long")
    return plain, entities


def covered(text: str, entity: Entity) -> str:
    """Return the words that an entity covers."""
    raw = text.encode("utf-16-le")
    return raw[2 * entity["offset"] : 2 * (entity["offset"] + entity["length"])].decode("utf-16-le")


def _order(entity: Entity) -> tuple[int, int, bool]:
    return entity["offset"], -entity["length"], entity["type"] not in _MONOSPACE


def _checked(entities: Iterable[Entity], text: str) -> list[Entity]:
    """Check entities that a bot gave itself instead of markup."""
    whole, result = units(text), []
    for entity in entities:
        kind = entity.get("type") if isinstance(entity, dict) else None
        if kind not in _FIELDS:
            raise bad_request("can't parse MessageEntity: Unsupported type specified")
        offset, length = entity.get("offset"), entity.get("length")
        if not isinstance(offset, int) or not isinstance(length, int) or offset < 0 or length < 0:
            raise bad_request("can't parse MessageEntity: Invalid offset or length")
        if unknown := entity.keys() - {"type", "offset", "length"} - _FIELDS[kind]:
            raise bad_request(f"can't parse MessageEntity: unknown field {min(unknown)}")
        if offset + length > whole:
            raise bad_request(f"entity beginning at UTF-16 offset {offset} ends after the end of the text")
        if length:
            result.append(dict(entity))
    return result


def _mention(entity: Entity, person: Person) -> Entity:
    who = mentioned_user(entity["url"]) if entity["type"] == "text_link" else None
    if who is None:
        return entity
    user = person(who)
    # A link to somebody whom the bot never met is dropped by Telegram without a word.
    kept = {"offset": entity["offset"], "length": entity["length"]}
    return {"type": "text_mention", **kept, "user": user} if user else {"type": "", **kept}


def _cleaned(text: str, entities: list[Entity]) -> tuple[str, list[Entity]]:
    """Drop bidi overrides, make control characters spaces, trim both ends, and move the entities along."""
    kept, places, before = [], [0], 0
    for character in text:
        new = "" if character in _REMOVED else character
        if ord(character) < _PRINTABLE_FROM and character != "\n":
            new = new and " "
        kept.append(new)
        before += units(new)
        places += [before] * units(character)
    whole = "".join(kept)
    lead = units(whole) - units(whole.lstrip())
    plain = whole.strip()
    moved = []
    for entity in entities:
        begin = max(0, places[entity["offset"]] - lead)
        end = min(units(plain), places[entity["offset"] + entity["length"]] - lead)
        if entity["type"] and end > begin:
            moved.append({**entity, "offset": begin, "length": end - begin})
    return plain, moved


def _fitting(entities: list[Entity]) -> list[Entity]:
    """Drop what Telegram drops: anything within code, a quotation within a quotation, the second of two alike."""
    kept: list[Entity] = []
    for entity in sorted(entities, key=_order):
        around = {other["type"] for other in kept if _meets(other, entity)}
        quoted = entity["type"] in _QUOTES and around & _QUOTES
        twice = entity["type"] in around
        if not quoted and not twice and not around & _MONOSPACE:
            kept.append(entity)
    return kept


def _meets(one: Entity, other: Entity) -> bool:
    first, second = sorted((one, other), key=_order)
    return bool(second["offset"] < first["offset"] + first["length"])


def _found(text: str, entities: list[Entity]) -> list[Entity]:
    found: list[Entity] = []
    taken = [entity for entity in entities if entity["type"] in _OPAQUE]
    for kind, pattern in _FOUND:
        for match in pattern.finditer(text):
            entity: Entity = {"type": kind, "offset": units(text[: match.start()]), "length": units(match.group())}
            if not any(_meets(entity, other) for other in (*taken, *found)):
                found.append(entity)
    return found
