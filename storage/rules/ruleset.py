"""The numbers an office may set: the table of defaults, read strictly, told apart by a fingerprint."""

# ruff: noqa: RUF009 - a Duration is frozen: one made when the module is read serves every set

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any, Self

from storage.rules.durations import Duration
from storage.rules.words import Phase

_of = Duration.parse


@dataclass(frozen=True, slots=True, kw_only=True)
class SlipRules:
    """Say how slips go out: `auto_sign` lets urge slips go without the office head's press."""

    auto_sign: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleSet:
    """Hold every number of handling, reply, survey and urging under its key in `rules.*`.

    Durations are `Duration`; plain numbers are counts, or percent where the comment says so.
    """

    # assignment
    recess_assign: Duration = _of("5wd")
    preassign_check: Duration = _of("5wd")
    session_assign_meeting: Duration = _of("1m")
    contact_list: Duration = _of("5d")
    # a unit's part: acknowledge, return, contact
    sign_receipt: Duration = _of("2wd")
    return_window: Duration = _of("5wd")
    return_late: str = "refuse"
    return_decision: Duration = _of("3wd")
    return_decision_hard: Duration = _of("10wd")
    return_max: int = 2
    first_contact: Duration = _of("15wd")
    contacts_required: tuple[int, ...] = (1, 1, 1)  # early, middle, late
    contacts_face_to_face: int = 1
    # co-opinion
    co_opinion: Duration = _of("1m")
    co_opinion_before_due: Duration = _of("20d")
    co_opinion_redo: Duration = _of("5wd")
    # reply
    reply_due_suggestion: Duration = _of("3m")
    reply_due_proposal: Duration = _of("3m")
    reply_hard: Duration = _of("6m")
    extension_apply_before: Duration = _of("10wd")
    draft_to_office: Duration = _of("10wd")
    draft_review: Duration = _of("3wd")
    roll_due_to_workday: bool = True
    publish_due: Duration = _of("20wd")
    # survey and second round
    survey_window: Duration = _of("15wd")
    survey_reminders: tuple[int, ...] = (5, 10, 14)  # working days after the opening
    survey_open_draw: tuple[int, ...] = (1, 3)  # working days after receipt, from and to
    survey_open_latest: Duration = _of("5wd")  # after delivery
    survey_rater: str = "lead"
    survey_rater_threshold: int = 80  # percent of the co-signers, where every one is asked
    redo_due: Duration = _of("1m")
    redo_max: int = 1
    redo_conference: Duration = _of("1m")
    revisit_sample: int = 10  # percent
    # lights and slips
    light_blue: Duration = _of("15d")
    light_yellow: Duration = _of("5wd")
    light_red: Duration = _of("1d")
    urge_reply: Duration = _of("5wd")
    supervise_reply: Duration = _of("3wd")
    briefing: Duration = _of("10wd")
    slips: SlipRules = SlipRules()
    # the year: settable from the start (chat.md 5), asked for by the procedures that end it
    grades: int = 4
    extension_volume_bonus: bool = False
    survey_silence: str = "exclude"
    grades_of_satisfaction: str = "three"
    second_survey: str = "11-15..12-15"
    promise_report: str = "quarterly"
    promise_carry: bool = True
    briefing_cycle: str = "monthly"
    unit_summary: str = "08-31"
    archive_years: int = 30
    leave_notice: Duration = _of("3d")
    symposium_min: tuple[int, ...] = (2, 1)  # a year: the government, a unit with five cases or more

    def __post_init__(self) -> None:
        """Refuse numbers that contradict each other; raises ValueError naming the first."""
        for complaint in _complaints(self):
            message = f"rules.{complaint}"
            raise ValueError(message)

    @classmethod
    def from_mapping(cls, mapping: Mapping[str, object]) -> Self:
        """Read the `rules` table of a configuration or a kept version; what is absent keeps its default.

        Text of environment variables is understood. Raises ValueError naming the key that is unknown or wrong.
        """
        return cls(**_values(cls(), mapping, "rules"))

    def to_mapping(self) -> dict[str, Any]:
        """Return every number as plain JSON values, from which `from_mapping` makes an equal set."""
        return dict(_plain(self))

    def fingerprint(self) -> str:
        """Return the SHA-256 (hex) of the canonical JSON: a case names by it the version it began under."""
        canonical = json.dumps(self.to_mapping(), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return hashlib.sha256(canonical.encode()).hexdigest()


_CHOICES = {
    "return_late": ("refuse", "accept"),
    "survey_rater": ("lead", "every"),
    "survey_silence": ("exclude",),
    "grades_of_satisfaction": ("three", "four"),
    "promise_report": ("quarterly", "monthly"),
    "briefing_cycle": ("monthly", "weekly"),
}
_DAYS_OF_YEAR = re.compile(r"(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])(\.\.(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01]))?")
_FLAGS = {"true": True, "on": True, "1": True, "false": False, "off": False, "0": False}
_MOST = 100
_ARCHIVE_LEAST = 20


def _complaints(rules: RuleSet) -> Iterator[str]:
    """Name what cannot hold together, each with its key first."""
    for key in ("reply_due_suggestion", "reply_due_proposal"):
        if getattr(rules, key).rough_days > rules.reply_hard.rough_days:
            yield f"{key}: {getattr(rules, key)} is longer than reply_hard = {rules.reply_hard}"
    if len(rules.contacts_required) != len(Phase):
        yield "contacts_required: one number each for the early, the middle and the late contact"
    if sum(rules.contacts_required) < rules.contacts_face_to_face:
        yield "contacts_face_to_face: more than contacts_required in all"
    draw = rules.survey_open_draw
    if len(draw) != len(("from", "to")) or not 1 <= draw[0] <= draw[1]:
        yield "survey_open_draw: two numbers of working days, from (1 or more) and to"
    if rules.archive_years < _ARCHIVE_LEAST:
        yield f"archive_years: at least {_ARCHIVE_LEAST} (Huludao's rule)"
    if list(rules.survey_reminders) != sorted(set(rules.survey_reminders)) or 0 in rules.survey_reminders:
        yield "survey_reminders: working days after the opening, ascending, none twice"


def _values(defaults: Any, mapping: Mapping[str, object], path: str) -> dict[str, Any]:
    """Check each value against the kind of its default."""
    known = {item.name: getattr(defaults, item.name) for item in fields(defaults)}
    for key in mapping:
        if key not in known:
            message = f"{path}.{key}: there is no such rule"
            raise ValueError(message)
    read = {}
    for key, value in mapping.items():
        try:
            read[key] = _value(key, known[key], value, path)
        except TypeError as error:
            message = f"{path}.{key}: {error}, not {value!r}"
            raise ValueError(message) from error
    return read


def _value(key: str, default: object, value: object, path: str) -> object:
    """Read one value as the kind of its default; raises TypeError saying what is asked for."""
    match default:
        case SlipRules():
            return SlipRules(**_values(default, _table(value), f"{path}.{key}"))
        case bool():
            return _flag(value)
        case Duration():
            return _duration(value)
        case tuple():
            parts = value.split(",") if isinstance(value, str) else value
            if not isinstance(parts, list | tuple):
                raise TypeError("a list of numbers is needed")
            return tuple(_number(part) for part in parts)
        case int():
            return _number(value)
    if key not in _CHOICES:
        if not isinstance(value, str) or not _DAYS_OF_YEAR.fullmatch(value):
            raise TypeError('days of the year such as "08-31" or "11-15..12-15" are needed')
        return value
    if value not in _CHOICES[key]:
        raise TypeError("one of " + ", ".join(_CHOICES[key]) + " is needed")
    return value


def _table(value: object) -> Mapping[str, object]:
    if not isinstance(value, Mapping):
        raise TypeError("a table is needed")
    return value


def _flag(value: object) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.lower() in _FLAGS:
        return _FLAGS[value.lower()]
    raise TypeError("true or false is needed")


def _duration(value: object) -> Duration:
    if isinstance(value, Duration):
        return value
    if not isinstance(value, str):
        raise TypeError('a duration such as "3m", "15wd", "10d" is needed')
    try:
        return Duration.parse(value)
    except ValueError as error:
        raise TypeError(str(error)) from error


def _number(value: object) -> int:
    if isinstance(value, str) and value.strip().isascii() and value.strip().isdecimal():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= _MOST:
        raise TypeError(f"a number from 0 to {_MOST} is needed")
    return value


def _plain(value: Any) -> Any:
    """Turn rules into what JSON knows."""
    match value:
        case RuleSet() | SlipRules():
            return {item.name: _plain(getattr(value, item.name)) for item in fields(value)}
        case Duration():
            return str(value)
        case tuple():
            return list(value)
    return value
