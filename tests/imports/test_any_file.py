"""Whatever a file holds, it is read, or refused in words."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leadworkflows.imports.columns import columns_of
from leadworkflows.imports.rows import Reading
from leadworkflows.imports.tabular import TableUnreadable, open_table
from leadworkflows.sources.base import PayloadRejected

CELLS = st.one_of(
    st.text(max_size=20),
    st.sampled_from(
        [
            '"',
            '""',
            ",",
            ";",
            "\t",
            "|",
            "\r",
            "\n",
            "\x00",
            "sep=",
            "ada@example.com",
            "51-200",
            "\ufeff",
            "é",
        ]
    ),
)
MARKS = st.sampled_from(
    [b"", b"email,name\n", b"email;Phone;Employees;Country\r\n", b"\xef\xbb\xbf", b"\xff\xfe"]
)
TEXT = st.lists(CELLS, max_size=40).map(lambda cells: "".join(cells).encode("utf-8", "replace"))
BODIES = st.one_of(st.binary(max_size=200), TEXT)


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("any") / "leads.csv"


@settings(max_examples=600, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(mark=MARKS, body=BODIES)
def test_any_file_is_a_table_or_refused_and_nothing_else(path: Path, mark: bytes, body: bytes):
    path.write_bytes(mark + body)
    try:
        table = open_table(path)
        reading = Reading(columns_of(table.header, {}))
    except TableUnreadable:
        return
    for row, _ in table.rows():
        assert row.problem or any(row.cells)
        with suppress(PayloadRejected):
            event = reading.event_of(row.cells)
            assert event.identity.email
            assert len(event.delivery_id or "") == 64
