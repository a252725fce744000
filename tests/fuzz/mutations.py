"""Bodies made strange: at the level of JSON, of bytes, or from nothing."""

from __future__ import annotations

import json
from copy import deepcopy
from random import Random
from typing import Any

NUMBERS = ["10" * 200, "9" * 4_000, "9" * 5_000, "1e999", "-1", "-0", "0", "1e-400", "NaN", "Infinity", "2.5"]
ADDRESSES = [
    "ada@example.com", "ADA@Gmail.com", "Ada <ada@example.com>", "a@b@c", "@", "a@-.com", "a@xn--a",
    "a@" + "x" * 300 + ".com", "a@[127.0.0.1]", "\uff41da\uff20\uff45xample.com", "\u202eada@example.com",
    "é@exämple.com", '"a b"@example.com', "a@example.com\u0301", "/users/ada@example.com", "{{email}}",
]  # fmt: skip
TIMES = [
    "9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+14:00", "1768469400", 1_768_469_400_000, "inf", "nan",
    "2026-02-30T00:00:00Z", "2026-03-02T09:30:60Z", "2026-03-02T09:30:00+23:59",
    "2026-03-02T09:30:00Z", "1e10",
]  # fmt: skip
TEXTS = [
    "", " ", ",", "x" * 400, "\x00", "a\x00b", "\u2028", "\ufeff", "\u0130", "ß", "\U0001d51e", "²³", "١٢٣",
    "%zz", "+49 30 1234 ext. 5", "tel:+1;ext=99999999", "0049301234567", "+" + "9" * 60, "//[", "http://[",
    "http://[::1",
]  # fmt: skip
MEANT = [
    "51-200", "1,000+", "10k", "DE", "Germany", "Europe/Berlin", "europe_slash_berlin", "Fintech", "yes",
    "demo",
    "webinar", "page_viewed", "content_downloaded", "lead_merged", "deal_lost", "Lovelace, Ada", "Mr.",
    "contact.merge", "contact.propertyChange", "invitee.created", "dropped", "bounce", "identify", "alias",
]  # fmt: skip
OTHERS: list[Any] = [None, True, False, 0, -1, 2**63, 10**400, 1e308, 0.1, [], {}, [[]], [None]]
ODD: list[Any] = [*ADDRESSES, *TIMES, *TEXTS, *MEANT, *OTHERS]
_TOKENS = [
    b'"', b"{", b"}", b"[", b"]", b",", b":", b"\\", b"\\u0000", b"\\ud800", b"\xff", b"\xc3", b"\x00", b"&",
    b"=",
    b"%", b"%00", b"+", b"--frontier", b"\r\n", b"--frontier--", b"{" * 70, b"[" * 200, b"e9",
    *(number.encode() for number in NUMBERS),
]  # fmt: skip


def of_json(dice: Random, body: bytes, word: Any, names: list[str]) -> bytes:
    """The body with one to four of its parts exchanged, taken away, wrapped, renamed or repeated."""
    holder = [json.loads(body)]
    for _ in range(dice.choice((1, 1, 1, 2, 3, 4))):
        _change(dice, holder, word, names)
    return json.dumps(holder[0], ensure_ascii=dice.random() < 0.5).encode("utf-8", "surrogatepass")


def of_bytes(dice: Random, body: bytes, other: bytes) -> bytes:
    """The body with one to four wounds, or grown together with another one."""
    changed = bytearray(body)
    for _ in range(dice.randint(1, 4)):
        start = dice.randint(0, len(changed))
        end = min(len(changed), start + dice.choice((0, 1, 2, 8, 40)))
        match dice.randint(0, 5):
            case 0:
                changed[start:end] = dice.choice(_TOKENS)
            case 1:
                changed[start:end] = dice.randbytes(end - start)
            case 2:
                del changed[start:end]
            case 3:
                changed[start:start] = changed[start:end] * dice.randint(1, 4)
            case 4:
                del changed[start if dice.random() < 0.3 else len(changed) :]
            case _:
                cut = dice.randint(0, len(other))
                changed[start:end] = other[cut : cut + 60]
    return bytes(changed)


def of_nothing(dice: Random, word: Any, names: list[str]) -> bytes:
    """Any JSON, made of the names that the source knows and of odd values."""
    return json.dumps(_any(dice, word, names, dice.randint(0, 4))).encode("utf-8", "surrogatepass")


def _change(dice: Random, holder: list[Any], word: Any, names: list[str]) -> None:
    inside, name = dice.choice(_places(holder))
    value = inside[name]
    match dice.randint(0, 9):
        case 0:
            _drop(inside, name)
        case 1:
            inside[name] = dice.choice(
                ([value], {"a": value}, [value, value], json.dumps(value), [[value]] * 3)
            )
        case 2:
            inside[name] = _nested(value, dice.choice((3, 30, 70)))
        case 3 if isinstance(inside, dict):
            inside[dice.choice(names)] = value
        case 4 if isinstance(inside, dict):
            inside[str(word)] = inside.pop(name)
        case 5 if isinstance(value, list) and len(value) < 20:
            value.extend(value * dice.randint(1, 3))
        case 6:
            further, place = dice.choice(_places(holder))
            inside[name] = json.loads(json.dumps(further[place]))
        case _:
            inside[name] = dice.choice((word, _odd(dice), _odd(dice), _any(dice, word, names, 2)))


def _drop(inside: Any, name: Any) -> None:
    if isinstance(inside, dict) or len(inside) > 1:
        del inside[name]
    else:
        inside[name] = None


def _places(holder: list[Any]) -> list[tuple[Any, Any]]:
    """Every part as its container and the name in it."""
    found: list[tuple[Any, Any]] = []
    waiting: list[Any] = [holder]
    while waiting and len(found) < 2_000:
        inside = waiting.pop()
        for name, value in inside.items() if isinstance(inside, dict) else enumerate(inside):
            found.append((inside, name))
            if isinstance(value, dict | list):
                waiting.append(value)
    return found or [(holder, 0)]


def _nested(value: Any, depth: int) -> Any:
    for level in range(depth):
        value = [value] if level % 2 else {"a": value}
    return value


def _any(dice: Random, word: Any, names: list[str], depth: int) -> Any:
    kind = dice.randint(0, 3) if depth else 0
    if kind == 1:
        return [_any(dice, word, names, depth - 1) for _ in range(dice.randint(0, 3))]
    if kind:
        return {dice.choice(names): _any(dice, word, names, depth - 1) for _ in range(dice.randint(0, 6))}
    return word if dice.random() < 0.3 else _odd(dice)


def _odd(dice: Random) -> Any:
    return deepcopy(dice.choice(ODD))  # what is put into a body is changed there
