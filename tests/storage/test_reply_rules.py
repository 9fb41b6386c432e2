"""What a reply must hold: promises, publicity, nothing said twice, no words that were kept from a unit."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.rules.calendar import WorkingCalendar
from storage.rules.durations import Duration
from storage.rules.refusals import Refused
from storage.rules.replies import (
    Former,
    Wording,
    allowed,
    check_promise,
    check_publicity,
    needs_promise,
    normal,
    redo_dates,
    refuse_own,
    refuse_own_words,
    refuse_repeated,
)
from storage.rules.ruleset import RuleSet
from storage.rules.words import Publicity, ResultClass

TODAY = dt.date(2026, 3, 2)
FIRST = Former(1, "一、已摸清底数。二、已列入计划。", frozenset({"aa", "bb"}))


def worded(result_class: ResultClass, promise: str = "", until: dt.date | None = None) -> Wording:
    """Make a reply of a class."""
    return Wording(result_class, "答复。", Publicity.FULL, (), promise, until)


@pytest.mark.parametrize(("result_class", "needed"), list(zip(ResultClass, (False, True, True, False), strict=True)))
def test_b_and_c_promise(result_class: ResultClass, needed: bool) -> None:
    """What is not done yet must be undertaken; what is done, or only noted, need not."""
    assert needs_promise(result_class) is needed
    if not needed:
        check_promise(worded(result_class), TODAY)
        return
    with pytest.raises(Refused, match="needs a promise"):
        check_promise(worded(result_class), TODAY)


@pytest.mark.parametrize(
    ("promise", "until", "why"),
    [
        ("年内完成", None, "needs a promise"),
        ("", dt.date(2026, 12, 31), "needs a promise"),
        ("  \n", dt.date(2026, 12, 31), "needs a promise"),
        ("年内完成", TODAY, "day to come"),
        ("年内完成", TODAY - dt.timedelta(days=1), "day to come"),
    ],
)
def test_half_a_promise_is_none(promise: str, until: dt.date | None, why: str) -> None:
    """Words without a date, a date without words, and a day that is over undertake nothing."""
    with pytest.raises(Refused, match=why):
        check_promise(worded(ResultClass.B, promise, until), TODAY)


def test_a_promise_for_tomorrow_is_one() -> None:
    """The earliest day is the next; a class that need not promise may, and is then held to the same."""
    check_promise(worded(ResultClass.C, "明天", TODAY + dt.timedelta(days=1)), TODAY)
    with pytest.raises(Refused):
        check_promise(worded(ResultClass.A, "昨天", TODAY - dt.timedelta(days=1)), TODAY)


@pytest.mark.parametrize(
    ("wish", "open_to"),
    [
        (None, {Publicity.FULL, Publicity.SUMMARY, Publicity.NONE}),
        (Publicity.FULL, {Publicity.FULL, Publicity.SUMMARY, Publicity.NONE}),
        (Publicity.SUMMARY, {Publicity.SUMMARY, Publicity.NONE}),
        (Publicity.NONE, {Publicity.NONE}),
    ],
)
def test_the_proposer_bounds_what_is_published(wish: Publicity | None, open_to: set[Publicity]) -> None:
    """What is offered is exactly what is taken."""
    assert set(allowed(wish)) == open_to
    for publicity in Publicity:
        if publicity in open_to:
            check_publicity(publicity, wish)
        else:
            with pytest.raises(Refused):
                check_publicity(publicity, wish)


@pytest.mark.parametrize(
    ("text", "hashes"),
    [
        (FIRST.text, frozenset()),
        ("一,已摸清底数;\n二,已列入计划!", frozenset()),
        ("一、已摸清底数。 二、已列入计划。", frozenset({"cc"})),
        ("", frozenset({"bb"})),
        ("。。。", frozenset({"aa", "bb"})),
    ],
)
def test_the_same_reply_is_none(text: str, hashes: frozenset[str]) -> None:
    """Blanks, breaks, punctuation and a new wrapper make no new reply."""
    with pytest.raises(Refused) as refusal:
        refuse_repeated(text, hashes, [FIRST])
    assert refusal.value.facts == {"round": 1}


@pytest.mark.parametrize(
    ("text", "hashes"),
    [("一、已摸清底数。二、已列入计划。三、已开工。", frozenset({"aa"})), ("", frozenset({"aa", "cc"}))],
)
def test_something_new_is_a_reply(text: str, hashes: frozenset[str]) -> None:
    """One new sentence or one new file is enough; whether it is worth anything the proposer says."""
    refuse_repeated(text, hashes, [FIRST])


def test_nothing_came_before_the_first_round() -> None:
    """In the first round nothing can be repeated, an empty text neither."""
    refuse_repeated("", frozenset(), [])


@given(st.text())
def test_reducing_twice_changes_nothing(text: str) -> None:
    """The comparison does not depend on how often it is made."""
    assert normal(normal(text)) == normal(text)


REASON = "答复没有时限,全是空话。打了三次电话没人接!"


@pytest.mark.parametrize(
    "points", [REASON, "请补充:答复没有时限、全是空话", f"代表说“{REASON}”", "打了 三次 电话 没人接,请改进"]
)
def test_words_kept_from_the_unit_do_not_become_points(points: str) -> None:
    """One of his sentences is enough to know him by."""
    with pytest.raises(Refused, match="own words"):
        refuse_own_words(points, [REASON])


@pytest.mark.parametrize(
    ("points", "reasons"), [("请明确时限。", [REASON]), (REASON, []), ("请明确时限", ["", "时限"])]
)
def test_points_of_the_office_are_free(points: str, reasons: list[str]) -> None:
    """A short word that anybody would use betrays nobody, and without a reason there is nothing to betray."""
    refuse_own_words(points, reasons)


def test_nobody_reviews_his_own() -> None:
    """Four eyes."""
    refuse_own(1, 2)
    with pytest.raises(Refused):
        refuse_own(2, 2)


@given(st.dates(dt.date(2026, 1, 1), dt.date(2026, 11, 30)), st.sampled_from(["1d", "3d", "5wd", "1m", "2m"]))
def test_a_second_round_leaves_time_for_draft_and_reply(today: dt.date, limit: str) -> None:
    """The dates lie after today, the draft's not after the reply's, whatever the office has set."""
    dates = redo_dates(RuleSet(redo_due=Duration.parse(limit)), WorkingCalendar.shipped(), today)
    assert today < dates.draft <= dates.reply.raw <= dates.reply.rolled


def test_the_redo_month_of_liaoning() -> None:
    """One month to the day, moved off a day of rest; the draft ten working days before."""
    dates = redo_dates(RuleSet(), WorkingCalendar.shipped(), dt.date(2026, 4, 2))
    assert dates.reply.raw == dt.date(2026, 5, 2)
    assert dates.reply.rolled == dt.date(2026, 5, 6)
    assert dates.draft < dates.reply.raw
