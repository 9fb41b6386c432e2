"""The real bot, with its commits and statements counted: `python -m bench.counted run --config FILE`.

On SIGUSR1 it writes what it has counted so far, as one line of JSON, to the file that `BENCH_COUNTS` names. What it
measures nothing of is time: the counting costs some.
"""

import gc
import json
import os
import signal
from collections import Counter
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event

from bot.cli import main
from storage import database
from storage.database import Database

statements: Counter[str] = Counter()


@event.listens_for(Engine, "before_cursor_execute")
def _count(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
    statements[" ".join(statement.split())] += 1


def _tell(_number: int, _frame: Any) -> None:
    """Add a line with the counts to the file."""
    opened = [each for each in gc.get_objects() if isinstance(each, Database)]
    line = {
        "commits": sum(each.commits for each in opened),
        "statements": dict(statements),
        "pragmas": _pragmas(opened),
    }
    with Path(os.environ["BENCH_COUNTS"]).open("a", encoding="utf-8") as file:
        file.write(json.dumps(line, ensure_ascii=False) + "\n")


def _pragmas(opened: list[Database]) -> dict[str, Any]:
    """Ask a live connection of the writing engine how durable it is: 2 is FULL."""
    for each in opened:
        with each.engine.connect() as connection:
            raw: Any = connection.connection.driver_connection
            return {name: raw.execute(f"PRAGMA {name}").fetchone()[0] for name in ("synchronous", "journal_mode")}
    return {}


if __name__ == "__main__":
    if group := os.environ.get("BENCH_GROUP"):  # a negative control: each unit in a commit of its own
        database._GROUP = int(group)  # noqa: SLF001 - a switch of the bench, not of the bot
    signal.signal(signal.SIGUSR1, _tell)
    main(prog_name="duban")
