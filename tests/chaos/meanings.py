"""What each kind of entry means for the tables: the replay's half of the agreement that the acts' `record` is."""

from collections.abc import Callable

from sqlmodel import SQLModel

from storage.rules.stages import Stage
from storage.tables import (
    Alert,
    Case,
    Conference,
    Contact,
    CoOpinion,
    Deed,
    Form,
    Instruction,
    Part,
    Reply,
    Report,
    Request,
    Slip,
)
from tests.chaos.state import COLUMNS, Facts, Row, State, plain


def _entered(so_far: State, told: Facts) -> None:
    known = {name: told[name] for name in COLUMNS[Case] if name in told}
    so_far.add(Case, so_far.case_id, **{"round": 1, "key_case": False, **known})
    so_far.parts(told["parts"])


def _proposed(so_far: State, told: Facts) -> None:
    so_far.case.update(_of_case(told))
    so_far.parts(told["parts"])


def _levelled(so_far: State, told: Facts) -> None:
    so_far.case.update(_of_case(told))


def _of_case(told: Facts) -> Row:
    return plain({name: told[name] for name in COLUMNS[Case] if name in told})


def _assigned(so_far: State, told: Facts) -> None:
    so_far.case.update(_of_case(told) | {"assigned_on": told["day"], "assigned_by_id": so_far.by})
    for part in told["parts"]:
        so_far.give(part, told["day"])


def _reassigned(so_far: State, told: Facts) -> None:
    so_far.change(Request, told["request"], stage=told["stage"])
    so_far.change(Part, told["from"]["part"], stage=told["from"]["stage"])
    so_far.give(told["to"], told["day"])


def _drafted(so_far: State, told: Facts) -> None:
    so_far.change(Part, told["part"], stage=told["stage"])
    so_far.add(Reply, told["reply"], part_id=told["part"], round=told["round"], edition=told["edition"],
               result_class=told["class"], publicity=told["publicity"], drafted_by_id=so_far.by,
               drafted_at=so_far.at)  # fmt: skip


def _approved(so_far: State, told: Facts) -> None:
    if told["from"] == Stage.OFFICE_REVIEW:
        so_far.change(Reply, told["reply"], passed_by_id=so_far.by, passed_at=so_far.at)
    else:
        so_far.change(Reply, told["reply"], checked_by_id=so_far.by)
    so_far.change(Part, told["part"], stage=told["stage"])


def _delivered(so_far: State, told: Facts) -> None:
    so_far.change(Reply, told["reply"], number=told["number"], way=told["way"], delivered_at=so_far.at,
                  delivered_by_id=so_far.by)  # fmt: skip
    so_far.change(Part, told["part"], stage=told["stage"])
    so_far.case["stage"] = told["case_stage"]


def _rehandled(so_far: State, told: Facts) -> None:
    so_far.case.update(
        plain({"round": told["round"], "stage": told["stage"], "reply_due": told["due"],
                "reply_due_raw": told["due_raw"]})
    )  # fmt: skip
    for part, stage in told["parts"].items():
        so_far.change(Part, int(part), stage=stage, due=told["due"], due_raw=told["due_raw"],
                      draft_due=told["draft_due"], light="green")  # fmt: skip


def _extended(so_far: State, told: Facts) -> None:
    so_far.change(Request, told["request"], stage=told["stage"])
    so_far.change(Part, told["part"], **{name: told[name] for name in ("due_raw", "due", "draft_due")})
    so_far.case.update(plain({name: told[name] for name in ("reply_due_raw", "reply_due")}))


def _sent_back(so_far: State, told: Facts) -> None:
    days = {name: told[name] for name in ("due_raw", "due") if name in told}
    so_far.change(Part, told["part"], stage=told["stage"], **days)


def _alarmed(so_far: State, told: Facts) -> None:
    if told["alert"] in so_far.rows[Alert]:
        so_far.change(Alert, told["alert"], closed_by=None)
    else:
        so_far.add(Alert, told["alert"], cause=told["cause"], subject_id=told["subject"])


def _passed_on(so_far: State, told: Facts) -> None:
    so_far.change(Part, told["part"], handler_id=None)


def _signed(so_far: State, told: Facts) -> None:
    so_far.change(Part, told["part"], stage=told["stage"])
    so_far.change(Reply, told["reply"], signed_by_id=so_far.by, signed_at=so_far.at)


def _received(so_far: State, told: Facts) -> None:
    so_far.change(Part, told["part"], stage=told["stage"])
    so_far.change(Reply, told["reply"], received_at=so_far.at)


def _opined(so_far: State, told: Facts) -> None:
    so_far.change(Part, told["part"], stage=told["stage"])
    so_far.add(CoOpinion, told["opinion"], part_id=told["part"], person_id=so_far.by)


def _attended(so_far: State, told: Facts) -> None:
    for deed, kind in told["deeds"].items():
        so_far.add(Deed, int(deed), kind=kind)


KINDS: dict[str, Callable[[State, Facts], object]] = {
    "case_imported": _entered,
    "registered": _entered,
    "handling_proposed": _proposed,
    "level_set": _levelled,
    "level_confirmed": lambda so_far, told: so_far.case.update(stage=told["stage"], lead_leader_id=told["leader"]),
    "level_consented": _levelled,
    "level_objected": _levelled,
    "key_case": lambda so_far, told: so_far.case.update(
        stage=told["stage"], key_case=True, key_leader_id=told["leader"]
    ),
    "paper_noted": lambda so_far, told: so_far.case.update(
        stage=told["stage"], paper_note=f"{told['day']} {told['number']}"
    ),
    "lead_changed": lambda so_far, told: so_far.case.update(lead_leader_id=told["leader"], taken_on_at=None),
    "taken_on": lambda so_far, told: so_far.case.update(stage=told["stage"], taken_on_at=so_far.at),
    "concluded": _levelled,
    "assigned": _assigned,
    "reassigned": _reassigned,
    "rehandled": _rehandled,
    "extended": _extended,
    "acknowledged": lambda so_far, told: so_far.change(
        Part, told["part"], stage=told["stage"], acknowledged_at=so_far.at, acknowledged_by_id=so_far.by
    ),
    "handed_on": lambda so_far, told: so_far.change(Part, told["part"], handler_id=told["handler"]),
    "work_passed_on": _passed_on,
    "light": lambda so_far, told: so_far.change(Part, told["part"], light=told["light"]),
    "reply_drafted": _drafted,
    "reply_approved": _approved,
    "reply_signed": _signed,
    "reply_delivered": _delivered,
    "reply_received": _received,
    "opined": _opined,
    "opinion_sent_back": _sent_back,
    "reported": lambda so_far, told: so_far.add(Report, told["report"], person_id=so_far.by),
    "in_person": _attended,
    "instructed": lambda so_far, told: so_far.add(Instruction, told["instruction"], leader_id=told["leader"]),
    "contact": lambda so_far, told: so_far.add(
        Contact, told["contact"], part_id=told["part"], phase=told["phase"], method=told["method"],
        held_on=told["held_on"], recorded_by_id=so_far.by, stage=told["stage"]
    ),
    "contact_answered": lambda so_far, told: so_far.change(
        Contact, told["contact"], stage=told["stage"], confirmation=told["confirmation"]
    ),
    "asked": lambda so_far, told: so_far.add(
        Request, told["request"], part_id=told["part"], kind=told["kind"], stage=told["stage"], asked_by_id=so_far.by,
        signed_by_id=told["signed_by"], new_due=told["new_due"]
    ),
    "request_signed": lambda so_far, told: so_far.change(
        Request, told["request"], stage=told["stage"], signed_by_id=so_far.by
    ),
    "form_drawn": lambda so_far, told: so_far.add(
        Form, told["form"], part_id=told["part"], reply_id=told["reply"], person_id=told["person"],
        round=told["round"], stage=told["stage"], interested=told["interested"]
    ),
    "form_opened": lambda so_far, told: so_far.change(
        Form, told["form"], stage=told["stage"], person_id=told["person"], opened_on=told["opened_on"],
        closes_on=told["closes_on"]
    ),
    "form_answered": lambda so_far, told: so_far.change(
        Form, told["form"], stage=told["stage"], **({"receipt": told["receipt"]} if "receipt" in told else {})
    ),
    "slip_drafted": lambda so_far, told: so_far.add(
        Slip, told["slip"], kind=told["kind"], part_id=told["part"], stage=told["stage"]
    ),
    "slip_issued": lambda so_far, told: so_far.change(
        Slip, told["slip"], stage=told["stage"], year=told["year"], serial=told["serial"]
    ),
    "slip_acknowledged": lambda so_far, told: so_far.change(
        Slip, told["slip"], stage=told["stage"], acknowledged_at=so_far.at, acknowledged_by_id=so_far.by
    ),
    "conference_recorded": lambda so_far, told: so_far.add(
        Conference, told["conference"], round=told["round"], by_office=told["by_office"], stage=told["stage"],
        recorded_by_id=so_far.by
    ),
    "alert_opened": _alarmed,
    "alert_closed": lambda so_far, told: so_far.change(Alert, told["alert"], closed_by=told["by"]),
    "unreachable": lambda so_far, told: so_far.unreachable.add(told["person"]),
    "reachable": lambda so_far, told: so_far.unreachable.discard(told["person"]),
}  # fmt: skip
STAGES: dict[str, tuple[type[SQLModel], str]] = {  # kinds that tell of a row's stage and of no more
    "reply_sent_back": (Part, "part"),
    "request_ended": (Request, "request"),
    "form_closed": (Form, "form"),
    "paper_entered": (Form, "form"),
    "paper_denied": (Form, "form"),
    "slip_dropped": (Slip, "slip"),
    "slip_answered": (Slip, "slip"),
    "slip_answer_withdrawn": (Slip, "slip"),
    "slip_struck_off": (Slip, "slip"),
    "conference_agreed": (Conference, "conference"),
    "conference_objected": (Conference, "conference"),
}
SILENT = frozenset({  # kinds that change nothing of what is compared here
    "absence_noted", "alert_handled", "alert_postponed", "annexed", "bound", "calendar", "call_asked", "code_revoked",
    "dead_letter", "desk_noted", "dispute_found", "disputed", "edited", "form_reminded", "form_sooner", "imported",
    "in_person_confirmed", "instruction_confirmed", "instruction_files", "instruction_withdrawn", "invited",
    "language", "left", "meeting_offered", "meeting_picked", "message", "message_answered", "morning",
    "note_withdrawn", "noted", "paper_owned", "passed_on", "posting", "report_withdrawn", "roster", "rules",
    "unbound", "voice_written_down",
})  # fmt: skip
