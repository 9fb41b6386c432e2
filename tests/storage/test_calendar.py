"""The calendar against an independent library, the statute, and notices good and bad."""

import contextlib
import datetime as dt
import itertools

import chinese_calendar
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storage.rules.calendar import CountedDay, Day, NoticeError, WorkingCalendar, parse_notice

SHIPPED = WorkingCalendar.shipped()
ONE = dt.timedelta(days=1)
ANY_DATE = st.dates(dt.date(1990, 1, 1), dt.date(2100, 12, 31))
KNOWN_DATE = st.dates(dt.date(2004, 3, 1), dt.date(2026, 9, 30))

# An invented notice for 2027 in the form an office types it; every feast of the statute is granted.
NOTICE_2027 = """日期,是否上班,名称
2027-01-01,休,元旦
2027年2月4日,休,春节
2027年2月5日,休,春节
2027/2/6,休,春节
2027/2/7,休,春节
20270208,休,春节
2027-02-09,休,春节
2027-02-10,休,春节
2027-01-31,班,春节
2027-02-20,班,春节
2027-04-05,休,清明节
2027-05-01,休,劳动节
2027-05-03,休,劳动节
2027-06-09,休,端午节
2027-09-15,休,中秋节
2027-10-01,休,国庆节
2027-10-04,休,国庆节
2027-10-05,休,国庆节
2027-10-09,班,国庆节
"""


def on(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


def notice(*rows: str, official: bool = True) -> list[Day]:
    """Make rows from texts such as "2027-02-05 off"."""
    parts = (row.split() for row in rows)
    return [Day(on(date), word == "works", "", "a notice", official) for date, word in parts]


def test_every_day_of_the_official_years_agrees_with_an_independent_library() -> None:
    day = dt.date(2004, 1, 1)
    while day <= dt.date(2026, 12, 31):
        assert SHIPPED.is_working(day) is chinese_calendar.is_workday(day), day
        assert not SHIPPED.is_provisional(day)
        day += ONE


def test_the_official_years_name_their_notice() -> None:
    assert [year for year in range(1990, 2101) if SHIPPED.is_official(year)] == list(range(2004, 2027))
    assert all(day.official and str(day.date.year) in day.source for day in SHIPPED.days.values())


def test_make_up_days_of_2026_are_worked() -> None:
    weekend = {date for date in SHIPPED.days if date.year == 2026 and date.weekday() >= 5}
    assert weekend == {on(f"2026-{day}") for day in ("01-04", "02-14", "02-28", "05-09", "09-20", "10-10")}
    assert all(map(SHIPPED.is_working, weekend))


@pytest.mark.parametrize(
    ("date", "works"),
    [
        ("2027-01-01", False),  # fixed feasts
        ("2028-05-01", False),
        ("2029-10-03", False),
        ("2027-10-04", True),
        ("2027-02-04", True),  # 2027: New Year's Eve is 5 February, then three days of the new year
        ("2027-02-05", False),
        ("2027-02-08", False),
        ("2027-02-09", True),
        ("2028-01-25", False),
        ("2034-02-18", False),  # 2033 has a leap eleventh month
        ("2034-02-21", False),
        ("2034-02-22", True),
        ("2027-06-09", False),
        ("2028-10-03", False),
        ("2033-09-08", False),
        ("2027-02-20", False),  # a Saturday: no make-up day before there is a notice
        ("2040-10-02", False),  # beyond the table of lunar feasts: fixed feasts and weekends only
        ("2040-02-13", True),
        ("1995-05-02", False),
        ("1990-03-05", True),
    ],
)
def test_years_without_a_notice_go_by_the_statute_and_are_provisional(date: str, works: bool) -> None:
    assert SHIPPED.is_working(on(date)) is works
    assert SHIPPED.is_provisional(on(date))


def test_tomb_sweeping_days_agree_with_the_solar_terms() -> None:
    for year in range(2027, 2036):
        terms = chinese_calendar.get_solar_terms(dt.date(year, 4, 1), dt.date(year, 4, 10))
        assert [day for day in SHIPPED.feasts if day.year == year and day.month == 4] == [terms[0][0]]


@pytest.mark.parametrize("year", range(2027, 2036))
def test_every_provisional_year_has_its_seven_moving_days(year: int) -> None:
    moving = sorted(day for day in SHIPPED.feasts if day.year == year)
    assert len(moving) == 7
    assert [later - earlier for earlier, later in itertools.pairwise(moving[:4])] == [ONE] * 3


@given(ANY_DATE, st.integers(-40, 40))
def test_no_date_of_the_supported_years_raises(date: dt.date, count: int) -> None:
    SHIPPED.add_working_days(date, count)
    assert SHIPPED.is_working(SHIPPED.roll(date))
    assert SHIPPED.explain(date, date + 3 * ONE)[0].counted_number is None


def test_a_moment_is_refused_because_its_date_depends_on_the_zone() -> None:
    with pytest.raises(TypeError):
        SHIPPED.is_working(dt.datetime(2026, 3, 2, 9, tzinfo=dt.UTC))


@given(ANY_DATE)
def test_rolling_twice_is_rolling_once_and_never_goes_back(date: dt.date) -> None:
    rolled = SHIPPED.roll(date)
    assert SHIPPED.roll(rolled) == rolled >= date
    assert (rolled == date) is SHIPPED.is_working(date)
    assert SHIPPED.next_working(date) > date
    assert SHIPPED.next_working(date) == SHIPPED.add_working_days(date, 1)


@given(ANY_DATE, st.integers(0, 60), st.integers(0, 60))
def test_counting_on_is_additive_strict_and_undone_by_counting_back(date: dt.date, one: int, two: int) -> None:
    there = SHIPPED.add_working_days(date, one)
    assert SHIPPED.add_working_days(there, two) == SHIPPED.add_working_days(date, one + two)
    assert SHIPPED.working_days_between(date, there) == one
    assert SHIPPED.working_days_between(there, date) == -one
    if SHIPPED.is_working(date):
        assert SHIPPED.add_working_days(there, -one) == date


@given(ANY_DATE, ANY_DATE, st.integers(-30, 30))
def test_counting_keeps_the_order_of_dates(one: dt.date, two: dt.date, count: int) -> None:
    earlier, later = sorted((one, two))
    assert SHIPPED.add_working_days(earlier, count) <= SHIPPED.add_working_days(later, count)
    assert SHIPPED.roll(earlier) <= SHIPPED.roll(later)


@given(KNOWN_DATE, st.integers(0, 90))
def test_days_left_agree_with_an_independent_library(start: dt.date, span: int) -> None:
    end = start + span * ONE
    expected = len(chinese_calendar.get_workdays(start + ONE, end)) if span else 0
    assert SHIPPED.working_days_between(start, end) == expected


def test_the_count_is_explained_day_by_day() -> None:
    shown = SHIPPED.explain(on("2026-02-12"), on("2026-02-24"))
    assert shown[0] == CountedDay(on("2026-02-12"), works=True, name="", counted_number=None, provisional=False)
    assert [(day.date.day, day.counted_number) for day in shown if day.counted_number] == [(13, 1), (14, 2), (24, 3)]
    assert shown[2].name == "春节"  # the make-up Saturday says for which feast
    assert [day.name for day in shown if day.date == on("2026-02-17")] == ["春节"]


def test_a_count_back_is_explained_backward_and_says_what_is_provisional() -> None:
    shown = SHIPPED.explain(on("2027-01-04"), on("2026-12-30"))
    assert [(day.date, day.counted_number, day.provisional) for day in shown] == [
        (on("2027-01-04"), None, True),
        (on("2027-01-03"), None, True),
        (on("2027-01-02"), None, True),
        (on("2027-01-01"), None, True),
        (on("2026-12-31"), 1, False),
        (on("2026-12-30"), 2, False),
    ]


def test_a_whole_notice_makes_its_year_official() -> None:
    calendar = SHIPPED.with_days(parse_notice(NOTICE_2027))
    assert calendar.is_official(2027)
    assert calendar.missing_feasts(2027) == ()
    assert not calendar.is_provisional(on("2027-03-01"))
    assert calendar.is_working(on("2027-02-20"))
    assert not calendar.is_working(on("2027-02-04"))
    assert not SHIPPED.is_official(2027), "the shipped calendar itself stays as it is"
    assert calendar.is_provisional(on("2028-01-03"))


def test_half_a_notice_changes_its_days_but_leaves_the_year_provisional() -> None:
    calendar = SHIPPED.with_days(notice("2027-01-01 off", "2027-02-20 works"))
    assert calendar.is_working(on("2027-02-20"))
    assert not calendar.is_provisional(on("2027-02-20"))
    assert not calendar.is_working(on("2027-02-08")), "a half-typed notice must not abolish the Spring Festival"
    assert not calendar.is_official(2027)
    assert [feast.date for feast in calendar.missing_feasts(2027)][:2] == [on("2027-02-05"), on("2027-02-08")]


def test_a_notice_typed_in_two_parts_is_whole_in_the_end() -> None:
    rows = parse_notice(NOTICE_2027)
    halves = SHIPPED.with_days(rows[:9]).with_days(rows[9:])
    assert halves.is_official(2027)
    assert halves.days == SHIPPED.with_days(rows).days


def test_december_days_of_the_next_notice_do_not_make_their_own_year_official() -> None:
    first = SHIPPED.with_days(notice("2028-12-29 off", "2028-12-31 works"))
    assert not first.is_official(2028)
    assert first.is_working(on("2028-12-31"))


def test_an_unofficial_row_counts_and_stays_provisional() -> None:
    calendar = SHIPPED.with_days(notice("2026-12-31 off", official=False))
    assert not calendar.is_working(on("2026-12-31"))
    assert calendar.is_provisional(on("2026-12-31"))


def test_a_later_row_corrects_an_official_year() -> None:
    calendar = SHIPPED.with_days(notice("2026-11-24 off", "2026-11-24 works", "2026-11-25 off"))
    assert calendar.is_working(on("2026-11-24"))
    assert not calendar.is_working(on("2026-11-25"))
    assert calendar.is_official(2026)


@pytest.mark.parametrize(
    "text",
    [
        "\ufeff日期,是否上班,名称\r\n2027-02-05,休,春节\r\n",
        "日期;是否上班;名称\n2027年2月5日;休;春节\n",
        "日期\t是否上班\t名称\n20270205\t放假\t春节",
        "日期，是否上班，名称\n２０２７年２月５日（周五），休，春节",
        "2027年放假安排,,\n\n名称,班/休,日期,备注\n春节,休,2027/2/5 0:00:00,除夕\n,,,\n",
        "Date,Works,Name\n2027.2.5,no,春节\n2027-02-05,休,春节\n",
        '日期,是否上班,名称\n"2027 年 2 月 5 日 星期五",休,"春节"\n',
    ],
)
def test_a_notice_is_read_in_the_forms_offices_write(text: str) -> None:
    assert parse_notice(text, source="文号") == [Day(on("2027-02-05"), False, "春节", "文号", True)]


def test_a_notice_may_name_its_source_a_row_and_leave_names_out() -> None:
    [day] = parse_notice("日期,上班,文号\n2027-02-20,班,国办发明电〔2026〕9号", source="else")
    assert day == Day(on("2027-02-20"), True, "", "国办发明电〔2026〕9号", True)


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("", 1, "ends without"),
        ("2027-02-05,休,春节", 1, "ends without"),
        ("日期,是否上班,名称\n", 1, "ends without"),
        ("日期,名称\n2027-02-05,春节", 1, "是否上班"),
        ("日期,日期,是否上班\n", 1, "2 stand there"),
        ("日期,是否上班,名称\n2027-02-30,休,春节", 2, "'2027-02-30' is no date"),
        ("日期,是否上班,名称\n2027-02-05,休,春节\n2月6日,休,春节", 3, "'2月6日' is no date"),
        ("日期,是否上班,名称\n1989-02-05,休,春节", 2, "1990 to 2100"),
        ("日期,是否上班,名称\n2027-02-05,,春节", 2, "neither"),
        ("日期,是否上班,名称\n2027-02-05,调休,春节", 2, "'调休' is neither"),
        ("日期,是否上班,名称\n2027-02-05,休,春节\n\n2027年2月5日,班,春节", 4, "twice"),
        ("日期,是否上班,名称\n2027-02-05,休,春\x00节", 2, "control characters"),
        ('日期,是否上班,名称\n2027-02-05,休,"春节\n2027-02-06,班,春节\n', 3, "unexpected end"),
        ("日" * 1_000_001, 1, "too long"),
    ],
)
def test_a_bad_notice_is_refused_whole_with_line_and_reason(text: str, line: int, words: str) -> None:
    with pytest.raises(ValueError, match=words) as refusal:
        parse_notice(text)
    assert isinstance(refusal.value, NoticeError)
    assert refusal.value.facts["line"] == line
    assert str(refusal.value).startswith(f"line {line}: ")


@settings(max_examples=200)
@given(st.text(alphabet=st.sampled_from("日期是否上班名称休,;\t\n\"'2027-0年月/\x00 ，"), max_size=80))
def test_no_text_breaks_the_reader(body: str) -> None:
    for text in (body, "日期,是否上班,名称\n" + body):
        with contextlib.suppress(NoticeError):
            assert all(day.official for day in parse_notice(text))


@given(st.dictionaries(ANY_DATE, st.booleans(), min_size=1, max_size=30))
def test_what_is_written_as_a_notice_is_read_back(days: dict[dt.date, bool]) -> None:
    lines = [f"{day.year}年{day.month}月{day.day}日,{'班' if works else '休'},节" for day, works in days.items()]
    read = parse_notice("\n".join(["日期,是否上班,名称", *lines]))
    assert {day.date: day.works for day in read} == days
    calendar = SHIPPED.with_days(read)
    assert all(calendar.is_working(day) is works for day, works in days.items())
