"""Pages: one place escapes, nothing is longer than Telegram takes, and what is cut goes along whole."""

from html import unescape
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.buttons import Button
from handlers.pages import LIMIT, Document, Key, Page, Quote, Text, Title, arrange, choices, fit, html, plain, text

words = st.text(st.characters(exclude_categories=["Cs"]), max_size=300)
blocks = st.one_of(words.map(Title), words.map(Text), words.map(Quote))
long_blocks = st.builds(
    lambda kind, piece, count: kind(piece * count),
    st.sampled_from([Title, Text, Quote]),
    st.sampled_from(["督办", "😀", "a", "<b>&", "e\u0301", "\n"]),
    st.integers(0, 5000),
)
MOBILE = "13901234567"


def units(said: str) -> int:
    """Count as Telegram does (Bot API, MessageEntity): in UTF-16 code units."""
    return len(said.encode("utf-16-le")) // 2


class Seen(HTMLParser):
    """What a client makes of our HTML: its tags, and its words."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002 (the library's)
        """Note a tag."""
        self.tags.append(tag)


@given(st.lists(blocks, max_size=6))
def test_no_words_become_markup(made: list[Title | Text | Quote]) -> None:
    """Guard the one edge at which words are escaped: whatever people type, the only tags are ours."""
    page = Page(tuple(made))
    seen = Seen()
    seen.feed(html(page))
    seen.close()
    assert seen.tags == [
        {Title: "b", Quote: "blockquote"}[type(block)] for block in made if not isinstance(block, Text)
    ]
    bare = html(page)
    for tag in ("<b>", "</b>", "<blockquote expandable>", "</blockquote>"):
        bare = bare.replace(tag, "")
    assert unescape(bare) == unescape(plain(page).replace("&", "&amp;"))


@pytest.mark.parametrize("hostile", ["<b>粗</b>", "&lt;", "</blockquote><a href='tg://user?id=1'>x</a>", '"', "<", "&"])
def test_hostile_words_are_shown_as_they_were_typed(hostile: str) -> None:
    """Guard the same by example."""
    for kind in (Title, Text, Quote):
        shown = html(Page((kind(hostile),)))
        assert hostile.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;") in shown


@given(st.lists(blocks | long_blocks, max_size=8))
def test_what_is_sent_is_never_too_long_and_nothing_is_lost(made: list[Title | Text | Quote]) -> None:
    """Guard 4096 units: a page that fits is left alone, one that does not comes with all of it as a file."""
    page = Page(tuple(made), files=(Document("scan.pdf", b"%PDF"),))
    fitted = fit(page, "full-text.txt")
    assert units(plain(fitted)) <= LIMIT
    if units(plain(page)) <= LIMIT:
        assert fitted == page
        return
    assert fitted.files[:-1] == page.files
    assert fitted.files[-1].name == "full-text.txt"
    assert fitted.files[-1].content.decode("utf-8-sig") == plain(page)
    assert plain(fitted), "something of it is always shown"
    assert "�" not in plain(fitted), "never cut through a character"


def test_exactly_as_much_as_telegram_takes_is_not_cut() -> None:
    """Guard the bound itself, in units and not in characters."""
    for piece, count in (("督", LIMIT), ("😀", LIMIT // 2)):
        assert fit(text(piece * count), "rest").files == ()
        assert len(fit(text(piece * (count + 1)), "rest").files) == 1


def test_a_number_at_the_cut_is_hidden_whole() -> None:
    """Guard privacy where words are cut: ten digits of a telephone number are not known for one any more."""
    for before in range(3880, 3910):
        shown = plain(fit(text("督" * before + MOBILE + "督" * 500), "rest"))
        assert "139" not in shown, before
        assert MOBILE not in fit(text("督" * before + MOBILE + "督" * 500), "rest").files[0].content.decode()


def test_numbers_are_hidden_in_every_block() -> None:
    """Guard that no mode sends telephone or identity numbers (chat.md 5)."""
    page = Page((Title(MOBILE), Text(f"电话{MOBILE}。"), Quote("211402199003078512")))
    for said in (plain(page), html(page)):
        assert "139" not in said
        assert "2114" not in said


def test_empty_paragraphs_leave_no_hole() -> None:
    """Guard pages put together from what may be there."""
    assert plain(text("甲", "", "乙")) == "甲\n乙"


@pytest.mark.parametrize(
    ("labels", "rows"),
    [
        ([], []),
        (["签收"], [["签收"]]),
        (["签收", "批示"], [["签收", "批示"]]),
        (["签收", "批示", "申请退办"], [["签收", "批示"], ["申请退办"]]),
        (["请工作人员打电话给我", "提交"], [["请工作人员打电话给我"], ["提交"]]),
        (["只给人大(政协)和政府办公室看到"], [["只给人大(政协)和政府办公室看到"]]),
    ],
)
def test_keys_are_laid_in_rows_that_a_phone_shows(labels: list[str], rows: list[list[str]]) -> None:
    """Guard the order and that a long label has a row of its own."""
    laid = arrange([Key(label, Button("show")) for label in labels])
    assert [[key.label for key in row] for row in laid] == rows


@given(st.lists(st.text(max_size=30), max_size=12), st.integers(1, 4))
def test_no_key_is_lost_in_laying(labels: list[str], columns: int) -> None:
    """Guard that every button is there once, in order, and no row has more than it may."""
    laid = arrange([Key(label) for label in labels], columns)
    assert [key.label for row in laid for key in row] == labels
    assert all(1 <= len(row) <= columns for row in laid)


def test_the_key_that_ends_a_choice_begins_a_row() -> None:
    """Guard that “done” never stands beside a thing to choose, and that a plain yes or no keeps its row."""
    units = [Key(name, Button("x", 1)) for name in ("甲", "乙", "丙")]
    done = Key("好", Button("x", 2), style="success")
    assert [len(row) for row in choices([*units, done])] == [2, 1, 1]
    assert choices([*units, done])[-1] == (done,)
    assert choices([done, units[0]]) == ((done, units[0]),)
