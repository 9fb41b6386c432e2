"""What only one replica may do at a time: held for a while by the database's time, and taken over when that ends."""

from sqlalchemy import bindparam, or_, update
from sqlmodel import col, select

from storage.prepared import Prepared
from storage.reading import Read
from storage.tables import Lease
from storage.tables.columns import epoch
from storage.writing import write

SECONDS = 60

_MINE = col(Lease.owner) == bindparam("owner_")
_NAMED = col(Lease.name) == bindparam("what")
_TAKE: Prepared[Lease] = Prepared(
    update(Lease)
    .where(_NAMED, or_(_MINE, col(Lease.owner).is_(None), col(Lease.until) < epoch()))
    .values(owner=bindparam("owner_"), until=epoch() + SECONDS)
)
_SEIZE: Prepared[Lease] = Prepared(
    update(Lease).where(_NAMED).values(owner=bindparam("owner_"), until=epoch() + SECONDS)
)


def take(read: Read, name: str, owner: str) -> bool:
    """Take a lease or keep it for another while; tell whether it is this replica's.

    A SQLite file has one process: whoever held the lease there is gone.
    """
    if read.get(Lease, name) is None:
        write(read, Lease, {"name": name, "owner": None, "until": 0})
    alone = read.kind == "sqlite"
    return read.run(_SEIZE if alone else _TAKE, what=name, owner_=owner) == 1


def lapsed(read: Read, name: str, owner: str) -> bool:
    """Tell whether a lease is another's and has run out: to be asked before it is taken."""
    theirs = (col(Lease.owner) != owner, col(Lease.until) < epoch())
    return read.exec(select(Lease.name).where(Lease.name == name, *theirs)).first() is not None


def release(read: Read, owner: str) -> None:
    """Let go of every lease: at a stop, so that another need not wait for their end."""
    read.connection().execute(update(Lease).where(col(Lease.owner) == owner).values(owner=None))
