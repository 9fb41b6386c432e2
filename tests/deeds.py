"""Units of work that leave a trace, for the tests of what runs them."""

from collections.abc import Callable

from sqlalchemy import insert
from sqlmodel import select

from storage.reading import Read
from storage.tables import Setting


def does(name: str) -> Callable[[Read], str]:
    """Make a unit that does one thing and tells of it."""

    def unit(read: Read) -> str:
        read.connection().execute(insert(Setting).values(key=name, value=1))
        read.post(name)
        return name

    return unit


def done(read: Read) -> list[str]:
    """List what was done."""
    return sorted(read.exec(select(Setting.key)))
