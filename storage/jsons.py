"""JSON as it travels and as it is kept: orjson, and where that is too strict the standard library.

Telegram hands on what people's clients send, halves of surrogate pairs among it, which orjson refuses: what it cannot
write or read is left to `json`. A whole number beyond 64 bits, which no id is, is read as a floating one.
"""

import json
from typing import Any, Final

import orjson

# What JSON does not know is a mistake of ours, and `json` says so; orjson would write it in some way of its own.
_PLAIN: Final = orjson.OPT_PASSTHROUGH_DATETIME | orjson.OPT_PASSTHROUGH_DATACLASS
_LOOSE: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


def sent(value: Any) -> bytes:
    """Write a value to be sent; a lone surrogate becomes a question mark, better than a letter that never leaves."""
    try:
        return orjson.dumps(value)
    except TypeError:
        return _LOOSE.encode(value).encode("utf-8", "replace")


def kept(value: Any) -> str:
    """Write a value to be kept, to be read again as it was; raise `TypeError` for what JSON does not know."""
    try:
        return orjson.dumps(value, option=_PLAIN).decode()
    except TypeError:
        return json.dumps(value)


def read(text: str | bytes) -> Any:
    """Read JSON; raise `ValueError` for what is none."""
    try:
        return orjson.loads(text)
    except ValueError:
        return json.loads(text)


# How an engine keeps its columns of JSON (SQLAlchemy's arguments).
ENGINE: Final[dict[str, Any]] = {"json_serializer": kept, "json_deserializer": read}
