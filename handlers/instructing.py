"""批示: a leader's instruction, typed by himself or by his secretary for him."""

from handlers.buttons import Button
from handlers.dialogues import Dialogue, Facts, Outcome, words
from handlers.notices.kinds import about, private, sentence
from handlers.office import Answer, Call, Office, Reader
from handlers.pages import Key, Page
from handlers.prompts import opened
from handlers.routes import Routes
from handlers.tongue import N_
from storage.acts import instructing
from storage.book import Book
from storage.reading import Read
from storage.tables import Instruction, Letter


def _check(book: Book, facts: Facts) -> None:
    instructing.check(book, facts["case"])


def _finish(book: Book, facts: Facts) -> Outcome:
    row = instructing.instruct(book, facts["case"], facts["text"]["words"])
    if row.confirmed_at is None:
        return Outcome(N_("Kept; it counts once the leader has confirmed it."))
    return Outcome(N_("Your instruction has gone to the office and the units."))


DIALOGUE = Dialogue(
    "instruct",
    N_("Instruct"),
    (
        words(
            "text", N_("What is to be done? Please type it; it goes to the office and the handling units."), limit=1000
        ),
    ),
    _finish,
    _check,
)


async def confirm(call: Call, office: Office) -> Answer:
    """Take the leader's 确认无误."""
    assert call.button is not None
    await office.press(call, instructing.confirm, call.button.id)
    return Answer(call.say(N_("Confirmed")))


def _to_confirm(read: Read, letter: Letter, reader: Reader) -> Page | None:
    """Ask the leader to confirm what was typed for him."""
    row = read.get(Instruction, letter.subject_id)
    if row is None or row.confirmed_at is not None or row.withdrawn_at is not None:
        return None
    said = reader.say(N_("Your secretary has typed this instruction for you; it counts once you confirm it."))
    page = about(read, letter, reader, said, private(row.text, reader))
    if page is None:
        return None
    key = Key(reader.say(N_("Confirmed as right")), Button("instruction.ok", row.id), style="success")
    return Page(page.blocks, ((key,), *page.rows))


ROUTES = Routes(
    presses={"c.instruct": opened("instruct", "case"), "instruction.ok": confirm},
    dialogues=(DIALOGUE,),
    notices={
        "instructed": sentence(N_("%(name)s instructs:"), quote="text"),
        "instruction_to_confirm": _to_confirm,
    },
)
