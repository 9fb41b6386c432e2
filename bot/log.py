"""The log: structlog over the standard library's, so that every library's records pass one redactor.

Hidden, in words, arguments, nested values, keys and tracebacks alike:

- what `configure` is told, and anything of a bot token's shape, plain or escaped for an address;
- telephone numbers: Chinese mobiles (eleven digits, 13 to 19 at their head, with or without +86, spaces and dashes),
  land lines with their area code, and whatever begins with +86;
- identity numbers: seventeen digits, a date of birth among them, and a last digit or X (GB 11643-1999).

Kept: whole numbers under a key that names a thing (`chat_id`, `update`, `case` and the like), hashes and UUIDs, and
numbers of other lengths, so Telegram's ids of up to ten digits and times in seconds, milliseconds or microseconds. A
number of eleven digits that begins like a mobile's is hidden wherever it stands in text: an id that was hidden can be
looked up, a number that was told cannot be untold. A local number without its area code cannot be told from others.
"""

import json
import logging
import math
import re
import sys
from collections import deque
from collections.abc import Iterable
from contextlib import nullcontext, suppress
from functools import lru_cache
from types import TracebackType
from typing import Any, Final, TextIO

import orjson
import structlog
from structlog.stdlib import ProcessorFormatter
from structlog.typing import EventDict, Processor

COLON: Final = r"(?::|%(?:25)*3[Aa])"
TOKEN_SHAPE: Final = re.compile(
    rf"(?<![0-9])[0-9]{{6,}}+{COLON}[A-Za-z0-9_-]{{30,}}|(?<=/bot)[0-9]++{COLON}[A-Za-z0-9_-]+"
)
SHORTEST_SECRET: Final = 6  # hiding every "a" would hide the log and tell the secret
HALF_A_TOKEN: Final = 20

GAP: Final = "(?:%20|[-\u2010-\u2015 \t\u00a0\u3000\u200b-\u200f])?"
HASH: Final = (
    r"(?<![0-9A-Za-z])(?:[0-9A-Fa-f]{32,}|[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12})(?![0-9A-Za-z])"
)
BORN: Final = r"(?:18|19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])"
# No figures of a fraction such as 0.138…, for which the points of a numbered list are not taken; but those after a
# character that was escaped, whose code may end in a figure.
HEX: Final = "[0-9A-Fa-f]"
ESCAPED: Final = rf"(?<=%{HEX}{{2}})|(?<=\\x{HEX}{{2}})|(?<=\\u{HEX}{{4}})|(?<=\\U{HEX}{{8}})"
FAR_ESCAPE: Final = rf"\\U00[01]{HEX}{{5}}"  # eight figures and three of a mobile's would pass for a land line
FIRST: Final = rf"(?:(?<!\d)(?<![^\dA-Fa-f]0\.)(?<!\A0\.)|{ESCAPED})"
IDENTITY: Final = rf"{FIRST}[1-9]\d{{5}}{GAP}{BORN}{GAP}\d{{3}}[\dXx](?!\d)"
CHINA: Final = rf"(?:\(?(?:\+|00)?86\)?{GAP})"
MOBILE: Final = rf"{FIRST}{CHINA}?[1\uff11][3-9\uff13-\uff19]\d{GAP}\d{{4}}{GAP}\d{{4}}(?!\d)"
LAND_LINE: Final = rf"{FIRST}(?<!\d-)\(?0\d{{2,3}}\)?{GAP}\d{{7,8}}(?!\d)|\+86{GAP}\d{{2,3}}{GAP}\d{{7,8}}(?!\d)"
PERSONAL: Final = re.compile(f"(?P<kept>{HASH}|{FAR_ESCAPE})|(?P<identity>{IDENTITY})|(?P<phone>{MOBILE}|{LAND_LINE})")

NAMES_A_THING: Final = re.compile(r"(?:.*_)?(?:ids?|update|chat|user|person|case|letters?|entry)")
CONTROL: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]")
TOLD: Final = frozenset({"debug", "info"})
MULTILINE: Final = frozenset({"exception", "stack"})
HEAD: Final = ("timestamp", "level", "logger", "event")
SHORT: Final = 64
KNOWN: Final = 512
DEEPEST: Final = 8
# Their INFO is an address with the token in it, or a line for each call and each tick.
TALKATIVE: Final = ("httpx", "httpcore", "telegram", "aiohttp.access", "apscheduler", "sqlalchemy", "alembic")


class Redactor:
    """Hide tokens, told secrets, telephone and identity numbers; the module says by which rule."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        forms = {form for secret in secrets for form in _forms(secret) if len(form) >= SHORTEST_SECRET}
        longest_first = sorted(forms, key=len, reverse=True)
        self._told = re.compile("|".join("".join(map(_escapable, form)) for form in longest_first) or r"(?!)")

    def secret(self, text: str) -> str:
        """Hide tokens and told secrets only, as is right for a line that is already put together."""
        return self._told.sub("<secret>", TOKEN_SHAPE.sub("<token>", text))

    def text(self, text: str) -> str:
        """Hide everything that is to be hidden in running text."""
        return PERSONAL.sub(lambda match: match[0] if match["kept"] else f"<{match.lastgroup}>", self.secret(text))

    def value(self, value: Any, key: str = "", depth: int = 0) -> Any:
        """Give the value as texts, numbers, lists and mappings with everything hidden."""
        if value is None or isinstance(value, bool):
            return value
        if isinstance(value, int | float):
            return self._number(value, key)
        if depth < DEEPEST and isinstance(value, dict):
            return {self.text(_words(name)): self.value(part, _words(name), depth + 1) for name, part in value.items()}
        if depth < DEEPEST and isinstance(value, list | tuple | set | frozenset | deque):
            return [self.value(part, key, depth + 1) for part in value]
        return self.text(_words(value))

    def _number(self, number: float, key: str) -> Any:
        # Beyond these a reader of JSON may fail or lose figures; it knows neither infinity nor "not a number".
        fits = abs(number) <= sys.maxsize if isinstance(number, int) else math.isfinite(number)
        if fits and NAMES_A_THING.fullmatch(key):
            return number
        if fits and isinstance(number, float) and not number.is_integer():
            return number
        words = _words(number)
        hidden = self.text(words)
        return number if fits and hidden == words else hidden


def configure(level: str, secrets: Iterable[str], stream: TextIO) -> None:
    """Write every record of that level and above to the stream, redacted: coloured on a terminal, else JSON lines.

    Also takes over warnings and what no one caught. Calling it again replaces what was configured before.
    """
    redactor = Redactor(secrets)
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
    ]
    handler = _Handler(stream, redactor, shared)
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *shared, handler.tell, ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    root = logging.getLogger()
    for former in [each for each in root.handlers if isinstance(each, _Handler)]:
        root.removeHandler(former)
    root.addHandler(handler)
    root.setLevel(level)
    for name in TALKATIVE:
        logging.getLogger(name).setLevel(max(root.level, logging.WARNING))
    logging.captureWarnings(False)  # or a second call would leave warnings with whoever took them meanwhile
    logging.captureWarnings(True)
    sys.excepthook = _uncaught


class _Formatter(ProcessorFormatter):
    def __init__(self, redactor: Redactor, shared: list[Processor], terminal: bool, encoding: str) -> None:
        def redact(_logger: Any, _name: str, facts: EventDict) -> EventDict:
            ordered = {key: facts[key] for key in (*HEAD, *facts) if key in facts}
            return {known(key): _shown(key, value) for key, value in ordered.items()}

        def _shown(key: str, value: Any) -> Any:
            if key == "timestamp":  # put in last, by our own processor
                return value
            return known(value) if isinstance(value, str) and len(value) <= SHORT else redactor.value(value, key)

        known = lru_cache(KNOWN)(redactor.text)  # most records say the same few words: looked up, they cost nothing

        console = structlog.dev.ConsoleRenderer()
        lines = structlog.processors.JSONRenderer(serializer=_json)
        # Made here, plain: the console's own traceback would show the variables of every frame.
        traceback = structlog.processors.format_exc_info
        renderers: list[Processor] = [_visible, console] if terminal else [lines]
        self._steps: list[Processor] = [traceback, redact, *renderers]
        super().__init__(foreign_pre_chain=shared, processors=[self.remove_processors_meta, *self._steps])
        self._redactor, self._encoding = redactor, encoding

    def format(self, record: logging.LogRecord) -> str:
        return self._sealed(super().format(record))

    def line(self, facts: EventDict) -> str:
        """Write what a record of ours says, without a record."""
        said: Any = facts
        for step in self._steps:
            said = step(None, "", said)
        return self._sealed(said)

    def _sealed(self, line: str) -> str:
        line = self._redactor.secret(line)
        return line.encode(self._encoding, "backslashreplace").decode(self._encoding)


class _Handler(logging.StreamHandler[TextIO]):
    def __init__(self, stream: TextIO, redactor: Redactor, shared: list[Processor]) -> None:
        super().__init__(stream)
        self._redactor = redactor
        self._lines = _Formatter(redactor, shared, stream.isatty(), stream.encoding or "utf-8")
        self.setFormatter(self._lines)

    def tell(self, _logger: Any, name: str, facts: EventDict) -> EventDict:
        """Write what is only told; warnings and what is worse go on to the standard library, where they are counted.

        A record of its would be most of what a line costs.
        """
        if name not in TOLD:
            return facts
        try:
            self._put(self._lines.line(facts))
        except Exception:  # noqa: BLE001 (as the standard library's `emit`: what is logged harms nobody who logs)
            self._lost(facts.get("logger"), facts)
        raise structlog.DropEvent

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - the standard library's name
        """Tell of the record that could not be written; the standard library would print its arguments unredacted."""
        self._lost(record.name, record.msg)

    def _put(self, line: str) -> None:
        with self.lock or nullcontext():
            self.stream.write(line + self.terminator)
            self.flush()

    def _lost(self, logger: Any, message: Any) -> None:
        with suppress(Exception):
            words = {"level": "error", "event": "a record could not be written", "logger": logger}
            words |= {"message": _words(message), "reason": repr(sys.exc_info()[1])}
            self._put(json.dumps(self._redactor.value(words)))


def _uncaught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, trace)
    else:
        logging.getLogger("bot").critical("uncaught", exc_info=(kind, error, trace))


def _visible(_logger: Any, _name: str, facts: EventDict) -> EventDict:
    """Keep what people typed from moving a terminal's cursor or forging a line."""
    for key, value in facts.items():
        if isinstance(value, str):
            shown = CONTROL.sub(lambda match: ascii(match[0])[1:-1], value)
            facts[key] = shown if key in MULTILINE else shown.replace("\n", "\\n")
    return facts


def _json(facts: EventDict, **_how: Any) -> str:
    """Write JSON with its characters as they are; half of a surrogate pair is shown once the line is encoded."""
    try:
        return orjson.dumps(facts).decode()
    except TypeError:
        return json.dumps(facts, ensure_ascii=False)


def _words(value: Any) -> str:
    try:
        return repr(value) if isinstance(value, BaseException | bytes | bytearray) else str(value)
    except Exception:  # noqa: BLE001 - a value that cannot be shown must not lose the record
        return f"<unprintable {type(value).__name__}>"


def _forms(secret: str) -> set[str]:
    """Give the secret as it stands in text, in a literal and in JSON, and the half of a token that is the secret."""
    name, _, half = secret.partition(":")
    halves = {half} if name.isdigit() and len(half) >= HALF_A_TOKEN else set()
    return {secret, repr(secret)[1:-1], json.dumps(secret)[1:-1]} | halves


def _escapable(letter: str) -> str:
    if letter.isascii() and letter.isalnum():
        return letter
    coded = "".join(f"%(?:25)*(?i:{byte:02x})" for byte in letter.encode("utf-8", "replace"))
    return f"(?:{re.escape(letter)}|{coded})"
