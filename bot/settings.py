"""What the office has set: config.toml, and above it the environment, checked once and frozen.

Each key is `section.key` in the file and `DUBAN_<SECTION>__<KEY>` in the environment. An empty text means "not set" for
every key that may be absent. The numbers under `rules` are kept as they stand: the rules check them.
"""

import re
from collections.abc import Mapping
from datetime import time
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self
from urllib.parse import unquote
from zoneinfo import ZoneInfo

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    ValidationInfo,
    model_validator,
)
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from bot.shapes import Api, Capital, Hours, Listen, Maybe, Moment, Number, Quiet, Site, Zone, shaped
from bot.sources import ConfigFault, fault, from_environ, from_file, lay_over

__all__ = ["ConfigFault", "Listen", "Quiet", "Settings", "load"]

TELEGRAM: Final = "https://api.telegram.org/bot"
# @BotFather's tokens have 35 characters after the colon; another server (one's own, a test's) may take shorter ones.
TOKENS: Final = r"[0-9]{6,}:[A-Za-z0-9_-]{30,}"
TOKENS_ELSEWHERE: Final = r"[0-9]+:[A-Za-z0-9_-]+"
A_TOKEN: Final = "a bot's token as @BotFather gives it: digits, a colon, 35 letters, digits, - or _"  # noqa: S105
# Without /bot at the end the token would run into the host or the port, and the call would go who knows where.
AN_API: Final = f"the address of a Bot API server up to where the token is appended, such as {TELEGRAM}"
A_SITE: Final = 'host and port, such as "127.0.0.1:8080"'


class Section(BaseModel):
    """One table of the file: frozen, with no keys but its own; a key's description says what is expected of it."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


def _beside(value: Any, seen: ValidationInfo) -> Any:
    """Fetch files from the server that is called, unless told otherwise."""
    return value or re.sub(r"/bot$", "/file/bot", seen.data.get("base_url", TELEGRAM))


class Telegram(Section):
    """The bot's account and the server that it calls."""

    token: Annotated[SecretStr | None, Maybe] = Field(None, description=A_TOKEN)
    token_file: Annotated[Path | None, Maybe] = Field(None, description="the path of a file that holds the token")
    base_url: Api = Field(TELEGRAM, description=AN_API)
    base_file_url: Annotated[Api, BeforeValidator(_beside)] = Field("", validate_default=True, description=AN_API)
    proxy: Annotated[str | None, shaped(r"http://([^\s/@]+@)?[^\s/?#@]+"), Maybe] = Field(
        None, repr=False, description="an HTTP proxy, http://[user:password@]host:port (SOCKS is not supported)"
    )
    mode: Literal["polling", "webhook"] = Field("polling", description='"polling" or "webhook"')

    @model_validator(mode="after")
    def _one_token(self) -> Self:
        if self.token is not None:
            if self.token_file is not None:
                raise ValueError("telegram.token: expected alone, or telegram.token_file alone, but not both")
            if not self.accepts(self.token.get_secret_value()):
                raise ValueError(f"telegram.token: expected {A_TOKEN}")
        return self

    def accepts(self, token: str) -> bool:
        """Tell whether the token has the shape that the server's tokens have."""
        return re.fullmatch(TOKENS if self.base_url == TELEGRAM else TOKENS_ELSEWHERE, token) is not None


class Webhook(Section):
    """Where Telegram brings updates to, in webhook mode."""

    url: Annotated[str | None, shaped(r"https?://[^\s/?#@]+(/\S*)?"), Maybe] = Field(
        None, description="the public https:// address that Telegram is to call"
    )
    listen: Site = Field(Listen("127.0.0.1", 8081), description=A_SITE)
    secret: Annotated[SecretStr | None, Maybe] = Field(None, description="1 to 256 of A-Z a-z 0-9 _ -")

    @model_validator(mode="after")
    def _secret_as_telegram_takes_it(self) -> Self:
        if self.secret is not None and not re.fullmatch(r"[A-Za-z0-9_-]{1,256}", self.secret.get_secret_value()):
            raise ValueError("webhook.secret: expected 1 to 256 of A-Z a-z 0-9 _ -")
        if self.url is not None and re.search(TOKENS, unquote(self.url)):
            raise ValueError("webhook.url: expected an address without the token, which would stand in every log")
        return self


class Content(Section):
    """How much of a case Telegram may see; no mode sends phone or identity numbers."""

    mode: Literal["full", "light"] = Field("light", description='"light" or "full"')


class Web(Section):
    """Health and metrics."""

    listen: Site = Field(Listen("127.0.0.1", 8080), description=A_SITE)


class Joining(Section):
    """How people join."""

    code_days: Annotated[int, Number] = Field(30, ge=1, le=3660, description="days from 1 to 3660")


class Schedule(Section):
    """When the clock may speak; times of day are the office's."""

    quiet: Hours = Field(
        Quiet(time(17, 30), time(8, 30)), description='two times of day, such as "17:30-08:30", or "" for none'
    )
    quiet_days_off: bool = Field(True, description="true or false")
    morning: Moment = Field(time(8, 30), description='a time of day, such as "08:30"')
    tick_seconds: Annotated[float, Number] = Field(
        30, gt=0, le=3600, allow_inf_nan=False, description="seconds, above 0 and up to 3600"
    )

    @model_validator(mode="after")
    def _morning_is_not_quiet(self) -> Self:
        if self.quiet is not None and self.quiet.covers(self.morning):
            raise ValueError("schedule.morning: expected a time outside schedule.quiet, or no digest could ever leave")
        return self


class Log(Section):
    """What is logged."""

    level: Annotated[Literal["DEBUG", "INFO", "WARNING", "ERROR"], Capital] = Field(
        "INFO", description='"DEBUG", "INFO", "WARNING" or "ERROR"'
    )


class Database(Section):
    """The record book; a relative path counts from the working directory."""

    # A database in memory would lose everything, and each connection would see one of its own.
    url: Annotated[str, shaped(r"sqlite:///(?!:memory:)\S.*|postgresql\+psycopg://\S*")] = Field(
        "sqlite:///duban.db", repr=False, description='"sqlite:///FILE" or "postgresql+psycopg://USER@HOST/NAME"'
    )

    @property
    def place(self) -> str:
        """Give the address for people, without user and password."""
        return self.url if self.url.startswith("sqlite") else self.url.split("@")[-1].split("://")[-1].split("?")[0]


class Office(Section):
    """Who runs this, where and in which language."""

    name: Annotated[str, shaped(r"\S[^\x00-\x1f\x7f]{0,63}")] = Field(
        "市政府督查室", description="a name of up to 64 characters"
    )
    timezone: Zone = Field("Asia/Shanghai", description='a zone of the IANA database, such as "Asia/Shanghai"')
    language: Literal["zh_CN", "en"] = Field("zh_CN", description='"zh_CN" or "en"')

    @property
    def zone(self) -> ZoneInfo:
        """Give the zone in which dates are judged and shown."""
        return ZoneInfo(self.timezone)


class Settings(BaseSettings):
    """All that is set, frozen; made by `load`, or directly with sections where nothing is read from outside."""

    model_config = SettingsConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True, case_sensitive=True)

    telegram: Telegram = Telegram()
    webhook: Webhook = Webhook()
    content: Content = Content()
    web: Web = Web()
    joining: Joining = Joining()
    schedule: Schedule = Schedule()
    log: Log = Log()
    database: Database = Database()
    office: Office = Office()
    rules: dict[str, Any] = Field(default_factory=dict)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003 - the library's signature
        init_settings: PydanticBaseSettingsSource,
        *_ambient: Any,
        **_named: Any,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Read nothing but what is handed over: the library would take any variable named `log` or `office`."""
        return (init_settings,)

    @model_validator(mode="after")
    def _webhook_fails_closed(self) -> Self:
        if self.telegram.mode == "webhook":
            if self.webhook.url is None:
                raise ValueError(
                    "webhook.url: expected in webhook mode, the public https:// address Telegram is to call"
                )
            if self.webhook.secret is None:
                raise ValueError("webhook.secret: expected in webhook mode, or anyone could bring updates")
            if self.telegram.base_url == TELEGRAM and not self.webhook.url.startswith("https://"):
                raise ValueError("webhook.url: expected an https:// address, Telegram calls no other")
        return self

    def require_token(self) -> str:
        """Give the bot's token, read from its file where one is named; raise `ConfigFault`."""
        if self.telegram.token is not None:
            return self.telegram.token.get_secret_value()
        path = self.telegram.token_file
        if path is None:
            raise ConfigFault("telegram.token is not set; nor is telegram.token_file: @BotFather gives a token")
        try:
            token = path.read_text(encoding="utf-8-sig").strip()
        except (OSError, UnicodeDecodeError) as error:
            reason = getattr(error, "strerror", None) or "not a text"
            raise ConfigFault(f"{path}, named by telegram.token_file, cannot be read ({reason})") from None
        if not self.telegram.accepts(token):
            raise ConfigFault(f"{path}, named by telegram.token_file: expected {A_TOKEN}, and nothing else")
        return token

    def secrets(self) -> list[str]:
        """Give what no log may show, but for a token that lies in a file: the passwords in addresses, too."""
        held = [
            secret.get_secret_value() for secret in (self.telegram.token, self.webhook.secret) if secret is not None
        ]
        passwords = [re.search(r"://[^/@:]*:(.+)@", url or "") for url in (self.telegram.proxy, self.database.url)]
        passwords.append(re.search(r"[?&]password=([^&]+)", self.database.url))
        return held + [unquote(match[1]) for match in passwords if match]


KEYS: Final = {
    f"{section}.{key}": field.description or ""
    for section, table in Settings.model_fields.items()
    if isinstance(table.annotation, type) and issubclass(table.annotation, Section)
    for key, field in table.annotation.model_fields.items()
}


def load(path: Path | None, environ: Mapping[str, str]) -> Settings:
    """Read the file, lay the environment over it and check the whole; raise `ConfigFault` with one clear line."""
    above = from_environ(environ, KEYS)
    tables = _without_rival(from_file(path), above) if path else {}
    lay_over(tables, above)
    try:
        return Settings(**tables)
    except ValidationError as error:
        raise fault(path, above, error, KEYS) from None


def _without_rival(file: dict[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """Let a token of the environment stand above a token file of the file, and the other way round."""
    rivals = {"token": "token_file", "token_file": "token"}
    section = file.get("telegram")
    if not isinstance(section, dict):
        return file
    beaten = {rival for key, rival in rivals.items() if above.get(f"telegram.{key}")}
    return {**file, "telegram": {key: value for key, value in section.items() if key not in beaten}}
