"""What a notice is: a letter in, a page out; and the commonest kind, a sentence about a case."""

from collections.abc import Callable

from handlers import cards
from handlers.buttons import Button
from handlers.office import Reader
from handlers.pages import Block, Document, Key, Page, Quote, Text, Title
from storage import files
from storage.outbox import Shape
from storage.queries import cases, repliable
from storage.reading import Read
from storage.rules.facts import unpack
from storage.rules.words import Standing
from storage.tables import Letter

_AT_HAND = frozenset({Standing.DESK, Standing.LIAISON, Standing.HANDLER, Standing.UNIT_HEAD, Standing.UNIT_DEPUTY_HEAD})
Notice = Callable[[Read, Letter, Reader], Page | None]


def sentence(
    msgid: str,
    *,
    quote: str = "",
    owner: str = "",
    body: bool = False,
    near: bool = False,
    still: Callable[[Read, Letter], bool] | None = None,
) -> Notice:
    """Make a notice of one sentence, filled with the letter's facts, about the letter's case.

    `quote` names a fact that holds other people's words, and `owner` the table whose files go along (the row is the
    letter's subject): both travel in full mode only. `body` unfolds the case's text. With `near` the
    words travel to desk and handling unit in light mode too: typed here, they stand on no paper. `still` tells whether
    the letter is still true when it is sent.
    """

    def notice(read: Read, letter: Letter, reader: Reader) -> Page | None:
        if still is not None and not still(read, letter):
            return None
        facts = unpack(letter.facts)
        said = reader.say(msgid, **{name: fact for name, fact in facts.items() if name != quote})
        at_hand = near and at_hand_of(read, letter, reader)
        words = private(facts.get(quote, ""), reader, at_hand=at_hand) if quote else ()
        page = about(read, letter, reader, said, words, body=body)
        if page is None or not owner or letter.subject_id is None:
            return page
        return with_files(read, page, owner, letter.subject_id, reader)

    return notice


def at_hand_of(read: Read, letter: Letter, reader: Reader) -> bool:
    """Tell whether a letter's reader is of the proposer's desk or of the unit that handles its case."""
    if letter.case_id is None or reader.person is None:
        return False
    return bool(repliable.standings(read, letter.case_id, reader.person.id) & _AT_HAND)


def private(words: str, reader: Reader, *, at_hand: bool = False) -> tuple[Block, ...]:
    """Give other people's words in full mode; in light mode say where they are to be read.

    To desk and handling unit (`at_hand`) light mode gives what a proposer typed here, too (chat.md 5).
    """
    if not words:
        return ()
    if reader.full or at_hand:
        return (Quote(words),)
    return (Text(reader.say("The text is not sent here; read it on paper or at the office.")),)


def about(
    read: Read, letter: Letter, reader: Reader, said: str, words: tuple[Block, ...] = (), *, body: bool = False
) -> Page | None:
    """Put a sentence over the case's card where the letter carries one, else beside the case's name."""
    if letter.case_id is None:
        return Page((Text(said), *words))
    if letter.shape == Shape.CARD and letter.person_id is not None:
        dossier = cases.dossier(read, letter.case_id, letter.person_id, reader.today)
        if dossier is None:
            return None
        page = cards.page(dossier, reader, headline=said, body=body)
        return Page((*page.blocks[:1], *words, *page.blocks[1:]), page.rows)
    case = cases.view(read, letter.case_id)
    if case is None:
        return None
    return Page((Title(cards.heading(case, reader)), Text(said), *words), ((details(case.id, reader),),))


def details(case_id: int, reader: Reader) -> Key:
    """Make the button that opens a case."""
    return Key(reader.say("Details"), Button("show", case_id))


def with_files(read: Read, page: Page, owner: str, owner_id: int, reader: Reader) -> Page:
    """Put a row's files along: as they are in full mode, by name in light mode."""
    found = files.of(read, owner, owner_id)
    if not found:
        return page
    names = reader.say("Files: %(names)s", names=[file.name for file in found])
    if not reader.full:
        where = reader.say("Files are not sent here; read them on paper or at the office.")
        return Page((*page.blocks, Text(where)), page.rows)
    documents = tuple(Document(file.name, file.content, photo=file.mime.startswith("image/")) for file in found)
    return Page((*page.blocks, Text(names)), page.rows, documents)
