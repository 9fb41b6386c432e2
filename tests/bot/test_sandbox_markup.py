"""Telegram's HTML and what becomes of a text, in the stand-in."""

import html

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.sandbox import entities
from bot.sandbox.markup import checked_url, parse_html, units
from bot.sandbox.refusals import Refused

BROKEN = [
    ("<b>a", 'Can\'t find end tag corresponding to start tag "b"'),
    ("督<办>", 'Unsupported start tag "办" at byte offset 3'),
    ("a < b", 'Unsupported start tag "" at byte offset 2'),
    ("a <b", "Unclosed start tag at byte offset 2"),
    ("a <> b", 'Unsupported start tag "" at byte offset 2'),
    ("😀<p>x</p>", 'Unsupported start tag "p" at byte offset 4'),
    ("<b>x</i>", 'Unmatched end tag at byte offset 4, expected "</b>", found "</i>"'),
    ("<b><i>x</b></i>", 'Unmatched end tag at byte offset 7, expected "</i>", found "</b>"'),
    ("x</b>", "Unexpected end tag at byte offset 1"),
    ("<b>x</b", "Unclosed end tag at byte offset 4"),
    ("<a href='x", "Unclosed start tag at byte offset 0"),
    ("<a href=", 'Unclosed start tag "a" at byte offset 0'),
    ("<a href=x;y>z</a>", "Unexpected end of name token at byte offset 8"),
    ("<a =x>z</a>", 'Empty attribute name in the tag "a" at byte offset 0'),
    ("<span>z</span>", 'Tag "span" must have class "tg-spoiler" at byte offset 0'),
    ("<tg-emoji emoji-id='x'>z</tg-emoji>", "Invalid custom emoji identifier specified"),
    ("<tg-time unix='x'>z</tg-time>", "Invalid Unix time specified"),
    ("<tg-time unix='1' format='rt'>z</tg-time>", "Invalid date format used"),
    (
        "&#xDFDF;",
        (
            "Text contains invalid Unicode characters after decoding HTML entities, "
            "check for unmatched surrogate code units"
        ),
    ),
]


@pytest.mark.parametrize(("source", "words"), BROKEN)
def test_broken_markup_is_refused_in_telegrams_words(source: str, words: str) -> None:
    """Guard the 400 that a forgotten escape brings, with the byte offset that Telegram tells."""
    with pytest.raises(Refused) as caught:
        parse_html(source)
    assert caught.value.description == f"Bad Request: can't parse entities: {words}"


def entity(kind: str, offset: int, length: int, **more: object) -> dict[str, object]:
    return {"type": kind, "offset": offset, "length": length, **more}


PARSED = [
    ("", "", []),
    ("a &lt; b &amp;&quot; &copy; &#19981; &#x4E0D", 'a < b &" &copy; 不 不', []),
    ("&#0; &#99999999; &", "&#0; &#99999999; &", []),
    ("<b>😀办</b>x", "😀办x", [entity("bold", 0, 3)]),
    ("<STRONG>a</Strong><em>b</em>", "ab", [entity("bold", 0, 1), entity("italic", 1, 1)]),
    (
        "<u>a</u><ins>b</ins><s>c</s><strike>d</strike><del>e</del>",
        "abcde",
        [
            entity("underline", 0, 1),
            entity("underline", 1, 1),
            entity("strikethrough", 2, 1),
            entity("strikethrough", 3, 1),
            entity("strikethrough", 4, 1),
        ],
    ),
    (
        "<tg-spoiler>a</tg-spoiler><span class='tg-spoiler'>b</span>",
        "ab",
        [entity("spoiler", 0, 1), entity("spoiler", 1, 1)],
    ),
    ("<b></b>x", "x", []),
    ("<b>x</>", "x", [entity("bold", 0, 1)]),
    ("<blockquote>x</blockquote>", "x", [entity("blockquote", 0, 1)]),
    ("<blockquote expandable>x</blockquote>", "x", [entity("expandable_blockquote", 0, 1)]),
    ("<code class='language-sql'>x</code>", "x", [entity("code", 0, 1)]),
    ("<pre>x</pre>", "x", [entity("pre", 0, 1)]),
    ("<pre><code class='language-sql'>x</code></pre>", "x", [entity("pre", 0, 1, language="sql")]),
    ("<code class='language-sql'><pre>x</pre></code>", "x", [entity("pre", 0, 1, language="sql")]),
    ("<a href='https://a.cn/x?y=1&amp;z'>x</a>", "x", [entity("text_link", 0, 1, url="https://a.cn/x?y=1&z")]),
    ("<a href=a.cn>x</a>", "x", [entity("text_link", 0, 1, url="http://a.cn/")]),
    ("<a>a.cn</a>", "a.cn", [entity("text_link", 0, 4, url="http://a.cn/")]),
    ("<a href='javascript:alert(1)'>x</a><a href='http://localhost/'>y</a>", "xy", []),
    ("<tg-emoji emoji-id='5'>x</tg-emoji>", "x", [entity("custom_emoji", 0, 1, custom_emoji_id="5")]),
    (
        "<tg-time unix='1764000000' format='wDT'>x</tg-time>",
        "x",
        [entity("date_time", 0, 1, unix_time=1764000000, date_time_format="wDT")],
    ),
]


@pytest.mark.parametrize(("source", "text", "found"), PARSED)
def test_markup_becomes_text_and_entities(source: str, text: str, found: list[dict[str, object]]) -> None:
    """Guard each tag, each reference, and offsets counted in UTF-16 units."""
    assert parse_html(source) == (text, found)


@given(st.text())
@example("<b>")
@example("&lt;&amp;#60;")
def test_escaped_text_survives_whole(text: str) -> None:
    """Guard that whatever is escaped once comes out as it was: the one escape function is enough."""
    assert parse_html(html.escape(text, quote=False)) == (text, [])


@given(st.text(alphabet="<>/ab= '\"&;#x1\n😀", max_size=40))
def test_any_markup_is_parsed_or_refused(source: str) -> None:
    """Guard that no input whatever breaks the parser, and that entities lie within the text."""
    try:
        text, found = parse_html(source)
    except Refused:
        return
    assert all(0 <= one["offset"] < one["offset"] + one["length"] <= units(text) for one in found)


NOBODY = {7: {"id": 7, "is_bot": False, "first_name": "王"}}.get


def kept(source: str, mode: str | None = "HTML") -> tuple[str, list[tuple[str, str]]]:
    text, found = entities.formatted(source, mode, None, NOBODY)
    return text, [(one["type"], entities.covered(text, one)) for one in found]


KEPT = [
    ("  \n<b> 督 </b>\n ", "督", [("bold", "督")]),
    ("<b> </b>", "", []),
    ("a\r\n\tb\x00c", "a\n bc".replace("bc", "b c"), []),
    ("\u202eabc\u202c<i>d</i>", "abcd", [("italic", "d")]),
    ("😀 <a href='tg://user?id=7'>王</a>", "😀 王", [("text_mention", "王")]),
    ("<a href='tg://user?id=8'>李</a>", "李", []),
    ("<code>/a <b>b</b></code>", "/a b", [("code", "/a b")]),
    ("<b>a<b>b</b></b>", "ab", [("bold", "ab")]),
    ("<blockquote>a<blockquote>b</blockquote></blockquote>", "ab", [("blockquote", "ab")]),
    ("<a href='a.cn'>/case</a>", "/case", [("text_link", "/case")]),
    ("/case 072", "/case 072", [("bot_command", "/case")]),
    ("/case@duban_bot 1", "/case@duban_bot 1", [("bot_command", "/case@duban_bot")]),
    ("看/case_1", "看/case_1", []),
    ("/start你好", "/start你好", []),
    ("a/b 1/2", "a/b 1/2", []),
    ("@duban_bot #水利 a@b.cn", "@duban_bot #水利 a@b.cn", [
        ("mention", "@duban_bot"), ("hashtag", "#水利"), ("email", "a@b.cn"),
    ]),
    ("见 https://a.gov.cn/x。", "见 https://a.gov.cn/x。", [("url", "https://a.gov.cn/x")]),
    ("a.gov.cn", "a.gov.cn", [("url", "a.gov.cn")]),
]  # fmt: skip


@pytest.mark.parametrize(("source", "text", "found"), KEPT)
def test_text_is_kept_as_telegram_keeps_it(source: str, text: str, found: list[tuple[str, str]]) -> None:
    """Guard trimming, dropped bidi overrides, nested entities, and what Telegram finds in a text by itself."""
    assert kept(source) == (text, found)


def test_the_length_is_counted_after_parsing_and_in_units() -> None:
    """Guard the limits 4,096 and 1,024: markup does not count, an emoji counts two."""
    person = NOBODY
    assert entities.message_text("<b>" + "办" * 4096 + "</b>", "HTML", None, person)[0] == "办" * 4096
    for text in ("办" * 4097, "😀" * 2049):
        with pytest.raises(Refused, match="message is too long"):
            entities.message_text(text, None, None, person)
    assert entities.caption_text("x" * 1024, None, None, person)[0] == "x" * 1024
    with pytest.raises(Refused, match="message caption is too long"):
        entities.caption_text("x" * 1025, None, None, person)
    with pytest.raises(Refused, match="message text is empty"):
        entities.message_text("<b> </b>", "HTML", None, person)


EXPLICIT = [
    ({"type": "bold", "offset": 0, "length": 9}, "ends after the end of the text"),
    ({"type": "bold", "offset": -1, "length": 1}, "Invalid offset"),
    ({"type": "blink", "offset": 0, "length": 1}, "Unsupported type"),
    ({"type": "bold", "offset": 0, "length": 1, "url": "x"}, "unknown field url"),
]


@pytest.mark.parametrize(("one", "words"), EXPLICIT)
def test_entities_given_instead_of_markup_are_checked(one: dict[str, object], words: str) -> None:
    """Guard explicit entities: they may not point outside the text."""
    with pytest.raises(Refused, match=words):
        entities.formatted("abc", None, [one], NOBODY)


def test_other_parse_modes_are_refused() -> None:
    """Guard against MarkdownV2, which the project never uses and the stand-in does not parse."""
    with pytest.raises(Refused, match="HTML only"):
        entities.formatted("abc", "MarkdownV2", None, NOBODY)


@given(st.text(max_size=60))
def test_cleaning_keeps_entities_within_the_text(text: str) -> None:
    """Guard the mapping of offsets through dropped and trimmed characters."""
    plain, found = entities.formatted(f" <b>{html.escape(text)}</b>\r ", "HTML", None, NOBODY)
    assert all(entities.covered(plain, one) for one in found)
    assert plain == plain.strip()


@pytest.mark.parametrize("url", ["http://[::1", "http://a b.cn", "", "ftp://a.cn", "http://x:99999/"])
def test_addresses_that_telegram_would_not_link(url: str) -> None:
    """Guard that a bad address is dropped and never breaks the parser."""
    assert checked_url(url) is None
