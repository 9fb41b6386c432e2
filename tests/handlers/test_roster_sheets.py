"""Rosters as offices keep them: roles, people told apart, groups with their contacts, and the questions left open."""

from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from handlers.papers.faults import Unreadable
from handlers.papers.roster_columns import ROLES
from handlers.papers.roster_sheets import PersonRow, RosterSheet, read_people, settled
from handlers.papers.tables import write_csv, write_xlsx

DATA = Path(__file__).parents[3] / "shared" / "data"
real = pytest.mark.skipif(not DATA.is_dir(), reason=f"the offices' own sheets are not here: {DATA}")

ROLE_WORDS = ["代表", "委员", "列席人员", "市领导", "政府办"]
HEADINGS = ["人员编号", "姓名", "角色", "单位", "职务", "联系人"]


def reading(*rows: Iterable[Any], headings: list[str] = HEADINGS) -> RosterSheet:
    return read_people(write_xlsx(headings, [list(row) for row in rows]), "名册.xlsx")


def codes(sheet: RosterSheet) -> list[tuple[int, str]]:
    return [(fault.row, fault.code) for fault in sheet.faults]


def person(sheet: RosterSheet, row: int) -> PersonRow:
    return next(entry for entry in sheet.rows if entry.row == row)


@real
def test_the_offices_own_roster() -> None:
    """Officials of twenty units, deputies and members with numbers, two groups with contacts: all of it goes in."""
    sheet = read_people((DATA / "名册.xlsx").read_bytes(), "名册.xlsx")
    assert (sheet.faults, sheet.questions, len(sheet.rows)) == ((), (), 237)
    assert Counter(row.role for row in sheet.rows) == {
        "leader": 5,
        "secretary": 1,
        **dict.fromkeys(("unit_head", "unit_deputy_head", "liaison", "handler"), 20),
        "deputy": 112,
        "member": 35,
        **dict.fromkeys(("office_head", "clerk", "congress_desk", "proposal_desk"), 1),
    }
    assert [row.name for row in sheet.rows if row.is_mayor] == ["王立新"]
    assert [(row.name, row.contact) for row in sheet.rows if row.is_group] == [
        ("民盟兴城市总支", "苏秋菊"),
        ("经济界别小组", "金雅琴"),
    ]
    assert person(sheet, 3).portfolio[:2] == ("市住建局", "市交通局")
    assert (person(sheet, 7).role, person(sheet, 7).contact) == ("secretary", "李长河")
    assert (person(sheet, 104).works_at, person(sheet, 104).under) == ("曹庄镇某村", "曹庄镇政府")
    assert len({row.person for row in sheet.rows}) == 237  # namesakes keep apart by their numbers


@pytest.mark.parametrize(
    ("word", "role"),
    [
        ("政府办", "clerk"),
        ("政府办负责人", "office_head"),
        ("人大代表工委", "congress_desk"),
        ("提案办公室", "proposal_desk"),
        ("市领导", "leader"),
        ("领导秘书", "secretary"),
        ("单位主要领导", "unit_head"),
        ("单位分管领导", "unit_deputy_head"),
        ("单位联络员", "liaison"),
        ("承办人", "handler"),
        ("代表", "deputy"),
        ("委员", "member"),
        ("列席人员", "observer"),
        ("政协委员", "member"),
        ("人大代表", "deputy"),
        (" 承 办 人 ", "handler"),
    ],
)
def test_every_word_for_a_role(word: str, role: str) -> None:
    """The words of the roster are the only way in which rights are given; none may mean another role."""
    (row,) = reading([1, "张三", word, "市水利局", None, "李四"]).rows
    assert row.role == role


def test_every_role_has_words() -> None:
    """A role that no sheet can give would be lost."""
    assert len(set(ROLES.values())) == 13


def test_one_person_may_hold_several_roles() -> None:
    """One row a role is the rule; several words in one cell mean the same."""
    sheet = reading([7, "张三", "单位联络员、承办人", "市水利局"], [7, "张三", "代表"])
    assert [(row.person, row.role) for row in sheet.rows] == [("#7", "liaison"), ("#7", "handler"), ("#7", "deputy")]
    assert sheet.questions == ()


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ([1, None, "代表"], "missing"),
        ([1, "张三", None], "missing"),
        ([1, "张三", "司机"], "bad_choice"),
        ([1, "张三", "代表、司机"], "bad_choice"),
        ([1, "张三", "承办人"], "unit_needed"),
        ([1, "张三", "领导秘书", "市政府办公室"], "secretary_leader"),
        ([1, "经济界别小组", "委员", None, "团体"], "group_contact"),
        ([1, "张三、李四", "代表"], "several_names"),
        ([1, "张三13812345678", "代表"], "bad_name"),
        ([1, "民盟总支", "委员", None, "团体", "李四 13812345678"], "bad_name"),
        ([1, "张" * 51, "代表"], "too_long"),
    ],
)
def test_what_a_row_lacks(row: list[Any], code: str) -> None:
    """Row 3 is named with its reason; the rows around it go in."""
    sheet = reading([11, "王五", "代表"], row, [12, "赵六", "委员"])
    assert codes(sheet) == [(3, code)]
    assert [good.row for good in sheet.rows] == [2, 4]


def test_a_number_for_two_names_refuses_both_rows() -> None:
    """Rows with the same number are one person; which name is right only the office can say."""
    sheet = reading([7, "张三", "代表"], ["007", "李四", "代表"], [8, "王五", "代表"])
    assert codes(sheet) == [(2, "number_two_names"), (3, "number_two_names")]
    assert [fault.facts["rows"] for fault in sheet.faults] == ["2, 3", "2, 3"]
    assert [row.name for row in sheet.rows] == ["王五"]


def test_numbers_are_one_whether_text_or_count() -> None:
    """Office programs turn 0101 into 101 as they please."""
    numbers = ["0101", 101, 101.0, "１０１", "Ａ-７"]
    sheet = reading(*([number, "张三", role] for number, role in zip(numbers, ROLE_WORDS, strict=True)))
    assert [row.person_number for row in sheet.rows] == ["101", "101", "101", "101", "A-7"]


def test_a_row_said_twice_counts_once() -> None:
    """A copied line is no second role; that it was passed over is said."""
    sheet = reading([7, "张三", "代表"], [7, "张三", "代表"])
    assert [row.row for row in sheet.rows] == [2]
    assert [(note.row, note.code, note.facts["other"]) for note in sheet.notes] == [(3, "same_row", 2)]


class TestAmbiguousNames:
    """The same name without numbers may be one person or several; only somebody who knows them can say."""

    def test_it_is_asked(self) -> None:
        """A question naming the rows, apart from the faults: the command line refuses, the chat asks."""
        sheet = reading([None, "张三", "代表"], [None, "李四", "代表"], [None, "张三", "承办人", "市水利局"])
        assert sheet.faults == ()
        (question,) = sheet.questions
        assert (question.name, question.rows) == ("张三", (2, 4))
        assert "2, 4" in question.say(str)

    def test_a_number_on_one_of_them_does_not_settle_it(self) -> None:
        """The row without a number may still be a namesake."""
        assert [q.rows for q in reading([5, "张三", "代表"], [None, "张三", "委员"]).questions] == [(2, 3)]

    def test_namesakes_with_numbers_are_no_question(self) -> None:
        """Different numbers are different people, the same number the same one."""
        assert reading([5, "张三", "代表"], [6, "张三", "委员"], [6, "张三", "列席人员"]).questions == ()

    def test_one_person(self) -> None:
        """Answered "one person", the rows share what they are known by, and the number if one has it."""
        unnumbered = reading([None, "张三", "代表"], [None, "张三", "列席人员"])
        numbered = reading([5, "张三", "代表"], [None, "张三", "列席人员"])
        for sheet, known_by in ((unnumbered, {"张三"}), (numbered, {"#5"})):
            answered = settled(sheet, {"张三": True})
            assert ({row.person for row in answered.rows}, answered.questions) == (known_by, ())

    def test_several_people(self) -> None:
        """Answered "several", each row is a person of its own."""
        answered = settled(reading([None, "张三", "代表"], [None, "张三", "委员"]), {"张三": False})
        assert (len({row.person for row in answered.rows}), answered.questions) == (2, ())

    def test_one_of_two_numbered_namesakes_stays_open(self) -> None:
        """That he is "the same person" does not say which of the two numbers he has."""
        sheet = reading([5, "张三", "代表"], [6, "张三", "委员"], [None, "张三", "列席人员"])
        assert settled(sheet, {"张三": True}).questions == sheet.questions
        assert settled(sheet, {"张三": False}).questions == ()

    def test_what_is_not_answered_stays_open(self) -> None:
        """Answers come one by one."""
        sheet = reading(*([None, name, role] for name in ("张三", "李四") for role in ("代表", "委员")))
        assert [q.name for q in settled(sheet, {"李四": True}).questions] == ["张三"]


def test_a_contact_makes_a_group_of_a_proposer_only() -> None:
    """A unit's row may carry a contact; a group is a proposer that speaks through one."""
    unit = [2, "王五", "单位主要领导", "市水利局", "局长", "赵六"]
    sheet = reading([1, "民盟总支", "委员", None, None, "李四"], unit)
    assert [row.is_group for row in sheet.rows] == [True, False]


@pytest.mark.parametrize(("post", "mayor"), [("市长", True), ("市 长", True), ("副市长", False), ("代市长", False)])
def test_the_mayor_is_who_is_called_so_exactly(post: str, *, mayor: bool) -> None:
    """Level 1 goes to the mayor; a vice-mayor is none."""
    (row,) = reading([1, "王立新", "市领导", "市政府", post]).rows
    assert row.is_mayor is mayor


def test_private_and_unknown_columns_are_told_apart() -> None:
    """Telephone and identity numbers stay out on purpose, and the office is told that they did."""
    headings = ["姓名", "角色", "手机号码", "身份证号", "爱好"]
    sheet = reading(["张三", "代表", "13812345678", "211481199001011234", "下棋"], headings=headings)
    assert {column.letter: column.how for column in sheet.reading.columns if column.field is None} == {
        "C": "private",
        "D": "private",
        "E": "unknown",
    }
    assert "138" not in repr(sheet.rows)


def test_missing_columns_and_no_roster_at_all() -> None:
    """A list of cases sent as a roster is refused in one line, not in a thousand."""
    assert [(f.row, f.facts["field"]) for f in reading(["张三", "市水利局"], headings=["姓名", "单位"]).faults] == [
        (1, "role on the roster")
    ]
    with pytest.raises(Unreadable) as caught:
        reading([1, "甲"], headings=["案由", "届次"])
    assert caught.value.code == "no_headings"


def test_synonyms_csv_and_any_order() -> None:
    """The same roster under other words, saved as CSV, with the headings below a title."""
    content = "全市人员一览,,,\n身份,工作单位,部门,名字\n联络员,,市水利局,张 三\n合计,,,1\n".encode("gb18030")
    sheet = read_people(content, "名册.csv")
    (row,) = sheet.rows
    assert (row.row, row.name, row.role, row.unit) == (3, "张三", "liaison", "市水利局")


def test_our_own_export_comes_back() -> None:
    """What the office downloads, corrects and sends again must be read as it was."""
    rows = [["1", "张三", "单位联络员", "市水利局", "=主任", None], ["2", "李四", "代表", None, "-", None]]
    assert read_people(write_csv(HEADINGS, rows), "a.csv").rows == read_people(write_xlsx(HEADINGS, rows), "a").rows
