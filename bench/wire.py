"""HTTP/1.1 as raw bytes: only what Bot API clients send, at the least cost to the core that the generator shares."""

import asyncio
from collections.abc import Callable
from typing import Final

HEAD_END: Final = b"\r\n\r\n"
LARGEST: Final = 1 << 20  # bytes of one request; the bench sends none near it


class Wire(asyncio.Protocol):
    """One connection: requests in, answers out in order; a request that is not understood closes it."""

    def __init__(self, take: Callable[["Wire", str, bytes], None], opened: set["Wire"]) -> None:
        self._take = take
        self._opened = opened
        self._held = bytearray()
        self._transport: asyncio.Transport | None = None

    @property
    def there(self) -> bool:
        """Tell whether the other side still holds the line."""
        return self._transport is not None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._opened.add(self)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - the protocol's signature
        """Forget the transport: who is answered later is not there any more."""
        self._transport = None
        self._opened.discard(self)

    def data_received(self, data: bytes) -> None:
        """Take every request that is whole."""
        self._held += data
        while (found := self._held.find(HEAD_END)) >= 0:
            head = bytes(self._held[:found])
            length = content_length(head)
            end = found + len(HEAD_END) + length
            if length > LARGEST or b"chunked" in head.lower():
                self.drop()
                return
            if len(self._held) < end:
                return
            body = bytes(self._held[found + len(HEAD_END) : end])
            del self._held[:end]
            self._take(self, method_of(head), body)

    def say(self, body: bytes, status: bytes = b"200 OK") -> None:
        """Answer the request in hand."""
        if self._transport is not None:
            self._transport.write(
                b"HTTP/1.1 %b\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b"
                % (status, len(body), body)
            )

    def drop(self) -> None:
        """Cut the line without an answer."""
        if self._transport is not None:
            self._transport.abort()


def content_length(head: bytes) -> int:
    """Give the length of the body that follows; 0 where none is told."""
    lower = head.lower()
    at = lower.find(b"\r\ncontent-length:")
    if at < 0:
        return 0
    told = lower[at + 17 :].split(b"\r\n", 1)[0].strip()
    return int(told) if told.isdigit() else 0


def method_of(head: bytes) -> str:
    """Give the Bot API method: the last part of the path."""
    path = head.split(b" ", 2)[1].split(b"?", 1)[0]
    return path.rpartition(b"/")[2].decode("ascii", "replace")


def field(body: bytes, name: bytes) -> int | None:
    """Read a number from a body in any of the three shapes in which clients send it: JSON, form, multipart."""
    at = -1
    while (at := body.find(name, at + 1)) >= 0:
        after = at + len(name)
        if at and (body[at - 1 : at].isalnum() or body[at - 1 : at] == b"_"):
            continue  # the end of a longer name
        if body[after : after + 1] == b"=":
            return _number(body[after + 1 : after + 24])
        if body[after : after + 2] == b'":':
            return _number(body[after + 2 : after + 26].lstrip(b' "'))
        if body[after : after + 1] == b'"':
            start = body.find(HEAD_END, after)
            return _number(body[start + 4 : start + 28]) if start >= 0 else None
    return None


def _number(text: bytes) -> int | None:
    """Read the digits at the start."""
    end = 1 if text[:1] == b"-" else 0
    while text[end : end + 1].isdigit():
        end += 1
    return int(text[:end]) if text[:end] not in (b"", b"-") else None
