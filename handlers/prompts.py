"""Which answer is awaited from whom, kept as rows: begins a dialogue, takes answers, goes back, cancels, finishes."""

from collections.abc import Awaitable, Callable, Iterable

from handlers import parcels
from handlers.buttons import Button
from handlers.dialogues import Again, Dialogue, Facts, Question, Said, Scene, Step
from handlers.office import Answer, Call, Office, Opening, Reader
from handlers.pages import Key, Page, Title, choices
from handlers.tongue import N_
from storage import drafts, files, forms
from storage.book import Actor, Book
from storage.outbox import Priority, Shape
from storage.queries import cases
from storage.reading import Read
from storage.rules.facts import unpack
from storage.rules.refusals import Stale
from storage.tables import Draft

VERB = "d"
BACK, CANCEL = "<", "x"


class Prompts:
    """The dialogues of the house, and the one way through them."""

    def __init__(self, dialogues: Iterable[Dialogue]) -> None:
        self._by_name = {dialogue.name: dialogue for dialogue in dialogues}

    def page(self, read: Read, draft: Draft, reader: Reader) -> Page:
        """Word the question that a draft stands at."""
        dialogue = self._by_name[draft.dialogue]
        facts = unpack(draft.facts)
        step = dialogue.step(draft.step)
        question = step.ask(Scene(read, reader, draft.person_id, draft.case_id, facts))
        return Page(
            (Title(_headline(dialogue, step, facts, reader)), *question.blocks),
            _rows(draft, question, facts, reader, dialogue),
            question.files,
            fleeting=dialogue.leave_no_trace,
        )

    async def take(self, call: Call, office: Office, draft: Draft) -> Answer:
        """Take a press or typed words as the answer to a draft's question."""
        key = call.button.argument if call.button else ""
        dialogue = self._by_name[draft.dialogue]
        step = dialogue.step(draft.step)
        contents = await parcels.fetch(call, office, step) if not key else []
        parcels.refuse_odd(call, step)
        prepared = await _prepare(call, office, draft, step, contents) if step.prepare else None

        def unit(book: Book) -> str:
            return self._answer(book, call, office, contents, key, prepared)

        if dialogue.portion is not None and key not in ("", BACK, CANCEL):
            await self._portions(call, office, key)
        return Answer(toast=call.say(await office.act(call, unit)), alert=dialogue.leave_no_trace)

    def _answer(
        self, book: Book, call: Call, office: Office, contents: list[files.Content], key: str, prepared: object
    ) -> str:
        """Move the draft by what was said; runs in the transaction."""
        draft = self._draft(book, call)
        dialogue = self._by_name[draft.dialogue]
        facts = dict(unpack(draft.facts))
        if key == CANCEL:
            drafts.end(book.read, draft)
            if dialogue.leave_no_trace:
                forms.wipe(book, draft, call.message_id)
            else:
                _say(book, draft, call, N_("Cancelled; nothing was changed"))
            return N_("Cancelled")
        dialogue.check(book, facts)
        if key == BACK:
            self._ask(book, call, draft, facts, _previous(dialogue, draft.step, facts))
            return ""
        step = dialogue.step(draft.step)
        scene = Scene(book.read, office.reader(call.person), draft.person_id, draft.case_id, facts)
        kept = () if step.prepare else files.keep(book.read, contents, draft.person_id, book.at)
        value = step.take(scene, Said(key, parcels.own_words(call), kept, prepared))
        if dialogue.leave_no_trace and call.button is None:
            forms.wipe(book, draft, call.message_id, own=False)
        if parcels.words_left_out(call) and not dialogue.leave_no_trace:
            _say_left_out(book, draft)
        if isinstance(value, Again):
            self._ask(book, call, draft, {**facts, step.name: value.value}, step, anew=value.anew)
            return ""
        facts[step.name] = value
        following = _next(dialogue, step.name, facts)
        if following is not None:
            self._ask(book, call, draft, facts, following)
            return ""
        outcome = dialogue.finish(book, facts)
        drafts.end(book.read, draft)
        if not dialogue.leave_no_trace:
            _say(book, draft, call, outcome.msgid, dict(outcome.facts))
            return N_("Done")
        forms.wipe(book, draft, call.message_id if call.button else draft.message_id)
        if outcome.opening is not None:
            self.begin(book, call, outcome.opening.dialogue, outcome.opening.facts, outcome.opening.case_id)
        return outcome.msgid

    async def _portions(self, call: Call, office: Office, key: str) -> None:
        """Do the bulk of a dialogue's work in bounded transactions; the update stays open until its last act."""
        by = Actor(call.person_id, call.update_id)
        while await office.database.act(
            lambda read: self._portion(Book(read, office.clock(), office.terms, by), call, office, key)
        ):
            pass

    def _portion(self, book: Book, call: Call, office: Office, key: str) -> bool:
        """Do one share, where this press ends the dialogue; tell whether there is more."""
        draft = self._draft(book, call)
        dialogue = self._by_name[draft.dialogue]
        facts = dict(unpack(draft.facts))
        dialogue.check(book, facts)
        step = dialogue.step(draft.step)
        scene = Scene(book.read, office.reader(call.person), draft.person_id, draft.case_id, facts)
        value = step.take(scene, Said(key))
        facts[step.name] = value
        if isinstance(value, Again) or _next(dialogue, step.name, facts) is not None or dialogue.portion is None:
            return False
        if more := dialogue.portion(book, facts):
            working = N_("Working on it; the result follows here.")
            _say(book, draft, call, working, key=f"working:{draft.id}:{draft.version}")
        return more

    def _draft(self, book: Book, call: Call) -> Draft:
        """Load the draft that is answered, in the version that the press was made on."""
        if call.button is None:
            draft = drafts.active(book.read, call.person_id)
        else:
            draft = book.read.get(Draft, call.button.id)
        if draft is None or draft.person_id != call.person_id:
            raise Stale(N_("This question has been answered already; please use the newest message"))
        if call.button is not None:
            book.current(draft, call.button.version)
        return draft

    def begin(self, book: Book, call: Call, name: str, facts: Facts, case_id: int | None = None) -> None:
        """Open a dialogue: check the right to what it ends in, then ask its first question."""
        dialogue = self._by_name[name]
        dialogue.check(book, facts)
        if dialogue.resumes and self._resume(book, call, dialogue, facts):
            return
        first = next(step for step in dialogue.live(facts) if step.name not in facts)
        draft_id = drafts.begin(book.read, call.person_id, call.chat_id, name, first.name, facts, book.at, case_id)
        book.send("prompt", call.person_id, chat_id=call.chat_id, shape=Shape.PROMPT, case_id=case_id,
                  subject_id=draft_id, facts={"version": 1}, priority=Priority.ANSWER)  # fmt: skip

    def _resume(self, book: Book, call: Call, dialogue: Dialogue, facts: Facts) -> bool:
        """Take up a dialogue where it was interrupted; one that is begun with other facts takes the old one's place."""
        held = drafts.interrupted(book.read, call.person_id, dialogue.name, dialogue.resumes, facts[dialogue.resumes])
        if held is None:
            return False
        said = dict(unpack(held.facts))
        if {**said, **facts} == said:
            self._ask(book, call, held, said, dialogue.step(held.step), anew=True)
            return True
        drafts.end(book.read, held)
        _clear(book, held, dialogue)
        return False

    async def open(self, call: Call, office: Office, opening: Opening) -> None:
        """Open a dialogue in an act of its own."""
        await office.act(call, self.begin, call, opening.dialogue, opening.facts, opening.case_id)

    def _ask(self, book: Book, call: Call, draft: Draft, facts: Facts, step: Step, *, anew: bool = False) -> None:
        """Go to a step: after a press in place of the last question, after typed words as a new message below them."""
        drafts.move(book.read, draft, step.name, facts, book.at)
        edits = call.message_id if call.button and not anew else None
        if edits is None and draft.message_id is not None:
            _clear(book, draft, self._by_name[draft.dialogue])
        book.send("prompt", draft.person_id, chat_id=draft.chat_id, shape=Shape.PROMPT, case_id=draft.case_id,
                  subject_id=draft.id, facts={"version": draft.version + 1}, edits=edits,
                  priority=Priority.ANSWER)  # fmt: skip


def opened(name: str, subject: str) -> Callable[[Call, Office], Awaitable[Answer]]:
    """Make the conversation that a button opens: a dialogue begun with the row that the button names.

    `subject` is the fact under which the row's id is kept (case, part, reply, request, form, slip); its case is found.
    """

    async def converse(call: Call, office: Office) -> Answer:
        assert call.button is not None
        row_id = call.button.id
        case_id = await office.read(cases.of, subject, row_id)
        return Answer(opening=Opening(name, {subject: row_id, "version": call.button.version}, case_id))

    return converse


def _headline(dialogue: Dialogue, step: Step, facts: Facts, reader: Reader) -> str:
    """Say which dialogue this is and how far it has come: 第 2/4 步."""
    live = dialogue.live(facts)
    title = reader.say(dialogue.title)
    if len(live) == 1 or step not in live:
        return title
    return reader.say(
        "%(title)s · step %(place)d of %(count)d", title=title, place=live.index(step) + 1, count=len(live)
    )


def _rows(
    draft: Draft, question: Question, facts: Facts, reader: Reader, dialogue: Dialogue
) -> tuple[tuple[Key, ...], ...]:
    """Lay out the options, then back and cancel."""

    def button(argument: str) -> Button:
        return Button(VERB, draft.id, draft.version, argument)

    keys = [Key(option.label, button(option.key), style=option.style) for option in question.options]
    ways = [Key(reader.say("Cancel"), button(CANCEL))]
    if _before(dialogue, draft.step, facts):
        ways.insert(0, Key(reader.say("Back"), button(BACK)))
    return (*choices(keys, question.columns), tuple(ways))


def _before(dialogue: Dialogue, name: str, facts: Facts) -> list[Step]:
    """List the live steps before a step; what the dialogue was begun with is not asked again."""
    live = dialogue.live(facts)
    names = [step.name for step in live]
    place = names.index(name) if name in names else len(names)
    return [step for step in live[:place] if step.name not in facts.get("given", ())]


def _previous(dialogue: Dialogue, name: str, facts: Facts) -> Step:
    """Give the step before; the first one stays."""
    before = _before(dialogue, name, facts)
    return before[-1] if before else dialogue.step(name)


def _next(dialogue: Dialogue, name: str, facts: Facts) -> Step | None:
    """Give the next live step; none after the last."""
    live = dialogue.live(facts)
    names = [step.name for step in live]
    place = names.index(name) + 1
    return live[place] if place < len(live) else None


def _say(book: Book, draft: Draft, call: Call, msgid: str, facts: Facts | None = None, **letter: str) -> None:
    """Put the outcome in the place of the last question, or below typed words."""
    edits = call.message_id if call.button else None
    if edits is None and draft.message_id is not None:
        book.send("strip", draft.person_id, chat_id=draft.chat_id, shape=Shape.STUB, edits=draft.message_id,
                  priority=Priority.EDIT, silent=True)  # fmt: skip
    book.send("said", draft.person_id, chat_id=draft.chat_id, case_id=draft.case_id, edits=edits,
              facts={"msgid": msgid, "facts": dict(facts or {})}, priority=Priority.ANSWER, **letter)  # fmt: skip


def _say_left_out(book: Book, draft: Draft) -> None:
    """Tell that what stood on a forwarded file was not taken."""
    book.send("said", draft.person_id, chat_id=draft.chat_id, case_id=draft.case_id,
              facts={"msgid": parcels.LEFT_OUT, "facts": {}}, priority=Priority.ANSWER)  # fmt: skip


def _clear(book: Book, draft: Draft, dialogue: Dialogue) -> None:
    """Take the buttons off the question that has been answered; of the form, the whole question."""
    if dialogue.leave_no_trace:
        forms.wipe(book, draft, draft.message_id)
        return
    book.send("strip", draft.person_id, chat_id=draft.chat_id, shape=Shape.STUB, edits=draft.message_id,
              priority=Priority.EDIT, silent=True)  # fmt: skip


async def _prepare(call: Call, office: Office, draft: Draft, step: Step, contents: list[files.Content]) -> object:
    """Have a step do its slow work beside the writer, before the act."""
    key = call.button.argument if call.button else ""
    prepare = step.prepare
    if prepare is None or key in (BACK, CANCEL):
        return None
    reader, facts = office.reader(call.person), unpack(draft.facts)
    said = Said(key, parcels.own_words(call))

    def work(read: Read) -> object:
        scene = Scene(read, reader, draft.person_id, draft.case_id, facts)
        return prepare(scene, said, tuple(contents))

    return await office.read(work)
