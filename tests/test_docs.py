"""The documents say what is true: links lead somewhere, commands and settings exist, examples load."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import typer
from ruamel.yaml import YAML

from leadworkflows.cli.main import app
from leadworkflows.cli.policy_check import check_policy
from leadworkflows.domain.events import FACTS_OF, EventType
from leadworkflows.domain.facts import FIRMOGRAPHIC, QUALIFICATION
from leadworkflows.domain.policy import Policy
from leadworkflows.policies.loader import CONTENT_FOLDER, load_policy
from leadworkflows.settings import PREFIX, Settings, SourceSettings
from tests.architecture.tree import ROOT, SOURCE

DOCS = [ROOT / name for name in ("README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md")]
DOCS += sorted((ROOT / "docs").rglob("*.md"))
TEXTS = {path: path.read_text("utf-8") for path in DOCS}
FENCE = re.compile(r"^```([^\n]*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)|<a href=\"([^\"]+)\">")
every_document = pytest.mark.parametrize("path", DOCS, ids=lambda path: path.name)


def blocks(info: str) -> list[tuple[str, str]]:
    """Each fenced block whose first line begins so, with where it stands."""
    return [
        (f"{path.name}:{text[: block.start()].count(chr(10)) + 1}", block[2])
        for path, text in TEXTS.items()
        for block in FENCE.finditer(text)
        if block[1].strip() == info
    ]


def anchors(path: Path) -> set[str]:
    """The headings of a document as links name them."""
    headings = re.findall(r"^#+ (.+)$", FENCE.sub("", path.read_text("utf-8")), re.MULTILINE)
    plain = [re.sub(r"[^\w\- ]", "", re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", title)) for title in headings]
    return {title.strip().lower().replace(" ", "-") for title in plain}


def cells(name: str) -> list[list[str]]:
    """The rows of all tables of a document."""
    table = re.findall(r"^\|(.+)\|$", TEXTS[ROOT / "docs" / name], re.MULTILINE)
    return [[cell.strip() for cell in line.split("|")] for line in table]


def rows(name: str) -> dict[str, list[str]]:
    """The rows by their first cell, without its backticks."""
    return {row[0].strip("`"): row[1:] for row in cells(name)}


# Links


@every_document
def test_every_relative_link_leads_somewhere(path):
    targets = [one or other for one, other in LINK.findall(FENCE.sub("", TEXTS[path]))]
    for target in targets:
        if re.match(r"[a-z]+:", target):
            continue
        file, _, anchor = target.partition("#")
        there = (path.parent / file).resolve() if file else path
        assert there.exists(), target
        assert not anchor or anchor in anchors(there), target


@every_document
def test_no_document_knows_the_machine_it_was_written_on(path):
    assert not re.findall(r"(?<![\w.])/(?:work|tmp|root|home|Users)/", TEXTS[path])


# Commands


def commands(text: str) -> Iterator[list[str]]:
    """What follows `leadworkflows` wherever a shell would run it."""
    quoted = re.findall(r"`([^`\n]+)`", FENCE.sub("", text))
    shell = [line for info, block in FENCE.findall(text) if not info.strip() for line in block.splitlines()]
    for line in [*quoted, *shell]:
        words = re.match(
            r"(?:[A-Z_]+=\S+ )*(?:\.venv/bin/)?leadworkflows((?: [a-z-]\S*| \[?[A-Z]\S*)*)", line
        )
        if words and words[1].strip():
            yield shlex.split(words[1])


def understood(words: list[str]) -> bool:
    """Whether the command exists, with each option that is written out."""
    command: Any = typer.main.get_command(app)
    while hasattr(command, "get_command") and words and not words[0].startswith("--"):
        command = command.get_command(None, words[0])
        words = words[1:]
        if command is None:
            return False
    options = {"--help"} | {name for param in command.params for name in (*param.opts, *param.secondary_opts)}
    return {word for word in words if word.startswith("--")} <= options


@every_document
def test_every_command_shown_exists(path):
    for words in commands(TEXTS[path]):
        assert understood(words), f"leadworkflows {' '.join(words)}"


def test_a_command_that_does_not_exist_would_be_found():
    shown = list(
        commands("Run `leadworkflows doctor --port 1`, `leadworkflows fly` and `leadworkflows dev --up`.")
    )
    assert [understood(words) for words in shown] == [True, False, False]


@every_document
def test_every_make_target_shown_exists(path):
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    shell = "\n".join(block for _, block in FENCE.findall(TEXTS[path]))
    shown = re.findall(r"^(?:[A-Z_]+=\S+ )*make ([a-z]+)", shell, re.MULTILINE)
    assert set(shown) | set(re.findall(r"`make ([a-z]+)", TEXTS[path])) <= targets


# Settings


def variables() -> set[str]:
    """Every setting as a user writes it; a source's options and a signing secret stand under <NAME>."""
    own = {PREFIX + name.upper() for name in Settings.model_fields if name not in {"sources", "http_secrets"}}
    own.add(f"{PREFIX}HTTP_SECRETS__<NAME>")
    return own | {f"{PREFIX}SOURCES__<NAME>__{option.upper()}" for option in SourceSettings.model_fields}


def test_every_setting_is_in_the_table_of_settings_and_no_other():
    documented = {name for name in rows("settings.md") if name.startswith(PREFIX)}
    assert documented == variables()


def test_a_default_in_the_table_is_the_default():
    table = rows("settings.md")
    for name, field in Settings.model_fields.items():
        said = table.get(PREFIX + name.upper(), ["none"])[0]
        if said.startswith("`") and "<" not in said:
            default = field.default
            told = f"{default.total_seconds():g}" if isinstance(default, timedelta) else str(default)
            assert said.strip("`") == told, name


@every_document
def test_no_document_names_a_setting_that_does_not_exist(path):
    named = re.findall(rf"{PREFIX}[A-Z_<>]+", TEXTS[path])
    shown = {re.sub(r"__<?[A-Z]+>?__|(?<=HTTP_SECRETS)__[A-Z_<>]+", _by_name, name) for name in named}
    assert shown <= variables() | {f"{PREFIX}SOURCES__<NAME>__<OPTION>"}


def _by_name(found: re.Match[str]) -> str:
    return "__<NAME>__" if found[0].endswith("__") else "__<NAME>"


# The policy


@pytest.mark.parametrize(("where", "text"), blocks("yaml complete"), ids=lambda value: value[:12])
def test_a_policy_that_is_shown_whole_can_be_used(where, text, tmp_path):
    file = tmp_path / "policy.yaml"
    file.write_text(text)
    assert check_policy(file).policy.name


@pytest.mark.parametrize(("where", "text"), blocks("yaml part"), ids=lambda value: value[:16])
def test_a_part_of_a_policy_that_is_shown_fits_into_the_default(where, text):
    whole = load_policy().model_dump(mode="json", by_alias=True)
    for name, part in YAML(typ="safe").load(text).items():
        whole[name] = {**part, **_others(whole[name], part)} if isinstance(part, dict) else part
    assert Policy.model_validate(whole).scoring


def _others(before: dict[str, Any], part: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in before.items() if key not in part}


def test_every_default_stands_in_the_policys_page_with_its_figure():
    table, policy = rows("policy.md"), load_policy()
    scoring = {rule.id: (rule.points, rule.cap) for rule in policy.scoring} | {
        f.id: (f.points, None) for f in policy.fit
    }
    for rule, (points, cap) in scoring.items():
        assert table[rule][1] == f"+{points}", rule
        said = re.search(r"cap (\d+)", " ".join(table[rule]))
        assert (said and int(said[1])) == cap, rule
    for segment in policy.segments.values():
        assert table[segment.id][1] == str(segment.mql_at)
    for name in (
        *(clock.id for clock in policy.sla.values()),
        *(s.id for s in policy.nurture.values() if s.id),
    ):
        assert name in table
    assert {f"T{number}" for number in (1, 3, 4, 5, 6, 7, 9, 12)} <= table.keys()


def test_every_step_of_a_default_sequence_is_in_its_row():
    told = {row[1]: row[3] for row in cells("policy.md") if len(row) == 4}
    for name, sequence in load_policy().nurture.items():
        assert [step.content for step in sequence.steps] == re.findall(r"\d+ [dh] ([a-z0-9-]+)", told[name])


def test_the_pages_that_contents_link_to_are_listed():
    linked = {link for file in CONTENT_FOLDER.glob("*.md")
              for link in re.findall(r"\{\{ site \}\}(/[^\s)\"]*)", file.read_text())}  # fmt: skip
    assert {page for page in rows("content.md") if page.startswith("/")} == linked


# Events and rooms


def test_every_event_type_is_explained_with_its_facts():
    text = TEXTS[ROOT / "docs/events.md"]
    assert [kind for kind in EventType if f"`{kind.value}`" not in text] == []
    own = {name for model in FACTS_OF.values() for name in model.model_fields} | {
        *FIRMOGRAPHIC,
        *QUALIFICATION,
    }
    assert [name for name in sorted(own) if f"`{name}`" not in text] == []


def test_every_room_of_the_source_is_on_the_map():
    rooms = {path.name + ("/" if path.is_dir() else "") for path in SOURCE.iterdir()}
    told = set(re.findall(r"`([a-z_]+(?:/|\.py))`", TEXTS[ROOT / "docs/architecture.md"]))
    assert {room for room in rooms if re.fullmatch(r"[a-z][a-z_]*(/|\.py)", room)} <= told


@every_document
def test_every_file_that_a_document_names_is_there(path):
    named = re.findall(
        r"`((?:src|tests|docs|domain|store|activities|workflows|sources|api)/[\w/*.]+\.\w+)`", TEXTS[path]
    )
    for name in named:
        assert list(ROOT.glob(name)) or list(SOURCE.glob(name)), name
