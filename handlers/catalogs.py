"""Catalogs of sentences as gettext's `.po` files hold them (GNU gettext, “The Format of PO Files”).

Our own are read here in a few milliseconds of every start; babel knows the whole format, takes longer and leaves
megabytes behind. Contexts, plurals and translations marked as fuzzy are none of ours.
"""

import re
from collections.abc import Iterable
from typing import Final

_LINE: Final = re.compile(r'\s*(?:#(?!,.*fuzzy).*|(?:(msgid|msgstr) )?"((?:[^"\\]|\\[ntr"\\])*)"\s*)?')
_ESCAPE: Final = re.compile(r"\\(.)")
_MEANT: Final = {"n": "\n", "t": "\t", "r": "\r"}


def read(lines: Iterable[str]) -> dict[str, str]:
    """Give what each sentence becomes, but for the untranslated; raise `ValueError` for a line that is no catalog."""
    entries: list[tuple[list[str], list[str]]] = []
    pieces: list[str] | None = None
    for number, line in enumerate(lines, start=1):
        found = _LINE.fullmatch(line.rstrip("\n"))
        keyword, text = found.groups() if found else (None, None)
        if keyword == "msgid":
            pieces = []
            entries.append((pieces, []))
        elif keyword == "msgstr" and entries:
            pieces = entries[-1][1]
        if found is None or (text is not None and pieces is None):
            raise ValueError(f"line {number} of a catalog cannot be read")
        if text and pieces is not None:
            pieces.append(text)
    joined = ((_plain("".join(msgid)), _plain("".join(msgstr))) for msgid, msgstr in entries)
    return {msgid: msgstr for msgid, msgstr in joined if msgid and msgstr}


def _plain(text: str) -> str:
    """Read what is escaped."""
    return _ESCAPE.sub(lambda found: _MEANT.get(found[1], found[1]), text) if "\\" in text else text
