"""What a person is on a case and what holds of it: the two things every right hangs on."""

from collections.abc import Callable
from datetime import date

from sqlalchemy import bindparam
from sqlmodel import col, select

from storage.prepared import Prepared
from storage.queries import conferences, roster
from storage.reading import Read
from storage.rules.calendar import Day, WorkingCalendar
from storage.rules.rights import Footing, standings
from storage.rules.ruleset import RuleSet
from storage.rules.stages import Fact, Stage
from storage.rules.words import REPLYING, CaseKind, Level, PartKind, Phase, Role, Standing, Verdict
from storage.tables import Answer, CalendarDay, Case, Contact, Form, Part, RulesVersion, Seconder, Unit

# With their units, whose names every card shows.
_PARTS = Prepared[tuple[Part, Unit]](
    select(Part, Unit)
    .join(Unit, col(Unit.id) == col(Part.unit_id))
    .where(Part.case_id == bindparam("case"))
    .order_by(col(Part.id))
)
_SECONDERS = Prepared(select(Seconder).where(Seconder.case_id == bindparam("case")).order_by(col(Seconder.place)))
_EARLY = Prepared(select(Contact.id).where(Contact.part_id == bindparam("part"), Contact.phase == Phase.EARLY))
_FORMS = Prepared(
    select(Form)
    .join(Part, col(Part.id) == col(Form.part_id))
    .where(Form.case_id == bindparam("case"), col(Part.kind).in_(REPLYING), Part.stage != Stage.HANDED_BACK)
    .order_by(col(Form.id))
)
_ANSWERS = Prepared(
    select(Answer)
    .where(Answer.form_id == bindparam("form"), col(Answer.denied_at).is_(None))
    .order_by(col(Answer.place).desc())
)
_CALENDAR = Prepared(select(CalendarDay))


def parts(read: Read, case_id: int) -> list[Part]:
    """List a case's parts in the order in which they were given."""
    return [part for part, _unit in read.exec(_PARTS, case=case_id)]


def seconders(read: Read, case_id: int) -> list[Seconder]:
    """List a case's co-proposers in their order, on the roster or not."""
    return read.exec(_SECONDERS, case=case_id)


def footing(read: Read, case: Case, part: Part | None = None) -> Footing:
    """Give what of a case, or of one unit's part in it, decides who may do what."""
    units = {part.unit_id} if part is not None else {each.unit_id for each in _live(read, case.id)}
    return Footing(
        CaseKind(case.kind),
        case.lead_leader_id,
        frozenset(units),
        roster.reader_of(read, case),
        _seconder_ids(read, case),
        _hosts(read, case) if part is not None and part.kind == PartKind.CO_HANDLER else frozenset(),
    )


def _live(read: Read, case_id: int) -> list[Part]:
    """List the parts that were not handed back."""
    return [part for part in parts(read, case_id) if part.stage != Stage.HANDED_BACK]


def _seconder_ids(read: Read, case: Case) -> frozenset[int]:
    """Give the co-proposers that are on the roster."""
    return frozenset(row.person_id for row in seconders(read, case.id) if row.person_id is not None)


def _hosts(read: Read, case: Case) -> frozenset[int]:
    """Give the units that reply: a co-handler gives its opinion to them."""
    return frozenset(part.unit_id for part in _live(read, case.id) if part.kind in REPLYING)


def own_case(read: Read, case: Case, person_id: int) -> bool:
    """Tell whether a person has put a case forward himself, alone or with others."""
    return person_id == roster.reader_of(read, case) or person_id in _seconder_ids(read, case)


def _kept_from_drafts(read: Read, case: Case, part: Part, person_id: int) -> bool:
    """Tell whether a person may not see the drafts of a reply, since it is to answer himself.

    The one head who can sign for a unit is not kept from signing: else its reply would never leave it.
    """
    if not own_case(read, case, person_id):
        return False
    heads = roster.bound(read, roster.holders(read, Role.UNIT_HEAD, part.unit_id))
    return part.stage not in (Stage.HEAD_SIGNATURE, Stage.DEPUTY_REVIEW) or heads != [person_id]


def held(read: Read, person_id: int, case: Case, part: Part | None = None) -> frozenset[Standing]:
    """Give every standing of a person on a case, or with respect to one unit's part.

    Before a case is assigned its units know nothing of it.
    """
    found = standings(person_id, roster.posts(read, person_id), footing(read, case, part))
    if case.assigned_on is None:
        unit = {Standing.UNIT_HEAD, Standing.UNIT_DEPUTY_HEAD, Standing.LIAISON, Standing.HANDLER, Standing.HOST}
        return found - unit
    return found


def facts(
    read: Read,
    case: Case,
    part: Part | None,
    today: date,
    person_id: int | None = None,
    asked: frozenset[Fact] = frozenset(Fact),
) -> frozenset[Fact]:
    """Compute what the guards ask for, from dated rows; one of them is about the person who acts.

    What is not `asked` for is not looked up, and need not be among them though it holds.
    """
    found: set[Fact] = set()
    if case.kind == CaseKind.PROPOSAL:
        found.add(Fact.PROPOSAL)
    if case.level == Level.FIRST:
        found.add(Fact.FIRST_LEVEL)
    if case.taken_on_at is not None or case.paper_note:
        found.add(Fact.TAKEN_ON)
    if case.key_case:
        found.add(Fact.KEY)
    if case.reply_due is not None and case.reply_due < today:
        found.add(Fact.OVERDUE)
    if case.stage == Stage.REPLIED and asked & _OF_OUTCOME:
        found |= _outcome_facts(read, case, today)
    if part is not None:
        found.add(Fact.REPLYING if part.kind in REPLYING else Fact.CO_HANDLING)
        if part.return_until is not None and today <= part.return_until:
            found.add(Fact.RETURN_OPEN)
        found |= {fact for fact, holds in _OF_PART.items() if fact in asked and holds(read, part)}
        if person_id is not None and Fact.OWN_CASE in asked and _kept_from_drafts(read, case, part, person_id):
            found.add(Fact.OWN_CASE)
    return frozenset(found)


def _outcome_facts(read: Read, case: Case, today: date) -> set[Fact]:
    """Compute what holds of a case that has been replied to: what its proposer says of it, and what followed."""
    forms = present_forms(read, case.id)
    over = [form for form in forms if form.closes_on is not None and form.closes_on < today]
    found = {Fact.FORMS_OVER} if len(over) == len(forms) else set()
    if any(dissatisfied(last_answer(read, form.id)) for form in over):
        found.add(Fact.DISSATISFIED)
    if case.round > rules(read, case).redo_max:
        found.add(Fact.REDO_SPENT)
    if conferences.waiting(read, case.id) is not None:
        found.add(Fact.CONFERENCE_OPEN)
    if conferences.agreed(read, case.id) is not None:
        found.add(Fact.CONFERRED)
    return found


def present_forms(read: Read, case_id: int) -> list[Form]:
    """Give the newest form of each replying part: in a later round a part that was not handled anew keeps its own."""
    rows = read.exec(_FORMS, case=case_id)
    return list({form.part_id: form for form in rows}.values())


def rules(read: Read, case: Case) -> RuleSet:
    """Give the rules that a case began under."""
    row = read.get(RulesVersion, case.rules_id) if case.rules_id is not None else None
    return RuleSet.from_mapping(row.numbers) if row else RuleSet()


def _contacted(read: Read, part: Part) -> bool:
    """Tell whether the unit has spoken with the proposer before it replies."""
    return bool(read.exec(_EARLY, part=part.id))


def _opinions_in(read: Read, part: Part) -> bool:
    """Tell whether every co-handling unit has given its opinion."""
    return not any(
        each.kind == PartKind.CO_HANDLER and each.stage in (Stage.AWAITING_RECEIPT, Stage.HANDLING)
        for each in parts(read, part.case_id)
    )


def _host_at_work(read: Read, part: Part) -> bool:
    """Tell whether a unit that replies has not yet submitted its reply."""
    return any(each.kind in REPLYING and each.stage == Stage.HANDLING for each in parts(read, part.case_id))


def _no_deputy(read: Read, part: Part) -> bool:
    """Tell whether no deputy head of the unit has joined."""
    return not roster.bound(read, roster.holders(read, Role.UNIT_DEPUTY_HEAD, part.unit_id))


_OF_PART: dict[Fact, Callable[[Read, Part], bool]] = {
    Fact.EARLY_CONTACT: _contacted,
    Fact.OPINIONS_IN: _opinions_in,
    Fact.HOST_AT_WORK: _host_at_work,
    Fact.NO_DEPUTY: _no_deputy,
}
_OF_OUTCOME = frozenset({Fact.FORMS_OVER, Fact.DISSATISFIED, Fact.REDO_SPENT, Fact.CONFERENCE_OPEN, Fact.CONFERRED})


def last_answer(read: Read, form_id: int) -> Answer | None:
    """Give the answer that counts: the last one that its proposer has not denied."""
    return read.exec(_ANSWERS, form=form_id).first()


def dissatisfied(answer: Answer | None) -> bool:
    """Tell whether an answer says 不满意 of attitude or of result."""
    return answer is not None and Verdict.DISSATISFIED in (answer.attitude, answer.result)


def calendar(read: Read) -> WorkingCalendar:
    """Give the working calendar: the shipped years and the office's imported notices."""
    shipped = WorkingCalendar.shipped()
    days = [Day(row.date_, row.works, row.name, row.source, official=True) for row in read.exec(_CALENDAR)]
    return shipped.with_days(days) if days else shipped
