"""Files as Slack takes them: an address to upload to, the bytes, and a last call that shows them."""

from __future__ import annotations

import json
from typing import Any

from tests.vendors.server import Answer, Call
from tests.vendors.slack_answers import no, yes

_LARGEST = 1 << 30


class Files:
    """`shown` are the files that were put into a channel, each with its thread and its comment."""

    def __init__(self, own: str) -> None:
        self._own = own
        self._asked: dict[str, dict[str, Any]] = {}
        self.shown: list[dict[str, Any]] = []

    def address(self, arguments: dict[str, Any]) -> Answer:
        """files.getUploadURLExternal."""
        name, length = arguments.get("filename"), int(arguments.get("length") or 0)
        if not name or not 0 < length <= _LARGEST:
            return no("invalid_arguments")
        if len(str(arguments.get("alt_txt") or "")) > 1000:
            return no("alt_txt_too_large")
        number = f"F{len(self._asked):08}"
        self._asked[number] = {"id": number, "name": name, "length": length, "alt": arguments.get("alt_txt")}
        return yes(upload_url=f"{self._own}/upload/v1/{number}", file_id=number)

    def take(self, call: Call) -> Answer:
        """The bytes, as long as was said."""
        file = self._asked.get(call.path.rpartition("/")[2])
        if file is None or len(call.body) != file["length"]:
            return Answer(400, body=b"the upload does not fit what was asked for")
        file["content"] = call.body
        return Answer(200, {"Content-Type": "text/plain"}, f"OK - {len(call.body)}".encode())

    def complete(self, arguments: dict[str, Any], refused: Answer | None, threads: set[str]) -> Answer:
        """files.completeUploadExternal; `refused` is what is wrong with the channel."""
        listed = arguments.get("files")
        wanted = json.loads(listed) if isinstance(listed, str) else listed
        if not isinstance(wanted, list) or not wanted:
            return no("invalid_arguments")
        found = [self._asked.get(str(each.get("id"))) for each in wanted]
        if any(each is None or "content" not in each for each in found):
            return no("file_not_found")
        if refused is not None:
            return refused
        if (thread := arguments.get("thread_ts")) and thread not in threads:
            return no("thread_not_found")
        for each, file in zip(wanted, found, strict=True):
            comment = arguments.get("initial_comment")
            told = {"title": each.get("title"), "thread": thread, "comment": comment}
            self.shown.append({**(file or {}), **told, "channel": arguments.get("channel_id")})
        return yes(files=[{"id": each["id"], "title": each.get("title")} for each in wanted])
