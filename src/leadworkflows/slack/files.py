"""Files in a thread of Slack: three calls, of which only the last shows anything to anybody."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from slack_sdk.errors import SlackRequestError
from slack_sdk.web import WebClient

from leadworkflows.content.enclosed import Enclosed
from leadworkflows.slack.message import SlackPoster
from leadworkflows.vendor import Receipt, VendorUnavailable


class FilePoster(SlackPoster, Protocol):
    """A poster that can also put files into a thread."""

    async def enclose(self, posted: str, key: str, comment: str, files: Sequence[Enclosed]) -> Receipt:
        """Put files below a message, which `posted` ("CHANNEL:TS") names. Raises what `post` raises."""


def upload(client: WebClient, channel_id: str, ts: str, comment: str, files: Sequence[Enclosed]) -> Receipt:
    """Upload files and show them in a thread. Raises what slack_sdk raises, and VendorUnavailable."""
    told = [{"filename": f.name, "file": f.content, "title": f.title, "alt_txt": f.title} for f in files]
    try:
        answer = client.files_upload_v2(
            file_uploads=told, channel=channel_id, thread_ts=ts, initial_comment=comment
        )
    except SlackRequestError:  # the bytes were not taken, so there is nothing to show yet
        raise VendorUnavailable("Slack did not take a file") from None
    ids = ",".join(str(each["id"]) for each in answer["files"])
    return Receipt(ids, f"Slack shows {len(files)} files in the thread")
