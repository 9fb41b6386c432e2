"""An opinion form's life below the acts: its draw, whose it is, its answers; when it opens the bot alone knows."""

import secrets
from collections.abc import Iterable
from datetime import date

from sqlalchemy import delete
from sqlmodel import col, select

from storage import files
from storage.book import Book
from storage.outbox import Priority, Shape
from storage.queries import forms, roster, standing
from storage.rules import deadlines
from storage.rules.refusals import N_, Refused
from storage.rules.ruleset import RuleSet
from storage.rules.stages import Fact, Stage
from storage.rules.survey import Opinion, Viewer
from storage.rules.words import UNIT_ROLES, Standing, VerdictSource
from storage.tables import Answer, Case, Draft, Form, Part, Posting, Reply

# One sentence whatever the form's stage, and whether there is one at all: a refusal must not tell what it refuses.
NOT_YOURS = N_("The opinion form is for the proposer alone; nothing was changed")
NOT_DESK = N_("Only the desk of the proposers does this; nothing was changed")
DIALOGUE = "survey"
_LETTERS = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"  # nothing that is misread on paper
_GROUPS = 3


def draw(book: Book, case: Case, part: Part, reply: Reply) -> None:
    """Draw the form of a delivered reply: its lot, its opening day, its proposer."""
    rules, reader = book.rules(case), roster.reader_of(book.read, case)
    low, high = rules.survey_open_draw
    lot = low + secrets.randbelow(high - low + 1)
    opens_on = _opens_on(book, rules, lot, _day(book, reply))
    form = book.add(
        Form(
            case_id=case.id,
            part_id=part.id,
            reply_id=reply.id,
            person_id=reader,
            round=case.round,
            lot=lot,
            opens_on=opens_on,
            interested=_interested(book, {reader, case.lead_id}, part.unit_id),
        )
    )
    facts = {"form": form.id, "part": part.id, "reply": reply.id, "person": reader, "round": form.round}
    marks = {"interested": form.interested, "stage": Stage.DRAWN}
    book.record("form_drawn", case.id, {**facts, **marks}, {"lot": str(lot), "opens_on": opens_on.isoformat()})
    book.due(f"form_open:{form.id}", "form_open", opens_on, case.id, form.id)


def received(book: Book, reply: Reply) -> None:
    """Move the opening day up to one to three working days after the receipt (chat.md 4)."""
    form = book.one(select(Form).where(Form.reply_id == reply.id))
    if form is None or form.stage != Stage.DRAWN:
        return
    case = book.get(Case, form.case_id)
    delivered = _day(book, reply)
    sooner = deadlines.open_day(book.rules(case), book.calendar(), form.lot, delivered, book.today)
    if sooner < form.opens_on:
        book.change(form, opens_on=sooner)
        book.record("form_sooner", case.id, {"form": form.id}, {"opens_on": sooner.isoformat()})
        # The due of the first draw stays: it finds the form open.
        book.due(f"form_open:{form.id}:{sooner}", "form_open", sooner, case.id, form.id)


def _day(book: Book, reply: Reply) -> date:
    """Give the office's day of the delivery."""
    return book.terms.today(reply.delivered_at or book.at)


def _opens_on(book: Book, rules: RuleSet, lot: int, delivered: date) -> date:
    """Give the opening day as long as no receipt is known.

    The last day allowed would be a day that everybody can count: so the lot is laid before it, as if the receipt had
    come as late as the longest lot permits.
    """
    calendar = book.calendar()
    latest = rules.survey_open_latest.after(delivered, calendar).rolled
    assumed = calendar.add_working_days(latest, -rules.survey_open_draw[1])
    return deadlines.open_day(rules, calendar, lot, delivered, max(assumed, delivered))


def _interested(book: Book, people: set[int | None], unit_id: int) -> bool:
    """Tell whether the proposer works at, under or for the handling unit (有利害关系)."""
    posts = book.all(select(Posting).where(col(Posting.person_id).in_(people), col(Posting.active)))
    return any(
        unit_id in (post.works_at_id, post.under_id) or (post.role in UNIT_ROLES and post.unit_id == unit_id)
        for post in posts
    )


def mine(book: Book, form_id: int) -> tuple[Form, Case]:
    """Load the actor's own form; for everybody else, and before it has opened, there is none, in the same words."""
    form = book.read.get(Form, form_id)
    if form is None or form.opened_on is None or form.person_id != book.by.person_id:
        raise Refused(NOT_YOURS)
    case = book.get(Case, form.case_id)
    book.refuse_unless(Standing.PROPOSER in book.standings(case), NOT_YOURS)
    return form, case


def desks(book: Book, form_id: int) -> tuple[Form, Case]:
    """Load a form of the actor's desk; nobody of the handling unit, and no office, has the desk's hands."""
    form = book.read.get(Form, form_id)
    if form is None or book.by.person_id is None or form.opened_on is None:
        raise Refused(NOT_DESK)
    book.refuse_unless(Viewer.DESK in forms.viewers_of(book.read, form, book.by.person_id), NOT_DESK)
    return form, book.get(Case, form.case_id)


def window(book: Book, form: Form) -> frozenset[Fact]:
    """Give what holds of a form's window today."""
    is_open = form.closes_on is not None and not forms.closed(form, book.today)
    return frozenset({Fact.WINDOW_OPEN}) if is_open else frozenset()


def lodge(book: Book, form: Form, opinion: Opinion, source: VerdictSource) -> Answer:
    """Append an answer: the last one counts, none is ever rewritten; the desk hears at once of 不满意 alone."""
    spoken = opinion.files and source is VerdictSource.PROPOSER
    book.refuse_unless(
        opinion.reason or spoken or source is VerdictSource.PAPER or not opinion.dissatisfied,
        "“Dissatisfied” needs its reason, typed or spoken; nothing was lost",
    )
    before = standing.last_answer(book.read, form.id)
    answer = book.add(
        Answer(
            form_id=form.id,
            place=1 + max((row.place for row in answers(book, form.id)), default=0),
            source=source,
            attitude=opinion.attitude,
            result=opinion.result,
            solved=opinion.solved,
            contact=opinion.contact,
            relevance=opinion.relevance,
            reason=opinion.reason,
            telling=opinion.telling,
            given_at=book.at,
            entered_by_id=book.person_id,
        )
    )
    _alarm(book, form, before, answer)
    return answer


def answers(book: Book, form_id: int) -> list[Answer]:
    """List every answer ever given to a form."""
    return book.all(select(Answer).where(Answer.form_id == form_id).order_by(col(Answer.place)))


def sealed(answer: Answer, hashes: Iterable[str] = ()) -> dict[str, str]:
    """Give what of an answer the record only commits to, so that it proves it without telling it."""
    words = ("attitude", "result", "solved", "contact", "relevance", "reason", "telling", "place")
    return {name: str(getattr(answer, name)) for name in words} | {"files": ",".join(hashes)}


def attach(book: Book, answer: Answer, opinion: Opinion) -> list[str]:
    """Put a spoken reason or a scan to its answer; give the hashes."""
    return files.attach(book.read, "form_answer", answer.id, opinion.files)


def _alarm(book: Book, form: Form, before: Answer | None, answer: Answer) -> None:
    """Have the desk know of 不满意 at once, and the alarm set for the next morning."""
    if not standing.dissatisfied(answer):
        return
    book.due(f"alarm:{form.id}:{answer.place}", "alarm", book.today, form.case_id, form.id)
    said = (answer.attitude, answer.result, answer.reason)
    if before is None or said != (before.attitude, before.result, before.reason) or not answer.reason:
        desk = forms.audience(book.read, form, Viewer.DESK)
        book.tell(desk, form.case_id, "form_dissatisfied", subject_id=form.id)


def receipt_code() -> str:
    """Make the code of a receipt: twelve characters in groups of four."""
    return "-".join("".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(_GROUPS))


def sweep(book: Book, form_id: int) -> None:
    """Take away what a form's unfinished questions have left in the chat, and what was said to them."""
    for draft in book.all(select(Draft).where(Draft.dialogue == DIALOGUE)):
        if draft.facts.get("form") != form_id:
            continue
        wipe(book, draft, draft.message_id)
        book.read.connection().execute(delete(Draft).where(col(Draft.id) == draft.id))


def wipe(book: Book, draft: Draft, message_id: int | None, *, own: bool = True) -> None:
    """Take a message away; of the bot's own the words first, since what is older than 48 hours cannot be deleted."""
    if message_id is None:
        return
    if own:
        book.send("said", draft.person_id, chat_id=draft.chat_id, shape=Shape.STUB, edits=message_id,
                  priority=Priority.ANSWER, silent=True, facts={"msgid": "Opinion form", "facts": {}})  # fmt: skip
    book.send("strip", draft.person_id, chat_id=draft.chat_id, shape=Shape.GONE, edits=message_id,
              priority=Priority.ANSWER, silent=True)  # fmt: skip
