"""A case's history in words: one dated line a fact, in the reader's language."""

from collections.abc import Iterator, Mapping

from handlers.office import Reader
from handlers.pages import Block, Quote, Text
from handlers.tongue import N_
from storage.queries.history import History, Line

SAID: Mapping[str, str] = {
    "registered": N_("the case was registered"),
    "case_changed": N_("changed by a newer sheet"),
    "handling_proposed": N_("handling proposed (%(name)s)"),
    "level_set": N_("level proposed (%(name)s)"),
    "level_confirmed": N_("level confirmed (%(name)s)"),
    "level_consented": N_("the desk agreed to the level (%(name)s)"),
    "level_objected": N_("the desk did not agree to the level (%(name)s)"),
    "key_case": N_("marked as a key case"),
    "taken_on": N_("taken on by %(name)s"),
    "paper_noted": N_("the signed paper was noted"),
    "assigned": N_("assigned to the units"),
    "acknowledged": N_("acknowledged: %(unit)s"),
    "handed_on": N_("handed on inside the unit (%(name)s)"),
    "instructed": N_("%(name)s wrote an instruction"),
    "instruction_confirmed": N_("%(name)s confirmed the instruction"),
    "instruction_withdrawn": N_("%(name)s took an instruction back"),
    "in_person": N_("an act in person was recorded"),
    "meeting_offered": N_("a meeting was offered: %(unit)s"),
    "meeting_picked": N_("the proposer picked a time to meet"),
    "contact": N_("a contact was recorded: %(unit)s"),
    "contact_answered": N_("the proposer answered for the contact"),
    "reported": N_("progress reported: %(unit)s"),
    "report_withdrawn": N_("a progress report was taken back (%(name)s)"),
    "opined": N_("co-handling opinion given: %(unit)s"),
    "opinion_sent_back": N_("co-handling opinion sent back: %(unit)s"),
    "asked": N_("a return or an extension was asked for: %(unit)s"),
    "request_signed": N_("the request was signed by the unit's head: %(unit)s"),
    "request_ended": N_("the request was refused or fell away: %(unit)s"),
    "reassigned": N_("reassigned to other units"),
    "lead_changed": N_("the lead leader changed"),
    "extended": N_("the date was extended: %(unit)s"),
    "reply_drafted": N_("reply drafted: %(unit)s"),
    "reply_approved": N_("reply checked (%(name)s): %(unit)s"),
    "reply_sent_back": N_("reply sent back for changes: %(unit)s"),
    "reply_signed": N_("reply signed: %(unit)s"),
    "reply_delivered": N_("reply delivered: %(unit)s"),
    "reply_received": N_("reply received by the proposer"),
    "form_opened": N_("the opinion form was sent"),
    "form_answered": N_("the opinion form was handed in"),
    "form_closed": N_("the opinion form's window has closed: %(unit)s"),
    "rehandled": N_("handling started anew"),
    "conference_recorded": N_("a conference was recorded (%(name)s)"),
    "conference_objected": N_("the record of the conference was not agreed to (%(name)s)"),
    "conference_agreed": N_("a conference was held and its record agreed on"),
    "concluded": N_("the case was concluded"),
    "slip_drafted": N_("slip drafted: %(unit)s"),
    "slip_dropped": N_("slip not issued: %(unit)s"),
    "slip_issued": N_("slip issued: %(unit)s"),
    "slip_acknowledged": N_("slip acknowledged: %(unit)s"),
    "slip_answered": N_("slip answered: %(unit)s"),
    "slip_answer_withdrawn": N_("answer to the slip taken back: %(unit)s"),
    "slip_struck_off": N_("slip struck off: %(unit)s"),
    "noted": N_("note of the office (%(name)s)"),
    "desk_noted": N_("note of the desk (%(name)s)"),
    "message": N_("message of the proposer to the desk"),
    "message_answered": N_("answer of the desk to the proposer"),
    "annexed": N_("forwarded words attached as an annex (%(name)s)"),
    "work_passed_on": N_("the handler has left, back to the unit's desk: %(unit)s"),
}


def block(found: History, reader: Reader) -> tuple[Block, ...]:
    """Fold a case's history; none where there is nothing that this reader may know."""
    if not found.lines:
        return ()
    return (Text(reader.say("History:")), Quote("\n".join(_lines(found, reader))))


def _lines(found: History, reader: Reader) -> Iterator[str]:
    """Write the lines, oldest first."""
    if found.older:
        yield reader.say("%(count)d earlier entries are not shown", count=found.older)
    for each in found.lines:
        yield _line(each, reader)


def _line(entry: Line, reader: Reader) -> str:
    """Write one line."""
    at = reader.terms.local(entry.at).strftime("%Y-%m-%d %H:%M")
    who = entry.by or reader.say("the system")
    return f"{at} {reader.say(SAID[entry.kind], name=who, unit=entry.unit or '—')}"
