"""The rows that could not be taken, in a file that can be corrected and imported again."""

from __future__ import annotations

import csv
import filecmp
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self, TextIO

from leadworkflows.imports.columns import OWN_COLUMNS


class Mistakes:
    """`FILE.errors.csv`: row, field and problem, then the row's own cells. Made with the first mistake."""

    def __init__(self, imported: Path, header: Sequence[str], delimiter: str) -> None:
        self.path = imported.with_name(f"{imported.stem}.errors.csv")
        self._unfinished = self.path.with_suffix(".csv.part")
        # A file of errors that is imported again has the three columns already: they are written anew.
        self._own = len(OWN_COLUMNS) if tuple(header[: len(OWN_COLUMNS)]) == OWN_COLUMNS else 0
        self._header, self._delimiter = header, delimiter
        self._file: TextIO | None = None
        self.count = 0
        self.kept: Path | None = None
        """Where an earlier file of errors went that said something else: somebody may have worked on it."""

    def add(self, number: int, field: str, problem: str, cells: Sequence[str]) -> None:
        """Keep a row with what is wrong about it."""
        if self._file is None:
            # With its mark, because Excel takes a file without one for Windows-1252.
            self._file = self._unfinished.open("w", encoding="utf-8-sig", newline="")
            self._write(*OWN_COLUMNS, *self._header[self._own :])
        self._write(number, field, problem, *cells[self._own :])
        self.count += 1

    def _write(self, *cells: object) -> None:
        csv.writer(self._file, delimiter=self._delimiter).writerow(cells)  # type: ignore[arg-type]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._file is None:
            return
        self._file.close()
        if self.path.exists() and not filecmp.cmp(self.path, self._unfinished, shallow=False):
            self.kept = self.path.replace(self.path.with_suffix(".previous.csv"))
        self._unfinished.replace(self.path)
