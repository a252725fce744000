"""One content file: front matter in YAML between `---` lines, then Markdown with Jinja."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from leadworkflows.content.errors import ContentError

_PARTS = re.compile(r"\A---\r?\n(?P<front>.*?)^---\r?\n?(?P<body>.*)\Z", re.DOTALL | re.MULTILINE)
_WORD = "[a-z0-9][a-z0-9-]*"
FILE_NAME = re.compile(
    rf"(?P<content>{_WORD})(\.(?!..\.md$)(?P<variant>{_WORD}))?(\.(?P<language>[a-z]{{2}}))?\.md"
)
"""The last part, of two letters, is a language: `case.de.md`, `case.fintech.md`, `case.fintech.de.md`."""
_Line = Annotated[str, Field(min_length=1, max_length=200)]


def _each(subject: Any) -> Any:
    return [subject] if isinstance(subject, str) else subject


class FrontMatter(BaseModel):
    """What stands above a mail.

    `subject` and `preheader` (the line that inboxes show beside the subject) may use Jinja. Several
    subjects are tried against each other. `category` groups mails in the vendor's statistics, and
    says why somebody gets this; `reason` says it in words of the content's own.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    subject: Annotated[tuple[_Line, ...], BeforeValidator(_each), Field(min_length=1, max_length=4)]
    preheader: Annotated[str, Field(max_length=200)] = ""
    category: Literal["confirmation", "nurture", "recycled"]
    language: Annotated[str, Field(pattern=r"^[a-z]{2}(-[A-Z]{2})?$")] = "en"
    reason: Annotated[str, Field(max_length=300)] = ""
    template_id: Annotated[str, Field(pattern=r"^d-[0-9a-f]{32}$")] | None = None
    """A dynamic template of SendGrid, which then makes the mail."""
    data: tuple[str, ...] = ()
    """The values that the template gets, by the names that contents use."""

    @model_validator(mode="after")
    def _a_template_for_the_data(self) -> Self:
        if self.data and self.template_id is None:
            raise ValueError("data is for a dynamic template: name it in template_id, or remove data")
        return self


class FileName(NamedTuple):
    """What the name of a content file says."""

    content: str
    variant: str | None
    language: str | None


class ContentSource(BaseModel):
    """A content file, read and checked."""

    model_config = ConfigDict(frozen=True)

    name: str
    """The file name without `.md`: `sector-case-study.fintech.de`."""
    content: str
    variant: str | None
    named_language: str | None
    """The language in the file's name; None for the file that stands for every other language."""
    front: FrontMatter
    body: str

    @property
    def language(self) -> str:
        """The two letters of the language that it is written in."""
        return self.front.language[:2]


def read(path: Path) -> ContentSource:
    """Read one file. Raises ContentError."""
    found = FILE_NAME.fullmatch(path.name)
    if found is None:
        fix = "name it {content}.md, {content}.{variant}.md or {content}.{variant}.{language}.md"
        raise ContentError(path.name, f"{fix}, in lower case")
    name = FileName(**found.groupdict())
    parts = _PARTS.match(path.read_text(encoding="utf-8"))
    if parts is None:
        raise ContentError(path.name, "start the file with front matter between two lines of ---")
    front = _front(path, parts["front"], name)
    if not parts["body"].strip() and front.template_id is None:
        raise ContentError(path.name, "there is no text below the front matter")
    return ContentSource(
        name=path.name.removesuffix(".md"),
        content=name.content,
        variant=name.variant,
        named_language=name.language,
        front=front,
        body=parts["body"],
    )


def _front(path: Path, text: str, name: FileName) -> FrontMatter:
    try:
        data: Any = YAML(typ="safe").load(text)
        if name.language and isinstance(data, dict):
            data.setdefault("language", name.language)
        front = FrontMatter.model_validate(data)
    except YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f"line {mark.line + 2}: " if mark else ""
        raise ContentError(path.name, f"{line}the front matter is not YAML") from None
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(map(str, first["loc"])) or "front matter"
        raise ContentError(path.name, f"{field}: {first['msg'].removeprefix('Value error, ')}") from None
    if name.language and front.language[:2] != name.language:
        raise ContentError(path.name, f"language: the file's name says {name.language}, not {front.language}")
    return front
