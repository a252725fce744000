"""The lines that an upgrade is: while the new version is asked, the old one works on untouched."""

from __future__ import annotations

import re
import shlex
from functools import cache

import pytest

from tests.architecture.tree import ROOT
from tests.deploy.composed import ENV_EXAMPLE, OURS, instructions, listed, services
from tests.test_docs import understood

PAGE = (ROOT / "docs/operations.md").read_text()
STARTS = "docker compose up -d"
ENTRYPOINT = listed(dict(instructions())["ENTRYPOINT"])
TOLD = re.findall(r"docker compose (run|exec) ([^`\n&|<>\\]+)", PAGE)
"""Each command in a container that the page tells: by what, and the words after it."""


@cache
def block() -> list[str]:
    """The commands of *Upgrade*, one after the other; `&&` stays before what it holds back."""
    section = re.search(r"^## Upgrade$.*?^```\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
    assert section
    return section[1].replace(" && ", "\n&& ").splitlines()


def gate() -> list[str]:
    """The command that the new image is asked for before it is started, without its entry point."""
    [line] = [line for line in block() if line.startswith("docker compose run ")]
    words = shlex.split(line)
    return words[words.index("api") + 1 :]


def test_the_new_image_is_asked_after_it_was_built_and_before_it_is_started():
    order = [block().index(line) for line in (
        "docker compose build",
        f"docker compose run --rm --no-deps api {shlex.join(gate())}",
        f"&& {STARTS}",
    )]  # fmt: skip
    assert order == sorted(order)
    assert STARTS not in block()


def test_the_question_migrates_nothing_and_leaves_no_container():
    """Compose would start what the service waits for first: the new image's migrations."""
    assert "migrate" in services()["api"]["depends_on"]
    [line] = [line for line in block() if line.startswith("docker compose run ")]
    assert {"--rm", "--no-deps"} <= set(shlex.split(line))
    assert gate() == ["replay", "check", "--since", "30d"]


def test_the_tag_that_is_replaced_is_the_one_that_chooses_the_image():
    [line] = [line for line in block() if line.startswith("sed ")]
    replaced = re.search(r"s/\^([A-Z_]+)=", line)
    assert replaced
    assert re.search(rf"^{replaced[1]}=", ENV_EXAMPLE.read_text(), re.MULTILINE)
    assert all(f"${{{replaced[1]}:-" in services()[name]["image"] for name in OURS)


def in_container(by: str, said: str) -> tuple[str, list[str]]:
    """The service, and the words that its process begins with: `run` takes the image's entry point."""
    words = [word for word in shlex.split(said) if not word.startswith("-")]
    return words[0], [*(ENTRYPOINT if by == "run" else []), *shlex.split(said.partition(words[0])[2])]


@pytest.mark.parametrize(("by", "said"), [one for one in TOLD if not re.search(r"\bpostgres\b", one[1])])
def test_each_command_that_is_told_for_our_containers_is_one_of_ours(by, said):
    service, (program, *words) = in_container(by, said)
    assert service in OURS
    assert [program] == ENTRYPOINT
    assert understood(words)


def test_the_entry_point_said_twice_or_not_at_all_would_be_found():
    assert in_container("run", "--rm api leadworkflows replay check")[1][:2] == ["leadworkflows"] * 2
    assert not understood(in_container("run", "api leadworkflows replay check")[1][1:])
    assert in_container("exec", "-T api doctor")[1][0] != ENTRYPOINT[0]
