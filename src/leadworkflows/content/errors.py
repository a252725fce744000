"""What can be wrong with a content file."""

from __future__ import annotations


class ContentError(Exception):
    """A content file is missing or cannot be rendered. Names the file and the problem, nobody's data."""

    def __init__(self, file: str, problem: str) -> None:
        super().__init__(f"{file}: {problem}")
        self.file = file
        self.problem = problem
