"""The senders: each delivery again until it is acknowledged, as vendors do."""

from __future__ import annotations

import json
import threading
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.client import HTTPConnection, HTTPException

from tests.chaos.population import ToSend
from tests.chaos.vendors import MoodySendGrid
from tests.vendors.sendgrid_events import EventWebhook, event_of

SENDERS = 16
_AGAIN_S = 0.2


class NotAcknowledged(Exception):
    """A delivery that was still not acknowledged when the run's time was over."""


@dataclass
class Storm:
    """What was sent and what was answered. Times are the monotonic clock's."""

    port: int
    start: float
    until: float
    over: threading.Event = field(default_factory=threading.Event)
    """Set where the run is broken off: whatever is not acknowledged then never is."""
    accepted: set[str] = field(default_factory=set)
    answers: Counter[str] = field(default_factory=Counter)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _mine: threading.local = field(default_factory=threading.local)

    def send_all(self, deliveries: Sequence[ToSend]) -> None:
        """Send each at its time, many at once; return when all are acknowledged."""
        with ThreadPoolExecutor(SENDERS) as senders:
            for _ in senders.map(self._send_in_time, deliveries):
                pass

    def report(self, sendgrid: MoodySendGrid, webhook: EventWebhook, keys: Sequence[str]) -> None:
        """SendGrid tells by its event webhook that these mails were delivered."""
        mails = sendgrid.mails()
        for start in range(0, len(keys), 20):
            now = datetime.now(UTC)
            events = [event_of(mails[key][0], "delivered", now) for key in keys[start : start + 20]]
            body, headers = webhook.post(events, now)
            self._until_acknowledged("/webhooks/sendgrid", body, headers)

    def _send_in_time(self, delivery: ToSend) -> None:
        self.over.wait(max(0.0, self.start + delivery.at_s - time.monotonic()))
        self._until_acknowledged(delivery.path, delivery.body, delivery.headers)

    def _until_acknowledged(self, path: str, body: bytes, headers: object) -> None:
        while True:
            now = headers() if callable(headers) else headers
            status, said = self._post(path, body, now)  # type: ignore[arg-type]
            self._count(str(status) if status else "no answer")
            if status == 202:
                with self._lock:
                    self.accepted.update(json.loads(said)["event_ids"])
                return
            if status not in (None, 500, 502, 503):
                raise NotAcknowledged(f"{path} was refused with {status}: {said.decode()[:300]}")
            if self.over.wait(_AGAIN_S) or time.monotonic() > self.until:
                raise NotAcknowledged(f"{path} was not acknowledged; the last answer was {status}")

    def _post(self, path: str, body: bytes, headers: dict[str, str]) -> tuple[int | None, bytes]:
        if not hasattr(self._mine, "connection"):
            self._mine.connection = HTTPConnection("127.0.0.1", self.port, timeout=15)
        connection: HTTPConnection = self._mine.connection
        try:
            connection.request("POST", path, body, headers)
            answer = connection.getresponse()
            return answer.status, answer.read()
        except (OSError, HTTPException):
            connection.close()
            return None, b""

    def _count(self, answer: str) -> None:
        with self._lock:
            self.answers[answer] += 1
