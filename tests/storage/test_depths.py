"""What waits and what is late is counted by indexes: a scrape every few seconds costs what waits, not what was."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import event

from storage.database import Database
from storage.queries import depths
from storage.queries.depths import Slack
from storage.reading import Read
from storage.rules.terms import Terms
from storage.tables import Letter, Person, Update
from storage.writing import add

AT = datetime(2026, 3, 3, 2, tzinfo=UTC)
# One row a person on the roster, one a day, one a day off: they do not grow with what people do.
SMALL = {"person", "morning", "calendarday"}


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    """Give a book."""
    database = Database(f"sqlite:///{tmp_path / 'duban.db'}")
    database.create()
    yield database
    database.close()


def test_depths_count_what_waits(database: Database) -> None:
    """Guard the figures: open, later, dead and failed are told apart, and ages are those of the oldest."""

    def fill(read: Read) -> None:
        for key, outcome, before in (("a", None, None), ("b", None, AT), ("c", None, AT + timedelta(hours=1)),
                                     ("d", "dead", None), ("e", "sent", None)):  # fmt: skip
            letter = Letter(key=key, kind="welcome", chat_id=1, not_before=before, created_at=AT - timedelta(minutes=5))
            add(read, letter.model_copy(update={"outcome": outcome, "settled_at": AT if outcome else None}))
        for number, outcome in enumerate((None, None, "failed", "done"), 1):
            add(read, Update(id=number, chat_id=1, body={}, received_at=AT - timedelta(seconds=number), outcome=outcome,
                            handled_at=AT if outcome else None))  # fmt: skip
        add(read, Person(name="甲", unreachable_since=AT))

    database.act_now(fill)
    found = database.look(lambda read: depths.depths(read, AT))
    assert (found.inbox, found.inbox_oldest, found.inbox_failed) == (2, 2.0, 1)
    assert (found.outbox_due, found.outbox_later, found.outbox_oldest) == (2, 1, 300.0)
    assert (found.dead_letters, found.unreachable, found.unsequenced) == (1, 1, 0)
    back = database.look(lambda read: depths.depths(read, AT - timedelta(days=1)))
    assert (back.inbox_oldest, back.outbox_oldest) == (0, 0), "a clock set back makes no age negative"


def test_no_figure_walks_through_what_is_over(database: Database) -> None:
    """Guard the cost at a million letters: every statement of scrape and audit goes by an index."""
    asked: list[tuple[str, object]] = []

    def look(read: Read) -> list[str]:
        connection = read.connection()
        event.listen(connection, "before_cursor_execute", lambda *call: asked.append((call[2], call[3])))
        depths.depths(read, AT)
        depths.late(read, AT, Terms(), Slack())
        plans = []
        for statement, values in asked.copy():
            rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)  # type: ignore[arg-type]
            plans += [str(row[-1]) for row in rows]
        return plans

    plans = database.look(look)
    assert len(asked) > 8
    walked = [plan for plan in plans if plan.startswith("SCAN") and "USING" not in plan]
    assert {plan.split()[1] for plan in walked} <= SMALL, walked
    assert not [plan for plan in plans if "SCAN record" in plan]
