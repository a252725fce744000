#!/usr/bin/env python3
"""How many events a second the core takes in, in memory, on one core: `core` of `leadworkflows bench`.

Example: python benchmarks/core.py 5
"""

from __future__ import annotations

import sys

from leadworkflows.bench.core import measure_core


def main() -> None:
    """Measure and say."""
    figures = measure_core(float(sys.argv[1]) if len(sys.argv) > 1 else 5.0)
    lines = [
        f"parsing only: {figures.parsed_per_s:,.0f} events/s",
        f"simulation:   {figures.events_per_s:,.0f} events/s",
        f"ratio:        {figures.core_ratio:.3f} of parsing alone",
    ]
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
