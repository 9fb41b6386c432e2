"""Settings: what is read from where, and the one line that tells what is wrong."""

import tomllib
from datetime import time
from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError

from bot.settings import KEYS, ConfigFault, Listen, Quiet, Section, Settings, Telegram, Webhook, load

EXAMPLE = Path(__file__).parents[2] / "config.example.toml"
TOKEN = "7345678901:AAEhBOweik6ad9r_QXMENQjcrGbqCr4K-bc"
HOOK = '[telegram]\nmode = "webhook"\n[webhook]\nurl = "https://duban.example/hook"\nsecret = "s3cret-_"\n'


@pytest.fixture
def config(tmp_path: Path) -> Path:
    return tmp_path / "config.toml"


def read(config: Path, text: str, **environ: str) -> Settings:
    config.write_text(text, encoding="utf-8")
    return load(config, environ)


def faulty(config: Path, text: str, **environ: str) -> str:
    """Give the one line that this configuration is refused with."""
    with pytest.raises(ConfigFault) as caught:
        read(config, text, **environ)
    line = str(caught.value)
    assert "\n" not in line
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__ or caught.value.__context__ is None
    return line


def test_nothing_set_gives_the_defaults_of_the_table() -> None:
    """Guards the defaults that people are promised."""
    it = load(None, {})
    assert it.telegram.mode == "polling"
    assert it.telegram.base_url == "https://api.telegram.org/bot"
    assert it.telegram.base_file_url == "https://api.telegram.org/file/bot"
    assert it.telegram.proxy is None
    assert it.content.mode == "light"
    assert it.web.listen == Listen("127.0.0.1", 8080)
    assert it.joining.code_days == 30
    assert it.schedule.quiet == Quiet(time(17, 30), time(8, 30))
    assert (it.schedule.quiet_days_off, it.schedule.morning, it.schedule.tick_seconds) == (True, time(8, 30), 30)
    assert it.log.level == "INFO"
    assert it.database.url == "sqlite:///duban.db"
    assert (it.office.timezone, it.office.language) == ("Asia/Shanghai", "zh_CN")
    assert it.office.zone.key == "Asia/Shanghai"
    assert it.rules == {}


def test_the_example_has_every_key_with_its_default_and_no_other() -> None:
    """Guards the example: it is what people copy, and it must say what the code does."""
    tables = tomllib.loads(EXAMPLE.read_text(encoding="utf-8"))
    assert tables.pop("rules") == {}
    assert {f"{section}.{key}" for section, keys in tables.items() for key in keys} == set(KEYS)
    assert load(EXAMPLE, {}) == load(None, {})


def test_the_example_explains_every_key_in_both_languages() -> None:
    """Guards the reader of the example: above each key stands what it means, in Chinese and in English."""
    comment = ""
    for line in EXAMPLE.read_text(encoding="utf-8").splitlines():
        if line.startswith("#"):
            comment += line
        elif "=" in line:
            assert any("\u4e00" <= letter <= "\u9fff" for letter in comment), line
            assert sum(word.strip(".,;:").isascii() for word in comment.split()) >= 4, line
            comment = ""


def test_the_example_runs_once_the_token_is_filled_in(config: Path) -> None:
    """Guards the first five minutes of whoever installs this."""
    text = EXAMPLE.read_text(encoding="utf-8").replace('token = ""', f'token = "{TOKEN}"', 1)
    assert read(config, text).require_token() == TOKEN


def test_every_key_says_what_is_expected_of_it() -> None:
    """Guards the wording of faults, which is made of these descriptions."""
    assert all(KEYS.values())
    assert len(KEYS) == 21


@pytest.mark.parametrize(
    ("text", "environ", "line"),
    [
        ('[telegram]\ntokne = "x"', {}, "there is no key telegram.tokne (did you mean telegram.token?)"),
        ('[telegrm]\nmode = "polling"', {}, "there is no key telegrm (did you mean telegram?)"),
        ('[Telegram]\nmode = "polling"', {}, "there is no key Telegram (did you mean telegram?)"),
        ('mode = "full"', {}, "there is no key mode (did you mean content.mode?)"),
        ("[web]\nxyzzyqwv = 1", {}, "there is no key web.xyzzyqwv"),
        ('telegram = "x"', {}, "telegram: expected a table, begun with [telegram]"),
        ("rules = 5", {}, "rules: expected a table, begun with [rules]"),
        ('[telegram]\nmode = "poling"', {}, 'telegram.mode: expected "polling" or "webhook"'),
        ("[telegram]\nmode = 1", {}, 'telegram.mode: expected "polling" or "webhook"'),
        ("[telegram]\ntoken = 7", {}, "telegram.token: expected a bot's token"),
        ('[telegram]\ntoken = "在这里填写"', {}, "telegram.token: expected a bot's token"),
        (f'[telegram]\ntoken = "bot{TOKEN}"', {}, "telegram.token: expected a bot's token"),
        (f'[telegram]\ntoken = "{TOKEN[:-9]}"', {}, "telegram.token: expected a bot's token"),
        (f'[telegram]\ntoken = "{TOKEN}"\ntoken_file = "t"', {}, "telegram.token: expected alone"),
        ('[telegram]\nbase_url = "http://127.0.0.1:8081"', {}, "telegram.base_url: expected the address of a Bot API"),
        ('[telegram]\nbase_url = "https://a.example/bot/"', {}, "telegram.base_url: expected the address"),
        ('[telegram]\nbase_url = "ftp://a.example/bot"', {}, "telegram.base_url: expected the address"),
        ('[telegram]\nbase_file_url = "https://a b/bot"', {}, "telegram.base_file_url: expected the address"),
        ('[telegram]\nproxy = "socks5://127.0.0.1:1080"', {}, "telegram.proxy: expected an HTTP proxy"),
        ("[telegram]\nproxy = 8080", {}, "telegram.proxy: expected an HTTP proxy"),
        ('[content]\nmode = "heavy"', {}, 'content.mode: expected "light" or "full"'),
        ('[web]\nlisten = "8080"', {}, "web.listen: expected host and port"),
        ('[web]\nlisten = ":8080"', {}, "web.listen: expected host and port"),
        ('[web]\nlisten = "127.0.0.1:65536"', {}, "web.listen: expected host and port"),
        ("[web]\nlisten = 8080", {}, "web.listen: expected host and port"),
        ("[joining]\ncode_days = 0", {}, "joining.code_days: expected days from 1 to 3660"),
        ("[joining]\ncode_days = true", {}, "joining.code_days: expected days"),
        ("[joining]\ncode_days = 1.5", {}, "joining.code_days: expected days"),
        ('[schedule]\nquiet = "17:30"', {}, "schedule.quiet: expected two times of day"),
        ('[schedule]\nquiet = "17:30-25:00"', {}, "schedule.quiet: expected two times of day"),
        ('[schedule]\nquiet = "08:30-08:30"', {}, "schedule.quiet: expected two times of day"),
        ("[schedule]\nquiet = false", {}, "schedule.quiet: expected two times of day"),
        ('[schedule]\nquiet_days_off = "perhaps"', {}, "schedule.quiet_days_off: expected true or false"),
        ('[schedule]\nmorning = "8:30"', {}, "schedule.morning: expected a time of day"),
        ('[schedule]\nmorning = "08:29"', {}, "schedule.morning: expected a time outside schedule.quiet"),
        ("[schedule]\ntick_seconds = 0", {}, "schedule.tick_seconds: expected seconds"),
        ("[schedule]\ntick_seconds = nan", {}, "schedule.tick_seconds: expected seconds"),
        ("[schedule]\ntick_seconds = true", {}, "schedule.tick_seconds: expected seconds"),
        ('[log]\nlevel = "LOUD"', {}, 'log.level: expected "DEBUG", "INFO", "WARNING" or "ERROR"'),
        ('[database]\nurl = "mysql://a/b"', {}, 'database.url: expected "sqlite:///FILE"'),
        ('[database]\nurl = "postgresql://a/b"', {}, "database.url: expected"),
        ('[database]\nurl = "sqlite://"', {}, "database.url: expected"),
        ('[database]\nurl = "sqlite:///:memory:"', {}, "database.url: expected"),
        ('[office]\nname = " "', {}, "office.name: expected a name of up to 64 characters"),
        ('[office]\ntimezone = "Asia/Bejing"', {}, "office.timezone: expected a zone of the IANA database"),
        ('[office]\ntimezone = "../../etc/passwd"', {}, "office.timezone: expected a zone"),
        ('[office]\ntimezone = "Asia"', {}, "office.timezone: expected a zone"),
        ('[office]\ntimezone = ""', {}, "office.timezone: expected a zone"),
        ('[office]\nlanguage = "zh"', {}, 'office.language: expected "zh_CN" or "en"'),
        (HOOK.replace('url = "https://duban.example/hook"', ""), {}, "webhook.url: expected in webhook mode"),
        (HOOK.replace("https:", "http:"), {}, "webhook.url: expected an https:// address"),
        (HOOK.replace("/hook", f"/{TOKEN}"), {}, "webhook.url: expected an address without the token"),
        (HOOK.replace("/hook", "/" + TOKEN.replace(":", "%3A")), {}, "webhook.url: expected an address without the"),
        (HOOK.replace('"https://duban.example/hook"', '"duban.example"'), {}, "webhook.url: expected the public"),
        (HOOK.replace('secret = "s3cret-_"', ""), {}, "webhook.secret: expected in webhook mode"),
        (HOOK.replace("s3cret-_", ""), {}, "webhook.secret: expected in webhook mode"),
        (HOOK.replace("s3cret-_", "with space"), {}, "webhook.secret: expected 1 to 256"),
        (HOOK.replace("s3cret-_", "x" * 257), {}, "webhook.secret: expected 1 to 256"),
        (HOOK.replace("s3cret-_", "暗号"), {}, "webhook.secret: expected 1 to 256"),
        ("[telegram\n", {}, "not valid TOML: Expected ']'"),
        ("a = 1\na = 2\n", {}, "not valid TOML: Cannot overwrite a value (at line 2"),
        ("a = " + "[" * 100_000, {}, "not valid TOML"),
    ],
)
def test_a_fault_in_the_file_is_told_in_one_line(config: Path, text: str, environ: dict[str, str], line: str) -> None:
    """Guards whoever edits the file: its name, the key and what is expected there, nothing of the library's talk."""
    told = faulty(config, text, **environ)
    assert told.startswith(f"{config}: {line}"), told
    assert len(told) < len(str(config)) + 200


@pytest.mark.parametrize(
    ("name", "value", "line"),
    [
        ("DUBAN_TELEGRAM__MODE", "poling", 'DUBAN_TELEGRAM__MODE: expected "polling" or "webhook"'),
        ("DUBAN_TELEGRAM__TOKEN", "x", "DUBAN_TELEGRAM__TOKEN: expected a bot's token"),
        ("DUBAN_WEBHOOK__SECRET", "a b", "DUBAN_WEBHOOK__SECRET: expected 1 to 256"),
        ("DUBAN_JOINING__CODE_DAYS", "many", "DUBAN_JOINING__CODE_DAYS: expected days"),
        ("DUBAN_SCHEDULE__QUIET_DAYS_OFF", "perhaps", "DUBAN_SCHEDULE__QUIET_DAYS_OFF: expected true or false"),
        ("DUBAN_TELEGRAM__TOKNE", "x", "there is no DUBAN_TELEGRAM__TOKNE (did you mean DUBAN_TELEGRAM__TOKEN?)"),
        ("DUBAN_TELEGRM__TOKEN", "x", "there is no DUBAN_TELEGRM__TOKEN (did you mean DUBAN_TELEGRAM__TOKEN?)"),
        ("DUBAN_TELEGRAM_TOKEN", "x", "there is no DUBAN_TELEGRAM_TOKEN; it takes two underscores"),
        ("DUBAN_SCHEDULE_TICK_SECONDS", "1", "there is no DUBAN_SCHEDULE_TICK_SECONDS; it takes two underscores"),
        ("DUBAN_RULES__", "1", "there is no DUBAN_RULES__"),
        ("DUBAN_RULES__A____B", "1", "there is no DUBAN_RULES__A____B"),
        ("DUBAN_TELEGRAM__TOKEN__X", "1", "there is no DUBAN_TELEGRAM__TOKEN__X"),
        ("DUBAN_RULES__PLAIN__DEEPER", "1", "DUBAN_RULES__PLAIN__DEEPER cannot be set"),
    ],
)
def test_a_fault_in_the_environment_names_the_variable(config: Path, name: str, value: str, line: str) -> None:
    """Guards whoever deploys with variables: the line names the variable, not a key that stands in no file."""
    told = faulty(config, "[rules]\nplain = 5", **{name: value})
    assert told.startswith(f"environment: {line}"), told


def test_variables_of_others_are_left_alone(config: Path) -> None:
    """Guards against tripping over the machine: names without our prefix, or of no section, mean nothing."""
    others = {"LOG": "x", "OFFICE": "x", "TELEGRAM": "x", "TELEGRAM__TOKEN": "x", "DUBAN_HOME": "x", "PATH": "/bin"}
    assert read(config, "", **others) == load(None, {})


def test_the_library_s_own_sources_are_shut(monkeypatch: pytest.MonkeyPatch) -> None:
    """Guards `Settings()` in code: pydantic-settings would read a variable named `log` from this process."""
    monkeypatch.setenv("log", '{"level": "DEBUG"}')
    monkeypatch.setenv("LOG", '{"level": "DEBUG"}')
    monkeypatch.setenv("DUBAN_LOG__LEVEL", "DEBUG")
    assert Settings().log.level == "INFO"


def test_the_environment_stands_above_the_file_key_by_key(config: Path) -> None:
    """Guards overriding: one variable changes one key, whatever its kind, and leaves its neighbours."""
    text = '[schedule]\nquiet = "18:00-08:00"\nmorning = "09:00"\n[joining]\ncode_days = 9\n[office]\nname = "甲"'
    it = read(
        config,
        text,
        DUBAN_SCHEDULE__QUIET="",
        DUBAN_SCHEDULE__QUIET_DAYS_OFF="false",
        DUBAN_SCHEDULE__TICK_SECONDS="0.5",
        DUBAN_JOINING__CODE_DAYS="7",
        DUBAN_OFFICE__NAME="123",
        DUBAN_WEB__LISTEN="[::1]:0",
        DUBAN_LOG__LEVEL="debug",
    )
    assert it.schedule.quiet is None
    assert (it.schedule.quiet_days_off, it.schedule.morning, it.schedule.tick_seconds) == (False, time(9), 0.5)
    assert (it.joining.code_days, it.office.name, it.log.level) == (7, "123", "DEBUG")
    assert it.web.listen == Listen("::1", 0)


@pytest.mark.parametrize("section_key", KEYS)
def test_every_key_can_be_overridden(config: Path, section_key: str) -> None:
    """Guards completeness: a key that the environment cannot reach would be found on the day it is needed."""
    values: dict[str, str] = {
        "telegram.token": TOKEN,
        "telegram.token_file": "/run/secrets/token",
        "telegram.base_url": "http://a.example/bot",
        "telegram.base_file_url": "http://a.example/file/bot",
        "telegram.proxy": "http://u:p@127.0.0.1:3128",
        "telegram.mode": "polling",
        "webhook.url": "https://a.example/x",
        "webhook.listen": "0.0.0.0:1",
        "webhook.secret": "abc",
        "content.mode": "full",
        "web.listen": "0.0.0.0:2",
        "joining.code_days": "3",
        "schedule.quiet": "20:00-07:00",
        "schedule.quiet_days_off": "false",
        "schedule.morning": "09:15",
        "schedule.tick_seconds": "5",
        "log.level": "ERROR",
        "database.url": "postgresql+psycopg://u:p@h/d",
        "office.name": "乙",
        "office.timezone": "Asia/Urumqi",
        "office.language": "en",
    }
    name = "DUBAN_" + section_key.replace(".", "__").upper()
    changed = read(config, "", **{name: values[section_key]})
    assert section_key == "telegram.mode" or changed != load(None, {})


def test_rules_are_kept_as_they_stand(config: Path) -> None:
    """Guards the seam to the rules, which check their own numbers: nested, of any kind, each to be overridden."""
    text = '[rules]\nsign_receipt = "2wd"\ngrades = 4\n[rules.slips]\nauto_sign = false\nurge = "5wd"'
    it = read(
        config,
        text,
        DUBAN_RULES__SIGN_RECEIPT="3wd",
        DUBAN_RULES__GRADES="5",
        DUBAN_RULES__SLIPS__AUTO_SIGN="true",
        DUBAN_RULES__SURVEY__REMINDERS="[5, 10]",
        DUBAN_RULES__RETURN_LATE="refuse",
        DUBAN_RULES__ODD="1\nother = 2",
        DUBAN_RULES__WHEN="2026-01-01",
    )
    assert it.rules == {
        "sign_receipt": "3wd",
        "grades": 5,
        "slips": {"auto_sign": True, "urge": "5wd"},
        "survey": {"reminders": [5, 10]},
        "return_late": "refuse",
        "odd": "1\nother = 2",
        "when": "2026-01-01",
    }


@pytest.mark.parametrize("data", [b"\xef\xbb\xbf[log]\r\nlevel = 'ERROR'\r\n", b"[log]\nlevel = 'ERROR'"])
def test_files_saved_by_any_editor_are_read(config: Path, data: bytes) -> None:
    """Guards Windows' Notepad, which puts a mark before the first letter and CR before each line's end."""
    config.write_bytes(data)
    assert load(config, {}).log.level == "ERROR"


def test_a_file_in_another_encoding_is_named_with_the_line(config: Path) -> None:
    """Guards a file saved in GBK, as older Chinese editors do."""
    config.write_bytes("[office]\n# 名称\n".encode() + 'name = "督查室"\n'.encode("gbk"))
    with pytest.raises(ConfigFault, match=r"config\.toml: line 3 is not UTF-8"):
        load(config, {})


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    """Guards the first start, when there is no file yet, and a path to a folder."""
    with pytest.raises(ConfigFault, match=r"absent\.toml: no such file; begin with a copy of config\.example\.toml"):
        load(tmp_path / "absent.toml", {})
    with pytest.raises(ConfigFault, match="cannot be read"):
        load(tmp_path, {})


def test_the_token_comes_from_one_place(config: Path, tmp_path: Path) -> None:
    """Guards every way to hand over the token: in the file, in the environment, in a file of its own."""
    token_file = tmp_path / "token"
    token_file.write_text(f"\ufeff{TOKEN}\n", encoding="utf-8")
    other = TOKEN.replace("7345", "8345")
    in_file, named = f'[telegram]\ntoken = "{other}"', f'[telegram]\ntoken_file = "{token_file}"'
    assert read(config, in_file).require_token() == other
    assert read(config, named).require_token() == TOKEN
    assert read(config, "", DUBAN_TELEGRAM__TOKEN=f" {TOKEN}\r\n").require_token() == TOKEN
    assert read(config, named, DUBAN_TELEGRAM__TOKEN=other).require_token() == other
    assert read(config, in_file, DUBAN_TELEGRAM__TOKEN_FILE=str(token_file)).require_token() == TOKEN
    both = {"DUBAN_TELEGRAM__TOKEN": TOKEN, "DUBAN_TELEGRAM__TOKEN_FILE": "t"}
    assert "not both" in faulty(config, "", **both)


def test_a_missing_or_bad_token_is_told_when_it_is_needed(config: Path, tmp_path: Path) -> None:
    """Guards commands that need no token, and the line for those that do."""
    token_file = tmp_path / "token"
    without = read(config, '[telegram]\ntoken = ""')
    named = read(config, f'[telegram]\ntoken_file = "{token_file}"')
    with pytest.raises(ConfigFault, match=r"telegram\.token is not set.*telegram\.token_file"):
        without.require_token()
    with pytest.raises(ConfigFault, match=r"token, named by telegram\.token_file, cannot be read \(No such file"):
        named.require_token()
    for content in (b"", b"\xff\xfe", f"{TOKEN} {TOKEN}".encode(), b"TOKEN=" + TOKEN.encode()):
        token_file.write_bytes(content)
        with pytest.raises(ConfigFault, match=r"telegram\.token_file") as caught:
            named.require_token()
        assert TOKEN not in str(caught.value)


def test_another_server_may_have_shorter_tokens(config: Path) -> None:
    """Guards tests and one's own server; against Telegram's own a token cut in copying is found at once."""
    assert (
        read(config, '[telegram]\ntoken = "42:TEST"\nbase_url = "http://127.0.0.1:9/bot"').require_token() == "42:TEST"
    )


def test_files_are_fetched_from_the_server_that_is_called(config: Path) -> None:
    """Guards the token: with a server of one's own, files are not asked from Telegram's by oversight."""
    own = '[telegram]\nbase_url = "http://10.0.0.5:8081/bot"\n'
    assert read(config, own).telegram.base_file_url == "http://10.0.0.5:8081/file/bot"
    assert read(config, own + 'base_file_url = ""').telegram.base_file_url == "http://10.0.0.5:8081/file/bot"
    assert read(config, own + 'base_file_url = "http://f/bot"').telegram.base_file_url == "http://f/bot"


def test_a_webhook_of_one_s_own_server_may_be_plain(config: Path) -> None:
    """Guards a server of one's own in the same network, which calls http:// too."""
    own = HOOK.replace("https:", "http:").replace("[webhook]", 'base_url = "http://10.0.0.5:8081/bot"\n[webhook]')
    assert read(config, own).webhook.url == "http://duban.example/hook"
    assert read(config, HOOK).webhook.secret == SecretStr("s3cret-_")


def test_nothing_can_be_changed_afterwards() -> None:
    """Guards settings that are checked once: no section and no key can be replaced."""
    it = load(None, {})
    with pytest.raises(ValidationError, match="frozen"):
        it.telegram = Telegram()  # type: ignore[misc]
    for name in type(it).model_fields:
        section = getattr(it, name)
        if isinstance(section, Section):
            key = next(iter(type(section).model_fields))
            with pytest.raises(ValidationError, match="frozen"):
                setattr(section, key, getattr(section, key))
            with pytest.raises(ValidationError, match="Extra inputs"):
                type(section).model_validate({"unheard_of": 1})


SECRETS = {
    "DUBAN_TELEGRAM__TOKEN": TOKEN,
    "DUBAN_WEBHOOK__SECRET": "geheim-geheim",
    "DUBAN_TELEGRAM__PROXY": "http://u:proxypass@127.0.0.1:3128",
    "DUBAN_DATABASE__URL": "postgresql+psycopg://u:p%40stgres@h/d",
}


def test_secrets_show_nowhere_and_are_known_to_the_log() -> None:
    """Guards tokens and passwords in whatever prints the settings; the log is told what to look for."""
    it = load(None, SECRETS)
    for shown in (str(it), repr(it), f"{it}", repr(it.telegram), repr(it.database), repr(it.webhook)):
        assert not any(secret in shown for secret in (TOKEN, "geheim", "proxypass", "stgres"))
    assert it.secrets() == [TOKEN, "geheim-geheim", "proxypass", "p@stgres"]
    assert load(None, {}).secrets() == []
    odd = load(
        None, {"DUBAN_DATABASE__URL": "postgresql+psycopg://u:p[@:ss@h/d", "DUBAN_TELEGRAM__PROXY": "http://[:1"}
    )
    assert odd.secrets() == ["p[@:ss"]


@pytest.mark.parametrize("value", [TOKEN, TOKEN + "x", " " + TOKEN, TOKEN[:30], "p4ssw0rd"])
@pytest.mark.parametrize("key", KEYS)
def test_no_fault_repeats_what_was_set(key: str, value: str) -> None:
    """Guards a token that was pasted into the wrong key: the line names the key and what belongs there."""
    section, name = key.split(".")
    with pytest.raises(ValidationError) as refused:
        Settings(**{section: {name: value}, "web": {"listen": value}})  # type: ignore[arg-type]
    assert value not in str(refused.value)
    with pytest.raises(ConfigFault) as told:
        load(None, {f"DUBAN_{section}__{name}".upper(): value, "DUBAN_WEB__LISTEN": value})
    assert value not in str(told.value)


@pytest.mark.parametrize(
    ("quiet", "covered", "open_"),
    [
        (
            Quiet(time(17, 30), time(8, 30)),
            [time(17, 30), time(23, 59), time(0), time(8, 29)],
            [time(8, 30), time(17, 29)],
        ),
        (Quiet(time(12), time(14)), [time(12), time(13, 59)], [time(14), time(11, 59), time(0)]),
    ],
)
def test_quiet_hours_may_pass_midnight(quiet: Quiet, covered: list[time], open_: list[time]) -> None:
    """Guards both forms of the span; its end is already loud."""
    assert all(quiet.covers(moment) for moment in covered)
    assert not any(quiet.covers(moment) for moment in open_)


def test_settings_can_be_made_in_code() -> None:
    """Guards the sandbox and tests, which have no file: sections take ready values too."""
    it = Settings(
        telegram=Telegram(token=SecretStr(TOKEN)),
        webhook=Webhook(listen=Listen("::1", 0)),
    )
    assert it.require_token() == TOKEN
    assert it.webhook.listen.port == 0
