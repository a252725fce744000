"""A CSV file as spreadsheets, CRMs and badge scanners write it, read row by row.

Encoding and delimiter are found out, because nobody who exports a list knows them.
"""

from __future__ import annotations

import codecs
import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "pipe"}
MAX_CELL = 10_000
"""Characters; what is longer is no answer of a person."""
_PARSER_LIMIT = 2 * 1024 * 1024  # a longer field is nearly always a quotation mark that was never closed
_CHUNK = 256 * 1024
_SAMPLE_LINES = 50
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_NO_TEXT = {b"PK\x03\x04": "a spreadsheet or an archive", b"\xd0\xcf\x11\xe0": "an old Excel file"}


class TableUnreadable(ValueError):
    """The file is no table that could be imported; the message says what to do about it."""


@dataclass(frozen=True)
class Row:
    """One row. `number` counts as a spreadsheet does: the header is row 1."""

    number: int
    cells: list[str]
    problem: str | None = None
    """Why the row could not be read at all."""


@dataclass(frozen=True)
class Table:
    """A file with its encoding and delimiter found out."""

    path: Path
    encoding: str
    delimiter: str
    header: tuple[str, ...]
    header_row: int = 1
    notice: str | None = None
    """What was assumed, where the file does not say."""

    @property
    def size(self) -> int:
        """Bytes, to show how far a reading has come."""
        return self.path.stat().st_size

    def rows(self) -> Iterator[tuple[Row, int]]:
        """The rows below the header, each with the bytes read so far. Blank rows are left out."""
        with _opened(self.path, self.encoding) as text:
            for row in _parsed(text, self.delimiter):
                if row.number > self.header_row and (row.problem or any(row.cells)):
                    yield row, text.buffer.tell()


def open_table(path: Path) -> Table:
    """Find out how the file is written. Raises `TableUnreadable`; OSError where it cannot be opened."""
    encoding, notice = _encoding(path)
    sample = _sample(path, encoding)
    stated = sample[0].strip().lower() if sample else ""
    delimiter = stated[4:5] if stated.startswith("sep=") and stated[4:5] in DELIMITERS else ""
    skipped = 1 if delimiter else 0
    delimiter = delimiter or _delimiter(sample)
    with _opened(path, encoding) as text:
        rows = (row for row in _parsed(text, delimiter) if row.number > skipped)
        first = next((row for row in rows if row.problem or any(row.cells)), None)
    if first is None:
        raise TableUnreadable(f"{path} is empty: expected a row of headers and a row for each lead")
    if first.problem:
        raise TableUnreadable(f"{path}: the row of headers cannot be read: {first.problem}")
    return Table(path, encoding, delimiter, _header(path, first.cells), first.number, notice)


def _header(path: Path, cells: list[str]) -> tuple[str, ...]:
    if any("@" in cell and "." in cell.rpartition("@")[2] for cell in cells):
        raise TableUnreadable(
            f"{path}: the first row holds an e-mail address, so the headers are missing:"
            " add a first row such as email,name,company"
        )
    while cells and not cells[-1]:
        cells = cells[:-1]
    named: list[str] = []
    for number, cell in enumerate(cells, 1):
        name = " ".join(cell.split())[:200] or f"column {number}"
        named.append(name if name not in named else f"{name} ({number})")
    return tuple(named)


def _encoding(path: Path) -> tuple[str, str | None]:
    with path.open("rb") as raw:
        start = raw.read(4096)
        raw.seek(0)
        for mark, name in _MARKS:
            if start.startswith(mark):
                return name, None
        _refuse_no_text(path, start)
        decoder, line = codecs.getincrementaldecoder("utf-8")(), 1
        while chunk := raw.read(_CHUNK):
            try:
                decoder.decode(chunk, final=len(chunk) < _CHUNK)
            except UnicodeDecodeError as error:
                line += chunk.count(b"\n", 0, error.start)
                notice = (
                    f"not UTF-8 (line {line}), so it is read as Windows-1252: look at the names with accents"
                )
                return "cp1252", notice
            line += chunk.count(b"\n")
    return "utf-8", None


def _refuse_no_text(path: Path, start: bytes) -> None:
    for magic, what in _NO_TEXT.items():
        if start.startswith(magic):
            raise TableUnreadable(f"{path} is {what}: save it as CSV (UTF-8) and import that")
    if start.count(0) > len(start) // 4:
        raise TableUnreadable(f"{path} is no text in UTF-8: save it as CSV (UTF-8) and import that")


def _sample(path: Path, encoding: str) -> list[str]:
    with _opened(path, encoding) as text:
        lines = (text.readline(_CHUNK) for _ in range(_SAMPLE_LINES))
        return [line for line in lines if line.strip()]


def _delimiter(sample: list[str]) -> str:
    """The one by which the header falls into columns and most rows into as many."""

    def fit(delimiter: str) -> tuple[int, int]:
        csv.field_size_limit(_PARSER_LIMIT)
        rows = [cells for cells in csv.reader(sample, delimiter=delimiter, skipinitialspace=True) if cells]
        width = len(rows[0]) if rows else 0
        return (sum(len(row) == width for row in rows) if width > 1 else 0), width

    return max(DELIMITERS, key=fit)


def _opened(path: Path, encoding: str) -> TextIO:
    return path.open(encoding=encoding, errors="replace", newline="")


def _parsed(text: TextIO, delimiter: str) -> Iterator[Row]:
    """Strictly, so that a stray quotation mark spoils its row and does not swallow those after it."""
    csv.field_size_limit(_PARSER_LIMIT)
    reader = csv.reader(text, delimiter=delimiter, skipinitialspace=True, strict=True)
    number, line = 0, 0
    while True:
        number += 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield Row(number, [], _reason(error, line + 1, reader.line_num, delimiter))
        else:
            yield Row(number, [cell.replace("\x00", "").strip() for cell in cells])
        line = reader.line_num


def _reason(error: csv.Error, first: int, last: int, delimiter: str) -> str:
    where = f"line {first}" if first == last else f"lines {first} to {last}"
    if "expected after" in str(error):
        fix = f"something follows a closing quotation mark: write a {DELIMITERS[delimiter]}, or double it"
    else:
        fix = "a quotation mark is opened and not closed: close it, or double it"
    return f"{where} cannot be read: {fix}"
