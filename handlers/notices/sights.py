"""What a form says to who may know of it: its rating, its reason; one alone, or several in a digest."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from handlers import lists
from handlers.buttons import Button
from handlers.notices.kinds import private, with_files
from handlers.office import Reader
from handlers.pages import Block, Document, Key, Page, Text
from handlers.tongue import N_
from storage.queries import cases, forms
from storage.queries.forms import FormSight, Rating
from storage.reading import Read
from storage.rules.words import VerdictSource


@dataclass(frozen=True)
class Over:
    """What a digest says of forms whose window is over; `cases` are those of its numbered lines, in their order."""

    blocks: tuple[Block, ...] = ()
    cases: tuple[int, ...] = ()
    rows: tuple[tuple[Key, ...], ...] = ()
    files: tuple[Document, ...] = ()


def over(read: Read, form_ids: Sequence[int], reader: Reader, first: int) -> Over:
    """Say of forms what their reader may know of them, numbered from `first`; nothing where he may know nothing."""
    told = [_over(read, seen, reader) for seen in _sights(read, form_ids, reader)]
    if not told:
        return Over()
    head = Text(reader.say(N_("Opinion forms whose time is over: %(count)d"), count=len(told)))
    return Over(
        (head, *(block for place, each in enumerate(told, first) for block in _numbered(place, each.blocks))),
        tuple(case_id for each in told for case_id in each.cases),
        tuple(row for each in told for row in each.rows),
        tuple(file for each in told for file in each.files),
    )


def _numbered(place: int, told: tuple[Block, ...]) -> tuple[Block, ...]:
    """Put a number before the first line."""
    return replace(told[0], words=f"{place}. {told[0].words}"), *told[1:]


def _sights(read: Read, form_ids: Sequence[int], reader: Reader) -> Iterator[FormSight]:
    """Yield the forms of which the reader may know."""
    for form_id in form_ids if reader.person is not None else ():
        assert reader.person is not None
        seen = forms.seen(read, form_id, reader.person.id, reader.today)
        if seen is not None:
            yield seen


def _over(read: Read, seen: FormSight, reader: Reader) -> Over:
    """Say one form: its case and how it stands in one line, then what else there is."""
    case = cases.view(read, seen.case_id)
    assert case is not None
    name = lists.short(reader, case.kind, case.number, case.title)
    said, *rest = blocks(seen, reader)
    told = (Text(f"{name} · {said.words}"), *rest)
    if seen.voice_of is None:
        return Over(told, (case.id,))
    page = with_files(read, Page(told), "form_answer", seen.voice_of, reader)
    return Over(page.blocks, (case.id,), ((voice(seen.voice_of, reader, case.number),),), page.files)


def voice(answer_id: int, reader: Reader, number: str = "") -> Key:
    """Make the button that writes a spoken reason down; among several cases it names its own."""
    return Key(f"{number} {reader.say(N_('Write the voice down'))}".strip(), Button("form.voice", answer_id))


def blocks(seen: FormSight, reader: Reader) -> tuple[Block, ...]:
    """Say how a form stands, with the reason where it may be read."""
    return (*(Text(line) for line in _lines(seen, reader)), *_reason(seen, reader))


def words(said: str, seen: FormSight, reader: Reader) -> tuple[Block, ...]:
    """Give what a proposer typed: on no paper, and so to his desk and the handling unit in light mode too."""
    return private(said, reader, at_hand=seen.at_hand)


def _lines(seen: FormSight, reader: Reader) -> Iterator[str]:
    """Say how a form stands."""
    if seen.rating is None:
        yield reader.say(N_("%(unit)s: the opinion form has closed without an answer."), unit=seen.unit)
        return
    yield from _rated(seen.unit, seen.rating, reader)
    if seen.interested:
        yield reader.say(N_("The proposer has an interest in the handling unit: counted apart."))
    if seen.points:
        yield reader.say(N_("More is to be done (the words of the proposer are not passed on)."))


def _rated(unit: str, rating: Rating, reader: Reader) -> Iterator[str]:
    """Say a rating."""
    yield reader.say(
        N_("%(unit)s: attitude “%(attitude)s”, result “%(result)s”, “%(solved)s”."),
        unit=unit,
        attitude=rating.attitude,
        result=rating.result,
        solved=rating.solved,
    )
    if rating.contact is not None and rating.relevance is not None:
        yield reader.say(
            N_("Contact before the reply: %(contact)s. To the point: %(relevance)s."),
            contact=rating.contact,
            relevance=rating.relevance,
        )
    if rating.source is VerdictSource.PAPER:
        owned = N_("From a paper form that the proposer has owned.")
        yield reader.say(owned if rating.verified else N_("From a paper form, not verified: counted apart."))


def _reason(seen: FormSight, reader: Reader) -> tuple[Block, ...]:
    """Give the reason where it may be read."""
    if seen.voice_of is not None:
        said = N_("The reason was spoken; please write it down.")
        lost = N_("The reason was spoken, and recordings are not sent here; please telephone and write it down.")
        return (Text(reader.say(said if reader.full else lost)),)
    return words(seen.reason, seen, reader)
