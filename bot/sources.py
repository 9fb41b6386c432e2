"""Where settings come from, a TOML file and the environment, and how a fault in one of them is told in one line."""

import tomllib
from collections.abc import Iterable, Mapping
from contextlib import suppress
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError

PREFIX: Final = "DUBAN_"
FREE: Final = "rules"  # the one section whose keys are not known here
Tables = dict[str, Any]


class ConfigFault(Exception):
    """Say in one line which file and key is wrong and what is expected there; it never holds a secret."""


def from_file(path: Path) -> Tables:
    """Read the tables of a TOML file, as an editor of any system saves it; raise `ConfigFault`."""
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        raise ConfigFault(f"{path}: no such file; begin with a copy of config.example.toml") from None
    except OSError as error:
        raise ConfigFault(f"{path}: cannot be read ({error.strerror})") from None
    try:
        return tomllib.loads(raw.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise ConfigFault(f"{path}: line {line} is not UTF-8; save the file in that encoding") from None
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        # Of tomllib's words only the first line: they name what was expected and the place, never a value.
        raise ConfigFault(f"{path}: not valid TOML: {str(error).splitlines()[0]}") from None


def from_environ(environ: Mapping[str, str], known: Iterable[str]) -> dict[str, Any]:
    """Pick the settings out of an environment, as `section.key` → value; raise `ConfigFault` for a misspelt one.

    A value is its text; under `rules`, whose kinds are not known here, `true`, `12` and `[1, 2]` are read as in TOML.
    """
    keys, found = set(known), {}
    for name, text in sorted(environ.items()):
        key = name.removeprefix(PREFIX).lower().replace("__", ".")
        if not name.startswith(PREFIX) or not _meant(name, key, keys):
            continue
        free = key.startswith(f"{FREE}.")
        if key not in keys and not (free and all(key.split("."))):
            raise ConfigFault(f"environment: there is no {name}{_nearest(key, keys, variable)}")
        found[key] = _literal(text) if free else text
    return found


def lay_over(tables: Tables, above: Mapping[str, Any]) -> None:
    """Lay dotted keys over the tables, key by key."""
    for key, value in above.items():
        *path, last = key.split(".")
        table = tables
        for name in path:
            table = table.setdefault(name, {})
            if not isinstance(table, dict):
                raise ConfigFault(f"environment: {variable(key)} cannot be set, for {name} is a value and no table")
        table[last] = value


def variable(key: str) -> str:
    """Name the environment variable of a dotted key."""
    return PREFIX + key.replace(".", "__").upper()


def fault(path: Path | None, above: Mapping[str, Any], error: ValidationError, known: Mapping[str, str]) -> ConfigFault:
    """Word the first of the errors by the key's own description, which is all that may be said of a secret's."""
    first = error.errors(include_url=False, include_input=False)[0]
    key = ".".join(map(str, first["loc"][:2]))
    origin = f"environment: {variable(key)}" if key in above else f"{path or 'settings'}: {key}"
    if first["type"] == "extra_forbidden":
        return ConfigFault(f"{path}: there is no key {key}{_nearest(key, known)}")
    if key in known:
        return ConfigFault(f"{origin}: expected {known[key]}")
    if first["type"] == "value_error":
        key, _, words = str(first["ctx"]["error"]).partition(": ")
        origin = f"environment: {variable(key)}" if key in above else f"{path or 'settings'}: {key}"
        return ConfigFault(f"{origin}: {words}")
    return ConfigFault(f"{origin}: expected a table, begun with [{key}]")


def _meant(name: str, key: str, keys: set[str]) -> bool:
    if "." in key:
        return True
    if (split := key.replace("_", ".", 1)) in keys:
        raise ConfigFault(f"environment: there is no {name}; it takes two underscores: {variable(split)}")
    return False


def _literal(text: str) -> Any:
    with suppress(tomllib.TOMLDecodeError):
        value = tomllib.loads(f"value = {text}")
        if len(value) == 1 and isinstance(value["value"], bool | int | float | list):
            return value["value"]
    return text


def _nearest(key: str, known: Iterable[str], worded: Any = str) -> str:
    candidates = {part: part for name in known for part in (name, name.partition(".")[0])}
    candidates |= {name.partition(".")[2]: name for name in known}
    near = get_close_matches(key, candidates, n=1) or get_close_matches(key.rpartition(".")[2], candidates, n=1)
    return f" (did you mean {worded(candidates[near[0]])}?)" if near else ""
