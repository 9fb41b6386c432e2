"""The person's mistake, as against our failure: a sentence to be shown, with its facts."""

from collections.abc import Mapping


def N_(msgid: str) -> str:  # noqa: N802 (gettext's own name for a word that is translated later)
    """Mark a msgid for extraction."""
    return msgid


class Refused(Exception):
    """An act that the rules do not allow; nothing was changed.

    `msgid` is an English sentence with named `%(placeholders)s`, a key of the catalogs; `facts` fill it.
    Facts are plain values, or terms (enumeration members) that the reader's catalog knows.
    """

    def __init__(self, msgid: str, facts: Mapping[str, object] | None = None) -> None:
        super().__init__(msgid)
        self.msgid = msgid
        self.facts: Mapping[str, object] = facts or {}


class Stale(Refused):
    """A press on what has moved on meanwhile; the newest card is shown instead."""
