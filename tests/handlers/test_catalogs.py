"""Catalogs are read as gettext means them: babel, which knows the whole format, is asked what they say."""

import io
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po
from hypothesis import given
from hypothesis import strategies as st

from handlers import catalogs

LOCALES = Path(__file__).parents[2] / "handlers" / "locales"
texts = st.text(st.characters(exclude_categories=["Cs", "Cc"], include_characters="\n\t\r"), min_size=1, max_size=200)


def said(catalog: Catalog) -> dict[str, str]:
    """Give babel's view of a catalog."""
    return {str(message.id): str(message.string) for message in catalog if message.id and message.string}


@pytest.mark.parametrize("path", sorted(LOCALES.rglob("*.po")), ids=lambda path: path.name)
def test_every_shipped_catalog_is_read_whole(path: Path) -> None:
    """Guard against a sentence that would silently be said in English, or an escape that would be shown as typed."""
    with path.open("rb") as stream:
        wanted = said(read_po(stream))
    with path.open(encoding="utf-8") as stream:
        assert catalogs.read(stream) == wanted


@given(st.dictionaries(texts, texts, max_size=5), st.integers(20, 100))
def test_whatever_a_tool_has_written_is_read_as_it_was_meant(words: dict[str, str], width: int) -> None:
    """Guard quotes, backslashes, breaks and lines that an editor's tool has wrapped."""
    catalog = Catalog(locale="zh_CN")
    for msgid, msgstr in words.items():
        catalog.add(msgid, msgstr)
    file = io.BytesIO()
    write_po(file, catalog, width=width, omit_header=True)
    assert catalogs.read(io.StringIO(file.getvalue().decode())) == words


def test_comments_blank_lines_and_the_untranslated_are_passed_over() -> None:
    """Guard what a translator leaves in a file."""
    text = '# note\n#: a.py:3\n#~ msgid "old"\n#~ msgstr "旧"\n\nmsgid "a"\r\nmsgstr ""\n\nmsgid "b"\nmsgstr ""\n"乙"\n'
    assert catalogs.read(io.StringIO(text)) == {"b": "乙"}


@pytest.mark.parametrize(
    "text",
    [
        'msgid "a',
        "msgid a",
        '"a"',
        'msgstr "甲"',
        'msgctxt "x"\nmsgid "a"\nmsgstr "甲"',
        'msgid "a"\nmsgid_plural "b"\nmsgstr[0] "甲"',
        '#, fuzzy\nmsgid "a"\nmsgstr "甲"',
        'msgid "a\\x41"',
        'msgid "a" "b"',
        "<<<<<<< ours",
    ],
)
def test_what_is_no_catalog_of_ours_is_refused_rather_than_half_read(text: str) -> None:
    """Guard against losing sentences unseen; whoever begins to use more of the format reads why here."""
    with pytest.raises(ValueError, match="line"):
        catalogs.read(io.StringIO(text))
