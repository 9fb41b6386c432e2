"""Rendering a letter: kind and facts in, a page in the reader's language out, or nothing where it is no longer true."""

from collections.abc import Mapping

from handlers import cards
from handlers.notices.kinds import Notice
from handlers.office import Reader
from handlers.pages import Page, Text, fit
from handlers.prompts import Prompts
from storage.queries import cases
from storage.reading import Read
from storage.rules.facts import unpack
from storage.tables import Draft, Letter


def render(read: Read, letter: Letter, reader: Reader, notices: Mapping[str, Notice], prompts: Prompts) -> Page | None:
    """Say what a letter says now, within Telegram's limit; none: it is no longer true, and it is not sent."""
    page = _page(read, letter, reader, notices, prompts)
    return fit(page, reader.say("full-text.txt")) if page else None


def _page(read: Read, letter: Letter, reader: Reader, notices: Mapping[str, Notice], prompts: Prompts) -> Page | None:
    """Make the page of a letter by its kind."""
    match letter.kind:
        case "prompt":
            draft = read.get(Draft, letter.subject_id)
            current = draft is not None and draft.version == letter.facts["version"]
            return prompts.page(read, draft, reader) if draft is not None and current else None
        case "said":
            facts = unpack(letter.facts)
            return Page((Text(reader.tongue.fill(facts["msgid"], facts["facts"])),))
        case "card":
            return _card(read, letter, reader)
        case "strip":
            return Page(())
        case "moved":
            return Page((Text(reader.say("The case's card has moved down to the newest message.")),))
        case kind:
            return notices[kind](read, letter, reader)


def _card(read: Read, letter: Letter, reader: Reader) -> Page | None:
    """Bring a card up to date."""
    if letter.case_id is None or letter.person_id is None:
        return None
    dossier = cases.dossier(read, letter.case_id, letter.person_id, reader.today)
    return cards.page(dossier, reader) if dossier else None
