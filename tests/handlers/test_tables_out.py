"""Tables that people receive: real dates, readable columns, and no cell that can become a formula."""

import csv
import io
from datetime import UTC, date, datetime
from typing import Any
from zipfile import ZipFile

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.papers import workbooks
from handlers.papers.tables import CELL_LIMIT, NARROWEST, WIDEST, write_csv, write_xlsx

DANGEROUS = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "  =1", "＝1+1", "＋1", "－1", "＠1"]
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)


def opened(content: bytes) -> Any:
    return openpyxl.load_workbook(io.BytesIO(content)).active


def records(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


@pytest.mark.parametrize("text", [*DANGEROUS, "#N/A", "#REF!", "=cmd|' /C calc'!A0"])
def test_no_cell_of_a_workbook_is_a_formula(text: str) -> None:
    """A proposer's words run on the office's machine if they are taken for a formula; headings come from data too."""
    content = write_xlsx([text], [[text]])
    page = opened(content)
    assert {(cell.data_type, cell.value) for row in page for cell in row} == {("s", text.replace("\r", "\n"))}
    with ZipFile(io.BytesIO(content)) as archive:
        assert b"<f>" not in archive.read("xl/worksheets/sheet1.xml")


@pytest.mark.parametrize("text", DANGEROUS)
def test_what_begins_like_a_formula_stays_text_when_edited(text: str) -> None:
    """Without the quote prefix a double click would turn the text into a formula after all."""
    assert opened(write_xlsx(["a"], [[text]]))["A2"].quotePrefix


@pytest.mark.parametrize("text", DANGEROUS)
def test_no_field_of_a_csv_begins_a_formula(text: str) -> None:
    """CSV has no kinds: an apostrophe is all there is, on headings as on values."""
    assert records(write_csv([text], [[text]])) == [[f"'{text}"], [f"'{text}"]]


@given(st.lists(st.lists(texts, min_size=2, max_size=2), max_size=5))
def test_no_text_whatever_begins_a_formula(rows: list[list[str]]) -> None:
    """The guard holds for every text, not for those we thought of."""
    written = records(write_csv(["a", "b"], rows))
    assert len(written) == len(rows) + 1
    begun = {field.lstrip()[:1] for record in written for field in record}
    assert begun.isdisjoint("=+-@＝＋－＠")
    page = opened(write_xlsx(["a", "b"], rows))
    assert {cell.data_type for row in page for cell in row} <= {"s", "n"}  # n: an empty cell


def test_the_guard_is_undone_when_the_table_comes_back() -> None:
    """An exported list that is sent in again must not grow apostrophes."""
    (sheet,) = workbooks.read(write_csv(DANGEROUS[:4], []), "x.csv").sheets
    assert [cell.value for cell in sheet.rows[0].cells.values()] == DANGEROUS[:4]
    assert not any(cell.formula for cell in sheet.rows[0].cells.values())


def test_values_keep_their_kind() -> None:
    """Dates can be sorted and numbers added up; a number that is a text stays one."""
    plain_day, plain_moment = datetime(2026, 2, 27), datetime(2026, 2, 27, 9, 30, 5)  # noqa: DTZ001 (sheets know no zones)
    day, moment = date(2026, 2, 27), datetime(2026, 2, 27, 9, 30, 5, 7, tzinfo=UTC)
    page = opened(write_xlsx(list("abcdef"), [["072", -5, 1.5, day, moment, None]]))
    row = page[2]
    assert [cell.value for cell in row] == ["072", -5, 1.5, plain_day, plain_moment, None]
    assert [cell.is_date for cell in row] == [False, False, False, True, True, False]
    assert records(write_csv(list("abcdef"), [["072", -5, 1.5, day, moment, None]]))[1] == [
        "072",
        "-5",
        "1.5",
        "2026-02-27",
        "2026-02-27 09:30",
        "",
    ]


def test_headings_are_bold_and_stay_in_sight() -> None:
    """A list of five hundred rows is read by scrolling."""
    page = opened(write_xlsx(["编号", "标题"], [[1, "甲"]], "台账"))
    assert (page.title, page.freeze_panes) == ("台账", "A2")
    assert all(cell.font.bold for cell in page[1])
    assert not page["A2"].font.bold


def test_columns_are_as_wide_as_what_they_hold_within_reason() -> None:
    """A Han character takes two places; a whole reply in one cell is wrapped, not ten metres wide."""
    page = opened(write_xlsx(["号", "标题", "正文"], [[1, "关于改造河东小区的建议", "长" * 500]]))
    widths = [page.column_dimensions[letter].width for letter in "ABC"]
    assert (widths[0], widths[2]) == (NARROWEST, WIDEST)
    assert 22 <= widths[1] <= 26
    assert page["C2"].alignment.wrap_text


@pytest.mark.parametrize("value", ["a\x00b", "a\x0bb", "\ufffe", "\ud800"])
def test_control_characters_do_not_break_the_workbook(value: str) -> None:
    """One bad character in one reply must not cost the whole export."""
    assert opened(write_xlsx(["a"], [[value + "x"]]))["A2"].value.endswith("x")


def test_what_is_too_long_is_cut_visibly() -> None:
    """The format ends at 32,767 characters, and openpyxl cuts without a word."""
    text = opened(write_xlsx(["a"], [["x" * 40_000]]))["A2"].value
    assert (len(text), text[-1]) == (CELL_LIMIT, "…")


@pytest.mark.parametrize("name", ["a/b:c*d?[e]\\f", "名" * 40, "", "'台账'"])
def test_any_name_of_a_sheet_opens(name: str) -> None:
    """Excel calls a workbook damaged whose sheet name has a slash or 32 characters."""
    assert 1 <= len(opened(write_xlsx(["a"], [], name)).title) <= 31


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_no_numbers_are_blank(number: float) -> None:
    """A rate over nothing is nothing; `nan` in a workbook is damage."""
    assert opened(write_xlsx(["a"], [[number]]))["A2"].value is None
    assert records(write_csv(["a", "b"], [[number, 1]]))[1] == ["", "1"]


def test_csv_is_opened_rightly_by_excel_in_china() -> None:
    """Without the mark Excel takes UTF-8 for GBK and shows nothing readable."""
    assert write_csv(["编号"], []).startswith(b"\xef\xbb\xbf")
