"""What a sheet says wrong: plain findings with their row, worded in the reader's language later."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

Translate = Callable[[str], str]


def N_(msgid: str) -> str:  # noqa: N802 (gettext's own name for a word that is translated later)
    """Mark a msgid for extraction."""
    return msgid


SHOWN = 40  # characters of a cell's own text that a message repeats


class Term(str):
    """A fact that is itself a msgid, to be put into the reader's language before it fills a sentence."""

    __slots__ = ()


def shown(value: object) -> str:
    """Clip what a cell holds to one short line, so that a message stays readable and gives little away."""
    line = " ".join(str(value).split())
    return line if len(line) <= SHOWN else line[: SHOWN - 1] + "…"


def listed(rows: Iterable[int]) -> str:
    """Write row numbers as people read them: `3, 7, 12`."""
    return ", ".join(str(row) for row in rows)


def worded(msgid: str, facts: Mapping[str, object], translate: Translate) -> str:
    """Fill the translated sentence with its facts, terms translated first."""
    return translate(msgid) % {
        name: translate(str(fact)) if isinstance(fact, Term) else fact for name, fact in facts.items()
    }


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a row cannot go in; `row` counts as the office's own program numbers it (0: the whole sheet)."""

    row: int
    code: str
    facts: Mapping[str, object] = field(default_factory=dict)

    @property
    def msgid(self) -> str:
        """Give the English sentence with named placeholders, a key of the catalogs."""
        return FAULTS[self.code]

    def say(self, translate: Translate) -> str:
        """Word the fault, row number included where it has one."""
        return worded(self.msgid, {"row": self.row, **self.facts}, translate)


@dataclass(frozen=True, slots=True)
class Note:
    """What was decided while reading, or passed over, so that nothing is dropped in silence."""

    row: int
    code: str
    facts: Mapping[str, object] = field(default_factory=dict)

    @property
    def msgid(self) -> str:
        """Give the English sentence with named placeholders, a key of the catalogs."""
        return NOTES[self.code]

    def say(self, translate: Translate) -> str:
        """Word the note, row number included where it has one."""
        return worded(self.msgid, {"row": self.row, **self.facts}, translate)


class Unreadable(Exception):
    """A file from which nothing could be read, and so nothing was imported; `code` is a key of `REASONS`."""

    def __init__(self, code: str, facts: Mapping[str, object] | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.facts: Mapping[str, object] = facts or {}

    @property
    def msgid(self) -> str:
        """Give the English sentence with named placeholders, a key of the catalogs."""
        return REASONS[self.code]

    def say(self, translate: Translate) -> str:
        """Word the reason and what to do next."""
        return worded(self.msgid, self.facts, translate)

    def __str__(self) -> str:
        return self.say(str)


REASONS: Mapping[str, str] = {
    "too_big": N_(
        "The file has %(size)s MB, more than the %(limit)d MB that can be read. Nothing was imported. "
        "Delete pictures from it or split the list, and send it again."
    ),
    "empty": N_("The file is empty. Nothing was imported. Check that the right file was sent."),
    "old_format": N_(
        "This is an old .xls workbook. Nothing was imported. Open it, save it as .xlsx or CSV, and send that file."
    ),
    "password": N_(
        "The workbook is protected by a password. Nothing was imported. Save it without a password and send it again."
    ),
    "not_a_sheet": N_("This is not a sheet that can be read. Nothing was imported. Send an .xlsx or CSV file."),
    "strict": N_(
        "The workbook is in the “Strict Open XML” variant. Nothing was imported. "
        "Save it as an ordinary .xlsx workbook and send it again."
    ),
    "corrupt": N_(
        "The workbook is damaged and cannot be opened. Nothing was imported. "
        "Open it in the office program, save it again as .xlsx, and send the new file."
    ),
    "inflated": N_(
        "Unpacked, the workbook or a part of it would be larger than %(limit)d MB. Nothing was imported. "
        "Copy the list alone into a new workbook and send that."
    ),
    "unsafe": N_(
        "The workbook contains constructions that no office program writes, and was not opened. "
        "Nothing was imported. Copy the list into a new workbook and send that."
    ),
    "too_many_rows": N_("The sheet has more than %(limit)d filled rows. Nothing was imported. Split the list."),
    "too_many_columns": N_(
        "The sheet has something in column %(column)s; at most %(limit)d columns are read. "
        "Nothing was imported. Delete what stands outside the list."
    ),
    "too_many_cells": N_(
        "The sheet has too many cells. Nothing was imported. Copy the list alone into a new workbook and send that."
    ),
    "encoding": N_(
        "The text of this file is in no known encoding (UTF-8 or GB 18030). Nothing was imported. "
        "Save it as .xlsx or as CSV in UTF-8."
    ),
    "quotes": N_(
        "The quotation marks around line %(line)d do not close. Nothing was imported. "
        "Correct that line, or save the list as .xlsx."
    ),
    "no_headings": N_(
        "No row of headings was found. Nothing was imported. "
        "Above the list there must be a row with headings such as %(headings)s."
    ),
    "secret_sheet": N_(
        "The sheet is marked as classified in its title. It was not read and nothing was kept. "
        "Classified cases are handled on paper only; delete the file wherever it was sent."
    ),
}

FAULTS: Mapping[str, str] = {
    "missing_column": N_("The sheet has no column for “%(field)s” (headings stand in row %(row)d)."),
    "missing": N_("Row %(row)d: “%(field)s” is empty."),
    "formula": N_("Row %(row)d: “%(field)s” holds a formula or its error (%(value)s); write a plain value."),
    "too_long": N_("Row %(row)d: “%(field)s” has %(length)d characters, more than %(limit)d."),
    "bad_number": N_("Row %(row)d: “%(value)s” is not a case number."),
    "number_is_date": N_("Row %(row)d: the case number has become a date (%(value)s); write it as text."),
    "duplicate_number": N_("Row %(row)d: number %(value)s stands in rows %(rows)s; which one is right?"),
    "merged_number": N_("Row %(row)d: number %(value)s is merged over rows %(rows)s; one case must stand in one row."),
    "bad_date": N_("Row %(row)d: “%(field)s”: %(value)s is no date. Write it like 2026-02-27."),
    "date_order": N_("Row %(row)d: “%(field)s” (%(value)s) lies before “%(other)s” (%(earlier)s)."),
    "bad_choice": N_("Row %(row)d: “%(field)s”: “%(value)s” is not understood. Possible: %(choices)s."),
    "bad_name": N_(
        "Row %(row)d: “%(field)s”: “%(value)s” is not a name (telephone numbers are not kept; delete them)."
    ),
    "several_names": N_("Row %(row)d: “%(field)s” holds several names (%(value)s); only one may stand there."),
    "unit_twice": N_("Row %(row)d: %(value)s is host unit and co-handling unit at once."),
    "secret": N_(
        "Row %(row)d is marked as classified and was refused whole; nothing of it was kept. "
        "It is handled on paper only."
    ),
    "number_two_names": N_("Row %(row)d: person number %(value)s stands for different names (rows %(rows)s)."),
    "group_contact": N_("Row %(row)d: the group %(value)s has no contact; write a person's name under “%(field)s”."),
    "secretary_leader": N_(
        "Row %(row)d: secretary %(value)s has no leader; write the leader's name under “%(field)s”."
    ),
    "unit_needed": N_("Row %(row)d: %(value)s has a role in a unit, but “%(field)s” is empty."),
}

NOTES: Mapping[str, str] = {
    "other_sheet": N_("Sheet “%(sheet)s” of the workbook was not read."),
    "other_list": N_(
        "Sheet “%(sheet)s” of the workbook looks like a list too, but was not read. Send it as a file of its own."
    ),
    "hidden_sheet": N_("Hidden sheet “%(sheet)s” was not read."),
    "total": N_("Row %(row)d was passed over, it is a total or a footnote: %(value)s"),
    "divider": N_("Row %(row)d was passed over, it is a line across the list: %(value)s"),
    "heading_again": N_("Row %(row)d was passed over, it repeats the headings."),
    "nothing_read": N_("Row %(row)d was passed over, it holds nothing in the columns that are read."),
    "number_from_serial": N_(
        "There is no column of case numbers; the serial numbers of column %(column)s are taken for them."
    ),
    "several_leads": N_("Row %(row)d: the first name is taken as lead proposer, the others as co-proposers: %(value)s"),
    "lead_among": N_("Row %(row)d: the lead proposer %(value)s stands among the co-proposers too and is counted once."),
    "kind_from_title": N_("The type is taken from the heading of the sheet: %(kind)s."),
    "kind_differs": N_("The heading of the sheet speaks of %(kind)s; the type that was given is used instead."),
    "kind_of_rows": N_("Row %(row)d is marked as %(kind)s; that stands, not the type given for the sheet."),
    "session_from_title": N_("The session is taken from the heading of the sheet: %(session)s."),
    "same_row": N_("Row %(row)d says the same as row %(other)d and was passed over."),
}
