"""A request to the Bot API, read from JSON, form or multipart, and held against the table of parameters."""

import json
import re
from dataclasses import dataclass, field
from typing import Any, Final

from aiohttp import BodyPartReader, web

from bot.sandbox import methods
from bot.sandbox.facts import Json
from bot.sandbox.refusals import NOT_FOUND, TOO_LARGE, Refused, bad_request

UPLOAD_LIMIT: Final = 50 * 1024 * 1024
# Telegram takes method names in any case.
_METHODS: Final = {name.lower(): name for name in methods.PARAMETERS}
_INTEGER: Final = re.compile(r"-?[0-9]{1,19}")
_TRUE: Final = frozenset({"true", "1", "yes", "y", "t"})
_FILE_NAME: Final = re.compile(r';\s*filename\s*=\s*("([^"]*)"|[^;]*)', re.IGNORECASE)


@dataclass(frozen=True)
class Upload:
    """A file that came with the request."""

    name: str
    content: bytes


@dataclass
class Asked:
    """One call: its method, the parameters in their types, the files by the names of their parts."""

    method: str
    values: Json = field(default_factory=dict)
    uploads: dict[str, Upload] = field(default_factory=dict)

    def get(self, name: str, default: Any = None) -> Any:
        """Return a parameter, or the default where it was not sent."""
        return self.values.get(name, default)

    def __getitem__(self, name: str) -> Any:
        return self.values[name]

    @property
    def chat_id(self) -> int | None:
        """Return the chat addressed where the call names one by number."""
        value = self.values.get("chat_id")
        return value if isinstance(value, int) else None


async def read(request: web.Request) -> Asked:
    """Return the call that a request makes; refuse what Telegram, or the stand-in's strictness, refuses."""
    method = _METHODS.get(request.match_info["method"].lower())
    if method is None:
        raise Refused(NOT_FOUND, "Not Found")
    raw: Json = dict(request.query)
    uploads: dict[str, Upload] = {}
    try:
        await _body(request, raw, uploads)
    except web.HTTPRequestEntityTooLarge:
        raise Refused(TOO_LARGE, "Request Entity Too Large") from None
    asked = Asked(method, {}, uploads)
    known = methods.PARAMETERS[method]
    for name, value in raw.items():
        if name not in known:
            raise bad_request(f"unknown parameter {name}")
        if value not in (None, ""):
            asked.values[name] = _typed(name, known[name], value)
    for name in uploads:
        if known.get(name) == methods.FILE:
            asked.values[name] = f"attach://{name}"
    for name in methods.REQUIRED.get(method, ()):
        if name not in asked.values and not (name == "url" and "url" in raw):
            raise bad_request(methods.MISSING.get(name, f'parameter "{name}" is required'))
    return asked


async def _body(request: web.Request, raw: Json, uploads: dict[str, Upload]) -> None:
    if request.content_type == "application/json":
        try:
            body = json.loads(await request.read() or b"{}")
        except (ValueError, RecursionError):
            raise bad_request("can't parse request body as JSON") from None
        if not isinstance(body, dict):
            raise bad_request("JSON object expected")
        raw |= body
    elif request.content_type == "multipart/form-data":
        await _parts(request, raw, uploads)
    else:
        raw |= {key: str(value) for key, value in (await request.post()).items()}


async def _parts(request: web.Request, raw: Json, uploads: dict[str, Upload]) -> None:
    try:
        async for part in await request.multipart():
            assert isinstance(part, BodyPartReader)
            # Telegram takes the file's name as it stands between the quotes and knows neither %-escapes nor filename*.
            match = _FILE_NAME.search(part.headers.get("Content-Disposition", ""))
            content = await _limited(part)
            if match:
                uploads[part.name or ""] = Upload(match[2] or match[1].strip('"'), content)
            else:
                raw[part.name or ""] = content.decode()
    except (ValueError, AssertionError):
        raise bad_request("can't parse form data") from None


async def _limited(part: BodyPartReader) -> bytes:
    content = bytearray()
    while chunk := await part.read_chunk(1 << 16):
        content += chunk
        if len(content) > UPLOAD_LIMIT:
            raise Refused(TOO_LARGE, "Request Entity Too Large")
    return bytes(content)


def _typed(name: str, kind: str, value: Any) -> Any:
    if kind == methods.BOOLEAN:
        return value if isinstance(value, bool) else str(value).lower() in _TRUE
    if kind in {methods.INTEGER, methods.CHAT}:
        text = str(value)
        if _INTEGER.fullmatch(text):
            return int(text)
        if kind == methods.CHAT:
            return text
        raise bad_request(methods.MISSING.get(name, f'invalid parameter "{name}": Integer expected'))
    if kind in {methods.OBJECT, methods.ARRAY}:
        return _structured(name, kind, value)
    if not isinstance(value, str):
        value = json.dumps(value)
    if any("\ud800" <= character <= "\udfff" for character in value):
        raise bad_request("strings must be encoded in UTF-8")
    return value


def _structured(name: str, kind: str, value: Any) -> Any:
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            raise bad_request(f"can't parse {name.replace('_', ' ')} JSON object") from None
    if not isinstance(value, dict if kind == methods.OBJECT else list):
        raise bad_request(f"can't parse {name.replace('_', ' ')}: {kind} expected")
    return value
