"""What an XLSX archive is made of, looked at before any parser builds trees from it."""

import io
import posixpath
import re
import zipfile
import zlib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import IO
from xml.etree import ElementTree as ET
from xml.parsers import expat

from handlers.papers.faults import Unreadable

MEGABYTE = 1024 * 1024
UNPACKED_LIMIT = 200 * MEGABYTE
SMALL_PART_LIMIT = 10 * MEGABYTE  # styles, relations: parsed into whole trees, unlike rows and shared strings
PART_LIMIT = 5_000
CELL_LIMIT = 5_000_000
ROW_CELLS_LIMIT = 16_384  # columns that the format has
ROW_NUMBER_LIMIT = 1_048_576  # rows that the format has
DEPTH_LIMIT = 64
MERGE_LIMIT = 50_000

_REF = re.compile(r"\$?([A-Z]{1,3})\$?(\d{1,7})(?::\$?([A-Z]{1,3})\$?(\d{1,7}))?")
_XML = (".xml", ".rels")
_STREAMED = re.compile(r"xl/(?:worksheets/[^/]+|sharedStrings)\.xml", re.IGNORECASE)
_MAIN = "application/vnd.%s.main+xml"
_WORKBOOK_TYPES = {
    _MAIN % "openxmlformats-officedocument.spreadsheetml.sheet",
    _MAIN % "openxmlformats-officedocument.spreadsheetml.template",
    _MAIN % "ms-excel.sheet.macroEnabled",
    _MAIN % "ms-excel.template.macroEnabled",
}
_STRICT = "purl.oclc.org/ooxml"
_DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    expat.ExpatError,
    ET.ParseError,
    EOFError,
    KeyError,
    ValueError,
    NotImplementedError,  # a compression that zipfile does not know
    RuntimeError,
    OSError,
)


@dataclass(frozen=True, slots=True)
class Merge:
    """A merged range: rows from 1 as the office program shows them, columns from 0, both ends inside."""

    top: int
    left: int
    bottom: int
    right: int


@dataclass
class _Survey:
    """What one pass over a part has met so far; stops at the first thing that no honest file has."""

    depth: int = 0
    cells: int = 0
    row_cells: int = 0
    merges: list[Merge] = field(default_factory=list)

    def open(self, name: str, attributes: dict[str, str]) -> None:
        self.depth += 1
        if self.depth > DEPTH_LIMIT:
            raise Unreadable("unsafe")
        match name.rpartition(":")[2]:
            case "c":
                self.count_cell()
            case "row":
                self.row_cells = 0
                check_row_number(attributes.get("r", "1"))
            case "mergeCell":
                self.merges.extend(merges_of(attributes.get("ref", "")))

    def count_cell(self) -> None:
        self.cells += 1
        self.row_cells += 1
        if self.cells > CELL_LIMIT or self.row_cells > ROW_CELLS_LIMIT:
            raise Unreadable("too_many_cells")

    def close(self, _name: str) -> None:
        self.depth -= 1

    def refuse(self, *_declaration: object) -> None:
        # Neither Excel nor WPS writes a DOCTYPE; entities are the only use for one here.
        raise Unreadable("unsafe")


def check_row_number(text: str) -> None:
    """Refuse a row number past the format's last row: a reader fills every gap below it."""
    try:
        number = float(text)
    except ValueError:
        raise Unreadable("corrupt") from None
    if not 1 <= number <= ROW_NUMBER_LIMIT:
        raise Unreadable("corrupt")


def column_letters(index: int) -> str:
    """Turn a column's index from 0 into its letters, as the office program names it: 26 is `AA`."""
    letters = ""
    while index >= 0:
        index, letter = divmod(index, 26)
        letters = chr(ord("A") + letter) + letters
        index -= 1
    return letters


def column_index(letters: str) -> int:
    """Turn column letters into an index from 0: `A` is 0, `AA` is 26."""
    index = 0
    for letter in letters:
        index = index * 26 + ord(letter) - ord("A") + 1
    return index - 1


def merges_of(ref: str) -> Iterator[Merge]:
    """Read a range such as `E2:F2`; what is no range is passed over, as office programs do."""
    found = _REF.fullmatch(ref.upper())
    if found and found[3]:
        rows = sorted((int(found[2]), int(found[4])))
        columns = sorted((column_index(found[1]), column_index(found[3])))
        yield Merge(rows[0], columns[0], rows[1], columns[1])


def survey(part: IO[bytes]) -> tuple[Merge, ...]:
    """Walk one XML part with expat and give its merged ranges; raise `Unreadable` on what is unsafe or damaged."""
    seen = _Survey()
    parser = expat.ParserCreate()
    parser.StartElementHandler = seen.open
    parser.EndElementHandler = seen.close
    parser.StartDoctypeDeclHandler = seen.refuse
    while chunk := part.read(65_536):
        parser.Parse(chunk, False)
    parser.Parse(b"", True)
    if len(seen.merges) > MERGE_LIMIT:
        raise Unreadable("too_many_cells")
    return tuple(seen.merges)


def check_sizes(parts: list[zipfile.ZipInfo]) -> None:
    """Refuse an archive that unpacks too large; zipfile never reads more than the sizes declared here."""
    if len(parts) > PART_LIMIT or sum(part.file_size for part in parts) > UNPACKED_LIMIT:
        raise Unreadable("inflated", {"limit": UNPACKED_LIMIT // MEGABYTE})
    if any(part.flag_bits & 1 for part in parts):
        raise Unreadable("password")
    for part in parts:
        small = part.filename.lower().endswith(_XML) and not _STREAMED.fullmatch(part.filename)
        if small and part.file_size > SMALL_PART_LIMIT:
            raise Unreadable("inflated", {"limit": SMALL_PART_LIMIT // MEGABYTE})


def _local(name: str) -> str:
    return name.rpartition("}")[2]


def _tree(archive: zipfile.ZipFile, part: str) -> ET.Element:
    return ET.fromstring(archive.read(part))  # noqa: S314 - surveyed before: no DOCTYPE, bounded size and depth


def workbook_part(archive: zipfile.ZipFile, surveyed: Collection[str]) -> str:
    """Name the part that holds the workbook; every XML part a reader may be sent to must have been surveyed."""
    workbooks = set()
    for element in _tree(archive, "[Content_Types].xml"):
        part, kind = element.get("PartName", "").lstrip("/"), element.get("ContentType", "")
        if part and kind.endswith("xml") and part in archive.namelist() and part not in surveyed:
            raise Unreadable("unsafe")
        if part and kind in _WORKBOOK_TYPES:
            workbooks.add(part)
    if len(workbooks) > 1:
        raise Unreadable("unsafe")
    workbook = workbooks.pop() if workbooks else "xl/workbook.xml"
    if workbook not in surveyed:
        raise Unreadable("not_a_sheet")  # a text document, or the binary .xlsb
    return workbook


def sheet_parts(archive: zipfile.ZipFile, workbook: str) -> Mapping[str, str]:
    """Give sheet name → part of the archive, in the workbook's order (ECMA-376 part 1, 18.2.20)."""
    folder, base = posixpath.split(workbook)
    targets = {}
    for element in _tree(archive, posixpath.join(folder, "_rels", f"{base}.rels")):
        target = element.get("Target", "")
        path = target[1:] if target.startswith("/") else posixpath.normpath(posixpath.join(folder, target))
        targets[element.get("Id", "")] = path
    root = _tree(archive, workbook)
    if _STRICT in root.tag:
        raise Unreadable("strict")
    parts = {}
    for element in root.iter():
        if _local(element.tag) == "sheet":
            relation = next((value for key, value in element.attrib.items() if _local(key) == "id"), "")
            parts[element.get("name", "")] = targets[relation]
    return parts


def merged_ranges(content: bytes) -> Mapping[str, tuple[Merge, ...]]:
    """Check a whole XLSX archive and give its merged ranges by sheet name; raise `Unreadable` for any other file."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            check_sizes(archive.infolist())
            merges = {}
            for name in archive.namelist():
                if name.lower().endswith(_XML):
                    with archive.open(name) as part:
                        merges[name] = survey(part)
            if "[Content_Types].xml" not in merges:
                raise Unreadable("not_a_sheet")
            parts = sheet_parts(archive, workbook_part(archive, merges))
            return {title: merges[part] for title, part in parts.items()}
    except _DAMAGE as error:
        raise Unreadable("corrupt") from error
