"""What SendGrid refuses in a mail, field by field."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

Problem = tuple[str, str]

RECIPIENTS, CATEGORIES, LONGEST_CATEGORY, CUSTOM_BYTES, AHEAD_S = 1000, 10, 255, 10_000, 72 * 3600
RESERVED = {
    "x-sg-id", "x-sg-eid", "received", "dkim-signature", "content-type", "content-transfer-encoding",
    "to", "from", "subject", "reply-to", "cc", "bcc",
}  # fmt: skip
KNOWN = {
    "personalizations", "from", "reply_to", "reply_to_list", "subject", "content", "attachments",
    "template_id", "headers", "categories", "custom_args", "send_at", "batch_id", "asm",
    "ip_pool_name", "mail_settings", "tracking_settings", "sections",
}  # fmt: skip
ONE_KNOWN = {
    "to", "from", "cc", "bcc", "subject", "headers", "substitutions", "dynamic_template_data",
    "custom_args", "send_at",
}  # fmt: skip
ADDRESS = re.compile(r"[^@\s<>,;\"]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")


def problems(mail: Any, now: int) -> Iterator[Problem]:
    """Everything wrong with a request body; `now` is a Unix second."""
    if not isinstance(mail, dict):
        yield "", "the body must be an object"
        return
    for name in mail.keys() - KNOWN:
        yield name, "unknown field"
    yield from _personalizations(mail)
    yield from _address("from", mail.get("from"))
    if "reply_to" in mail:
        yield from _address("reply_to", mail["reply_to"])
        if "reply_to_list" in mail:
            yield "reply_to_list", "cannot be used together with reply_to"
    yield from _content(mail)
    yield from _categories(mail.get("categories", []))
    yield from _attachments(mail.get("attachments", []))
    yield from _asm(mail)
    yield from _headers("headers", mail.get("headers", {}))
    yield from _send_at("send_at", mail, now)
    for name in ("mail_settings", "tracking_settings"):
        yield from _settings(name, mail.get(name, {}))


def _personalizations(mail: dict[str, Any]) -> Iterator[Problem]:
    listed = mail.get("personalizations")
    if not isinstance(listed, list) or not 1 <= len(listed) <= RECIPIENTS:
        yield "personalizations", "between 1 and 1000 are required"
        return
    total = 0
    for n, one in enumerate(listed):
        where = f"personalizations.{n}"
        if not isinstance(one, dict):
            yield where, "must be an object"
            continue
        for name in one.keys() - ONE_KNOWN:
            yield f"{where}.{name}", "unknown field"
        total += sum(len(one.get(kind, [])) for kind in ("to", "cc", "bcc"))
        yield from _recipients(where, one)
        yield from _subject(where, one, mail)
        yield from _headers(f"{where}.headers", one.get("headers", {}))
        yield from _custom_args(f"{where}.custom_args", one, mail)
    if total > RECIPIENTS:
        yield "personalizations", "no more than 1000 recipients"


def _recipients(where: str, one: dict[str, Any]) -> Iterator[Problem]:
    if not isinstance(one.get("to"), list) or not one["to"]:
        yield f"{where}.to", "at least one recipient is required"
        return
    seen: set[str] = set()
    for kind in ("to", "cc", "bcc"):
        for n, address in enumerate(one.get(kind, [])):
            yield from _address(f"{where}.{kind}.{n}", address)
            email = str(address.get("email", "")).lower() if isinstance(address, dict) else ""
            if email in seen:
                yield f"{where}.{kind}.{n}.email", "each address must be unique in a personalization"
            seen.add(email)


def _address(where: str, value: Any) -> Iterator[Problem]:
    if not isinstance(value, dict):
        yield where, "an object with an email is required"
        return
    email = value.get("email")
    if not isinstance(email, str) or len(email) > 320 or not ADDRESS.fullmatch(email):
        yield f"{where}.email", "does not contain a valid address"
    name = value.get("name", "")
    if not isinstance(name, str) or "\n" in name or "\r" in name:
        yield f"{where}.name", "must be a string on one line"


def _subject(where: str, one: dict[str, Any], mail: dict[str, Any]) -> Iterator[Problem]:
    subject = one.get("subject", mail.get("subject"))
    if subject is None and "template_id" in mail:
        return
    if not isinstance(subject, str) or not subject or "\n" in subject or "\r" in subject:
        yield f"{where}.subject", "a subject on one line is required"


def _content(mail: dict[str, Any]) -> Iterator[Problem]:
    parts = mail.get("content")
    if parts is None and "template_id" in mail:
        return
    if not isinstance(parts, list) or not parts:
        yield "content", "is required unless a template is used"
        return
    for n, part in enumerate(parts):
        for name in ("type", "value"):
            if not isinstance(part.get(name), str) or not part[name]:
                yield f"content.{n}.{name}", "must have at least 1 character"
        if re.search(r"[;\r\n]", str(part.get("type"))):
            yield f"content.{n}.type", "must not contain ; or a line end"
    types = [part.get("type") for part in parts]
    order = {"text/plain": 0, "text/html": 1}
    if types != sorted(types, key=lambda each: order.get(each, 2)):
        yield "content", "text/plain comes first, then text/html"
    if len(set(types)) != len(types):
        yield "content", "each type once"


def _categories(listed: Any) -> Iterator[Problem]:
    if not isinstance(listed, list) or len(listed) > CATEGORIES:
        yield "categories", "no more than 10"
        return
    if len({str(each) for each in listed}) != len(listed):
        yield "categories", "must be unique"
    for n, each in enumerate(listed):
        if not isinstance(each, str) or not each.isascii() or not 1 <= len(each) <= LONGEST_CATEGORY:
            yield f"categories.{n}", "must be ASCII of at most 255 characters"


def _attachments(listed: Any) -> Iterator[Problem]:
    if not isinstance(listed, list):
        yield "attachments", "must be an array"
        return
    for n, one in enumerate(listed):
        where = f"attachments.{n}"
        if not isinstance(one, dict):
            yield where, "must be an object"
            continue
        for name in one.keys() - {"content", "type", "filename", "disposition", "content_id"}:
            yield f"{where}.{name}", "unknown field"
        yield from _attached(where, one)


def _attached(where: str, one: dict[str, Any]) -> Iterator[Problem]:
    for name in ("content", "filename"):
        if not isinstance(one.get(name), str) or not one[name]:
            yield f"{where}.{name}", "is required"
    if not re.fullmatch(r"[A-Za-z0-9+/]+={0,2}", str(one.get("content"))) or len(one["content"]) % 4:
        yield f"{where}.content", "must be base64"
    if re.search(r"[;\r\n]", str(one.get("type", ""))):
        yield f"{where}.type", "must not contain ; or a line end"
    if one.get("disposition", "attachment") not in {"inline", "attachment"}:
        yield f"{where}.disposition", "must be inline or attachment"
    if one.get("disposition") == "inline" and not one.get("content_id"):
        yield f"{where}.content_id", "is needed to show it inline"


def _asm(mail: dict[str, Any]) -> Iterator[Problem]:
    if "asm" not in mail:
        return
    asm = mail["asm"]
    if not isinstance(asm, dict) or not _whole(asm.get("group_id")):
        yield "asm.group_id", "must be an integer"
        return
    shown = asm.get("groups_to_display", [])
    if not isinstance(shown, list) or len(shown) > 25 or not all(map(_whole, shown)):
        yield "asm.groups_to_display", "at most 25 integers"


def _headers(where: str, headers: Any) -> Iterator[Problem]:
    if not isinstance(headers, dict):
        yield where, "must be an object"
        return
    folded = {str(name).lower(): value for name, value in headers.items()}
    for name, value in folded.items():
        if name in RESERVED:
            yield f"{where}.{name}", "is a reserved header"
        if not isinstance(value, str) or not value.isascii() or "\n" in value or "\r" in value:
            yield f"{where}.{name}", "must be an ASCII string on one line"
    if "list-unsubscribe-post" in folded:
        yield from _one_click(where, folded)


def _one_click(where: str, headers: dict[str, str]) -> Iterator[Problem]:
    """RFC 8058, section 3.1."""
    if headers["list-unsubscribe-post"] != "List-Unsubscribe=One-Click":
        yield f"{where}.list-unsubscribe-post", "must be List-Unsubscribe=One-Click"
    if len(re.findall(r"<https://[^<>\s]+>", headers.get("list-unsubscribe", ""))) != 1:
        yield f"{where}.list-unsubscribe", "exactly one HTTPS address"


def _custom_args(where: str, one: dict[str, Any], mail: dict[str, Any]) -> Iterator[Problem]:
    merged = {**mail.get("custom_args", {}), **one.get("custom_args", {})}
    for name, value in merged.items():
        if not isinstance(value, str):
            yield f"{where}.{name}", "must be a string"
    if sum(len(str(part).encode()) for pair in merged.items() for part in pair) > CUSTOM_BYTES:
        yield where, "no more than 10,000 bytes"


def _send_at(where: str, mail: dict[str, Any], now: int) -> Iterator[Problem]:
    if "send_at" not in mail:
        return
    if not _whole(mail["send_at"]):
        yield where, "must be an integer"
    elif mail["send_at"] > now + AHEAD_S:
        yield where, "no more than 72 hours ahead"


def _settings(where: str, settings: Any) -> Iterator[Problem]:
    if not isinstance(settings, dict):
        yield where, "must be an object"
        return
    for name, value in settings.items():
        if not isinstance(value, dict) or not isinstance(value.get("enable", False), bool):
            yield f"{where}.{name}.enable", "must be a boolean"


def _whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
