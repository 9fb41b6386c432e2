"""Digests of the mornings, and totals of the groups."""

from handlers.notices import digests
from handlers.office import Reader
from handlers.pages import Page
from handlers.routes import Routes
from storage.queries import totals
from storage.reading import Read
from storage.tables import Group, Letter


def _totals(read: Read, letter: Letter, reader: Reader) -> Page | None:
    """Make a group's totals as they are when they go out."""
    group = read.get(Group, letter.subject_id)
    if group is None or group.chat_id is None:
        return None
    return digests.totals(
        totals.of(read, reader.today, reader.terms.new_year(reader.today), totals.kind_of(group)), reader
    )


ROUTES = Routes(notices={"digest": digests.notice, "totals": _totals})
