"""Many strange requests for each source: `python -m tests.fuzz.translators [--inputs N] [--source NAME]`.

Hypothesis throws the dice and draws a value, and twenty inputs are made of each throw: to draw each
of them anew would take three times as long. Whatever comes, `translate` raises `PayloadRejected` alone,
`verify` raises `SignatureRejected` alone, and what was translated can be stored.
"""

from __future__ import annotations

import argparse
import logging
import sys
import traceback
from random import Random
from time import perf_counter, process_time
from typing import Any

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from tests.fuzz.checks import Broken, require
from tests.fuzz.seeds import SOURCES
from tests.fuzz.targets import Outcome, Target
from tests.sources.mutants import LEAVES

_ROUND = 10_000
"""Inputs of one run of hypothesis, which remembers all that it drew."""
_OF_ONE_THROW = 20
_PATIENCE_S = 3.0
"""Of the processor's time. The first input of a process reads the names of all countries and time zones."""


def fuzz(name: str, inputs: int, first: int = 0) -> Outcome:
    """Try so many inputs on the source; the same `first` makes the same inputs."""
    target, outcome, began = Target(name), Outcome(name), perf_counter()
    while outcome.inputs < inputs:
        _round(target, outcome, min(_ROUND, inputs - outcome.inputs), first + outcome.inputs)
    outcome.seconds = perf_counter() - began
    return outcome


def _round(target: Target, outcome: Outcome, inputs: int, number: int) -> None:
    end = outcome.inputs + inputs

    @seed(number)
    @settings(
        max_examples=-(-inputs // _OF_ONE_THROW),
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(st.integers(0, 2**64 - 1), LEAVES)
    def try_all(throw: int, word: Any) -> None:
        dice = Random(throw)  # noqa: S311 - nothing secret
        for _ in range(min(_OF_ONE_THROW, end - outcome.inputs)):
            outcome.inputs += 1
            _try_safely(target, dice.getrandbits(64), word, outcome)

    try_all()


def _try_safely(target: Target, throw: int, word: Any, outcome: Outcome) -> None:
    began = process_time()
    try:
        target.try_one(Random(throw), word, outcome)  # noqa: S311 - nothing secret
        require(process_time() - began < _PATIENCE_S, "no input holds the processor for seconds")
    except Exception as defect:  # noqa: BLE001 - that is what is looked for
        where = traceback.extract_tb(defect.__traceback__)[-1]
        place = str(defect) if isinstance(defect, Broken) else f"{where.filename}:{where.lineno}"
        outcome.failures.setdefault(place, f"{throw} {word!r}\n{traceback.format_exc()}")


def main() -> int:
    """Print a line a source; 1 where anything failed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--inputs", type=int, default=200_000, help="inputs a source")
    parser.add_argument("--source", choices=SOURCES, action="append", help="this one alone; may be repeated")
    parser.add_argument("--seed", type=int, default=0, help="other inputs")
    asked = parser.parse_args()
    logging.disable()  # the multipart parser tells of every wrong byte
    failed = False
    for name in asked.source or SOURCES:
        outcome = fuzz(name, asked.inputs, asked.seed)
        failed |= bool(outcome.failures)
        sys.stdout.write("\n".join([outcome.line(), *outcome.failures.values(), ""]))
        sys.stdout.flush()
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
