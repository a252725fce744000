"""What a CSV file says, whatever wrote it."""

from __future__ import annotations

from pathlib import Path

import pytest

from leadworkflows.imports.tabular import MAX_CELL, TableUnreadable, open_table

TEXT = "E-Mail;Name;Firma\nada@example.com;Ada Lövelace;Müller, Söhne & Co\n"


def cells(path: Path) -> list[list[str]]:
    return [row.cells for row, _ in open_table(path).rows()]


def written(tmp_path: Path, data: bytes | str) -> Path:
    path = tmp_path / "leads.csv"
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_the_encoding_is_found_out(tmp_path: Path, encoding: str):
    table = open_table(written(tmp_path, TEXT.encode(encoding)))
    assert table.header == ("E-Mail", "Name", "Firma")
    assert [row.cells for row, _ in table.rows()] == [
        ["ada@example.com", "Ada Lövelace", "Müller, Söhne & Co"]
    ]
    assert bool(table.notice) == (encoding == "cp1252")


def test_a_file_in_big_endian_with_its_mark_is_read(tmp_path: Path):
    assert cells(written(tmp_path, b"\xfe\xff" + TEXT.encode("utf-16-be")))[0][1] == "Ada Lövelace"


def test_a_letter_in_windows_1252_far_down_is_noticed_with_its_line(tmp_path: Path):
    head = b"email,name\n" + b"a@example.com,x\n" * 40_000
    table = open_table(written(tmp_path, head + "b@example.com,Jürgen\n".encode("cp1252")))
    assert table.notice
    assert "line 40002" in table.notice
    assert [row.cells[1] for row, _ in table.rows()][-1] == "Jürgen"


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found_out(tmp_path: Path, delimiter: str):
    rows = [
        ["email", "name", "notes"],
        ["a@example.com", "Ada", "one; two, three | four"],
        ["b@example.com", "B", ""],
    ]
    text = "\n".join(delimiter.join(f'"{cell}"' for cell in row) for row in rows)
    assert cells(written(tmp_path, text)) == rows[1:]


def test_one_column_needs_no_delimiter(tmp_path: Path):
    assert cells(written(tmp_path, "email\nada@example.com\n")) == [["ada@example.com"]]


def test_excels_line_that_names_the_delimiter_is_no_header(tmp_path: Path):
    table = open_table(written(tmp_path, "sep=;\r\nemail;name\r\nada@example.com;Ada, L\r\n"))
    assert (table.header, table.delimiter) == (("email", "name"), ";")
    assert [(row.number, row.cells) for row, _ in table.rows()] == [(3, ["ada@example.com", "Ada, L"])]


def test_rows_count_as_in_a_spreadsheet(tmp_path: Path):
    """A blank row has its number, and a cell with a line break is still one row."""
    text = 'email,note\n\na@example.com,"two\nlines"\n,\nb@example.com,\n'
    assert [(row.number, row.cells) for row, _ in open_table(written(tmp_path, text)).rows()] == [
        (3, ["a@example.com", "two\nlines"]),
        (5, ["b@example.com", ""]),
    ]


def test_nul_characters_are_dropped(tmp_path: Path):
    assert cells(written(tmp_path, b"email,name\na@example.com,A\x00da\n")) == [["a@example.com", "Ada"]]


def test_a_mark_that_is_never_closed_spoils_its_own_row_alone(tmp_path: Path):
    text = 'email,name\na@example.com,"Ada\nb@example.com,"Bob"\nc@example.com,C\nd@example.com,"D\n'
    rows = [row for row, _ in open_table(written(tmp_path, text)).rows()]
    assert [row.cells for row in rows if not row.problem] == [["c@example.com", "C"]]
    unreadable = "cannot be read"
    assert [row.problem for row in rows if row.problem] == [
        f"lines 2 to 3 {unreadable}: something follows a closing quotation mark: write a comma, or double it",
        f"line 5 {unreadable}: a quotation mark is opened and not closed: close it, or double it",
    ]


@pytest.mark.parametrize("size", [1_000_000, 5_000_000])
def test_the_rows_after_a_huge_field_are_read(tmp_path: Path, size: int):
    table = open_table(written(tmp_path, f"email,name\na@example.com,{'x' * size}\nb@example.com,B\n"))
    huge, last = (row for row, _ in table.rows())
    assert huge.problem or len(huge.cells[1]) > MAX_CELL
    assert last.cells == ["b@example.com", "B"]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "is empty"),
        (b"\n\n \n", "is empty"),
        (b"ada@example.com,Ada\nbob@example.com,Bob\n", "the headers are missing"),
        (b"PK\x03\x04\x14\x00", "a spreadsheet or an archive: save it as CSV"),
        (TEXT.encode("utf-16-le"), "no text in UTF-8: save it as CSV"),
        (b'email,"name\nada@example.com,Ada\n', "the row of headers cannot be read"),
    ],
)
def test_what_is_no_table_is_told_with_the_fix(tmp_path: Path, data: bytes, said: str):
    with pytest.raises(TableUnreadable, match=said):
        open_table(written(tmp_path, data))


def test_a_header_alone_has_no_rows(tmp_path: Path):
    assert cells(written(tmp_path, "email,name\n")) == []
