"""Whatever bytes somebody sends come out as a grid of plain cells or as one clear reason; nothing else."""

import io
import struct
import time
import zipfile
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl.styles import PatternFill

from handlers.papers import archives, workbooks
from handlers.papers.faults import REASONS, Unreadable
from handlers.papers.workbooks import Cell, read

DAY = datetime(2026, 2, 27)  # noqa: DTZ001 (sheets know no zones)
HEADINGS = ["编号", "标题", "提出人"]


def saved(book: openpyxl.Workbook) -> bytes:
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def xlsx(rows: list[list[Any]], merges: tuple[str, ...] = ()) -> bytes:
    book = openpyxl.Workbook()
    page = book.active
    assert page is not None
    for row in rows:
        page.append(row)
    for merge in merges:
        page.merge_cells(merge)
    return saved(book)


def repacked(content: bytes, change: Mapping[str, bytes | Callable[[bytes], bytes] | None]) -> bytes:
    """Rewrite parts of an archive: bytes replace or add one, a function edits it, None drops it."""
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as new:
        parts: dict[str, bytes] = {name: old.read(name) for name in old.namelist()}
        for name, edit in change.items():
            if edit is None:
                del parts[name]
            else:
                parts[name] = edit if isinstance(edit, bytes) else edit(parts[name])
        for name, part in parts.items():
            new.writestr(name, part)
    return file.getvalue()


def reason(content: bytes, name: str = "名单.xlsx") -> str:
    with pytest.raises(Unreadable) as caught:
        read(content, name)
    error = caught.value
    assert error.code in REASONS
    assert "%(" not in str(error)
    return error.code


def values(content: bytes) -> list[tuple[int, dict[int, Any]]]:
    (sheet,) = read(content, "名单").sheets
    return [(row.number, {column: cell.value for column, cell in row.cells.items()}) for row in sheet.rows]


SMALL = xlsx([HEADINGS, [1, "关于修路的建议", "张三"]])
SHEET = "xl/worksheets/sheet1.xml"


class TestXlsx:
    """Workbooks as Excel and WPS write them."""

    def test_values_keep_their_kind_and_rows_their_number(self) -> None:
        """A text 004 must stay text, a date a date, and blank rows must not shift the numbers that faults name."""
        content = xlsx([[], ["004", 7, 1.5, DAY], [], [None, True, "  文 \n本  "]])
        assert values(content) == [
            (2, {0: "004", 1: 7, 2: 1.5, 3: DAY}),
            (4, {1: "TRUE", 2: "文 \n本"}),
        ]

    def test_a_vertical_merge_reaches_every_row_that_has_something(self) -> None:
        """A delegation merged over its deputies belongs to each of them, but must not call blank rows into being."""
        (sheet,) = read(xlsx([["团", "甲"], [None, "乙"], [], [None, "丁"]], ("A1:A4",)), "x").sheets
        assert [row.number for row in sheet.rows] == [1, 2, 4]
        assert [row.cells[0] for row in sheet.rows] == [
            Cell("团"),
            Cell("团", spread="down", top=1),
            Cell("团", spread="down", top=1),
        ]

    def test_a_horizontal_merge_is_marked_as_spread_to_the_right(self) -> None:
        """A group's heading belongs to all its columns; the mark keeps a merged value out of its neighbour's column."""
        (sheet,) = read(xlsx([["提案者", None, "主办"]], ("A1:B1",)), "x").sheets
        assert sheet.rows[0].cells[1] == Cell("提案者", spread="right", top=1)

    def test_formulas_and_their_errors_are_marked(self) -> None:
        """A formula's value is not what a person wrote, and without its program it is not even known."""
        (sheet,) = read(xlsx([["=1+1", "#REF!", "'=字"]]), "x").sheets
        assert [sheet.rows[0].cells[i].formula for i in range(3)] == [True, True, False]

    def test_a_text_that_begins_with_an_equals_sign_is_no_formula(self) -> None:
        """Our own exports write such texts as text; they must come back as they went out."""
        book = openpyxl.Workbook()
        page = book.active
        assert page is not None
        page["A1"] = "=总计"
        page["A1"].data_type = "s"
        (sheet,) = read(saved(book), "x").sheets
        assert sheet.rows[0].cells[0] == Cell("=总计")

    def test_hidden_sheets_are_named_and_not_read(self) -> None:
        """What nobody sees must not be imported unseen, nor dropped in silence."""
        book = openpyxl.load_workbook(io.BytesIO(SMALL))
        hidden = book.create_sheet("旧名单")
        hidden["A1"] = "编号"
        hidden.sheet_state = "hidden"
        found = read(saved(book), "x")
        assert (found.hidden, [sheet.title for sheet in found.sheets]) == (("旧名单",), ["Sheet"])

    def test_formatted_but_empty_cells_are_nothing(self) -> None:
        """Coloured whole columns, as offices leave them, are neither too wide nor content."""
        book = openpyxl.load_workbook(io.BytesIO(SMALL))
        page = book.active
        assert page is not None
        page.cell(row=9_000, column=300).fill = PatternFill("solid", fgColor="FFFF00")
        assert values(saved(book)) == values(SMALL)

    def test_line_breaks_escaped_by_other_programs_are_line_breaks(self) -> None:
        """Excel shows `_x000D_` as a break; left alone it would stand in the middle of a title."""
        assert values(xlsx([["一_x000D_二"]])) == [(1, {0: "一\n二"})]

    def test_a_workbook_is_known_by_its_bytes_not_by_its_name(self) -> None:
        """Telegram and people rename files; the name is a hint and no more."""
        assert read(SMALL, "名单.csv").sheets == read(SMALL, "名单.xlsx").sheets


class TestRefusals:
    """Files from which nothing may be taken."""

    @pytest.mark.parametrize(
        ("content", "code"),
        [
            (b"", "empty"),
            (b" \r\n\t", "empty"),
            (xlsx([]), "empty"),
            (b"PK\x03\x04 torn", "corrupt"),
            (SMALL[: len(SMALL) // 2], "corrupt"),
            (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "old_format"),
            (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"), "password"),
            (b"%PDF-1.7", "not_a_sheet"),
            (b"\x89PNG\r\n", "not_a_sheet"),
            ("<html><table>编号".encode(), "not_a_sheet"),
            (b"abc\x00\x01\x02", "not_a_sheet"),
            (b"\xff\xff\xff", "encoding"),
            (b"x" * (20 * 1024 * 1024 + 1), "too_big"),
            (repacked(SMALL, {"[Content_Types].xml": None}), "not_a_sheet"),
            (repacked(SMALL, {"xl/workbook.xml": None}), "not_a_sheet"),
            (repacked(SMALL, {SHEET: None}), "corrupt"),
            (repacked(SMALL, {SHEET: b"<worksheet>"}), "corrupt"),
            (repacked(SMALL, {"xl/styles.xml": b"<a" + b"a" * (11 * 1024 * 1024) + b"/>"}), "inflated"),
        ],
        ids=lambda value: value if isinstance(value, str) else "",
    )
    def test_each_bad_file_has_its_reason(self, content: bytes, code: str) -> None:
        """A person must be told what is wrong with the file and what to do, never see a traceback."""
        assert reason(content) == code

    def test_a_word_document_is_no_sheet(self) -> None:
        """Another office archive is sound, only not ours: calling it damaged would send people astray."""
        docx = io.BytesIO()
        with zipfile.ZipFile(docx, "w") as archive:
            archive.writestr("[Content_Types].xml", b"<Types/>")
            archive.writestr("word/document.xml", b"<document/>")
        assert reason(docx.getvalue()) == "not_a_sheet"

    def test_strict_open_xml_is_named(self) -> None:
        """The parser would read such a workbook as empty, which is a lie."""
        strict = b"http://purl.oclc.org/ooxml/spreadsheetml/main"
        usual = b"http://schemas.openxmlformats.org/spreadsheetml/2006/main"
        assert reason(repacked(SMALL, {"xl/workbook.xml": lambda part: part.replace(usual, strict)})) == "strict"

    def test_an_encrypted_archive_asks_for_one_without_password(self) -> None:
        """A zip entry with the encryption flag set cannot be read at all."""
        flagged = bytearray(SMALL)
        at = flagged.find(b"PK\x01\x02")
        flagged[at + 8 : at + 10] = struct.pack("<H", 1)
        assert reason(bytes(flagged)) == "password"

    def test_a_zip_bomb_is_refused_before_it_is_unpacked(self) -> None:
        """A few hundred kilobytes that unpack to gigabytes must cost neither memory nor time."""
        bomb = repacked(SMALL, {"xl/media/image1.png": b"\0" * (archives.UNPACKED_LIMIT + 1)})
        assert len(bomb) < workbooks.SIZE_LIMIT
        start = time.perf_counter()
        assert reason(bomb) == "inflated"
        assert time.perf_counter() - start < 1

    @pytest.mark.parametrize("part", [SHEET, "xl/workbook.xml", "xl/styles.xml", "[Content_Types].xml"])
    def test_entities_are_refused_wherever_they_stand(self, part: str) -> None:
        """A billion laughs, or a file of the server read in as an entity: no office program writes a DOCTYPE."""
        evil = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]>'
        change = {part: lambda old: evil + old[old.find(b"?>") + 2 if old.startswith(b"<?xml") else 0 :]}
        assert reason(repacked(SMALL, change)) == "unsafe"

    def test_a_part_under_another_suffix_is_not_read_unseen(self) -> None:
        """The parser follows relations to any name; a sheet called .bin must not pass by the checks."""
        with zipfile.ZipFile(io.BytesIO(SMALL)) as archive:
            sheet = archive.read(SHEET)
        content = repacked(
            SMALL,
            {
                "xl/worksheets/sheet1.bin": sheet,
                "[Content_Types].xml": lambda part: part.replace(b"sheet1.xml", b"sheet1.bin"),
                "xl/_rels/workbook.xml.rels": lambda part: part.replace(b"sheet1.xml", b"sheet1.bin"),
            },
        )
        assert reason(content) == "unsafe"

    @pytest.mark.parametrize("row", [b"99999999999", b"1e12", b"0", b"x", b"nan", b"inf"])
    def test_impossible_row_numbers_do_not_hang(self, row: bytes) -> None:
        """A reader fills the gap up to the number a row claims; a claim of 10^12 would never end."""
        content = repacked(SMALL, {SHEET: lambda part: part.replace(b'<row r="2"', b'<row r="' + row + b'"')})
        assert reason(content) == "corrupt"

    def test_too_many_rows_and_columns(self) -> None:
        """The limits are told, so that people know how to split the list."""
        rows = [["1"]] * (workbooks.ROW_LIMIT + 1)
        assert reason("\n".join(row[0] for row in rows).encode()) == "too_many_rows"
        assert reason(xlsx([[None] * workbooks.COLUMN_LIMIT + ["x"]])) == "too_many_columns"
        assert reason(b"," * workbooks.COLUMN_LIMIT + b"x") == "too_many_columns"

    def test_deep_nesting_and_endless_cells_are_refused(self) -> None:
        """Trees are built from what passes; depth and width must be bounded before."""
        deep = b"<a>" * 100 + b"</a>" * 100
        assert reason(repacked(SMALL, {"docProps/custom.xml": deep})) == "unsafe"
        wide = b"<row>" + b"<c/>" * 20_000 + b"</row>"
        content = repacked(SMALL, {SHEET: lambda part: part.replace(b"<sheetData>", b"<sheetData>" + wide)})
        assert reason(content) == "too_many_cells"

    def test_overlapping_merges_of_everything_end_soon(self) -> None:
        """Ten thousand merges over the whole sheet are one small file and would be billions of copies."""
        merges = b"<mergeCells>" + b'<mergeCell ref="A1:XFD1048576"/>' * 10_000 + b"</mergeCells>"
        rows = xlsx([["x"]] * 300)
        content = repacked(rows, {SHEET: lambda part: part.replace(b"</sheetData>", b"</sheetData>" + merges)})
        assert reason(content) == "too_many_cells"

    @settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(st.data())
    def test_bytes_turned_at_random_give_a_grid_or_a_reason(self, data: st.DataObject) -> None:
        """Whatever a torn download looks like, the only exception is ours."""
        with zipfile.ZipFile(io.BytesIO(SMALL)) as archive:
            names = archive.namelist()
        name = data.draw(st.sampled_from(names))

        def turned(part: bytes) -> bytes:
            at = data.draw(st.integers(0, len(part) - 1))
            return part[:at] + data.draw(st.binary(max_size=8)) + part[at + data.draw(st.integers(0, 8)) :]

        try:
            read(repacked(SMALL, {name: turned}), "x")
        except Unreadable as error:
            assert error.code in REASONS  # noqa: PT017 (either outcome is right)


class TestCsv:
    """Text files as other programs write them."""

    TEXT = "编号,标题,提出人\r\n1,关于修路的建议,张三\r\n"

    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
    @pytest.mark.parametrize("separator", [",", ";", "\t"])
    def test_encodings_and_separators(self, encoding: str, separator: str) -> None:
        """Excel, WPS and databases each save another CSV; all of them are the same list."""
        content = self.TEXT.replace(",", separator).encode(encoding)
        assert values(content) == [(1, dict(enumerate(HEADINGS))), (2, {0: "1", 1: "关于修路的建议", 2: "张三"})]

    def test_semicolons_inside_cells_do_not_part_them(self) -> None:
        """Units are parted by semicolons inside a cell; the separator is what parts most fields."""
        content = "编号,标题,会办\n1,甲,市公安局;市市场监管局;市财政局\n2,乙,市公安局;市教育局\n".encode()
        assert values(content)[1][1][2] == "市公安局;市市场监管局;市财政局"

    def test_the_separator_may_be_declared(self) -> None:
        """Excel's own first line `sep=;` is no row of the list."""
        assert values(b"sep=;\r\na,b;c\r\n")[0][1] == {0: "a,b", 1: "c"}

    def test_rows_count_as_the_office_program_counts_them(self) -> None:
        """A break inside a quoted cell does not begin a new row; a blank line is one."""
        assert [number for number, _ in values(b'a,"x\ny"\n\nb,c\n')] == [1, 3]

    def test_open_quotes_are_refused(self) -> None:
        """An unclosed quote would swallow all rows after it into one cell."""
        assert reason(b'a,b\n1,"x\n2,y\n') == "quotes"

    def test_formulas_are_marked_and_our_guard_is_undone(self) -> None:
        """`=…` runs in whoever opens the CSV; `'=…` is what our own export writes for a text."""
        (sheet,) = read("=1+1,'=甲,'-乙,-3".encode(), "x").sheets
        cells = [sheet.rows[0].cells[i] for i in range(4)]
        assert cells == [Cell("=1+1", formula=True), Cell("=甲"), Cell("-乙"), Cell("-3")]


def test_ten_thousand_rows_take_seconds() -> None:
    """A year's list of the largest tenant is read while somebody waits; generous, for slow machines."""
    content = xlsx([HEADINGS, *([number, f"关于第{number}件的建议", "张三"] for number in range(1, 10_001))])
    start = time.perf_counter()
    (sheet,) = read(content, "x").sheets
    assert len(sheet.rows) == 10_001
    assert time.perf_counter() - start < 20
