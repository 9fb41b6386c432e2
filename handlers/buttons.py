"""Typed, signed callback data: `v1:verb:id:version:argument:tag`, at most 64 bytes (Bot API).

The tag is an HMAC over data and chat with a key from the database: what a client sends back is the client's word.
"""

import base64
import hmac
from dataclasses import dataclass
from functools import lru_cache

LIMIT = 64


class Forged(ValueError):
    """Callback data that we did not write for this chat."""


@dataclass(frozen=True)
class Button:
    """A press to come: what is done (`verb`), to which row and in which version of it, with an argument."""

    verb: str
    id: int = 0
    version: int = 0
    argument: str = ""


def pack(button: Button, chat_id: int, key: bytes) -> str:
    """Write a button as signed callback data for one chat; raise `ValueError` for what does not fit or read back."""
    if ":" in button.verb:
        raise ValueError(button.verb)
    data = f"v1:{button.verb}:{_short(button.id)}:{_short(button.version)}:{button.argument}"
    packed = f"{data}:{_tag(data, chat_id, key)}"
    if len(packed.encode()) > LIMIT:
        msg = f"callback data of {len(packed.encode())} bytes: {data}"
        raise ValueError(msg)
    return packed


def unpack(packed: str, chat_id: int, key: bytes) -> Button:
    """Read signed callback data; raise `Forged` unless it is ours and of this chat."""
    data, _, tag = packed.rpartition(":")
    try:
        ours = hmac.compare_digest(tag.encode(), _tag(data, chat_id, key).encode())
    except UnicodeEncodeError:  # half of a surrogate pair: no text, and not ours
        ours = False
    if not ours:
        raise Forged(packed)
    _v1, verb, row_id, version, argument = data.split(":", 4)
    return Button(verb, int(row_id, 36), int(version, 36), argument)


def _tag(data: str, chat_id: int, key: bytes) -> str:
    """Give the short tag: 48 bits, enough where each guess is a press that is answered and counted."""
    keyed = _keyed(key).copy()
    keyed.update(f"{chat_id}|{data}".encode())
    return base64.urlsafe_b64encode(keyed.digest()[:6]).decode()


@lru_cache(8)
def _keyed(key: bytes) -> hmac.HMAC:
    """Begin a tag: what it costs to take the key in is paid once."""
    return hmac.new(key, digestmod="sha256")


def _short(number: int) -> str:
    """Write a number in base 36."""
    digits = "0123456789abcdefghijklmnopqrstuvwxyz"
    sign, number, written = ("-", -number, "") if number < 0 else ("", number, "")
    while number:
        number, digit = divmod(number, 36)
        written = digits[digit] + written
    return sign + (written or "0")
