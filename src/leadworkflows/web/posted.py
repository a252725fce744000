"""What a form of a page sent: its fields, its files, and where it was sent from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit

from fastapi import Request
from python_multipart import FormParser
from python_multipart.multipart import Field, File, parse_options_header

from leadworkflows.api.problems import Problem
from leadworkflows.api.requests import read_body
from leadworkflows.sources.bodies import MAX_FIELDS, MULTIPART, URLENCODED, media_type

TOKEN_HEADER = "x-csrf-token"  # noqa: S105 - the name of a header


@dataclass(frozen=True, repr=False)
class Posted:
    """Fields as they were typed, without spaces around them; files by their field. `csrf` is the token."""

    fields: Mapping[str, str]
    files: Mapping[str, bytes]
    csrf: str | None

    def get(self, name: str, otherwise: str = "") -> str:
        """One field."""
        return self.fields.get(name, otherwise)


async def read_posted(request: Request) -> Posted:
    """The form that was posted, at most 1 MiB. Raises 400 where it cannot be read, 413, 415."""
    body = await read_body(request)
    kind = media_type(request.headers)
    if body and kind not in (URLENCODED, MULTIPART):
        raise Problem(415, "content-type", f"Send {URLENCODED} or {MULTIPART}.")
    try:
        fields, files = (_parts if kind == MULTIPART else _pairs)(request, body)
    except (ValueError, LookupError, TypeError, AttributeError, AssertionError):
        raise Problem(400, "unreadable-body", "The form cannot be read.") from None
    token = request.headers.get(TOKEN_HEADER) or fields.pop("csrf", None)
    return Posted(fields, files, token)


def same_origin(request: Request, public_url: str) -> bool:
    """Whether the browser says that a page of ours sent this; a program that is none says nothing."""
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site == "same-origin"
    origin = request.headers.get("origin")
    ours = {request.headers.get("host", "").lower(), urlsplit(public_url).netloc.lower()}
    return origin is None or urlsplit(origin).netloc.lower() in ours


_Read = tuple[dict[str, str], dict[str, bytes]]


def _pairs(_request: Request, body: bytes) -> _Read:
    pairs = parse_qsl(body.decode("utf-8"), keep_blank_values=True, max_num_fields=MAX_FIELDS)
    return {name: _clean(value) for name, value in pairs}, {}


def _parts(request: Request, body: bytes) -> _Read:
    fields: dict[str, str] = {}
    files: dict[str, bytes] = {}

    def keep(field: Field) -> None:
        if len(fields) >= MAX_FIELDS:
            raise ValueError("too many fields")
        fields[(field.field_name or b"").decode()] = _clean((field.value or b"").decode())

    def keep_file(file: File) -> None:
        file.file_object.seek(0)
        files[(file.field_name or b"").decode()] = file.file_object.read()
        file.close()

    _, options = parse_options_header(request.headers.get("content-type"))
    in_memory = {"MAX_MEMORY_FILE_SIZE": len(body) + 1}
    parser = FormParser(MULTIPART, keep, keep_file, lambda: None, options[b"boundary"], config=in_memory)
    parser.write(body)
    parser.finalize()
    return fields, files


def _clean(text: str) -> str:
    return text.replace("\x00", "").replace("\r\n", "\n").strip()
