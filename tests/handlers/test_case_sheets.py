"""Lists of suggestions and proposals as offices keep them: what goes in, and what is said of each row that does not."""

import io
import time
from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.papers import cells, faults, headings, roster_sheets, titles
from handlers.papers.case_columns import CASES
from handlers.papers.case_sheets import CaseSheet, read_cases
from handlers.papers.faults import Unreadable
from handlers.papers.roster_columns import PEOPLE
from handlers.papers.tables import write_csv
from handlers.tongue import catalog

DATA = Path(__file__).parents[3] / "shared" / "data"
real = pytest.mark.skipif(not DATA.is_dir(), reason=f"the offices' own sheets are not here: {DATA}")

HEADINGS = ["编号", "标题", "提出人"]
EPOCH = date(1899, 12, 30)


def xlsx(rows: Iterable[Any], *merges: str) -> bytes:
    book = openpyxl.Workbook()
    page = book.active
    assert page is not None
    for row in rows:
        page.append(list(row))
    for merge in merges:
        page.merge_cells(merge)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def reading(rows: Iterable[Any], *merges: str, kind: str | None = "suggestion") -> CaseSheet:
    return read_cases(xlsx(rows, *merges), "名单.xlsx", kind)


def one(heading: str, value: object, *, kind: str | None = "suggestion") -> CaseSheet:
    """Read one good row with one more column."""
    return reading([[*HEADINGS, heading], [1, "关于修路的建议", "张三", value]], kind=kind)


def codes(sheet: CaseSheet) -> list[tuple[int, str]]:
    return [(fault.row, fault.code) for fault in sheet.faults]


def noted(sheet: CaseSheet) -> list[tuple[int, str]]:
    return [(note.row, note.code) for note in sheet.notes]


@real
class TestOfficeSheets:
    """The two lists that offices handed over go in as they are."""

    def test_the_list_of_suggestions(self) -> None:
        """Title row, delegations merged, four ways to write a number, recess items told by a remark."""
        sheet = read_cases((DATA / "代表建议目录.xlsx").read_bytes(), "代表建议目录.xlsx")
        assert (sheet.faults, len(sheet.rows)) == ((), 36)
        assert [row.number for row in sheet.rows] == [f"{count:03d}" for count in range(1, 37)]
        assert {row.kind for row in sheet.rows} == {"suggestion"}
        assert {row.session for row in sheet.rows} == {"第九届第四次"}
        assert [row.row for row in sheet.rows if row.recess] == [36, 37, 38]
        assert [row.delegation for row in sheet.rows].count("第一代表团") == 8
        assert all(row.delegation for row in sheet.rows)
        assert all(row.body and "\n建议:" in row.body for row in sheet.rows)
        assert sheet.rows[5].co_handlers == ("市公安局", "市市场监管局")
        assert sheet.rows[0].hosts == ("市住建局",)
        assert sheet.rows[2].seconders == ("沈凤英", "韩振华", "魏建国", "喻国栋")

    def test_how_its_columns_were_read(self) -> None:
        """Before anything is written the bot says what it took each column for."""
        sheet = read_cases((DATA / "代表建议目录.xlsx").read_bytes(), "代表建议目录.xlsx")
        assert (sheet.reading.heading_row, sheet.reading.first_data_row) == (2, 3)
        assert [(column.letter, column.field) for column in sheet.reading.columns] == [
            ("A", None),
            ("B", "number"),
            ("C", "title"),
            ("D", "lead"),
            ("E", "seconders"),
            ("F", "delegation"),
            ("G", "body"),
            ("H", "hosts"),
            ("I", "co_handlers"),
            ("J", "remark"),
        ]
        spoken = sheet.reading.columns[2].say(lambda msgid: catalog("zh_CN").get(msgid, msgid))
        assert spoken == "C 列“案由”→ 标题"

    def test_the_list_of_proposals(self) -> None:
        """Two heading rows, groups among the proposers, dates in three forms, other words for the same columns."""
        sheet = read_cases((DATA / "政协提案一览表.xlsx").read_bytes(), "政协提案一览表.xlsx")
        assert (sheet.faults, len(sheet.rows)) == ((), 24)
        assert (sheet.reading.heading_row, sheet.reading.first_data_row) == (2, 4)
        assert [row.number for row in sheet.rows] == [f"{count:03d}" for count in range(1, 25)]
        assert {(row.kind, row.session, row.assigned_on) for row in sheet.rows} == {
            ("proposal", "第八届第四次", date(2026, 2, 27))
        }
        assert sheet.rows[0].lead == "民盟兴城市总支"
        assert (sheet.rows[3].lead, sheet.rows[3].seconders) == ("经济界别小组", ("严国栋",))
        assert [row.publicity for row in sheet.rows[:4]] == ["full", "summary", "none", "summary"]

    def test_equal_bytes_give_equal_answers(self) -> None:
        """Importing a sheet twice can add nothing only if it is read the same way twice."""
        content = (DATA / "代表建议目录.xlsx").read_bytes()
        assert read_cases(content, "a.xlsx") == read_cases(content, "a.xlsx")


class TestHeadings:
    """Which column is which, wherever the headings stand and whatever they are called."""

    @pytest.mark.parametrize(("field", "word"), [(f.code, word) for f in CASES.fields for word in (*f.words, *f.weak)])
    def test_every_synonym_is_read_as_its_field(self, field: str, word: str) -> None:
        """No word may stand under two fields, or be lost in the comparing."""
        found = CASES.find(word)
        assert found is not None
        assert found[0].code == field

    @pytest.mark.parametrize(("field", "word"), [(f.code, word) for f in PEOPLE.fields for word in (*f.words, *f.weak)])
    def test_every_synonym_of_the_roster_is_read_as_its_field(self, field: str, word: str) -> None:
        """The same for the roster."""
        found = PEOPLE.find(word)
        assert found is not None
        assert found[0].code == field

    @pytest.mark.parametrize("heading", ["案 由", "案\n由", "案由（必填）", "*案由", "案由：", "案由(不超过30字)"])
    def test_a_heading_is_known_under_its_decoration(self, heading: str) -> None:
        """Blanks, breaks, stars and hints in brackets are how offices lay out a heading."""
        found = CASES.find(heading)
        assert found is not None
        assert found[0].code == "title"

    def test_headings_stand_on_any_row_in_any_order(self) -> None:
        """Lines about the office and the date above the list are no headings."""
        rows = [
            ["二〇二六年目录"],
            ["填报单位：督查室", None, "日期：3月"],
            [],
            ["题目", "领衔人", "案号"],
            ["甲", "张三", 5],
        ]
        sheet = reading(rows)
        assert (sheet.reading.heading_row, [(row.row, row.number) for row in sheet.rows]) == (4, [(5, "005")])

    def test_two_heading_rows_are_joined(self) -> None:
        """Under a group's heading, "name" means the name of that group, not of the case's lead proposer."""
        sheet = reading(
            [
                ["编号", "标题", "领衔代表", None, "附议代表", "主办单位", None],
                [None, None, "姓名", "电话", "姓名", "名称", "联系人"],
                [1, "甲", "张三", "1", "李四", "市水利局", "王五"],
            ],
            "A1:A2",
            "B1:B2",
            "C1:D1",
            "F1:G1",
        )
        (row,) = sheet.rows
        assert (row.lead, row.seconders, row.hosts) == ("张三", ("李四",), ("市水利局",))
        unread = {column.letter: column.how for column in sheet.reading.columns if column.field is None}
        assert (unread, sheet.faults) == ({"D": "private", "G": "unknown"}, ())

    def test_a_first_row_of_short_words_is_no_second_heading(self) -> None:
        """A short case must not be swallowed as a heading."""
        sheet = reading([[*HEADINGS, "备注", None], ["1", "重点", "代表", None, "联名"], ["2", "甲", "张三"]])
        assert [row.row for row in sheet.rows] == [2, 3]

    def test_unknown_columns_are_reported(self) -> None:
        """Nothing is dropped in silence: not a strange column, not one without a heading, not a second of the same."""
        rows = [["序号", *HEADINGS, "心得", None, "案由", "手机号"], [1, 1, "甲", "张三", "好", "?", "乙", "139"]]
        hows = {column.letter: column.how for column in reading(rows).reading.columns if column.field is None}
        assert hows == {"A": "repeated", "E": "unknown", "F": "unnamed", "G": "repeated", "H": "private"}

    def test_several_columns_of_units_are_read_together(self) -> None:
        """Three columns of one co-handling unit each are as common as one column of three."""
        rows = [[*HEADINGS, "会办单位1", "会办单位2", "会办单位3"], [1, "甲", "张三", "市水利局", None, "市财政局"]]
        assert reading(rows).rows[0].co_handlers == ("市水利局", "市财政局")

    def test_a_serial_is_the_number_only_for_want_of_one(self) -> None:
        """A serial restarts with each list; taken for the number it must be said so."""
        sheet = reading([["序号", "标题", "提出人"], [7, "甲", "张三"]])
        assert [row.number for row in sheet.rows] == ["007"]
        assert (0, "number_from_serial") in noted(sheet)

    def test_missing_columns_are_named_once(self) -> None:
        """Ten thousand times the same fault would hide what is wrong: a column is not there."""
        sheet = reading([["编号", "正文", "备注"], *([n, "x", "y"] for n in range(50))])
        assert sheet.rows == ()
        assert [(f.row, f.code, f.facts["field"]) for f in sheet.faults] == [
            (1, "missing_column", "case title"),
            (1, "missing_column", "lead proposer"),
        ]

    def test_a_sheet_without_headings_is_unreadable(self) -> None:
        """Without headings every guess would be one."""
        with pytest.raises(Unreadable) as caught:
            reading([[1, "甲", "张三"], [2, "乙", "李四"]])
        assert caught.value.code == "no_headings"

    def test_the_list_is_found_behind_a_cover_sheet(self) -> None:
        """The first sheet is often a cover; a second list must not vanish unsaid."""
        book = openpyxl.load_workbook(io.BytesIO(xlsx([["封面"], ["兴城市"]])))
        for title in ("提案", "去年"):
            page = book.create_sheet(title)
            page.append(HEADINGS)
            page.append([1, "甲", "张三"])
        file = io.BytesIO()
        book.save(file)
        sheet = read_cases(file.getvalue(), "x.xlsx")
        assert (sheet.reading.sheet, sheet.rows[0].kind) == ("提案", "proposal")
        assert [(n.code, n.facts["sheet"]) for n in sheet.notes if "sheet" in n.facts] == [
            ("other_sheet", "Sheet"),
            ("other_list", "去年"),
        ]


class TestRowsThatAreNone:
    """What stands among the rows and is no case is passed over, and said."""

    @pytest.mark.parametrize(
        ("row", "code"),
        [
            (["合计", "36件"], "total"),
            (["共36件"], "total"),
            (["填表人：张三", None, None, "2026年3月"], "total"),
            (["注：本表一式三份"], "total"),
            (["一、城建交通类（12件）"], "divider"),
            (HEADINGS, "heading_again"),
        ],
    )
    def test_footers_dividers_and_repeated_headings(self, row: list[Any], code: str) -> None:
        """A total taken for a case would be a fault that nobody can mend."""
        sheet = reading([HEADINGS, [1, "甲", "张三"], row, [2, "乙", "李四"]])
        assert [r.row for r in sheet.rows] == [2, 4]
        assert (sheet.faults, noted(sheet)) == ((), [(3, code)])

    def test_a_line_merged_across_the_list(self) -> None:
        """A merged line is a divider whatever it says."""
        sheet = reading([HEADINGS, ["农业农村"], [1, "甲", "张三"]], "A2:C2")
        assert ([r.row for r in sheet.rows], noted(sheet)) == ([3], [(2, "divider")])

    def test_rows_prepared_with_a_serial_only(self) -> None:
        """Offices number the lines of a form before they fill it."""
        sheet = reading([["序号", *HEADINGS], [1, 1, "甲", "张三"], [2], [3]])
        assert (sheet.faults, noted(sheet)) == ((), [(3, "nothing_read"), (4, "nothing_read")])

    def test_a_delegation_merged_past_the_list_makes_no_rows(self) -> None:
        """The merged value alone is no case."""
        sheet = reading([["代表团", *HEADINGS], ["一团", 1, "甲", "张三"], [None, 2, "乙", "李四"], []], "A2:A4")
        assert [(r.row, r.delegation) for r in sheet.rows] == [(2, "一团"), (3, "一团")]


class TestFaults:
    """Each row that could not be read is named with its number and its reason, and none of it goes in."""

    @pytest.mark.parametrize(
        ("row", "code"),
        [
            ([1, None, "张三"], "missing"),
            ([1, "无", None], "missing"),
            ([None, "甲", "张三"], "missing"),
            ([1, "甲" * 201, "张三"], "too_long"),
            ([1, "甲", "张" * 51], "too_long"),
            (["甲", "乙", "张三"], "bad_number"),
            ([0, "乙", "张三"], "bad_number"),
            ([-1, "乙", "张三"], "bad_number"),
            ([1.5, "乙", "张三"], "bad_number"),
            (["2026-02-27", "乙", "张三"], "bad_number"),
            ([datetime(2026, 1, 2), "乙", "张三"], "number_is_date"),  # noqa: DTZ001
            (["=A1", "甲", "张三"], "formula"),
            ([1, '=CONCATENATE("甲","乙")', "张三"], "formula"),
            ([1, "甲", "#N/A"], "formula"),
            ([1, "甲", "张三13812345678"], "bad_name"),
        ],
    )
    def test_what_a_row_lacks(self, row: list[Any], code: str) -> None:
        """Row 3 is bad, rows 2 and 4 still go in."""
        sheet = reading([HEADINGS, [101, "好", "王五"], row, [102, "好", "王五"]])
        assert codes(sheet) == [(3, code)]
        assert [good.row for good in sheet.rows] == [2, 4]

    @pytest.mark.parametrize(
        ("heading", "value", "code"),
        [
            ("交办日期", "2026-02-30", "bad_date"),
            ("交办日期", "2月27日", "bad_date"),
            ("交办日期", "26.2.27", "bad_date"),
            ("交办日期", 12, "bad_date"),
            ("交办日期", "=TODAY()", "formula"),
            ("是否公开", "看情况", "bad_choice"),
            ("级别", "五级", "bad_choice"),
            ("重点", "也许", "bad_choice"),
            ("层级", "市级", "bad_choice"),
            ("会间/闭会", "中间", "bad_choice"),
            ("类型", "议案", "bad_choice"),
            ("定级依据", "市委一号文件", "bad_choice"),
            ("原评价", "还行", "bad_choice"),
            ("领办领导", "张三、李四", "several_names"),
            ("正文", "长" * 20_001, "too_long"),
            ("备注", "长" * 2_001, "too_long"),
        ],
    )
    def test_what_a_field_cannot_hold(self, heading: str, value: object, code: str) -> None:
        """An answer that is not understood is asked back, never guessed."""
        sheet = one(heading, value)
        assert (codes(sheet), sheet.rows) == ([(2, code)], ())

    def test_a_telephone_number_is_not_repeated_in_the_fault(self) -> None:
        """A fault is sent on; it must not spread what it complains of."""
        (fault,) = reading([HEADINGS, [1, "甲", "张三13812345678"]]).faults
        assert "138" not in fault.say(str)

    def test_duplicate_numbers_refuse_all_their_rows(self) -> None:
        """Which of the two holds the number only the office can say; both rows name both."""
        sheet = reading(
            [HEADINGS, [7, "甲", "张三"], ["第７号", "乙", "李四"], ["007", "丙", "王五"], [8, "丁", "赵六"]]
        )
        assert codes(sheet) == [(row, "duplicate_number") for row in (2, 3, 4)]
        assert {fault.facts["rows"] for fault in sheet.faults} == {"2, 3, 4"}
        assert [row.number for row in sheet.rows] == ["008"]

    def test_the_same_number_of_another_kind_or_session_is_another_case(self) -> None:
        """Series are separate for suggestions and proposals and restart with each session (domain.md 3.4)."""
        rows = [
            ["类型", "届次", *HEADINGS],
            ["建议", "九届四次", 1, "甲", "张三"],
            ["提案", "九届四次", 1, "乙", "李四"],
            ["建议", "九届三次", 1, "丙", "王五"],
        ]
        sheet = reading(rows, kind=None)
        assert (sheet.faults, [(row.kind, row.session) for row in sheet.rows]) == (
            (),
            [("suggestion", "第九届第四次"), ("proposal", "第九届第四次"), ("suggestion", "第九届第三次")],
        )

    def test_a_number_merged_over_rows_refuses_them_all(self) -> None:
        """One co-proposer a row under a merged number: the first row alone would lose the others."""
        rows = [[*HEADINGS, "联名人"], [1, "甲", "张三", "李四"], [None, None, None, "王五"], [2, "乙", "赵六", None]]
        sheet = reading(rows, "A2:A3", "B2:B3", "C2:C3")
        assert codes(sheet) == [(2, "merged_number"), (3, "merged_number")]
        assert [row.row for row in sheet.rows] == [4]

    def test_a_lead_merged_over_rows_leads_each_case(self) -> None:
        """One deputy with three suggestions in a row is written once."""
        sheet = reading([HEADINGS, [1, "甲", "张三"], [2, "乙", None], [3, "丙", None]], "C2:C4")
        assert [row.lead for row in sheet.rows] == ["张三"] * 3

    def test_days_in_the_wrong_order(self) -> None:
        """A reply before the assignment is a slip of the pen that would make every rate wrong."""
        rows = [[*HEADINGS, "交办日期", "答复日期"], [1, "甲", "张三", "2026-03-01", "2026-02-01"]]
        assert codes(reading(rows)) == [(2, "date_order")]

    def test_a_unit_cannot_be_host_and_co_handler(self) -> None:
        """It would have to give an opinion to itself."""
        rows = [[*HEADINGS, "主办", "会办"], [1, "甲", "张三", "市水利局", "市财政局、市水利局"]]
        assert codes(reading(rows)) == [(2, "unit_twice")]

    def test_every_fault_of_a_row_is_told(self) -> None:
        """One round of corrections, not one for each fault."""
        rows = [[*HEADINGS, "交办日期", "级别"], [1, None, None, "昨天", "九"]]
        assert [code for _, code in codes(reading(rows))].count("missing") == 2
        assert len(codes(reading(rows))) == 4


class TestSecrecy:
    """What is marked as classified is refused whole; nothing of it is repeated."""

    @pytest.mark.parametrize(
        ("heading", "value"),
        [
            ("是否涉密", "是"),
            ("是否涉密", "涉密"),
            ("密级", "机密"),
            ("密级", "秘密★3年"),
            ("涉密", "√"),
            ("备注", "涉密"),
            ("备注", "涉密不公开"),
            ("备注", "机密★1年"),
            ("类别", "涉密"),
            ("正文", "机密★ 一、情况"),
        ],
    )
    def test_marked_rows_are_refused_whole(self, heading: str, value: str) -> None:
        """The fault names the row and not a word of what stands in it."""
        rows = [[*HEADINGS, heading], [1, "关于某某基地的建议", "13812345678", value], [2, "乙", "李四", None]]
        sheet = reading(rows)
        assert [row.number for row in sheet.rows] == ["002"]
        (fault,) = sheet.faults
        assert fault.row == 2
        assert "基地" not in fault.say(str)
        if not value.endswith("3年"):  # a term of secrecy is no word of the list, and is refused as not understood
            assert fault.code == "secret"

    def test_a_mark_that_cannot_be_read_refuses_the_row_before_anything_else(self) -> None:
        """In doubt nothing of the row is looked at."""
        sheet = reading([[*HEADINGS, "是否涉密"], [1, None, None, "不好说"]])
        assert codes(sheet) == [(2, "bad_choice")]

    @pytest.mark.parametrize(
        ("heading", "value"),
        [
            ("是否涉密", "否"),
            ("是否涉密", "不涉密"),
            ("密级", "公开"),
            ("备注", "不涉密"),
            ("备注", "是否涉密：否"),
            ("涉密", None),
        ],
    )
    def test_denials_are_no_marks(self, heading: str, value: str | None) -> None:
        """The words for "not classified" contain the mark and say the opposite."""
        assert one(heading, value).faults == ()

    def test_a_title_may_speak_of_secrets(self) -> None:
        """A suggestion about staff with clearance is not itself classified; a stamp in brackets is a mark."""
        rows = [HEADINGS, [1, "关于加强涉密人员管理的建议", "张三"], [2, "关于某事的建议（涉密）", "李四"]]
        sheet = reading(rows)
        assert (codes(sheet), [row.number for row in sheet.rows]) == ([(3, "secret")], ["001"])

    @pytest.mark.parametrize("title", ["机密★1年", "涉密提案目录", "【秘密】代表建议"])
    def test_a_marked_sheet_is_refused_as_a_whole(self, title: str) -> None:
        """A mark above the list holds for every row."""
        with pytest.raises(Unreadable) as caught:
            reading([[title], HEADINGS, [1, "甲", "张三"]])
        assert caught.value.code == "secret_sheet"

    @pytest.mark.parametrize("title", ["非涉密提案目录", "注意：涉密提案请勿填入本表", "严禁录入涉密内容"])
    def test_a_warning_above_the_list_is_no_mark(self, title: str) -> None:
        """Most forms carry such a line."""
        assert reading([[title], HEADINGS, [1, "甲", "张三"]]).faults == ()


class TestFields:
    """How each field is read."""

    @pytest.mark.parametrize(
        ("value", "number"),
        [
            (1, ("001", 1)),
            (1.0, ("001", 1)),
            ("第1号", ("001", 1)),
            ("001", ("001", 1)),
            ("第１２号", ("012", 12)),
            (" 第 3 号 ", ("003", 3)),
            ("第\n4号", ("004", 4)),
            ("建议072", ("072", 72)),
            ("第72号建议", ("072", 72)),
            ("072号", ("072", 72)),
            ("No.5", ("005", 5)),
            ("№5", ("005", 5)),
            ("第十二号", ("012", 12)),
            ("一百零三", ("103", 103)),
            ("二〇", ("020", 20)),
            (20260012, ("20260012", 20260012)),
            ("ＪＢ-１２", ("JB-12", None)),
            ("jb-012", ("JB-012", None)),
            ("闭会第1号", ("闭会第1号", None)),
            ("兴提字〔2026〕12号", ("兴提字〔2026〕12号", None)),
            ("", None),
            ("号", None),
            ("甲", None),
            ("1、2", None),
            (1.5, None),
            ("1" * 40, None),
        ],
    )
    def test_numbers(self, value: Any, number: tuple[str, int | None] | None) -> None:
        """One case is one number, however it is written."""
        assert cells.case_number(value) == number

    @given(st.integers(1, 999_999_999))
    def test_every_count_survives_its_ways_of_being_written(self, count: int) -> None:
        """Text, digits of either width and the printed form give the same number."""
        wide = str(count).translate(str.maketrans("0123456789", "０１２３４５６７８９"))
        found = {
            cells.case_number(value) for value in (count, str(count), f"{count:05d}", f"第{wide}号", f"建议{count}")
        }
        assert found == {(f"{count:03d}", count)}

    @pytest.mark.parametrize(
        "value",
        [
            datetime(2026, 2, 27),  # noqa: DTZ001 (sheets know no zones)
            46080,
            46080.5,
            "46080",
            20260227,
            "2026年2月27日",
            "2026年02月27",
            "2026-02-27",
            "2026.2.27",
            "2026/2/27",
            "20260227",
            " 2026 年 2 月 27 日 ",
            "２０２６年２月２７日",
            "2026-02-27 00:00:00",
        ],
    )
    def test_days(self, value: Any) -> None:
        """All the ways in which one day stood in the sheets we saw, and what programs make of them."""
        assert cells.day(value, EPOCH) == date(2026, 2, 27)

    @pytest.mark.parametrize(
        "value", ["2026-13-01", "2026-02-29", "1900-01-01", "9999-12-31", "昨天", 0, 1e300, -5, "2026年2月"]
    )
    def test_no_days(self, value: Any) -> None:
        """Impossible or incomplete days are faults, never the nearest day."""
        assert cells.day(value, EPOCH) is None

    @given(st.dates(date(1990, 1, 1), date(2100, 12, 31)))
    def test_every_day_survives_its_ways_of_being_written(self, day: date) -> None:
        """Text in four forms and the serial mean the same day."""
        written: list[Any] = [
            day.isoformat(),
            f"{day.year}年{day.month}月{day.day}日",
            f"{day.year}.{day.month}.{day.day}",
            day.strftime("%Y%m%d"),
            (day - EPOCH).days,
        ]
        assert {cells.day(value, EPOCH) for value in written} == {day}

    @pytest.mark.parametrize(
        ("value", "names"),
        [
            ("张 三", ("张三",)),
            ("张　三", ("张三",)),
            ("张三 李四", ("张三", "李四")),
            ("张 三 李四光", ("张三", "李四光")),
            ("张 三 李 四", ("张三", "李四")),
            ("欧 阳 锋", ("欧阳锋",)),
            (
                "张三、李四，王五;赵六；孙七/周八\n吴九,郑十",
                ("张三", "李四", "王五", "赵六", "孙七", "周八", "吴九", "郑十"),
            ),
            ("张三、张三", ("张三",)),
            ("张三等5人", ("张三",)),
            ("张三、李四等三位代表", ("张三", "李四")),
            ("张三（女，回族）", ("张三",)),
            ("张三（附议：李四）", ("张三（附议：李四）",)),
            ("民盟 兴城市总支", ("民盟兴城市总支",)),
            ("民盟兴城市总支（筹）", ("民盟兴城市总支（筹）",)),
            ("买买提·吐尔逊", ("买买提·吐尔逊",)),
            ("John Smith", ("John Smith",)),
            ("无", ()),
            ("/", ()),
            ("", ()),
            ("、、", ()),
        ],
    )
    def test_names(self, value: str, names: tuple[str, ...]) -> None:
        """Blanks stretch short names and part others; an organisation's name is one name."""
        assert cells.names(value) == names

    @pytest.mark.parametrize(
        ("value", "hosts", "co_handlers"),
        [
            ("市住建局 ", ("市住建局",), ()),
            ("市住建局、市水利局", ("市住建局", "市水利局"), ()),
            ("市住建局 市水利局", ("市住建局", "市水利局"), ()),
            ("市 住 建 局", ("市住建局",), ()),
            ("主办：市住建局；会办：市水利局、市财政局", ("市住建局",), ("市水利局", "市财政局")),
            ("分办:市住建局,市水利局\n协办单位：市财政局", ("市住建局", "市水利局"), ("市财政局",)),
        ],
    )
    def test_units(self, value: str, hosts: tuple[str, ...], co_handlers: tuple[str, ...]) -> None:
        """One column for all units, told apart by labels, is as common as two."""
        (row,) = one("承办单位", value).rows
        assert (row.hosts, row.co_handlers) == (hosts, co_handlers)

    @pytest.mark.parametrize(
        ("heading", "value", "field", "answer"),
        [
            ("类型", "代表建议", "kind", "suggestion"),
            ("类型", "政协提案", "kind", "proposal"),
            ("是否公开", "可公开摘要", "publicity", "summary"),
            ("是否公开", "不同意", "publicity", "none"),
            ("是否公开", None, "publicity", None),
            ("级别", "Ⅱ级", "level", 2),
            ("级别", "三级", "level", 3),
            ("级别", 4, "level", 4),
            ("定级依据", "重大项目·产业·全局", "criterion", "major"),
            ("定级依据", "涉及多部门、难度大", "criterion", "joint"),
            ("定级依据", "强力推进", "criterion", "forceful"),
            ("定级依据", "其他", "criterion", "other"),
            ("层级", "省", "jurisdiction", "province"),
            ("层级", "葫芦岛", "jurisdiction", "prefecture"),
            ("层级", "本市", "jurisdiction", "city"),
            ("重点", "√", "key_case", True),
            ("重点", None, "key_case", False),
            ("会间/闭会", "闭会", "recess", True),
            ("会间/闭会", "大会", "recess", False),
            ("是否闭会", "是", "recess", True),
            ("备注", "闭会期间", "recess", True),
            ("备注", "平时提案", "recess", True),
            ("备注", "非闭会", "recess", False),
            ("届次", "九届人大四次会议", "session", "第九届第四次"),
            ("届次", "第12届第3次", "session", "第十二届第三次"),
            ("届次", "2026年", "session", "2026年"),
            ("原评价", "基本满意", "former_verdict", "basically"),
            ("原评价", "未反馈", "former_verdict", None),
            ("领办领导", "李长河", "lead_leader", "李长河"),
            ("办结时限", "2026.5.27", "due_on", date(2026, 5, 27)),
            ("正文", "  一、\r\n二、 ", "body", "一、\n二、"),
            ("正文", "藏\u202e字\u200b", "body", "藏字"),
        ],
    )
    def test_answers(self, heading: str, value: Any, field: str, answer: object) -> None:
        """The closed questions in the offices' own words."""
        (row,) = one(heading, value, kind=None).rows
        assert getattr(row, field) == answer

    def test_breaks_inside_a_title_vanish(self) -> None:
        """A title wrapped by hand in a narrow column is one line."""
        (row,) = reading([HEADINGS, [1, "关于\n修路的\r\n 建议", "张三"]]).rows
        assert row.title == "关于修路的建议"

    def test_several_names_in_the_lead_column(self) -> None:
        """A list with one column for all proposers names the lead first; that is a decision, so it is said."""
        sheet = reading([["编号", "标题", "提案者"], [1, "甲", "张三、李四、王五"]])
        assert (sheet.rows[0].lead, sheet.rows[0].seconders) == ("张三", ("李四", "王五"))
        assert (2, "several_leads") in noted(sheet)

    def test_the_lead_is_no_co_proposer(self) -> None:
        """Where the list of all signers repeats the lead, he signs once."""
        sheet = reading([[*HEADINGS, "联名人"], [1, "甲", "张三", "张三、李四"]])
        assert (sheet.rows[0].seconders, noted(sheet)) == (("李四",), [(2, "lead_among")])


class TestKind:
    """Suggestion or proposal: the row's own word, else what was given, else what stands above the list."""

    @pytest.mark.parametrize(
        ("title", "kind", "expected", "asked"),
        [
            ("代表建议目录", None, "suggestion", False),
            ("提案一览表", None, "proposal", False),
            ("建议提案目录", None, None, True),
            ("目录", None, None, True),
            ("目录", "proposal", "proposal", False),
            ("代表建议目录", "proposal", "proposal", False),
        ],
    )
    def test_where_it_comes_from(self, title: str, kind: str | None, expected: str | None, *, asked: bool) -> None:
        """A missing type is asked for, not guessed."""
        sheet = read_cases(xlsx([[title], HEADINGS, [1, "甲", "张三"]]), "x.xlsx", kind)
        assert (sheet.rows[0].kind, sheet.needs_kind) == (expected, asked)

    def test_a_contradiction_is_said(self) -> None:
        """Whoever gives the wrong type for a file must see it in the preview."""
        assert (0, "kind_differs") in noted(reading([["提案一览表"], HEADINGS, [1, "甲", "张三"]]))
        assert (2, "kind_of_rows") in noted(one("类型", "提案"))

    @pytest.mark.parametrize(
        ("text", "session"),
        [
            ("兴城市第九届人民代表大会第四次会议代表建议目录", "第九届第四次"),
            ("政协兴城市第八届委员会第四次会议提案一览表", "第八届第四次"),
            ("九届四次", "第九届第四次"),
            ("第 10 届人大第 １ 次会议", "第十届第一次"),
            ("二十一届二十次", "第二十一届第二十次"),
            ("2026年目录", None),
        ],
    )
    def test_the_session_in_a_title(self, text: str, session: str | None) -> None:
        """Term and sitting are one series of numbers, however the title words them."""
        assert titles.session(text) == session


def test_csv_goes_in_like_a_workbook() -> None:
    """Both doors lead to the same reading, our own export included."""
    rows = [["1", "=关于修路", "张三"], ["2", "乙", "李四"]]
    assert [(r.number, r.title) for r in read_cases(write_csv(HEADINGS, rows), "x.csv", "proposal").rows] == [
        ("001", "=关于修路"),
        ("002", "乙"),
    ]


def test_ten_thousand_rows_with_faults_take_seconds() -> None:
    """Every fault keeps its row number to the last; generous, for slow machines."""
    rows = ([n, f"关于第{n}件的建议" if n % 100 else None, "张三"] for n in range(1, 10_001))
    start = time.perf_counter()
    sheet = reading([HEADINGS, *rows])
    assert codes(sheet) == [(n + 1, "missing") for n in range(100, 10_001, 100)]
    assert len(sheet.rows) == 9_900
    assert time.perf_counter() - start < 20


def test_every_message_is_in_the_catalog_with_its_placeholders() -> None:
    """A message without its Chinese, or with another placeholder, would reach the office in English or crash."""
    said = catalog("zh_CN")
    labels = {field.label for lexicon in (CASES, PEOPLE) for field in lexicon.fields}
    tables = (faults.REASONS, faults.FAULTS, faults.NOTES, headings.HOW, titles.KIND_WORDS)
    msgids = {str(msgid) for table in tables for msgid in table.values()} | labels | {roster_sheets.AmbiguousName.msgid}
    assert msgids - said.keys() == set()
    facts: defaultdict[str, int] = defaultdict(lambda: 7)
    for msgid in msgids:
        assert said[msgid] % facts
        assert (msgid.count("%(") == said[msgid].count("%(")) or "%(kind)s" in msgid
