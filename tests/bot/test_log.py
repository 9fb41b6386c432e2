"""The log: nothing secret or personal leaves it, whatever way it came in; everything else does."""

import dataclasses
import io
import json
import logging
import re
import sys
import time
import uuid
import warnings
from collections import deque
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import pytest
import structlog
from hypothesis import given, settings
from hypothesis import strategies as st
from structlog.contextvars import bound_contextvars

from bot import log
from bot.log import Redactor, _Handler

TOKEN = "7345678901:AAEhBOweik6ad9r_QXMENQjcrGbqCr4K-bc"
HALF = TOKEN.partition(":")[2]
OTHER = "812345678:BBF0-c9r_QXMENQjcrGbqCr4K-bcEhOweik"
MOBILE = "13812345678"
IDENTITY = "211481199002301234"


class Screen(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        """Say so."""
        return True


@pytest.fixture(autouse=True)
def _as_before(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Leave the process's one log as it was found."""
    root = logging.getLogger()
    level = root.level
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    with warnings.catch_warnings():
        yield
        logging.captureWarnings(False)
    root.handlers[:] = [handler for handler in root.handlers if not isinstance(handler, _Handler)]
    root.setLevel(level)
    structlog.reset_defaults()


def begin(stream: io.StringIO | None = None, level: str = "DEBUG", secrets: tuple[str, ...] = (TOKEN,)) -> io.StringIO:
    stream = io.StringIO() if stream is None else stream
    logging.getLogger().handlers.clear()  # pytest's own would fail on records that cannot be put together
    log.configure(level, secrets, stream)
    return stream


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


class Telling:
    """An object whose text is what is to be hidden."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __repr__(self) -> str:
        return self.text


class Failing(Telling):
    """An object that cannot even be shown, and says why."""

    def __repr__(self) -> str:
        raise ValueError(self.text)


@dataclasses.dataclass
class Row:
    """What a careless call might log whole."""

    content: object


def said(text: str) -> None:
    logging.getLogger("lib").info(text)


def fail(error: Exception, cause: Exception | None = None) -> None:
    raise error from cause


def raising(text: str) -> None:
    try:
        try:
            fail(KeyError(text))
        except KeyError as error:
            error.add_note(text)
            fail(ValueError(f"{text}/getMe"), error)
    except ValueError:
        logging.getLogger("lib").exception("failed: %s", text)


def grouped(text: str) -> None:
    try:
        fail(ExceptionGroup(text, [ValueError(text), OSError(5, text)]))
    except ExceptionGroup:
        structlog.stdlib.get_logger("own").exception(text, part=text)


def caught_later(text: str) -> None:
    logging.getLogger("lib").error("late", exc_info=ValueError(text))


def uncaught(text: str) -> None:
    error = RuntimeError(text)
    sys.excepthook(RuntimeError, error, error.__traceback__)


def in_context(text: str) -> None:
    with bound_contextvars(update=text, deep={"a": text}):
        logging.getLogger("lib").warning("foreign")
        structlog.stdlib.get_logger("own").info("own")


def warned(text: str) -> None:
    warnings.simplefilter("always")
    warnings.warn(text, UserWarning, stacklevel=1)


def deep(text: str) -> dict[str, Any]:
    value: dict[str, Any] = {text: text}
    for _ in range(20):
        value = {"in": value, "beside": [text, (text,), {text}, deque([text]), text.encode(), Row(text)]}
    value["itself"] = value
    return value


def twice_escaped(text: str) -> None:
    said("back=" + quote(quote(text, safe=""), safe="").lower())


WAYS: list[Callable[[str], None]] = [
    said,
    lambda text: logging.getLogger("lib").info("%s", text),
    lambda text: logging.getLogger("lib").info("%(a)s %(b)r", {"a": text, "b": text}),
    lambda text: logging.getLogger("lib").info("%r", [text, {"a": text.encode()}]),
    lambda text: logging.getLogger("lib").info("%d", text),
    lambda text: logging.getLogger("lib").info(f"{text} %s %s", "one too few"),  # noqa: G004
    lambda text: logging.getLogger("lib").info("%s", Failing(text)),
    lambda text: logging.getLogger("lib").info(Telling(text)),
    lambda text: logging.getLogger("lib").info("extra", extra={"a": text}),
    lambda text: logging.getLogger("lib").info("stack %s", text, stack_info=True),
    lambda text: logging.getLogger("lib." + text).info("named"),
    lambda text: said("https://api.telegram.org/bot" + text + "/sendMessage"),
    lambda text: said("url=" + quote("https://api.telegram.org/bot" + text + "/getMe", safe="")),
    twice_escaped,
    lambda text: said(json.dumps({"token": text}) + repr([text])),
    lambda text: structlog.stdlib.get_logger("own").info(text),
    lambda text: structlog.stdlib.get_logger("own").info("said %s", text),
    lambda text: structlog.stdlib.get_logger("own").info("key", **{text: text, "chat_id": text}),
    lambda text: structlog.stdlib.get_logger("own").info("deep", deep=deep(text)),
    lambda text: structlog.stdlib.get_logger("own").info("bytes", a=text.encode(), b=bytearray(text.encode())),
    lambda text: structlog.stdlib.get_logger("own").info(
        "objects", a=Telling(text), b=Failing(text), c=ValueError(text)
    ),
    lambda text: structlog.stdlib.get_logger("own").bind(a=Row([text])).warning("bound"),
    raising,
    grouped,
    caught_later,
    uncaught,
    in_context,
    warned,
]


@settings(deadline=None, max_examples=60)
@given(st.sampled_from([TOKEN, OTHER]), st.text(max_size=12), st.text(max_size=12), st.booleans())
def test_no_token_survives_any_way_of_logging(token: str, before: str, after: str, terminal: bool) -> None:
    """Guards the bot itself: neither the token that is told nor one that is not, in whatever words it stands."""
    stream = begin(Screen() if terminal else io.StringIO())
    text = f"{before}{token}{after}"
    for way in WAYS:
        stream.seek(stream.truncate(0))
        way(text)
        written = stream.getvalue()
        assert written.strip(), "a record must not be lost either"
        assert token.partition(":")[2].lower() not in written.lower(), way


@settings(deadline=None, max_examples=60)
@given(
    st.sampled_from([MOBILE, f"+86{MOBILE}", f"0086 {MOBILE}", "138-1234-5678", "138 1234 5678", "+86 138 1234 5678"]),
    st.text(st.characters(exclude_categories=["Nd", "Cs"]), max_size=9),
    st.booleans(),
)
def test_no_telephone_number_survives_any_way_of_logging(phone: str, around: str, terminal: bool) -> None:
    """Guards the people whom the office calls, in the same ways but for the twice escaped address."""
    stream = begin(Screen() if terminal else io.StringIO())
    for way in WAYS:
        if way is twice_escaped:
            continue
        stream.seek(stream.truncate(0))
        way(f"{around}{phone}{around} {phone}")
        assert "12345678" not in re.sub("%20|[- ]", "", stream.getvalue()), way


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (f"电话{MOBILE}联系", "电话<phone>联系"),
        ("tel13812345678, fax 19912345678.", "tel<phone>, fax <phone>."),
        ("1.13812345678 2.13987654321 10.0429-5123456", "1.<phone> 2.<phone> 10.<phone>"),
        (repr("Ð.13812345678".encode()), r"b'\xc3\x90.<phone>'"),
        (repr("à.13812345678".encode("latin-1")), r"b'\xe0.<phone>'"),
        ("8613812345678", "<phone>"),
        ("(+86)13812345678", "<phone>"),
        ("+86-138-1234-5678", "<phone>"),
        ("138\u20111234\u20115678", "<phone>"),
        ("138\u200b1234\u200b5678", "<phone>"),
        ("\uff11\uff13\uff18\uff11\uff12\uff13\uff14\uff15\uff16\uff17\uff18", "<phone>"),
        (ascii("一13812345678"), r"'\u4e00<phone>'"),
        (repr("电13812345678".encode()), r"b'\xe7\x94\xb5<phone>'"),
        (ascii("\U0001f6e113812345678"), r"'\U0001f6e1<phone>'"),
        (quote("电13812345678"), "%E7%94%B5<phone>"),
        (quote("+86 138 1234 5678"), "%2B<phone>"),
        ("\\U00044570138-1234-5678", r"\U00044570<phone>"),
        ("0429-5123456", "<phone>"),
        ("(0429)5123456", "<phone>"),
        ("0429 5123456 转 3", "<phone> 转 3"),
        ("024-12345678", "<phone>"),
        ("01012345678", "<phone>"),
        ("+86 429 5123456", "<phone>"),
        (IDENTITY, "<identity>"),
        ("身份证21148119900230123x号", "身份证<identity>号"),
        ("211481 19900230 123X", "<identity>"),
        (f"{IDENTITY},{MOBILE}", "<identity>,<phone>"),
        (f"https://api.telegram.org/bot{TOKEN}/getMe", "https://api.telegram.org/bot<token>/getMe"),
        (f"https://api.telegram.org/file/bot{OTHER}/a.docx", "https://api.telegram.org/file/bot<token>/a.docx"),
        ("http://127.0.0.1:8081/bot42:TEST/getMe", "http://127.0.0.1:8081/bot<token>/getMe"),
        ("http://127.0.0.1:8081/bot42%3ATEST/getMe", "http://127.0.0.1:8081/bot<token>/getMe"),
        (f"only the half {HALF}", "only the half <secret>"),
    ],
)
def test_what_is_hidden(text: str, shown: str) -> None:
    """Guards each form that the rule names; nothing around it is lost."""
    assert Redactor([TOKEN]).text(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        "7345678901",
        "chat 1234567890 said",
        "-1001385678901",
        "12812345678",
        "138123456789",
        "1764000000",
        "1764000000123",
        "1764000000.138123",
        "1764000000123456",
        "0.01381234567",
        "took 0.13812345678 s",
        "2026-11-23T12:34:56.138123Z",
        "2026-11-23 12:34:56,012",
        "2026-010-1234567",
        "兴政发〔2020〕12号 建议072号",
        "4382913847561928374",
        "138912345678901234",
        "d9b1d7db4d1381234567813812345678",
        f"sha256:{'a13812345678f' * 5}",
        "5f0c2a86-1381-4234-8567-138123456789",
        "192.168.138.123:45678",
        "v1:ack:7:3:138x",
        "12:34",
        "5123456",
    ],
)
def test_what_is_kept(text: str) -> None:
    """Guards the use of the log: ids, times, hashes, addresses and file numbers stay readable."""
    assert Redactor([TOKEN]).text(text) == text


@given(st.integers(1, 9_999_999_999), st.datetimes(), st.uuids(), st.binary(min_size=32, max_size=32))
def test_ids_times_and_hashes_are_kept(number: int, moment: datetime, name: uuid.UUID, digest: bytes) -> None:
    """Guards the same for all of their kind: Telegram's ids have ten digits, ours are UUIDs and hashes."""
    redactor = Redactor([TOKEN])
    for text in (f"{number}", f"id={number}", moment.replace(tzinfo=UTC).isoformat(), f"{name}", digest.hex()):
        if text[0] != "0":
            assert redactor.text(text) == text


@pytest.mark.parametrize("key", ["id", "chat_id", "ids", "message_ids", "update", "chat", "case", "letter", "user_id"])
def test_whole_numbers_under_the_name_of_a_thing_are_kept(key: str) -> None:
    """Guards ids of eleven digits that happen to begin like a mobile's."""
    redactor = Redactor()
    assert redactor.value(int(MOBILE), key) == int(MOBILE)
    assert redactor.value([{key: [int(MOBILE)]}]) == [{key: [int(MOBILE)]}]
    assert redactor.value(MOBILE, key) == "<phone>", "a text is not an id"


def test_numbers_elsewhere_are_looked_at() -> None:
    """Guards a roster read from a sheet, where telephone numbers are numbers, whole or not."""
    redactor = Redactor()
    row = {
        "电话": int(MOBILE),
        "手机": float(MOBILE),
        "证件": int(IDENTITY),
        "paid": int(MOBILE),
        "count": 7,
        "took": 12.13812345678,
    }
    shown = redactor.value(row)
    assert shown == {
        "电话": "<phone>",
        "手机": "<phone>.0",
        "证件": "<identity>",
        "paid": "<phone>",
        "count": 7,
        "took": 12.13812345678,
    }
    assert redactor.value([None, True, 10**400]) == [None, True, str(10**400)]
    assert redactor.value([10**5000, float("nan"), float("-inf")]) == ["<unprintable int>", "nan", "-inf"]
    assert redactor.value({MOBILE: {MOBILE: 1}}) == {"<phone>": {"<phone>": 1}}
    assert redactor.value({"id": 10**5000}) == {"id": "<unprintable int>"}


@pytest.mark.parametrize("secret", ["geheim-geheim", "p@ss:w/rd", 'qu"ote\\d', "密码是这个呀", "42:TEST"])
def test_told_secrets_are_hidden_in_every_spelling(secret: str) -> None:
    """Guards passwords of proxy and database, as they stand in text, literals, JSON and addresses."""
    redactor = Redactor([secret, ""])
    for text in (secret, repr([secret]), json.dumps([secret]), quote(secret, safe=""), lowered(quote(quote(secret)))):
        assert "<secret>" in redactor.secret(f"a {text} b"), text


def lowered(text: str) -> str:
    """Write the escapes of an address in small letters, as some libraries do."""
    return re.sub("%[0-9A-F]{2}", lambda match: match[0].lower(), text)


def test_very_short_secrets_do_not_hide_the_log() -> None:
    """Guards the log against a webhook's secret of one letter, which Telegram allows."""
    assert Redactor(["a", ""]).text("a banana") == "a banana"


def test_a_flood_of_digits_is_read_in_no_time() -> None:
    """Guards against a text that is made to keep the redactor busy: its work grows with the text, not its square."""
    redactor = Redactor([TOKEN])
    for text in ("1" * 50_000, "1:" * 25_000, "138 " * 12_500, "/bot1" * 10_000, "a-" * 25_000, "%25" * 16_000):
        begun = time.thread_time()
        redactor.text(text)
        assert time.thread_time() - begun < 1, text[:10]


def test_off_a_terminal_each_record_is_a_line_of_json() -> None:
    """Guards whoever collects the log: one record, one line, Chinese readable, the same keys first."""
    stream = begin()
    structlog.stdlib.get_logger("bot.sender").info(
        "sent\nforged", chat_id=42, title="督办", when=datetime(2026, 3, 2, tzinfo=UTC)
    )
    logging.getLogger("some.library").error("foreign %s", "一")
    own, foreign = lines(stream)
    assert list(own)[:4] == ["timestamp", "level", "logger", "event"]
    assert own | {"timestamp": ""} == {
        "timestamp": "",
        "level": "info",
        "logger": "bot.sender",
        "event": "sent\nforged",
        "chat_id": 42,
        "title": "督办",
        "when": "2026-03-02 00:00:00+00:00",
    }
    assert datetime.fromisoformat(own["timestamp"]).utcoffset() == datetime.now(UTC).utcoffset()
    assert (foreign["level"], foreign["logger"], foreign["event"]) == ("error", "some.library", "foreign 一")
    assert "督办" in stream.getvalue()


def test_on_a_terminal_nothing_typed_moves_the_cursor_or_forges_a_line() -> None:
    """Guards whoever watches: control characters and turned text are shown as what they are."""
    stream = begin(Screen())
    structlog.stdlib.get_logger("own").info("a\x1b[2Jb", text="one\ntwo\u202ethree", more=["\x1b[31m"])
    written = stream.getvalue()
    assert r"a\x1b[2Jb" in written
    assert r"one\ntwo\u202ethree" in written
    assert "\x1b[2J" not in written
    assert "\x1b[31m'" not in written
    assert written.count("\n") == 1


def test_a_traceback_is_told_without_the_values_in_its_frames() -> None:
    """Guards against the console's pretty tracebacks, which show every variable."""
    for stream in (Screen(), io.StringIO()):
        begin(stream, secrets=())
        hidden = "not to be seen"
        try:
            fail(LookupError("seen"))
        except LookupError:
            structlog.stdlib.get_logger("own").exception("failed")
        written = stream.getvalue()
        assert "LookupError: seen" in written
        assert "in fail" in written
        assert hidden not in written.replace('hidden = "not to be seen"', "")


def test_one_id_leads_from_an_update_to_its_letters() -> None:
    """Guards the search for what became of a press: bound facts are on own and foreign records, inside only."""
    stream = begin()
    logger = structlog.stdlib.get_logger("own")
    with bound_contextvars(update=7):
        with bound_contextvars(letter=1):
            logger.info("inner")
        logging.getLogger("lib").info("outer")
    logger.info("after")
    inner, outer, after = lines(stream)
    assert (inner["update"], inner["letter"]) == (7, 1)
    assert outer["update"] == 7
    assert "letter" not in outer
    assert "update" not in after


@pytest.mark.parametrize("name", ["httpx", "httpcore.connection", "telegram.ext.Application", "aiohttp.access"])
def test_talkative_libraries_are_held_to_warnings(name: str) -> None:
    """Guards the token and the disk: httpx tells each address at INFO, whatever level is asked for."""
    stream = begin(level="DEBUG")
    logging.getLogger(name).info("GET https://…")
    assert not stream.getvalue()
    logging.getLogger(name).warning("trouble")
    assert lines(stream)[0]["event"] == "trouble"
    begin(stream, level="ERROR")
    logging.getLogger(name).warning("trouble")
    assert len(lines(stream)) == 1


def test_the_level_holds_for_own_and_foreign_records() -> None:
    """Guards `log.level`."""
    stream = begin(level="WARNING")
    structlog.stdlib.get_logger("own").info("no")
    logging.getLogger("lib").info("no")
    structlog.stdlib.get_logger("own").warning("yes")
    logging.getLogger("lib").warning("yes")
    assert [line["event"] for line in lines(stream)] == ["yes", "yes"]


def test_configuring_again_replaces_what_was() -> None:
    """Guards against records written twice, once to a stream that is gone."""
    first, second = begin(), io.StringIO()
    log.configure("INFO", [], second)
    logging.getLogger("lib").info("once")
    assert not first.getvalue()
    assert len(lines(second)) == 1


def test_a_record_that_cannot_be_put_together_is_told_all_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    """Guards against the standard library's own report, which prints the arguments as they are to stderr."""
    stream = begin()
    logging.getLogger("lib").info("%d people", TOKEN)
    (line,) = lines(stream)
    assert line["event"] == "a record could not be written"
    assert line["message"] == "%d people"
    assert "TypeError" in line["reason"]
    assert capsys.readouterr() == ("", "")


def test_the_finished_line_is_looked_over_once_more(monkeypatch: pytest.MonkeyPatch) -> None:
    """Guards the token by a second net, should a value slip through the first."""
    monkeypatch.setattr(Redactor, "value", lambda _self, value, *_more: value)
    stream = begin()
    structlog.stdlib.get_logger("own").info("slipped", deep=[TOKEN])
    assert lines(stream)[0]["deep"] == ["<token>"]


def test_a_stream_that_is_closed_harms_nobody(capsys: pytest.CaptureFixture[str]) -> None:
    """Guards the caller: a log that cannot be written is not the caller's fault."""
    stream = begin()
    stream.close()
    logging.getLogger("lib").info("into the void")
    assert capsys.readouterr() == ("", "")


def test_a_narrow_stream_takes_what_it_can() -> None:
    """Guards a console in another encoding, and half a letter that no encoding takes: shown as escapes, never lost."""
    begin()  # pytest's own handlers would pass half a letter on to whoever runs the tests
    raw = io.BytesIO()
    narrow = io.TextIOWrapper(raw, encoding="ascii", write_through=True)
    log.configure("INFO", [], narrow)
    logging.getLogger("lib").info("督办 \ud83d")
    assert json.loads(raw.getvalue())["event"] == "督办 \ud83d"
    wide = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True)
    log.configure("INFO", [], wide)
    logging.getLogger("lib").info("half \ud83d")


def test_an_interrupt_is_no_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    """Guards Ctrl+C, which ends the process as ever and is not logged."""
    stream = begin()
    ended = []
    monkeypatch.setattr(sys, "__excepthook__", lambda *told: ended.append(told[0]))
    sys.excepthook(KeyboardInterrupt, KeyboardInterrupt(), None)
    assert ended == [KeyboardInterrupt]
    assert not stream.getvalue()
