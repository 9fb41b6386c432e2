"""From checked settings to the plan of the house."""

import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import time
from pathlib import Path
from urllib.parse import urlsplit

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from bot.app import Plan, Telegram
from bot.hold import held
from bot.hooking import Hook
from bot.settings import Settings
from bot.sources import ConfigFault
from storage.database import BadAddress, Database, DriverMissing, FateUnknown, Unfit, UnknownDatabase, passes
from storage.migrations.head import Broken, TooNew
from storage.rules.quiet import Quiet
from storage.rules.ruleset import RuleSet
from storage.rules.terms import Terms


def terms(settings: Settings) -> Terms:
    """Give the terms in force; raise `ConfigFault` for rules that cannot be."""
    try:
        rules = RuleSet.from_mapping(settings.rules)
    except ValueError as error:
        raise ConfigFault(str(error)) from None
    quiet = settings.schedule.quiet
    return Terms(
        zone=settings.office.zone,
        rules=rules,
        quiet=Quiet(quiet.start, quiet.end) if quiet else Quiet(time(), time()),
        quiet_days_off=settings.schedule.quiet_days_off,
        morning=settings.schedule.morning,
        code_days=settings.joining.code_days,
        office_name=settings.office.name,
    )


class Away(Exception):
    """The record book's server or disk is away; in words. Nothing needs to be set otherwise."""


@contextmanager
def opening() -> Iterator[None]:
    """Say in words why a record book cannot be opened: `ConfigFault`, or `Away` for what passes by itself."""
    try:
        yield
    except DriverMissing:
        raise ConfigFault("database.url: PostgreSQL needs its driver: pip install 'duban[postgresql]'") from None
    except BadAddress:
        message = "postgresql+psycopg://USER:PASSWORD@HOST:PORT/NAME, with %40 for @ and %3A for : in a password"
        raise ConfigFault(f"database.url: expected {message}") from None
    except UnknownDatabase:
        raise ConfigFault("database.url: this version runs on SQLite and on PostgreSQL") from None
    except Unfit as error:
        raise ConfigFault(f"database.url: {error}") from None
    except TooNew:
        raise ConfigFault("database.url: this database was made by a newer version of duban; use that one") from None
    except Broken as error:
        message = f"rows of the table {error} point to nothing; nothing was changed; restore a backup"
        raise ConfigFault(f"database.url: {message}") from None
    except (SQLAlchemyError, sqlite3.Error, FateUnknown) as error:
        reason = " ".join(str(getattr(error, "orig", error)).split())
        words = f"database.url: the database cannot be opened ({reason})"
        raise (Away(f"{words}; try again when it answers") if passes(error) else ConfigFault(words)) from None


def database(settings: Settings) -> Database:
    """Open the record book for plain code, with every table in it; raise `ConfigFault` or `Away` where it cannot be."""
    with opening():
        book = Database(settings.database.url)
        book.create()
    return book


def file(settings: Settings) -> Path | None:
    """Give the file that the record book lies in; none where a database server keeps it."""
    try:
        address = make_url(settings.database.url)
    except (ValueError, ArgumentError):
        return None  # said in words where it is opened
    return Path(address.database or "").resolve() if address.get_backend_name() == "sqlite" else None


@contextmanager
def alone(settings: Settings) -> Iterator[None]:
    """Be the one process that runs on, or replaces, a SQLite file; raise `Held` where another is.

    A database server takes any number of replicas.
    """
    book = file(settings)
    with ExitStack() as holding:
        try:
            if book is not None:
                holding.enter_context(held(book.with_name(f"{book.name}.lock")))
        except OSError as error:
            raise ConfigFault(f"database.url: the database cannot be opened ({error.strerror})") from None
        yield


def telegram(settings: Settings) -> Telegram:
    """Give how Telegram is reached; raise `ConfigFault` without a token."""
    there = settings.telegram
    return Telegram(settings.require_token(), there.base_url, there.base_file_url, there.proxy)


def plan(settings: Settings) -> Plan:
    """Give the plan of the real bot, its record book not opened yet: whoever runs it waits for a server."""
    hook = None
    if settings.telegram.mode == "webhook":
        assert settings.webhook.url is not None
        assert settings.webhook.secret is not None
        listen = settings.webhook.listen
        hook = Hook(
            settings.webhook.url,
            settings.webhook.secret.get_secret_value(),
            (listen.host, listen.port),
            urlsplit(settings.webhook.url).path or "/",
        )
    return Plan(
        telegram=telegram(settings),
        database=Database(settings.database.url),
        terms=terms(settings),
        full=settings.content.mode == "full",
        language=settings.office.language,
        hook=hook,
        listen=(settings.web.listen.host, settings.web.listen.port),
        folder=book.parent if (book := file(settings)) is not None else None,
        tick_seconds=settings.schedule.tick_seconds,
    )
