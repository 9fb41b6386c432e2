"""`duban …` and `python -m bot …`. Exit codes: 0 done, 1 failed, 2 wrong usage or configuration (one clear line)."""

import gc
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from typing import Final

import click

MODULES: Final = {
    "sandbox": "sandboxes",
    "run": "running",
    "check": "checks",
    "migrate": "migrations",
    "people": "people",
    "cases": "cases",
    "outbox": "letters",
    "records": "records",
    "calendar": "calendars",
    "inbox": "inbox",
    "backup": "backups",
    "restore": "backups",
}


class _Commands(Mapping[str, click.Command]):
    """The commands by their names, each imported when it is asked for: nobody waits for another's libraries."""

    def __getitem__(self, name: str) -> click.Command:
        module = f"bot.commands.{MODULES[name]}"
        if module not in sys.modules:
            with _kept():
                import_module(module)
        command: click.Command = getattr(sys.modules[module], name)
        return command

    def __iter__(self) -> Iterator[str]:
        return iter(MODULES)

    def __len__(self) -> int:
        return len(MODULES)


@contextmanager
def _kept() -> Iterator[None]:
    """Let what is made within stay for good: no garbage is looked for among it, now (a fifth of the start) or later."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


@click.group(commands=_Commands(), context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="duban")
def main() -> None:
    """督办: the assistant in which a city government handles suggestions and proposals."""
