"""What one cell says: text, names, units, dates, numbers and yes or no, in the ways that offices write them.

Punctuation of the full width is written as escapes: the eye cannot tell it from the ASCII kind.
"""

import re
import unicodedata
from collections.abc import Mapping
from datetime import date, datetime, timedelta

from handlers.papers.workbooks import Value

NOTHING = frozenset({"", "无", "暂无", "空", "/", "\\", "-", "--", "\u2014", "\u2014\u2014", "\uff0d", "\uff0f"})
FIRST_YEAR, LAST_YEAR = 1990, 2100
NUMBER_LENGTH = 30

_INVISIBLE = re.compile("[\x00-\x08\x0b-\x1f\x7f\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]")
_HAN = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_GAP_IN_HAN = re.compile(f"(?<=[{_HAN}])\\s+(?=[{_HAN}])")
_BREAK_IN_HAN = re.compile(f"(?<=[{_HAN}\u3000-\u303f\uff00-\uffef])\\s*\n\\s*|\\s*\n\\s*(?=[{_HAN}])")
_PARTED = re.compile(r"[\u3001,\uff0c;\uff1b/\uff0f\n\r]+")
_TOLD = (
    "男|女|[\u4e00-\u9fff]{1,4}族|领衔|第一提案人|召集人|执笔|中共|民盟|民革|民建|民进|农工党|致公党|九三学社|无党派"
)
_TOLD_IN_BRACKETS = re.compile(f"[(\uff08](?:{_TOLD})(?:[,\uff0c\u3001\\s]*(?:{_TOLD}))*[)\uff09]")
_AND_OTHERS = re.compile(r"等\s*[\d一二两三四五六七八九十]*\s*[人名位]?(?:代表|委员)?$")
_TELEPHONE = re.compile(r"\d{5,}")
_MARKS = "\u221a\u00d7\u2713\u2714"  # ticks and crosses
_PERSON_LENGTH = 4  # a Han name without a dot is no longer
_UNIT_LENGTH = 3  # and a unit's name no shorter

_DIGITS: Mapping[str, int] = {c: i for i, c in enumerate("〇一二三四五六七八九")} | {"零": 0, "两": 2}
_SCALES: Mapping[str, int] = {"十": 10, "百": 100, "千": 1000}
_NUMERAL = "[〇零一二两三四五六七八九十百千]"

_CASE_NUMBER = re.compile(
    rf"(?:(?:人大|政协)?(?:代表|委员)?(?:建议|提案)?案?(?:编号|号)?(?<=\w)[:\-]?)?(?:第|NO\.?)?(?P<number>\d{{1,9}}|{_NUMERAL}+)(?:号|件)?(?:代表)?(?:建议|提案)?"
)
_OTHER_NUMBER = re.compile(r"(?=.*\d)[\w(\[\u3014][\w\-.\u3014\u3015()\[\]]*")

_YEAR_FIRST = re.compile(r"(\d{4})[-./年](\d{1,2})[-./月](\d{1,2})日?(?:[T ]?\d{1,2}:\d{2}(?::\d{2}(?:\.0+)?)?)?")
_SOLID = re.compile(r"(\d{4})(\d{2})(\d{2})")
_SERIALS = range(32_000, 74_000)  # 1987 to 2102, counted from 1900


def text(value: Value) -> str:
    """Give a cell's text, breaks kept as line feeds, without invisible characters and outer blanks."""
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, datetime):
        return value.date().isoformat()
    lines = _INVISIBLE.sub("", str(value).replace("\r\n", "\n").replace("\r", "\n")).split("\n")
    return "\n".join(line.rstrip() for line in lines).strip()


def line(value: Value) -> str:
    """Give a cell's text as one line: breaks between Han characters vanish, others become a blank."""
    return " ".join(_BREAK_IN_HAN.sub("", text(value)).split())


def short(value: Value) -> str:
    """Give a short field (a unit, a post) as one line, without the blanks that stretch Han words over a column."""
    found = _GAP_IN_HAN.sub("", line(value))
    return "" if found in NOTHING else found


def folded(value: Value) -> str:
    """Give a number or code as text: compatibility forms folded, without blanks."""
    return "".join(unicodedata.normalize("NFKC", text(value)).split())


def plain(value: Value) -> str:
    """Give a word for comparing: compatibility forms folded, no blanks, no punctuation, lower case."""
    word = unicodedata.normalize("NFKC", text(value)).lower()
    return "".join(c for c in word if unicodedata.category(c)[0] not in "PZCS" or c in _MARKS)


def parts(value: Value) -> tuple[str, ...]:
    """Split a list at the separators offices use, empty ones left out."""
    found = (piece.strip() for piece in _PARTED.split(text(value)))
    return tuple(piece for piece in found if piece not in NOTHING)


def names(value: Value) -> tuple[str, ...]:
    """Split a cell into names of people or groups, each once, in order, without what is told of them in brackets."""
    bare = _AND_OTHERS.sub("", _TOLD_IN_BRACKETS.sub("", text(value)))
    return tuple(dict.fromkeys(name for piece in parts(bare) for name in _spaced_names(piece)))


def _spaced_names(piece: str) -> list[str]:
    """Tell a blank between two names from the one that stretches a name of two characters."""
    tokens = piece.split()
    han = all(re.fullmatch(f"[{_HAN}]+", token) for token in tokens)
    if not han:
        return [" ".join(tokens)]
    if any(len(token) > _PERSON_LENGTH for token in tokens):
        return ["".join(tokens)]  # an organisation's name, broken somewhere
    found: list[str] = []
    singles = ""
    for token in [*tokens, "  "]:
        if len(token) == 1:
            singles += token
            continue
        found.extend(_joined_singles(singles))
        singles = ""
        found.append(token)
    return found[:-1]


def _joined_singles(singles: str) -> list[str]:
    if len(singles) % 2 == 0:
        return [singles[i : i + 2] for i in range(0, len(singles), 2)]
    return [singles]


def is_name(name: str) -> bool:
    """Tell whether this can be a name: some letter in it, and no telephone or identity number."""
    return bool(name) and any(c.isalpha() for c in name) and not _TELEPHONE.search(unicodedata.normalize("NFKC", name))


def masked(name: str) -> str:
    """Hide telephone and identity numbers, so that a message about them does not spread them."""
    return _TELEPHONE.sub("***", unicodedata.normalize("NFKC", name))


def units(value: Value) -> tuple[str, ...]:
    """Split a cell into units, each once, in order."""
    found: list[str] = []
    for piece in parts(value):
        tokens = piece.split()
        apart = len(tokens) > 1 and all(len(token) >= _UNIT_LENGTH for token in tokens)
        found.extend(tokens if apart else ["".join(tokens)])
    return tuple(dict.fromkeys(found))


def numeral(word: str) -> int | None:
    """Read a whole number in digits or in Chinese numerals below ten thousand; None if it is neither."""
    if word.isdecimal():
        return int(word)
    if not re.fullmatch(f"{_NUMERAL}+", word):
        return None
    if not any(c in _SCALES for c in word):
        return int("".join(str(_DIGITS[c]) for c in word))
    total, digit = 0, 0
    for c in word:
        if c in _SCALES:
            total += (digit or 1) * _SCALES[c]
            digit = 0
        else:
            digit = _DIGITS[c]
    return total + digit


def case_number(value: Value) -> tuple[str, int | None] | None:
    """Give the canonical number and, of a plain count, its value: `第８号` gives ("008", 8); None if unreadable.

    Three digits as on printed replies (domain.md 3.4); a number of its own form, such as `JB-12`, stays as it is.
    """
    if isinstance(value, float) and not value.is_integer():
        return None
    code = folded(value).upper()
    found = _CASE_NUMBER.fullmatch(code)
    if found:
        count = numeral(found["number"])
        return (f"{count:03d}", count) if count else None
    if len(code) <= NUMBER_LENGTH and not _YEAR_FIRST.fullmatch(code) and _OTHER_NUMBER.fullmatch(code):
        return code, None
    return None


def day(value: Value, epoch: date) -> date | None:
    """Read a date: a real one, a serial counted from `epoch`, or text, year first; None if it is none that can be."""
    found: date | None = None
    if isinstance(value, datetime):
        found = value.date()
    elif isinstance(value, int | float) and int(value) in _SERIALS:
        found = epoch + timedelta(days=int(value))
    else:
        told = " ".join(unicodedata.normalize("NFKC", text(value)).split())
        match = _YEAR_FIRST.fullmatch(re.sub(r"\s*([-./年月日])\s*", r"\1", told)) or _SOLID.fullmatch(told)
        if match:
            try:
                found = date(int(match[1]), int(match[2]), int(match[3]))
            except ValueError:
                return None
        elif told.isdecimal() and len(told) == len(str(_SERIALS.start)) and int(told) in _SERIALS:
            found = epoch + timedelta(days=int(told))  # a CSV saved from cells of the wrong format
    return found if found and FIRST_YEAR <= found.year <= LAST_YEAR else None
