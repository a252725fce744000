#!/usr/bin/env python3
"""Draw the picture in docs/lifecycle.md anew from the chart: `python docs/lifecycle_diagram.py`."""

from __future__ import annotations

import re
from pathlib import Path

from leadworkflows.domain.diagram import lifecycle_diagram

PAGE = Path(__file__).with_name("lifecycle.md")


def main() -> None:
    """Replace the page's one Mermaid block."""
    picture = f"```mermaid\n{lifecycle_diagram()}```"
    page = PAGE.read_text("utf-8")
    PAGE.write_text(re.sub(r"```mermaid\n.*?```", lambda _: picture, page, count=1, flags=re.DOTALL), "utf-8")


if __name__ == "__main__":
    main()
