"""The lifecycle as a picture, drawn from the chart itself so that it cannot grow old."""

from __future__ import annotations

from statemachine.contrib.diagram import MermaidGraphMachine

from leadworkflows.domain.lifecycle import Lifecycle


def lifecycle_diagram() -> str:
    """The chart as Mermaid source, the same text for the same chart."""
    picture = MermaidGraphMachine(Lifecycle)  # type: ignore[no-untyped-call]
    return f"{picture.get_mermaid().rstrip()}\n"
