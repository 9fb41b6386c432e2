"""The real bot, with its commits and statements counted: `python -m bench.counted run --config FILE`.

SQLite itself is asked, on every connection however it was opened: who goes round the library's back is counted too. On
SIGUSR1 what was counted so far goes, as one line of JSON, to the file that `BENCH_COUNTS` names. Time is not measured
here: the counting costs some.
"""

import json
import os
import re
import signal
import sqlite3
import threading
from collections import Counter
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

LITERAL: Final = re.compile(r"x?'(?:[^']|'')*'|(?<![\w.])-?\d+(?:\.\d+)?\b", re.IGNORECASE)
_connect = sqlite3.connect
_lock = threading.Lock()
statements: Counter[str] = Counter()
opened: list[sqlite3.Connection] = []


def note(statement: str) -> None:
    """Count a statement, without the values that it was run with."""
    text = " ".join(LITERAL.sub("?", statement).split())
    with _lock:
        statements[text] += 1


class Traced(sqlite3.Connection):
    """A connection that tells what is run on it."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.set_trace_callback(note)
        opened.append(self)


def connect(*arguments: Any, **named: Any) -> sqlite3.Connection:
    """Open a connection that is counted."""
    opening: sqlite3.Connection = _connect(*arguments, **{"factory": Traced, **named})
    return opening


def tell(_number: int, _frame: Any) -> None:
    """Add a line with the counts to the file."""
    with _lock:
        known = dict(statements)
    line = {"commits": known.get("COMMIT", 0), "statements": known, "pragmas": durability()}
    with Path(os.environ["BENCH_COUNTS"]).open("a", encoding="utf-8") as file:
        file.write(json.dumps(line, ensure_ascii=False) + "\n")


def durability() -> dict[str, Any]:
    """Ask the live connections that may write how durable they are: 2 is FULL; the least of them counts."""
    found: dict[str, Any] = {}
    for connection in opened:
        with suppress(sqlite3.Error):  # one that has been closed
            connection.set_trace_callback(None)
            if not connection.execute("PRAGMA query_only").fetchone()[0]:
                full = connection.execute("PRAGMA synchronous").fetchone()[0]
                mode = connection.execute("PRAGMA journal_mode").fetchone()[0]
                found = {"synchronous": min(full, found.get("synchronous", full)), "journal_mode": mode}
            connection.set_trace_callback(note)
    return found


def main() -> None:
    """Be `duban`, counted; a negative control may have each unit in a commit of its own."""
    sqlite3.connect = sqlite3.dbapi2.connect = connect  # type: ignore[assignment]
    signal.signal(signal.SIGUSR1, tell)
    from bot import cli  # noqa: PLC0415 (only now, so that nothing has opened a connection uncounted)
    from storage.engines.writer import Pen  # noqa: PLC0415 (as above)

    if group := os.environ.get("BENCH_GROUP"):
        Pen.group = int(group)
    cli.main(prog_name="duban")


if __name__ == "__main__":
    main()
