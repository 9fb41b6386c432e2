"""What a message says, before anybody speaks HTML: blocks of plain words, keys under them, files beside them."""

from dataclasses import dataclass, field, replace
from html import escape

from handlers.buttons import Button
from storage.rules.privacy import masked

LIMIT = 4096  # Bot API: text after entity parsing
_ROOM = 3900
_WIDTH = 24  # columns of a phone for keys in one row; a Chinese character takes two


@dataclass(frozen=True)
class Title:
    """The first line: number before title, so that screen readers and search hit it."""

    words: str


@dataclass(frozen=True)
class Text:
    """A paragraph."""

    words: str


@dataclass(frozen=True)
class Quote:
    """Long words of others, folded where the client can."""

    words: str


Block = Title | Text | Quote


@dataclass(frozen=True)
class Key:
    """One button under a message: a signed press, a link or something to copy."""

    label: str
    button: Button | None = None
    url: str | None = None
    copy: str | None = None
    style: str | None = None  # success · danger (Bot API 9.4); never colour alone, the words say it


@dataclass(frozen=True)
class Document:
    """A file that goes out with a page."""

    name: str
    content: bytes = field(repr=False)
    caption: str = ""
    photo: bool = False


@dataclass(frozen=True)
class Page:
    """A message in the reader's language."""

    blocks: tuple[Block, ...]
    rows: tuple[tuple[Key, ...], ...] = ()
    files: tuple[Document, ...] = ()
    placeholder: str = ""  # asks for typed words (ForceReply in groups)
    words: tuple[tuple[str, ...], ...] | None = None  # a reply keyboard; empty removes it
    fleeting: bool = False  # what it says is not kept with its letter


def text(*paragraphs: str, rows: tuple[tuple[Key, ...], ...] = (), files: tuple[Document, ...] = ()) -> Page:
    """Make a page of plain paragraphs."""
    return Page(tuple(Text(paragraph) for paragraph in paragraphs if paragraph), rows, files)


def plain(page: Page) -> str:
    """Give the words alone, as they are counted and kept."""
    return "\n".join(masked(block.words) for block in page.blocks)


def html(page: Page) -> str:
    """Write a page as Telegram's HTML; the one edge at which words are escaped."""
    return "\n".join(_html(block) for block in page.blocks)


def _html(block: Block) -> str:
    """Write one block."""
    words = escape(masked(block.words), quote=False)
    match block:
        case Title():
            return f"<b>{words}</b>"
        case Quote():
            return f"<blockquote expandable>{words}</blockquote>"
        case Text():
            return words


def fit(page: Page, rest: str) -> Page:
    """Cut a page to Telegram's limit; what is cut goes along whole as a file that `rest` names."""
    if sum(2 * len(block.words) + 1 for block in page.blocks) <= LIMIT:  # a character takes two units at the most
        return page
    whole = plain(page)
    if _units(whole) <= LIMIT:
        return page
    kept: list[Block] = []
    room = _ROOM
    for block in page.blocks:
        shown = masked(block.words)  # before it is cut: half a telephone number is not known for one
        words = _cut(shown, max(room // (2 if isinstance(block, Quote) else 1), 0))
        room -= _units(words) + 1
        if words:
            kept.append(replace(block, words=words if words == shown else f"{words}…"))
    return replace(page, blocks=tuple(kept), files=(*page.files, Document(rest, whole.encode("utf-8-sig"))))


def _units(words: str) -> int:
    """Count as Telegram does, in UTF-16 code units."""
    return len(words.encode("utf-16-le")) // 2


def _cut(words: str, units: int) -> str:
    """Cut to so many UTF-16 units, never through a character."""
    return words.encode("utf-16-le")[: 2 * units].decode("utf-16-le", "ignore")


def arrange(keys: list[Key], columns: int = 2) -> tuple[tuple[Key, ...], ...]:
    """Lay keys in rows: so many in a row, a long label in a row of its own."""
    rows: list[tuple[Key, ...]] = []
    row: list[Key] = []
    for key in keys:
        if row and (len(row) == columns or sum(_wide(k.label) for k in (*row, key)) > _WIDTH):
            rows.append(tuple(row))
            row = []
        row.append(key)
    return (*rows, tuple(row)) if row else tuple(rows)


def choices(keys: list[Key], columns: int = 2) -> tuple[tuple[Key, ...], ...]:
    """Lay out what can be chosen; the key that ends the choosing begins a row of its own."""
    end = next((place for place, key in enumerate(keys) if key.style == "success"), 0)
    return (*arrange(keys[:end], columns), *arrange(keys[end:], columns))


def _wide(label: str) -> int:
    """Give the columns a label takes."""
    return sum(2 if ord(character) > 0x2E80 else 1 for character in label) + 2  # noqa: PLR2004 (CJK begins there)
