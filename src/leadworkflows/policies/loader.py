"""From a YAML file to a `Policy`, with errors that name the line, the field and the fix."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from importlib.resources import files
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import MarkedYAMLError

from leadworkflows.domain.policy import Policy
from leadworkflows.policies.wording import plainly
from leadworkflows.public_holidays import UnknownRegion, dates

DEFAULT_POLICY = Path(str(files("leadworkflows.policies") / "default.yaml"))
CONTENT_FOLDER = Path(str(files("leadworkflows.policies") / "content"))


def content_folders(own: Path | None) -> list[Path]:
    """Where contents are looked for: the packaged ones, and the user's own over them."""
    return [CONTENT_FOLDER, own] if own else [CONTENT_FOLDER]


@dataclass(frozen=True)
class PolicyProblem:
    """One thing wrong with a policy file; `line` counts from 1."""

    line: int
    field: str
    problem: str

    def __str__(self) -> str:
        return (
            f"line {self.line}: {self.field}: {self.problem}"
            if self.field
            else f"line {self.line}: {self.problem}"
        )


class PolicyRejected(Exception):
    """The file is no policy. `problems` lists every reason, in the order of the file."""

    def __init__(self, path: Path, problems: list[PolicyProblem]) -> None:
        super().__init__(f"{path}: " + "; ".join(map(str, problems)))
        self.path, self.problems = path, problems


def load_policy(path: Path = DEFAULT_POLICY) -> Policy:
    """Read and check a policy file. Raises `PolicyRejected`, also where the file cannot be read."""
    document = _parse(path)
    problems = list(_fill_holidays(plain := _plain(document), document))
    try:
        policy = Policy.model_validate(plain)
    except ValidationError as error:
        problems += dict.fromkeys(_finding(document, detail) for detail in _told(error.errors()))
    else:
        if not problems:
            return policy
    raise PolicyRejected(path, sorted(problems, key=lambda p: p.line))


def _fill_holidays(plain: Any, document: Any) -> Iterator[PolicyProblem]:
    """Look up the public holidays of the regions that calendars name, so that the policy holds the dates.

    What somebody wrote by hand stands. A region that is unknown gets no dates, so that the validation,
    which goes on to find what else is wrong, does not complain of it a second time.
    """
    known = plain.setdefault("holidays", {})
    if not isinstance(known, dict):
        return
    by_hand, found = set(known), dict[str, tuple[date, ...]]()
    for place, region in _regions(plain):
        if region not in by_hand:
            try:
                found[region] = dates(region)
            except UnknownRegion as error:
                found[region] = ()
                yield _problem(document, place, str(error))
    known |= dict(sorted(found.items()))


def _regions(plain: Any) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Each region that a calendar names, with its place."""
    for place, calendar in _calendars(plain):
        named = calendar.get("holidays")
        if isinstance(named, str):
            yield (*place, "holidays"), named
        elif isinstance(named, list):
            for number, region in enumerate(named):
                if isinstance(region, str):
                    yield (*place, "holidays", number), region


def _calendars(plain: Any) -> Iterator[tuple[tuple[str, ...], dict[str, Any]]]:
    owners: list[tuple[tuple[str, ...], Any]] = [((), plain)]
    for part in ("teams", "reps"):
        members = plain.get(part)
        if isinstance(members, dict):
            owners += [((part, name), member) for name, member in members.items()]
    for place, owner in owners:
        calendar = owner.get("calendar") if isinstance(owner, dict) else None
        if isinstance(calendar, dict):
            yield (*place, "calendar"), calendar


def _parse(path: Path) -> Any:
    try:
        document = YAML(typ="rt").load(path.read_text("utf-8"))
    except MarkedYAMLError as error:
        line = (error.problem_mark.line if error.problem_mark else 0) + 1
        raise PolicyRejected(path, [PolicyProblem(line, "", f"not YAML: {error.problem}")]) from None
    except (OSError, UnicodeDecodeError) as error:
        raise PolicyRejected(path, [PolicyProblem(1, "", f"cannot be read: {error}")]) from None
    if not isinstance(document, CommentedMap):
        raise PolicyRejected(path, [PolicyProblem(1, "", "expected a mapping that begins with version: 1")])
    return document


def _plain(node: Any) -> Any:
    if isinstance(node, CommentedMap):
        return {str(key): _plain(value) for key, value in node.items()}
    if isinstance(node, CommentedSeq):
        return [_plain(item) for item in node]
    return node


def _told(details: list[ErrorDetails]) -> Iterator[ErrorDetails]:
    """All but that a list is too short of which an entry, or the shape, is wrong already."""
    for one in details:
        loc = one["loc"]
        others = (each["loc"][: len(loc)] == loc for each in details if each is not one)
        if one["type"] != "too_short" or not any(others):
            yield one


def _finding(document: Any, detail: ErrorDetails) -> PolicyProblem:
    """A choice of two shapes is no part of the file, and is told once."""
    loc, kind = detail["loc"], detail["type"]
    if loc and loc[-1] in _SHAPES:
        return _problem(document, loc[:-1], "expected text in quotes, or a list of it")
    return _problem(document, loc, plainly(kind, detail["msg"], detail["input"], detail.get("ctx", {})))


_SHAPES = ("str", "tuple[str, ...]")


def _problem(document: Any, loc: tuple[Any, ...], message: str) -> PolicyProblem:
    field = ".".join(str(part) for part in loc)
    return PolicyProblem(line_of(document, loc), field, message)


def line_of(node: Any, place: tuple[Any, ...]) -> int:
    """The line of the deepest part of a place that a document read with its lines has."""
    line = 1
    for part in place:
        if isinstance(node, CommentedMap):
            # The long form of an action keeps its parameters one step deeper.
            node = node.get("params", node) if part not in node and "name" in node else node
            if part in node:
                line, node = node.lc.key(part)[0] + 1, node[part]
        elif isinstance(node, CommentedSeq) and isinstance(part, int) and part < len(node):
            line, node = node.lc.item(part)[0] + 1, node[part]
    return int(line)
