"""Asking a vendor one question for `doctor`, and what to say where no usable answer comes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import httpx

from leadworkflows.cli.doctor_finding import Finding, Status
from leadworkflows.settings import PREFIX

PATIENCE_S = 5.0
Answer = httpx.Response | httpx.TransportError | httpx.InvalidURL
"""What came back, or why nothing did."""


async def ask(method: str, url: str, key: str, form: Mapping[str, str] | None = None) -> Answer:
    """Ask with a bearer key. Nothing is asked twice."""
    headers = {"Authorization": f"Bearer {key}"}
    async with httpx.AsyncClient(timeout=PATIENCE_S) as http:
        try:
            return await http.request(method, url, headers=headers, data=dict(form) if form else None)
        except (httpx.TransportError, httpx.InvalidURL) as error:
            return error


def object_in(answer: httpx.Response) -> dict[str, Any]:
    """The JSON object that was answered; empty where it is none."""
    try:
        found = answer.json()
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def unreachable(vendor: str, error: Exception, setting: str) -> Finding:
    """Nothing answers there."""
    fix = f"check the network, a proxy, and {PREFIX}{setting}"
    return Finding(vendor, Status.WRONG, f"it cannot be reached ({type(error).__name__})", fix)


def strange(vendor: str, answer: httpx.Response, setting: str) -> Finding:
    """Something answers that is not the vendor, or is out of order."""
    found = f"it answers {answer.status_code}, which is not its usual answer"
    return Finding(vendor, Status.WRONG, found, f"try again later, or check {PREFIX}{setting}")
