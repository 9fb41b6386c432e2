"""导入: a sheet is sent, shown as it was read, and entered whole with one press, or not at all."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from datetime import date
from typing import Any

from handlers.dialogues import Again, Dialogue, Facts, Option, Outcome, Question, Said, Scene, Step
from handlers.notices import importing as wording
from handlers.notices.importing import Found
from handlers.office import Answer, Call, Office, Opening
from handlers.pages import Block, Text
from handlers.papers.case_rows import CaseRow
from handlers.papers.case_sheets import read_cases
from handlers.papers.faults import Unreadable
from handlers.routes import Command, Routes
from handlers.tongue import N_
from storage import sheets
from storage.acts import registering
from storage.acts.registering import Source
from storage.book import Book
from storage.files import Content
from storage.queries import entries
from storage.rules.entry import OWN_TIER, NewCase
from storage.rules.refusals import Refused
from storage.rules.words import DESK_ROLES, OFFICE_ROLES, CaseKind

TIERS = {None: OWN_TIER, "city": OWN_TIER, "prefecture": "葫芦岛", "province": "省"}
_YES = "yes"
_LABEL = N_("Confirm the import")


def new_cases(rows: Iterable[CaseRow], kind: CaseKind | None = None) -> list[NewCase]:
    """Make cases of a sheet's rows; `kind` stands where a row names none, and without either it is left out."""
    return [case for row in rows if (case := _new_case(row, kind)) is not None]


def _new_case(row: CaseRow, kind: CaseKind | None) -> NewCase | None:
    """Make a case of one row."""
    own = CaseKind(row.kind) if row.kind else kind
    if own is None:
        return None
    return NewCase(
        row=row.row,
        kind=own,
        number=row.number,
        title=row.title,
        lead=row.lead,
        body=row.body or "",
        seconders=row.seconders,
        delegation=row.delegation or "",
        hosts=row.hosts,
        co_handlers=row.co_handlers,
        session=row.session or "",
        recess=row.recess,
        tier=TIERS[row.jurisdiction],
        category=row.category or "",
        publicity=row.publicity,
        remark=row.remark or "",
        key_case=row.key_case,
        level=row.level,
        criterion=row.criterion,
        lead_leader=row.lead_leader or "",
        assigned_on=row.assigned_on,
        due_on=row.due_on,
        replied_on=row.replied_on,
        former_verdict=row.former_verdict or "",
    )


# the rows between preview and confirmation


@dataclass(frozen=True)
class _Staged:
    """A sheet as it was read: what the draft keeps of it, its rows where they are new, the list where it is long."""

    state: dict[str, Any]
    packed: bytes | None
    report: bytes | None


def _packed(found: Found, kept: list[dict[str, Any]]) -> bytes:
    """Write what was read as bytes."""
    return json.dumps({"found": asdict(found), "cases": kept}, ensure_ascii=False).encode()


def _rows(rows: Iterable[CaseRow]) -> list[dict[str, Any]]:
    """Make plain rows to be kept; one without a type keeps none."""
    return [
        asdict(case, dict_factory=_plain) | {"kind": row.kind}
        for row in rows
        for case in new_cases([row], CaseKind.SUGGESTION)
    ]


def _plain(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Leave out what says nothing, and write days as words."""
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in pairs if value}


def _unpacked(content: bytes) -> tuple[Found, list[dict[str, Any]]]:
    """Read what was kept."""
    kept = json.loads(content)
    found = kept["found"]
    lines = {name: tuple((row, said) for row, said in found[name]) for name in ("faults", "notes")}
    return Found(**{**found, "columns": tuple(found["columns"]), **lines}), kept["cases"]


def _cases(kept: Iterable[dict[str, Any]], kind: CaseKind | None) -> list[NewCase]:
    """Make cases of what was kept; `kind` stands where a row named none."""
    days = ("assigned_on", "due_on", "replied_on")
    lists = ("seconders", "hosts", "co_handlers")
    cases = []
    for row in kept:
        read: dict[str, Any] = {name: date.fromisoformat(row[name]) for name in days if name in row}
        read |= {name: tuple(row[name]) for name in lists if name in row}
        own = row["kind"] or kind
        if own is not None:
            cases.append(NewCase(**{**row, **read, "kind": CaseKind(own)}))
    return cases


# the conversation


def _prepare(scene: Scene, said: Said, contents: tuple[Content, ...]) -> Any:
    """Read what was sent, or what was kept of it: beside the writer, for a long sheet takes seconds."""
    if contents:
        return _read(scene, contents[-1])
    state = scene.facts.get("sheet")
    if not state:
        return None
    found, kept = _unpacked(sheets.load(scene.read, scene.person_id, state["rows"]))
    if said.key == _YES or said.words == scene.say(_LABEL):
        return _cases(kept, CaseKind(state["kind"]) if state["kind"] else None)
    chosen = next(
        (option.key for option in _kinds(scene) if said.key == option.key or said.words == option.label), None
    )
    return _told(scene, found, kept, CaseKind(chosen)) if chosen else None


def _read(scene: Scene, sent: Content) -> _Staged:
    """Read a sheet; what cannot be read is refused in words."""
    try:
        sheet = read_cases(sent.content, sent.name)
    except Unreadable as unreadable:
        raise Refused(unreadable.say(scene.reader.say)) from unreadable
    found = wording.found(sent.name, hashlib.sha256(sent.content).hexdigest(), sheet, scene.reader)
    kept = _rows(sheet.rows)
    packed = _packed(found, kept)
    allowed = entries.may_enter(scene.read, scene.person_id)
    only = next(iter(allowed)) if len(allowed) == 1 else None
    if sheet.needs_kind and only is None:
        told = wording.untold(found, len(kept))
        state = told.state(found.name, found.columns) | {"kind": None, "ask_kind": True}
        return _Staged(state, packed, None)
    return replace(_told(scene, found, kept, only), packed=packed)


def _told(scene: Scene, found: Found, kept: list[dict[str, Any]], kind: CaseKind | None) -> _Staged:
    """Hold the rows against the database and word what would come of them."""
    allowed = entries.may_enter(scene.read, scene.person_id)
    told = wording.told(found, entries.examine(scene.read, _cases(kept, kind), allowed), scene.reader)
    state = told.state(found.name, found.columns) | {"kind": kind, "ask_kind": False}
    return _Staged(state, None, wording.report(told.lines, scene.reader))


def _take(scene: Scene, said: Said) -> Any:
    """Take a sheet, the type of its cases, or the press that enters them."""
    staged = said.prepared
    if isinstance(staged, _Staged):
        return Again(_kept(scene, staged), anew=True)
    if staged and scene.facts["sheet"]["good"] and not scene.facts["sheet"]["ask_kind"]:
        return {**scene.facts["sheet"], "cases": staged}
    raise Refused(N_("Please send the sheet as a file (.xlsx or .csv); nothing was imported"))


def _kept(scene: Scene, staged: _Staged) -> dict[str, Any]:
    """Keep rows and list with the draft; what was kept before of another sheet goes."""
    packed = staged.packed
    if packed is None:
        packed = sheets.load(scene.read, scene.person_id, scene.facts["sheet"]["rows"])
    contents = [packed, staged.report] if staged.report else [packed]
    ids = sheets.keep(scene.read, scene.person_id, contents, scene.reader.now)
    return staged.state | {"rows": ids[0], "report": ids[1] if staged.report else None}


def _kinds(scene: Scene) -> list[Option]:
    """Offer both kinds of case."""
    return [Option(kind.value, scene.reader.tongue.term(kind)) for kind in CaseKind]


def _ask(scene: Scene) -> Question:
    """Ask for the sheet, for its type, or whether it is to be entered as it was read."""
    state = scene.facts.get("sheet")
    if not state:
        asked = N_("Please send the sheet as a file: .xlsx, or .csv. Nothing is imported before you confirm it.")
        return Question((Text(scene.say(asked)),), typed=True)
    attached = sheets.load(scene.read, scene.person_id, state["report"]) if state["report"] else None
    blocks, files = wording.preview(state, attached, scene.reader)
    if state["ask_kind"]:
        asked = scene.say(N_("The sheet does not say what its cases are. What are they?"))
        return Question((*blocks, Text(asked)), tuple(_kinds(scene)), 2, files=tuple(files))
    if not state["good"]:
        return Question((*blocks, Text(scene.say(_nothing(state)))), files=tuple(files))
    options = (Option(_YES, scene.say(_LABEL), "success"),)
    return Question((*blocks, *_again(scene, state)), options, files=tuple(files))


def _nothing(state: dict[str, Any]) -> str:
    """Say why there is nothing to confirm."""
    if state["bad"] or state["changed"]:
        return N_("There is nothing to import. Please correct the sheet and send it again.")
    return N_("Everything in it stands already; there is nothing to import.")


def _again(scene: Scene, state: dict[str, Any]) -> tuple[Block, ...]:
    """Say that the good rows can go in alone, or the corrected sheet be sent instead."""
    if not state["bad"]:
        return ()
    return (Text(scene.say(N_("You can import the good rows now, or send the corrected sheet instead."))),)


def _finish(book: Book, facts: Facts) -> Outcome:
    """Enter the sheet."""
    sheet = facts["sheet"]
    found, _kept_rows = _unpacked(sheets.load(book.read, book.person_id, sheet["rows"]))
    done = registering.enter(book, sheet["cases"], Source(found.name, found.sha256))
    sheets.drop(book.read, book.person_id)
    counts = {"new": len(done.new), "known": done.known, "changed": len(done.changes),
              "bad": len({fault.row for fault in done.faults}) + len({row for row, _said in found.faults})}  # fmt: skip
    if counts["known"] or counts["changed"] or counts["bad"]:
        said = N_("%(new)d cases imported. Known already: %(known)d; other content, left as it was: %(changed)d; "
                  "rows not imported: %(bad)d.")  # fmt: skip
        return Outcome(said, counts)
    return Outcome(N_("%(new)d cases imported."), counts)


def _check(book: Book, _facts: Facts) -> None:
    registering.kinds(book)


DIALOGUE = Dialogue(
    "import", N_("Import a sheet"), (Step("sheet", _ask, _take, files=True, prepare=_prepare),), _finish, _check
)


async def begin(call: Call, office: Office) -> Answer:  # noqa: ARG001 (every conversation's form)
    """Ask for a sheet."""
    if not call.private:
        raise Refused(N_("A sheet is imported in the private chat"))
    return Answer(opening=Opening("import"))


ROUTES = Routes(
    commands=(Command("import", begin, N_("import a sheet of cases"), ("导入",), OFFICE_ROLES | DESK_ROLES),),
    dialogues=(DIALOGUE,),
    notices={"cases_imported": wording.imported},
)
