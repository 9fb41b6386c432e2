"""The forms that values of settings take: addresses, times of day, zones; anything else raises `ValueError`."""

import re
from collections.abc import Callable
from datetime import time
from typing import Annotated, Any, NamedTuple
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, PlainValidator


class Listen(NamedTuple):
    """Where a web site listens; port 0 takes any that is free."""

    host: str
    port: int


class Quiet(NamedTuple):
    """From when until when nothing goes out by itself, in the office's time; it may pass midnight."""

    start: time
    end: time

    def covers(self, moment: time) -> bool:
        """Tell whether the time of day lies in the quiet hours; the moment of their end does not."""
        if self.start < self.end:
            return self.start <= moment < self.end
        return moment >= self.start or moment < self.end


def shaped(pattern: str) -> AfterValidator:
    """Check that a text, if there is one, is of the pattern from its first to its last character."""
    return AfterValidator(lambda value: value if value is None else _like(value, pattern).string)


def _like(value: Any, pattern: str) -> re.Match[str]:
    match = re.fullmatch(pattern, value) if isinstance(value, str) else None
    if match is None:
        raise ValueError("of another form")
    return match


def _moment(value: str) -> time:
    return time.fromisoformat(_like(value, r"([01][0-9]|2[0-3]):[0-5][0-9]").string)


def _quiet(value: str) -> Quiet | None:
    match = _like(value, r"\s*|([0-9:]+)\s*-\s*([0-9:]+)")
    if match[1] is None:
        return None
    quiet = Quiet(_moment(match[1]), _moment(match[2]))
    if quiet.start == quiet.end:
        raise ValueError("empty, or the whole day")
    return quiet


def _listen(value: str) -> Listen:
    match = _like(value, r"([^\s:/@\[\]]+|\[[0-9A-Fa-f:.]+\]):([0-9]{1,5})")
    if int(match[2]) >= 2**16:
        raise ValueError("no such port")
    return Listen(match[1].strip("[]"), int(match[2]))


def _zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (KeyError, OSError):
        raise ValueError("no such zone") from None
    return value


def _number(value: Any) -> Any:
    if isinstance(value, bool):
        raise ValueError("a truth, not a number")  # noqa: TRY004 - pydantic gathers only ValueErrors
    return value


def _read(kind: type, read: Callable[[str], object]) -> PlainValidator:
    return PlainValidator(lambda value: value if isinstance(value, kind) else read(value))


Maybe = BeforeValidator(lambda value: value.strip() or None if isinstance(value, str) else value)
Capital = BeforeValidator(lambda value: value.upper() if isinstance(value, str) else value)
Number = BeforeValidator(_number)
Api = Annotated[str, shaped(r"https?://[^\s/?#@]+(/[^\s?#]*)?/bot")]
Site = Annotated[Listen, _read(Listen, _listen)]
Moment = Annotated[time, _read(time, _moment)]
Hours = Annotated[Quiet | None, _read(Quiet, _quiet)]
Zone = Annotated[str, AfterValidator(_zone)]
