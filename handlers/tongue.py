"""Words in the reader's language: catalogs read from `.po` at start, dates, counts and lists through babel."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import Enum
from functools import cache, lru_cache
from importlib.resources import files
from zoneinfo import ZoneInfo

from babel.core import Locale
from babel.dates import format_date, format_skeleton
from babel.lists import format_list

from handlers import catalogs
from handlers.terms import TERMS

DEFAULT = "zh_CN"
LANGUAGES = ("zh_CN", "en")
_DAYS = 4096
_LOCALES = {"zh_CN": "zh_Hans_CN", "en": "en"}


def N_(msgid: str) -> str:  # noqa: N802 (gettext's own name for a word that is translated later)
    """Mark a msgid for extraction."""
    return msgid


@cache
def catalog(language: str) -> Mapping[str, str]:
    """Read every `.po` of a language into one mapping; English speaks its msgids."""
    words: dict[str, str] = {}
    folder = files("handlers") / "locales" / language
    if not folder.is_dir():
        return words
    for entry in sorted(folder.iterdir(), key=lambda e: e.name):
        if entry.name.endswith(".po"):
            with entry.open(encoding="utf-8") as stream:
                words |= catalogs.read(stream)
    return words


@dataclass(frozen=True)
class Tongue:
    """One language in the office's zone."""

    language: str = DEFAULT
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("Asia/Shanghai"))

    @property
    def locale(self) -> Locale:
        """Babel's locale."""
        return _locale(self.language)

    def say(self, msgid: str, **facts: object) -> str:
        """Translate a sentence and fill its facts in."""
        return self.fill(msgid, facts)

    def fill(self, msgid: str, facts: Mapping[str, object]) -> str:
        """Translate a sentence and fill a mapping of facts in."""
        words = catalog(self.language).get(msgid, msgid)
        return words % {name: self.show(fact) for name, fact in facts.items()} if facts or "%%" in words else words

    def show(self, fact: object) -> str | int | float:
        """Show a fact: a term, a date, a moment, a list, or as it is; a plain number stays one for `%d`."""
        if type(fact) is str:
            return fact
        if isinstance(fact, Enum):
            return self.term(fact)
        if isinstance(fact, datetime):
            return self.moment(fact)
        if isinstance(fact, date):
            return self.day(fact)
        if isinstance(fact, (list, tuple, set, frozenset)):
            shown = (str(self.show(part)) for part in fact)
            return self.list(sorted(shown) if isinstance(fact, (set, frozenset)) else shown)
        return fact if isinstance(fact, (int, float)) else str(fact)

    def term(self, term: Enum) -> str:
        """Say a term of the trade."""
        return self.say(TERMS[type(term)][term])

    def day(self, day: date) -> str:
        """Say a day: 2026年11月23日(周一)."""
        return _day(self.language, day)

    def month_day(self, day: date) -> str:
        """Say a day of a year that is known: 10月1日."""
        return format_skeleton("MMMd", day, locale=self.locale)

    def moment(self, moment: datetime) -> str:
        """Say a moment on the office's clock."""
        local = moment.astimezone(self.zone)
        return f"{self.day(local.date())} {local:%H:%M}"

    def list(self, parts: Iterable[str]) -> str:
        """Say several: 甲、乙和丙."""
        return format_list(list(parts), style="standard", locale=self.locale)


@cache
def _locale(language: str) -> Locale:
    """Parse a locale once."""
    return Locale.parse(_LOCALES[language])


@lru_cache(_DAYS)
def _day(language: str, day: date) -> str:
    """Say a day, once: every card names three of them, and the same ones."""
    shown = format_date(day, "long", locale=_locale(language))
    weekday = format_date(day, "EEE", locale=_locale(language))
    return f"{shown}\uff08{weekday}\uff09" if language == "zh_CN" else f"{shown} ({weekday})"


def choose(*wishes: str | None, zone: ZoneInfo) -> Tongue:
    """Take the first language wished for that we speak: the person's, else the client's, else the office's."""
    for wish in wishes:
        if not wish:
            continue
        for language in LANGUAGES:
            if wish.replace("-", "_").lower().split("_")[0] == language.lower().split("_")[0]:
                return Tongue(language, zone)
    return Tongue(DEFAULT, zone)
