"""One suggestion or proposal as a row of a sheet tells it."""

import re
from dataclasses import dataclass
from datetime import date, datetime

from handlers.papers import cells, choices, titles
from handlers.papers.faults import shown
from handlers.papers.lines import Line
from handlers.papers.workbooks import Value

TITLE_LIMIT = 200
BODY_LIMIT = 20_000
REMARK_LIMIT = 2_000
STAMP_LENGTH = 40  # characters at the beginning of a text where a mark of secrecy stands

_LABELLED = re.compile(r"(主办|独办|分办|牵头|会办|协办|配合)(?:单位|部门)?\s*[:\uff1a]")
_CO_HANDLING = frozenset({"会办", "协办", "配合"})
_RECESS_REMARK = re.compile("(?<!非)闭会|^平时|平时(?:建议|提案|件)")
_RECESS_HEADING = re.compile("闭会|平时")
_SESSION_HEADING = re.compile("会间|大会|会中|会后")


@dataclass(frozen=True, slots=True)
class CaseRow:
    """A row that can go in. Names and units are words of the sheet: who and what they are is for the database to say.

    `number` is canonical: three digits where it is a plain count, whose value is `count`. `kind` is None where nothing
    told it. Codes are those of the glossary (domain.md 12) and of article 2; texts keep the sheet's own words.
    """

    row: int
    kind: str | None
    number: str
    count: int | None
    title: str
    body: str | None
    lead: str
    seconders: tuple[str, ...]
    delegation: str | None
    category: str | None
    hosts: tuple[str, ...]
    co_handlers: tuple[str, ...]
    session: str | None
    recess: bool
    publicity: str | None
    remark: str | None
    jurisdiction: str | None
    key_case: bool
    level: int | None
    criterion: str | None
    lead_leader: str | None
    assigned_on: date | None
    due_on: date | None
    replied_on: date | None
    former_verdict: str | None


@dataclass(frozen=True, slots=True)
class Setting:
    """What the sheet as a whole says of each of its rows."""

    kind: str | None
    session: str | None
    epoch: date
    recess_by_yes: bool


def recess_by_yes(heading: str) -> bool:
    """Tell whether "yes" under this heading means "in recess": it asks for the recess alone."""
    return bool(_RECESS_HEADING.search(heading)) and not _SESSION_HEADING.search(heading)


def case_row(line: Line, setting: Setting) -> CaseRow | None:
    """Read one line; None, with its faults in the line, if anything in it could not be read."""
    if _refused_as_secret(line):
        return None
    number, count = _number(line)
    lead, seconders = _proposers(line)
    hosts, co_handlers = _units(line)
    assigned_on, due_on, replied_on = _days(line, setting.epoch)
    remark = line.text("remark", REMARK_LIMIT)
    row = CaseRow(
        row=line.number,
        kind=_kind(line, setting),
        number=number,
        count=count,
        title=line.line("title", TITLE_LIMIT) or "",
        body=line.text("body", BODY_LIMIT),
        lead=lead,
        seconders=seconders,
        delegation=line.short("delegation"),
        category=line.short("category"),
        hosts=hosts,
        co_handlers=co_handlers,
        session=_session(line, setting),
        recess=_recess(line, setting, remark),
        publicity=line.choice("publicity", _publicity, choices.OFFERED["publicity"]),
        remark=remark,
        jurisdiction=line.choice("jurisdiction", _jurisdiction, choices.OFFERED["jurisdiction"]),
        key_case=line.choice("key_case", _key_case, choices.OFFERED["key_case"]) or False,
        level=line.choice("level", _level, choices.OFFERED["level"]),
        criterion=line.choice("criterion", choices.criterion, choices.OFFERED["criterion"]),
        lead_leader=line.name("lead_leader"),
        assigned_on=assigned_on,
        due_on=due_on,
        replied_on=replied_on,
        former_verdict=line.choice("former_verdict", _verdict, choices.OFFERED["former_verdict"]) or None,
    )
    for code, answer in (("number", number), ("title", row.title), ("lead", lead)):
        line.require(code, answer)
    return None if line.faults else row


def _refused_as_secret(line: Line) -> bool:
    """Look at the marks of secrecy before anything else: of a marked row nothing is kept, not even its other faults."""
    marked = line.choice("secret", _secret, choices.OFFERED["secret"])
    if line.faults:
        return True
    stamped = any(titles.stamped_secret(line.raw(code)) for code in ("number", "title"))
    stamped = stamped or titles.stamped_secret(line.raw("body")[:STAMP_LENGTH])
    if marked or stamped or any(titles.marked_secret(line.raw(code)) for code in ("remark", "category")):
        line.fault("secret")
        return True
    return False


def _secret(value: Value) -> bool | None:
    return choices.yes_or_no(value, choices.SECRET, choices.NOT_SECRET)


def _key_case(value: Value) -> bool | None:
    return choices.yes_or_no(value, choices.KEY_CASE, choices.NOT_KEY_CASE)


def _publicity(value: Value) -> str | None:
    return choices.PUBLICITY.get(cells.plain(value))


def _jurisdiction(value: Value) -> str | None:
    return choices.JURISDICTIONS.get(cells.plain(value))


def _level(value: Value) -> int | None:
    return choices.LEVELS.get(cells.plain(value))


def _verdict(value: Value) -> str | None:
    word = cells.plain(value)
    return "" if word in choices.NO_VERDICT else choices.VERDICTS.get(word)


def _kind(line: Line, setting: Setting) -> str | None:
    own = line.choice("kind", lambda value: choices.KINDS.get(cells.plain(value)), choices.OFFERED["kind"])
    if own and setting.kind and own != setting.kind:
        line.note("kind_of_rows", kind=titles.KIND_WORDS[own])
    return own or setting.kind


def _number(line: Line) -> tuple[str, int | None]:
    cell = line.cell("number")
    if cell is None or not cells.short(cell.value):
        return "", None
    if isinstance(cell.value, datetime):
        line.fault("number_is_date", field=line.label("number"), value=cells.text(cell.value))
        return "", None
    found = cells.case_number(cell.value)
    if found is None:
        line.fault("bad_number", field=line.label("number"), value=shown(cell.value))
    return found or ("", None)


def _proposers(line: Line) -> tuple[str, tuple[str, ...]]:
    """Give the lead and the others; a list that names all of them in one column names the lead first."""
    leads, others = line.names("lead"), line.names("seconders")
    if not leads:
        return "", others
    if len(leads) > 1:
        line.note("several_leads", value=shown(", ".join(leads)))
    if leads[0] in others:
        line.note("lead_among", value=shown(leads[0]))
    return leads[0], tuple(name for name in dict.fromkeys((*leads[1:], *others)) if name != leads[0])


def _units(line: Line) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Give host and co-handling units, from columns of their own or told apart by labels inside one cell."""
    hosts: list[str] = []
    co_handlers = list(line.units("co_handlers"))
    for cell in line.cells("hosts"):
        first, *labelled = _LABELLED.split(cells.text(cell.value))
        hosts.extend(cells.units(first))
        for label, told in zip(labelled[::2], labelled[1::2], strict=True):
            (co_handlers if label in _CO_HANDLING else hosts).extend(cells.units(told))
    for unit in dict.fromkeys(hosts):
        if unit in co_handlers:
            line.fault("unit_twice", value=shown(unit))
    return tuple(dict.fromkeys(hosts)), tuple(dict.fromkeys(co_handlers))


def _session(line: Line, setting: Setting) -> str | None:
    told = line.short("session")
    return (titles.session(told) or told) if told else setting.session


def _recess(line: Line, setting: Setting, remark: str | None) -> bool:
    yes, no = (choices.YES, choices.NO) if setting.recess_by_yes else (frozenset(), frozenset())

    def read(value: Value) -> bool | None:
        word = cells.plain(value)
        if word in choices.RECESS | yes:
            return True
        return False if word in choices.SESSION | no else None

    told = line.choice("recess", read, choices.OFFERED["recess"])
    return bool(_RECESS_REMARK.search(remark or "")) if told is None else told


def _days(line: Line, epoch: date) -> tuple[date | None, date | None, date | None]:
    """Give the days of assignment, limit and reply; the later two cannot lie before the first."""
    assigned_on, due_on, replied_on = (line.day(code, epoch) for code in ("assigned_on", "due_on", "replied_on"))
    for code, later in (("due_on", due_on), ("replied_on", replied_on)):
        if assigned_on and later and later < assigned_on:
            line.fault(
                "date_order",
                field=line.label(code),
                value=later.isoformat(),
                other=line.label("assigned_on"),
                earlier=assigned_on.isoformat(),
            )
    return assigned_on, due_on, replied_on
