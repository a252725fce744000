"""The whole run, for `make chaos`: exit 0 where it was sound, 1 where it was not.

python -m tests.chaos [--seed 1] [--short] [--json FILE]
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console
from rich.text import Text

from tests.chaos.plan import full, short
from tests.chaos.run import run

KEPT = Path("build/chaos")


def main() -> int:
    asked = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    asked.add_argument("--seed", type=int, default=1)
    asked.add_argument("--short", action="store_true", help="the run of the test suite")
    asked.add_argument("--json", type=Path, help=f"where the report is kept; else {KEPT}/seed-N.json")
    given = asked.parse_args()
    console, began = Console(highlight=False), time.monotonic()
    kept = given.json or KEPT / f"seed-{given.seed}.json"

    def say(what: str) -> None:
        console.print(Text(f"{time.monotonic() - began:4.0f} s  {what}"))

    with TemporaryDirectory(prefix="leadworkflows-chaos-") as folder:
        plan = (short if given.short else full)(given.seed)
        report = run(plan, Path(folder), say, kept.with_suffix(".logs"))
    report.write(kept)
    console.print(report.table())
    console.print(Text(f"The report is kept in {kept}."))
    return 0 if report.is_sound else 1


if __name__ == "__main__":
    sys.exit(main())
