"""No line that is logged during the tests may name a person who is in them: checked after every test.

Who that is, the tests say themselves: what stands in them as an address, a name, a telephone number. So is
every address of anybody, whoever it is. A pytest plugin, in force for the whole suite.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import structlog
from structlog.typing import EventDict

from leadworkflows.cli import logs

HERE = Path(__file__).parent
_SAID = re.compile(
    r"""["']?(?:first_?name|last_?name|phone(?:_number)?)["']?\s*[:=]\s*["']([^"'{}\\]{3,40})["']""",
    re.IGNORECASE,
)
ADDRESS = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_OF_NOBODY = frozenset(
    {"none", "null", "text", "string", "true", "person", "first_name", "last_name", "name", "nobody"}
)
"""Words that stand where a name does, and are none."""
_OWN_WORDS = re.compile(r"(?:[a-z0-9_.-]+|[A-Z]{1,4})")
"""A field's name or a code, not a person's name: those begin with a capital letter."""


@cache
def people() -> re.Pattern[str]:
    """Everybody whom the tests name, as one expression."""
    files = [*HERE.rglob("*.py"), *HERE.rglob("*.json")]
    said = {name.strip() for file in files for name in _SAID.findall(file.read_text("utf-8", "ignore"))}
    names = {name for name in said if not _OWN_WORDS.fullmatch(name) and name.casefold() not in _OF_NOBODY}
    parts = "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True))
    return re.compile(rf"{ADDRESS.pattern}|(?<![\w-])(?:{parts})(?![\w-])")


def named_in(text: str) -> list[str]:
    """Whom the text names."""
    return people().findall(text)


def _is_kept(record: logging.LogRecord) -> bool:
    """Whether an installation logs it: the levels are those of `cli.logs`."""
    of = {name: level for name, level in logs.LEVELS.items() if f"{record.name}.".startswith(f"{name}.")}
    return record.levelno >= (of[max(of, key=len)] if of else logging.WARNING)


class Lines(logging.Handler):
    """Every line that is logged, whatever library it is of."""

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self.said: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        if _is_kept(record):
            self.said.append(record.getMessage())

    def event(self, _logger: Any, _method: str, event: EventDict) -> EventDict:
        """What structlog is given, before anybody formats it; of an exception only the type is shown."""
        shown = {name: str(value) for name, value in event.items() if name != "exc_info"}
        self.said.append(json.dumps(shown, ensure_ascii=False))
        return event

    def listen(self) -> None:
        """Hear what is logged from now on."""
        structlog.configure(processors=[self.event, *structlog.get_config()["processors"]])
        logging.root.addHandler(self)

    def stop(self) -> None:
        """Hear nothing any more."""
        heard = structlog.get_config()["processors"]
        structlog.configure(processors=[each for each in heard if each != self.event])
        logging.root.removeHandler(self)


@pytest.fixture(autouse=True)
def nobody_is_named_in_a_log(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    """Fails a test that let a log name somebody: its own lines, and those of processes that it started."""
    lines, configure = Lines(), logs.configure
    folder = request.getfixturevalue("tmp_path") if "tmp_path" in request.fixturenames else None

    def configured(**how: bool) -> None:
        """A command that sets up its own logging is heard all the same."""
        lines.stop()
        configure(**how)
        lines.listen()

    monkeypatch.setattr(logs, "configure", configured)
    lines.listen()
    yield
    lines.stop()
    said = [*lines.said, *(_of_processes(folder) if folder else ())]
    assert not (found := [line for line in said if named_in(line)]), f"a log names somebody: {found[:3]}"


def _of_processes(folder: Path) -> list[str]:
    """The standard error of our own commands, which tests keep beside their data."""
    files = [file for file in folder.glob("*.log") if file.is_file()]
    return [line for file in files for line in file.read_text("utf-8", "replace").splitlines()]
