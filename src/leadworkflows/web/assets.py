"""`/static/…`: styles and scripts from our own files, under addresses that change with their content."""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import Annotated

from fastapi import APIRouter, Header, Response

from leadworkflows.api.problems import not_found

_KINDS = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}
_FOR_EVER = "public, max-age=31536000, immutable"
router = APIRouter(include_in_schema=False)


@dataclass(frozen=True)
class Asset:
    """A file as it is sent. `digest` names its content."""

    body: bytes
    zipped: bytes
    kind: str
    digest: str


def asset_url(name: str) -> str:
    """The address of a file below `static/`. Raises FileNotFoundError."""
    return f"/static/{_asset(name).digest}/{name}"


@router.get("/static/{digest}/{name:path}")
async def asset(digest: str, name: str, accept_encoding: Annotated[str, Header()] = "") -> Response:
    """A file, for ever the same at its address. Nobody has to sign in for it."""
    found = _asset(name) if name in _names() else None
    if found is None or found.digest != digest:
        raise not_found("There is no such file.")
    headers = {"Cache-Control": _FOR_EVER, "Vary": "Accept-Encoding", "X-Content-Type-Options": "nosniff"}
    if "gzip" in accept_encoding:
        return Response(found.zipped, headers={**headers, "Content-Encoding": "gzip"}, media_type=found.kind)
    return Response(found.body, headers=headers, media_type=found.kind)


def inline(name: str) -> str:
    """The text of a file, for pages that load nothing."""
    return _asset(name).body.decode()


@cache
def _names() -> frozenset[str]:
    root = files("leadworkflows.web") / "static"
    folders = {"": root, "vendor/": root / "vendor"}
    return frozenset(
        prefix + each.name
        for prefix, folder in folders.items()
        for each in folder.iterdir()
        if each.is_file() and _suffix(each.name) in _KINDS
    )


@cache
def _asset(name: str) -> Asset:
    if name not in _names():
        raise FileNotFoundError(f"static/{name}")
    body = files("leadworkflows.web").joinpath("static", *name.split("/")).read_bytes()
    digest = sha256(body).hexdigest()[:16]
    return Asset(body, gzip.compress(body, mtime=0), _KINDS[_suffix(name)], digest)


def _suffix(name: str) -> str:
    return f".{name.rpartition('.')[2]}"
