"""What Slack's stand-in answers, and what it refuses of a message."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from tests.vendors.blockkit import TOTAL, characters, walk
from tests.vendors.server import Answer

LONGEST_TEXT = 40_000


def yes(**fields: Any) -> Answer:
    return json_answer({"ok": True, **fields})


def no(error: str, **fields: Any) -> Answer:
    return json_answer({"ok": False, "error": error, **fields})


def json_answer(
    body: Mapping[str, Any], headers: Mapping[str, str] | None = None, status: int = 200
) -> Answer:
    told = {"Content-Type": "application/json; charset=utf-8", **(headers or {})}
    return Answer(status, told, json.dumps(body).encode())


def refusal(arguments: Mapping[str, Any]) -> Answer | None:
    """What is wrong with a message; None where nothing is."""
    text, blocks, metadata = (arguments.get(name) for name in ("text", "blocks", "metadata"))
    if not text and not blocks:
        return no("no_text")
    if len(text or "") > LONGEST_TEXT:
        return no("msg_too_long")
    if blocks is not None and (found := walk(blocks)):
        return no("invalid_blocks", response_metadata={"messages": in_words(found)})
    if characters(blocks or []) > TOTAL:
        return no("msg_blocks_too_long")
    if metadata is not None and not _well_formed(metadata):
        return no("invalid_metadata_format")
    return None


def in_words(problems: Iterable[tuple[str, str]]) -> list[str]:
    return [f"[ERROR] {problem} [json-pointer:{at}]" for at, problem in problems]


def _well_formed(metadata: Any) -> bool:
    if not isinstance(metadata, dict) or set(metadata) != {"event_type", "event_payload"}:
        return False
    return isinstance(metadata["event_type"], str) and isinstance(metadata["event_payload"], dict)
