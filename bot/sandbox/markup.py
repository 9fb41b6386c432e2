"""Telegram's HTML, parsed as strictly as Telegram does; offsets are UTF-16 units, errors count bytes.

The rules follow core.telegram.org/bots/api#html-style and the behaviour of the published Bot API server.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit, urlunsplit

from bot.sandbox.refusals import Refused, bad_request

_SIMPLE: Final = {
    "b": "bold", "strong": "bold", "i": "italic", "em": "italic", "u": "underline", "ins": "underline",
    "s": "strikethrough", "strike": "strikethrough", "del": "strikethrough", "tg-spoiler": "spoiler",
    "span": "spoiler", "code": "code", "pre": "pre", "a": "text_link", "tg-emoji": "custom_emoji",
    "blockquote": "blockquote", "tg-time": "date_time",
}  # fmt: skip
_NAMED: Final = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}
_REFERENCE: Final = re.compile(r"&(?:#x([0-9a-fA-F]{1,7})|#([0-9]{1,8})|([a-zA-Z]+));?")
_NAME: Final = re.compile(r"[^\s>]*")
_ATTRIBUTE: Final = re.compile(r"[^\s=>]*")
_TOKEN: Final = re.compile(r"[A-Za-z0-9.\-]*")
_SPACE: Final = re.compile(r"\s*")
_TIME_FORMAT: Final = re.compile(r"r|[wWdDtT]*")
_LAST_CODE_POINT: Final = 0x10FFFF
_SURROGATES: Final = range(0xD800, 0xE000)
_SCHEMES: Final = frozenset({"http", "https", "tg", "ton", "tonsite"})

Entity = dict[str, Any]


def units(text: str) -> int:
    """Return the length of the text in UTF-16 code units, as Telegram counts."""
    return len(text) + sum(character > "\uffff" for character in text)


@dataclass
class _Open:
    tag: str
    attributes: dict[str, str]
    offset: int
    written: int


@dataclass
class _Parser:
    source: str
    at: int = 0
    written: list[str] = field(default_factory=list)
    offset: int = 0
    stack: list[_Open] = field(default_factory=list)
    entities: list[Entity] = field(default_factory=list)

    def run(self) -> tuple[str, list[Entity]]:
        while self.at < len(self.source):
            if self.source[self.at] != "<":
                self._write(self._character())
            elif self.source.startswith("/", self.at + 1):
                self._close()
            else:
                self._open()
        if self.stack:
            raise _broken(f'Can\'t find end tag corresponding to start tag "{self.stack[-1].tag}"')
        return "".join(self.written), self.entities

    def _write(self, character: str) -> None:
        if ord(character) in _SURROGATES:
            raise _broken(
                "Text contains invalid Unicode characters after decoding HTML entities, "
                "check for unmatched surrogate code units"
            )
        self.written.append(character)
        self.offset += units(character)

    def _character(self) -> str:
        match = _REFERENCE.match(self.source, self.at) if self.source[self.at] == "&" else None
        character = _decoded(match) if match else None
        if match and character:
            self.at = match.end()
            return character
        self.at += 1
        return self.source[self.at - 1]

    def _take(self, pattern: re.Pattern[str]) -> str:
        match = pattern.match(self.source, self.at)
        assert match is not None
        self.at = match.end()
        return match.group()

    def _ended(self) -> bool:
        return self.at >= len(self.source)

    def _open(self) -> None:
        begin, self.at = self.at, self.at + 1
        tag = self._take(_NAME).lower()
        where = f"at byte offset {len(self.source[:begin].encode())}"
        if self._ended():
            raise _broken(f"Unclosed start tag {where}")
        if tag not in _SIMPLE:
            raise _broken(f'Unsupported start tag "{tag}" {where}')
        attributes = dict(self._attributes(tag, where))
        self.at += 1
        if tag == "span" and attributes.get("class") != "tg-spoiler":
            raise _broken(f'Tag "span" must have class "tg-spoiler" {where}')
        self.stack.append(_Open(tag, attributes, self.offset, len(self.written)))

    def _attributes(self, tag: str, where: str) -> Iterator[tuple[str, str]]:
        while True:
            self._take(_SPACE)
            if self._ended():
                raise _broken(f"Unclosed start tag {where}")
            if self.source[self.at] == ">":
                return
            name = self._take(_ATTRIBUTE)
            if not name:
                raise _broken(f'Empty attribute name in the tag "{tag}" {where}')
            self._take(_SPACE)
            value = ""
            if self.source.startswith("=", self.at):
                self.at += 1
                self._take(_SPACE)
                if self._ended():
                    raise _broken(f'Unclosed start tag "{tag}" {where}')
                value = self._value(where)
            yield name.lower(), value

    def _value(self, where: str) -> str:
        quote = self.source[self.at]
        if quote not in "'\"":
            begin = self.at
            token = self._take(_TOKEN)
            if self._ended() or not (self.source[self.at].isspace() or self.source[self.at] == ">"):
                raise _broken(f"Unexpected end of name token at byte offset {len(self.source[:begin].encode())}")
            return token.lower()
        self.at += 1
        value = ""
        while not self._ended() and self.source[self.at] != quote:
            value += self._character()
        self.at += 1
        if self._ended():
            raise _broken(f"Unclosed start tag {where}")
        return value

    def _close(self) -> None:
        begin, self.at = self.at, self.at + 2
        where = f"at byte offset {len(self.source[:begin].encode())}"
        if not self.stack:
            raise _broken(f"Unexpected end tag {where}")
        name = self._take(_NAME).lower()
        self._take(_SPACE)
        if self._ended() or self.source[self.at] != ">":
            raise _broken(f"Unclosed end tag {where}")
        self.at += 1
        opened = self.stack.pop()
        if name not in {"", opened.tag}:
            raise _broken(f'Unmatched end tag {where}, expected "</{opened.tag}>", found "</{name}>"')
        if self.offset > opened.offset:
            self._add(opened)

    def _add(self, opened: _Open) -> None:
        span = {"offset": opened.offset, "length": self.offset - opened.offset}
        language = opened.attributes.get("class", "").partition("language-")[2] if opened.tag == "code" else ""
        inner = self.entities[-1] if self.entities else {}
        same = {key: inner.get(key) for key in span} == span
        if opened.tag == "pre" and same and inner["type"] == "code" and inner.get("_language"):
            self.entities[-1] = {"type": "pre", **span, "language": inner["_language"]}
        elif opened.tag == "code" and same and inner["type"] == "pre" and language:
            self.entities[-1] = {"type": "pre", **span, "language": language}
        elif (facts := _facts(opened, "".join(self.written[opened.written :]))) is not None:
            kind = _SIMPLE[opened.tag]
            if opened.tag == "blockquote" and "expandable" in opened.attributes:
                kind = "expandable_blockquote"
            self.entities.append({"type": kind, **span, **facts, **({"_language": language} if language else {})})


def _facts(opened: _Open, inside: str) -> Entity | None:
    """Return the further fields of the entity, or nothing where Telegram drops it without a word."""
    attributes = opened.attributes
    if opened.tag == "a":
        url = checked_url(attributes.get("href") or inside)
        return {"url": url} if url else None
    if opened.tag == "tg-emoji":
        if not re.fullmatch(r"-?[0-9]{1,19}", attributes.get("emoji-id", "")) or not int(attributes["emoji-id"]):
            raise _broken("Invalid custom emoji identifier specified")
        return {"custom_emoji_id": attributes["emoji-id"]}
    if opened.tag == "tg-time":
        if not re.fullmatch(r"[0-9]{1,10}", attributes.get("unix", "")):
            raise _broken("Invalid Unix time specified")
        if not _TIME_FORMAT.fullmatch(attributes.get("format", "")):
            raise _broken("Invalid date format used")
        wanted = {"date_time_format": attributes["format"]} if attributes.get("format") else {}
        return {"unix_time": int(attributes["unix"]), **wanted}
    return {}


def _decoded(match: re.Match[str]) -> str | None:
    hexadecimal, decimal, name = match.groups()
    if name:
        return _NAMED.get(name)
    code = int(hexadecimal, 16) if hexadecimal else int(decimal)
    return chr(code) if 0 < code < _LAST_CODE_POINT else None


def checked_url(text: str) -> str | None:
    """Return the address as Telegram keeps it, or nothing for one that it would not link."""
    if any(character.isspace() for character in text):
        return None
    try:
        parts = urlsplit(text if "://" in text else f"http://{text}")
        host = parts.hostname or ""
    except ValueError:
        return None
    if parts.scheme.lower() not in _SCHEMES:
        return None
    if parts.scheme.lower() == "tg":
        return text
    if "." not in host and ":" not in host:
        return None
    return urlunsplit(parts._replace(path=parts.path or "/"))


def mentioned_user(url: str) -> int | None:
    """Return the id in a `tg://user?id=…` link."""
    parts = urlsplit(url)
    ids = parse_qs(parts.query).get("id", []) if (parts.scheme, parts.netloc) == ("tg", "user") else []
    return int(ids[0]) if ids and ids[0].isdecimal() else None


def _broken(words: str) -> Refused:
    return bad_request(f"can't parse entities: {words}")


def parse_html(source: str) -> tuple[str, list[Entity]]:
    """Return the plain text and its entities, or refuse with Telegram's words."""
    text, entities = _Parser(source).run()
    for entity in entities:
        entity.pop("_language", None)
    return text, entities
