"""Words in the reader's language: dates, lists, terms, and what happens to facts that look like markup or percents."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.terms import TERMS
from handlers.tongue import DEFAULT, LANGUAGES, Tongue, catalog, choose
from storage.rules.words import Level, Standing

SHANGHAI = ZoneInfo("Asia/Shanghai")
CHINESE, ENGLISH = Tongue("zh_CN", SHANGHAI), Tongue("en", SHANGHAI)


@pytest.mark.parametrize(
    ("fact", "chinese", "english"),
    [
        (date(2026, 11, 23), "2026年11月23日（周一）", "November 23, 2026 (Mon)"),
        (datetime(2026, 11, 22, 16, 0, tzinfo=UTC), "2026年11月23日（周一） 00:00", "November 23, 2026 (Mon) 00:00"),
        (datetime(2026, 11, 23, 15, 59, tzinfo=UTC), "2026年11月23日（周一） 23:59", "November 23, 2026 (Mon) 23:59"),
        (["甲", "乙", "丙"], "甲、乙和丙", "甲, 乙, and 丙"),
        (("甲",), "甲", "甲"),
        ([], "", ""),
        ("100%", "100%", "100%"),
        (7, 7, 7),
        (Level.FIRST, "一级", TERMS[Level][Level.FIRST]),
    ],
)
def test_facts_are_shown_as_the_office_writes_them(fact: object, chinese: object, english: object) -> None:
    """Guard dates on the office's day, lists, terms and plain values, in both languages."""
    assert CHINESE.show(fact) == chinese
    assert ENGLISH.show(fact) == english


def test_a_set_is_shown_in_one_order() -> None:
    """Guard a refusal from reading differently each time: sets have no order of their own."""
    who = frozenset({Standing.CLERK, Standing.OFFICE_HEAD, Standing.LIAISON})
    assert len({Tongue("zh_CN").show(frozenset(sorted(who, reverse=way))) for way in (False, True)}) == 1
    assert all(str(CHINESE.term(one)) in str(CHINESE.show(who)) for one in who)


@given(st.text(max_size=50))
def test_whatever_people_type_stays_as_it_is(typed: str) -> None:
    """Guard percents and placeholders in people's words: they fill a sentence and are not filled themselves."""
    assert ENGLISH.say("He says: %(words)s", words=typed) == f"He says: {typed}"
    assert ENGLISH.fill("He says: %(words)s", {"words": f"%({typed})s", "more": 1}) == f"He says: %({typed})s"


def test_a_sentence_without_facts_is_left_alone() -> None:
    """Guard a percent in a sentence of ours, with facts and without."""
    assert ENGLISH.say("100% done") == "100% done"
    assert ENGLISH.say("100%% of %(count)d", count=3) == "100% of 3"
    assert ENGLISH.say("100%% done") == "100% done"


@pytest.mark.parametrize(
    ("wishes", "language"),
    [
        (("zh-hans",), "zh_CN"),
        (("zh-hant-TW",), "zh_CN"),
        (("en-GB",), "en"),
        (("EN",), "en"),
        ((None, "en"), "en"),
        (("", "en"), "en"),
        (("fr", "en"), "en"),
        (("fr", None), DEFAULT),
        ((), DEFAULT),
        (("en", "zh_CN"), "en"),
        (("english",), DEFAULT),
    ],
)
def test_the_first_language_that_we_speak_is_taken(wishes: tuple[str | None, ...], language: str) -> None:
    """Guard the person's wish before his client's before the office's."""
    chosen = choose(*wishes, zone=SHANGHAI)
    assert (chosen.language, chosen.zone) == (language, SHANGHAI)


def test_catalogs_are_read_once_and_english_needs_none() -> None:
    """Guard the default language being there at all; a language without a catalog speaks its msgids."""
    assert set(LANGUAGES) == {"zh_CN", "en"}
    assert catalog("zh_CN") is catalog("zh_CN")
    assert len(catalog("zh_CN")) > 100
    assert catalog("en") == {}
    assert catalog("xx") == {}


def test_terms_of_one_value_keep_their_own_words() -> None:
    """Guard the memory of terms: a stage and an act may have one value, which makes them equal."""
    terms = [(kind, term) for kind, words in TERMS.items() for term in words]
    assert len({str(term) for _kind, term in terms}) < len(terms), "no two have one value: nothing is guarded"
    tongue = Tongue()
    for kind, term in [*terms, *reversed(terms)]:
        assert tongue.term(term) == tongue.say(TERMS[kind][term])
