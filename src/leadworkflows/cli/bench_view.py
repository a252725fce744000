"""How figures are shown to people."""

from __future__ import annotations

from collections.abc import Iterable

from pydantic import BaseModel
from rich.table import Table

from leadworkflows.bench.report import Target


def figures_table(name: str, figures: BaseModel) -> Table:
    """One line a figure."""
    table = Table("figure", "value", title=name)
    for figure, value in figures.model_dump().items():
        table.add_row(figure, f"{value:,}" if isinstance(value, int | float) else str(value))
    return table


def targets_table(targets: Iterable[Target]) -> Table:
    """What each figure must be, and whether it is."""
    table = Table("figure", "value", "target", "met", title="targets on two cores")
    for target in targets:
        limit = (
            f"at most {target.at_most:,}" if target.at_most is not None else f"at least {target.at_least:,}"
        )
        table.add_row(target.figure, f"{target.value:,}", limit, "yes" if target.met else "no")
    return table
