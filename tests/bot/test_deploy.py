"""What stands in deploy/ holds to the program: every path, command, option and key that it names is there."""

import fnmatch
import json
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import click
import pytest

from bot import intake, sender
from bot.cli import main
from bot.settings import KEYS

ROOT = Path(__file__).parents[2]
UNIT, CONTAINER = ROOT / "deploy/duban.service", ROOT / "deploy/Containerfile"


def unit() -> dict[str, dict[str, list[str]]]:
    """Read the unit: sections, keys, and every value that a key is given."""
    found: dict[str, dict[str, list[str]]] = {}
    section: dict[str, list[str]] = {}
    for line in UNIT.read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            section = found.setdefault(line.strip("[]"), {})
        elif line and not line.startswith("#"):
            key, _, value = line.partition("=")
            section.setdefault(key, []).append(value)
    return found


def instructions() -> list[tuple[str, str]]:
    """Read the Containerfile: each instruction with what follows it."""
    text = re.sub(r"^#.*\n", "", CONTAINER.read_text(encoding="utf-8"), flags=re.MULTILINE)
    lines = re.sub(r"\\\n\s*", "", text).splitlines()
    return [(word, rest) for line in lines if line for word, _, rest in [line.partition(" ")]]


def is_command(words: list[str]) -> None:
    """Fail unless `duban` takes these words."""
    command = main.commands[words[0]]
    assert isinstance(command, click.Command)
    options = {name for parameter in command.params for name in parameter.opts}
    assert {word for word in words[1:] if word.startswith("--")} <= options


def is_key(name: str) -> None:
    """Fail unless a variable of the environment sets a key that there is."""
    assert name.removeprefix("DUBAN_").lower().replace("__", ".") in KEYS, name


def test_the_unit_starts_what_there_is() -> None:
    """Guard the command, its option and the environment's keys."""
    service = unit()["Service"]
    (start,) = service["ExecStart"]
    program, *words = start.split()
    assert Path(program).name == "duban"
    is_command(words)
    variables = [line.partition("=")[0] for line in service["Environment"]]
    for name in variables:
        if name.startswith("DUBAN_"):
            is_key(name)
    assert "DUBAN_TELEGRAM__TOKEN_FILE" in variables


def test_the_unit_hands_the_token_over_as_a_credential() -> None:
    """Guard the token: in no environment, in no configuration that others read; the name is the one that is read."""
    service = unit()["Service"]
    name, _, path = service["LoadCredential"][0].partition(":")
    assert f"DUBAN_TELEGRAM__TOKEN_FILE=%d/{name}" in service["Environment"]
    assert path.startswith("/etc/")
    assert not re.search(r"\d{6,}:[\w-]{30}", UNIT.read_text(encoding="utf-8"))


def test_the_unit_waits_longer_than_a_stop_takes() -> None:
    """Guard what is in hand from SIGKILL: intake and sender may each take their last seconds, one after the other."""
    service = unit()["Service"]
    assert int(service["TimeoutStopSec"][0]) > intake._LAST_SECONDS + sender._LAST_SECONDS + 5
    assert (service["KillSignal"], service["Restart"]) == (["SIGTERM"], ["on-failure"])
    assert service["RestartPreventExitStatus"] == ["2"], "wrong configuration is not tried again and again"


def test_the_unit_never_gives_up() -> None:
    """Guard a weekend's outage: systemd counts starts, and without this one too many is the last (systemd.unit(5))."""
    assert unit()["Unit"]["StartLimitIntervalSec"] == ["0"]
    assert unit()["Service"]["Restart"] == ["on-failure"]
    assert int(unit()["Service"]["RestartSec"][0]) >= 1, "and not in a circle"


def test_the_unit_is_shut_in() -> None:
    """Guard the machine from the bot, and the database from other services."""
    service = unit()["Service"]
    for key, value in {
        "DynamicUser": "yes",
        "NoNewPrivileges": "yes",
        "ProtectSystem": "strict",
        "ProtectHome": "yes",
        "PrivateTmp": "yes",
        "PrivateDevices": "yes",
        "CapabilityBoundingSet": "",
        "StateDirectory": "duban",
        "StateDirectoryMode": "0700",
        "UMask": "0077",
    }.items():
        assert service[key] == [value], key
    assert service["WorkingDirectory"] == ["%S/duban"], "a relative database.url lies in the state directory"


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="there is no systemd-analyze here")
def test_systemd_finds_no_fault_in_the_unit(tmp_path: Path) -> None:
    """Guard against a key that systemd does not know, which it would pass over with a warning."""
    text = UNIT.read_text(encoding="utf-8").replace("/opt/duban/.venv/bin/duban", sys.executable)
    (tmp_path / "duban.service").write_text(text, encoding="utf-8")
    said = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(tmp_path / "duban.service")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (said.returncode, said.stderr, said.stdout) == (0, "", "")


def test_the_image_starts_what_there_is() -> None:
    """Guard entry point, command and the environment's keys."""
    found = dict(instructions())
    assert json.loads(found["ENTRYPOINT"]) == ["duban"]
    is_command(json.loads(found["CMD"]))
    for name in re.findall(r"(DUBAN_\w+)=", found["ENV"]):
        is_key(name)
    assert "/readyz" in found["HEALTHCHECK"]
    assert found["STOPSIGNAL"] == "SIGTERM"


def test_the_image_runs_as_nobody_special() -> None:
    """Guard against root in the container, and against data that dies with it."""
    found = dict(instructions())
    number = re.search(r"--uid (\d+)", " ".join(rest for word, rest in instructions() if word == "RUN"))
    assert number is not None
    assert found["USER"] == number[1]
    assert found["VOLUME"] == found["WORKDIR"] == "/var/lib/duban"


def test_the_image_is_built_from_what_there_is_and_what_was_tested() -> None:
    """Guard the build: each file copied exists and reaches the builder, the versions are those of the constraints."""
    copied = [
        source
        for word, rest in instructions()
        if word == "COPY" and not rest.startswith("--from")
        for source in rest.split()[:-1]
    ]
    rules = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if line and not line.startswith("#")]
    assert rules[0] == "*"
    for source in copied:
        assert (ROOT / source).exists(), source
        assert f"!{source}" in rules, f"{source} does not reach the builder"
    setup = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    for pattern in setup["tool"]["setuptools"]["packages"]["find"]["include"]:
        assert fnmatch.filter(copied, pattern), f"{pattern} is not copied"
    for needed in (setup["project"]["readme"], *setup["project"]["license-files"], "constraints.txt"):
        assert needed in copied
    (install,) = (rest for word, rest in instructions() if word == "RUN" and "pip install" in rest)
    assert "-c /src/constraints.txt" in install
    assert "/src[postgresql]" in install, "both kinds of database that are offered"


def test_the_image_s_python_is_one_we_run_on() -> None:
    """Guard the version in the first line of both stages."""
    wanted = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["requires-python"]
    least = tuple(map(int, wanted.removeprefix(">=").split(".")))
    for word, rest in instructions():
        if word == "FROM":
            version = re.search(r"python:(\d+)\.(\d+)-slim", rest)
            assert version is not None
            assert (int(version[1]), int(version[2])) >= least


def test_the_readme_tells_how_to_install_both() -> None:
    """Guard the operator: the unit's paths stand in the README as they stand in the unit."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    service = unit()["Service"]
    for path in (
        service["LoadCredential"][0].partition(":")[2],
        service["ExecStart"][0].split()[0].removesuffix("/.venv/bin/duban"),
        "/etc/duban/config.toml",
        "deploy/duban.service",
        "deploy/Containerfile",
    ):
        assert path in readme, path
