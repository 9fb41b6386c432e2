"""The house holds to its plan: catalogs complete, rules on the standard library alone, settings and example alike."""

import ast
import re
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from babel.messages.extract import extract_from_file
from babel.messages.pofile import read_po

from bot.cli import main
from handlers.conversations import ROUTES
from handlers.terms import TERMS
from handlers.tongue import Tongue, catalog
from tests import diagrams

ROOT = Path(__file__).parent.parent
KEYWORDS: dict[str, tuple[int, ...] | None] = {
    "N_": None,
    "say": None,
    "Refused": None,
    "Stale": None,
    "refuse_unless": (2,),
    "NoticeError": None,
    "sentence": None,
}
# Sentences that only the operator's command line and our own failures say; they stay English.
SPOKEN = ("handlers", "storage")


def modules(*folders: str) -> Iterator[Path]:
    """Yield every Python file of these folders."""
    for folder in folders:
        yield from sorted((ROOT / folder).rglob("*.py"))


def spoken() -> dict[str, str]:
    """Give every msgid of the code with the place that says it first."""
    found: dict[str, str] = {}
    for path in modules(*SPOKEN):
        for line, message, _comments, _context in extract_from_file("python", path, keywords=KEYWORDS):
            found.setdefault(message if isinstance(message, str) else message[0], f"{path.relative_to(ROOT)}:{line}")
    return found


def test_every_sentence_has_its_chinese() -> None:
    """A msgid without a translation would be shown in English to a deputy."""
    known = catalog("zh_CN")
    missing = {msgid: place for msgid, place in spoken().items() if msgid not in known}
    assert not missing, "\n".join(f"{place}: {msgid}" for msgid, place in missing.items())


def test_no_translation_is_left_over() -> None:
    """A sentence that nobody says any more leaves the catalogs with it."""
    said = spoken()
    assert not (unused := [msgid for msgid in catalog("zh_CN") if msgid not in said]), "\n".join(unused)


def test_one_sentence_has_one_translation_with_the_same_placeholders() -> None:
    """The same step keeps the same label everywhere, and a placeholder that is lost is a fact that is lost."""
    placeholders = re.compile(r"%\((\w+)\)[sdr]")
    seen: dict[str, str] = {}
    for path in sorted((ROOT / "handlers/locales/zh_CN").glob("*.po")):
        with path.open("rb") as stream:
            for message in read_po(stream, locale="zh_CN"):
                if not message.id:
                    continue
                msgid, said = str(message.id), str(message.string)
                assert seen.setdefault(msgid, said) == said, f"{path.name}: {msgid}"
                assert Counter(placeholders.findall(msgid)).keys() == Counter(placeholders.findall(said)).keys(), msgid


def test_every_term_is_said_in_both_languages() -> None:
    """Labels are terms; a label of one's own language is never missing."""
    for kind in TERMS:
        for term in kind:
            assert Tongue("zh_CN").term(term) != TERMS[kind][term] or term.value in "ABCD", term
            assert Tongue("en").term(term)


@pytest.mark.parametrize("path", list(modules("storage/rules")), ids=lambda path: path.stem)
def test_rules_need_the_standard_library_alone(path: Path) -> None:
    """Decisions are pure: no third-party package, no clock, no database."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        for name in names:
            top = name.split(".")[0]
            assert top in sys.stdlib_module_names or name.startswith("storage.rules"), f"{path.name} imports {name}"


def test_no_module_grows_past_its_room() -> None:
    """Look twice at 300 lines."""
    long = {
        str(path.relative_to(ROOT)): count
        for path in modules("bench", "bot", "handlers", "storage")
        if (count := len(path.read_text(encoding="utf-8").splitlines())) > 300
        and "migrations" not in path.parts
        and path.name not in LONG
    }
    assert not long


# Data rather than code: the one vocabulary, the one list of words.
LONG = {"words.py", "terms.py", "methods.py"}


def test_every_command_fits_telegram() -> None:
    """Names of 1–32 of a-z 0-9 _, descriptions of at most 256 (Bot API, BotCommand)."""
    for command in ROUTES.commands:
        assert re.fullmatch(r"[a-z0-9_]{1,32}", command.name)
        for language in ("zh_CN", "en"):
            assert 1 <= len(Tongue(language).say(command.description)) <= 256


def test_the_diagrams_are_those_of_the_table() -> None:
    """The README shows the states as they are: `python -m tests.diagrams` renews them."""
    readme = diagrams.README.read_text(encoding="utf-8")
    assert diagrams.renewed(readme) == readme


def test_the_readme_names_every_command_and_no_other() -> None:
    """What an operator reads there he can type."""
    readme = diagrams.README.read_text(encoding="utf-8")
    table = readme[readme.index("| command | what it does |") : readme.index("`--config FILE` goes with")]
    assert set(re.findall(r"`duban (\w+)", table)) == set(main.commands)
    people, cases = main.commands["people"], main.commands["cases"]
    assert isinstance(people, click.Group)
    assert isinstance(cases, click.Group)
    assert all(name in table for name in (*people.commands, *cases.commands))


def test_the_readme_pins_what_was_tested() -> None:
    """Both commands use the constraints file, which holds versions only and no address."""
    readme = diagrams.README.read_text(encoding="utf-8")
    for part in ("sandbox", "tests"):
        command = readme.split(f"<!-- {part}: begin -->")[1].split(f"<!-- {part}: end -->")[0]
        assert "-c constraints.txt" in command
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    assert all(re.fullmatch(r"#.*|[A-Za-z0-9_.-]+==[0-9][^@/\s]*", line) for line in lines)
