"""One content file: front matter in YAML between `---` lines, then Markdown with Jinja."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from leadworkflows.content.errors import ContentError

_PARTS = re.compile(r"\A---\r?\n(?P<front>.*?)^---\r?\n(?P<body>.*)\Z", re.DOTALL | re.MULTILINE)
FILE_NAME = re.compile(r"(?P<content>[a-z0-9][a-z0-9-]*)(\.(?P<variant>[a-z0-9][a-z0-9-]*))?\.md")


class FrontMatter(BaseModel):
    """What stands above a mail.

    `subject` and `preheader` (the line that inboxes show beside the subject) may use Jinja.
    `category` groups mails in the vendor's statistics: confirmation, nurture, recycled.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    subject: Annotated[str, Field(min_length=1, max_length=200)]
    preheader: Annotated[str, Field(max_length=200)] = ""
    category: Literal["confirmation", "nurture", "recycled"]
    language: Annotated[str, Field(pattern=r"^[a-z]{2}(-[A-Z]{2})?$")] = "en"


class ContentSource(BaseModel):
    """A content file, read and checked."""

    model_config = ConfigDict(frozen=True)

    name: str
    """The file name without `.md`: `sector-case-study.fintech`."""
    front: FrontMatter
    body: str


def read(path: Path) -> ContentSource:
    """Read one file. Raises ContentError."""
    if FILE_NAME.fullmatch(path.name) is None:
        raise ContentError(path.name, "name it {content}.md or {content}.{variant}.md, in lower case")
    parts = _PARTS.match(path.read_text(encoding="utf-8"))
    if parts is None:
        raise ContentError(path.name, "start the file with front matter between two lines of ---")
    if not parts["body"].strip():
        raise ContentError(path.name, "there is no text below the front matter")
    front = _front(path, parts["front"])
    return ContentSource(name=path.name.removesuffix(".md"), front=front, body=parts["body"])


def _front(path: Path, text: str) -> FrontMatter:
    try:
        data: Any = YAML(typ="safe").load(text)
        return FrontMatter.model_validate(data)
    except YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f"line {mark.line + 2}: " if mark else ""
        raise ContentError(path.name, f"{line}the front matter is not YAML") from None
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(map(str, first["loc"])) or "front matter"
        raise ContentError(path.name, f"{field}: {first['msg']}") from None
