"""What every command takes: `--config FILE`."""

import os
import sys
from collections.abc import Callable
from functools import update_wrapper
from pathlib import Path
from typing import Any

import click

from bot import log
from bot.plans import Away
from bot.settings import load
from bot.sources import ConfigFault

DEFAULT = Path("config.toml")


class Wrong(click.ClickException):
    """Wrong usage or configuration: one clear line and exit code 2."""

    exit_code = 2


def configured(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command `--config FILE` and, as its first argument, the settings that come of it."""

    def run(*args: Any, config: Path | None, **kwargs: Any) -> None:
        try:
            settings = load(config or (DEFAULT if DEFAULT.exists() else None), os.environ)
            log.configure(settings.log.level, settings.secrets(), sys.stderr)
            command(settings, *args, **kwargs)
        except ConfigFault as fault:
            raise Wrong(str(fault)) from None
        except Away as fault:
            raise click.ClickException(str(fault)) from None

    option = click.option(
        "--config",
        type=click.Path(path_type=Path, dir_okay=False),
        help="The configuration; config.toml in the working directory unless told otherwise.",
    )
    return option(update_wrapper(run, command))
