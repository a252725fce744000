"""A regular report as a mail: its numbers as a table, its charts in the text, the CSV beside them."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from leadworkflows.activities.mail import OutgoingEmail
from leadworkflows.content.enclosed import Enclosed
from leadworkflows.reports.digest import SHOWN, Digest
from leadworkflows.reports.digest_words import NAMES, figures, lines

_CELL = 'style="padding:4px 16px 4px 0;text-align:right"'
_LABEL = 'style="padding:4px 16px 4px 0;text-align:left;font-weight:normal"'


def report_mail(
    key: str, to: str, digest: Digest, files: Sequence[Enclosed], funnel_url: str
) -> OutgoingEmail:
    """The mail for one colleague."""
    return OutgoingEmail(
        key=key,
        lead_id="",
        to=to,
        to_name="",
        subject=digest.title,
        text=_text(digest, funnel_url),
        html=_html(digest, files, funnel_url),
        content=f"report-{digest.kind}",
        categories=("report",),
        enclosed=files,
        is_tracked=False,
    )


def _text(digest: Digest, funnel_url: str) -> str:
    told = [f"{label}: {value}" for label, value in figures(digest)]
    return "\n".join([digest.title, "", *told, "", *lines(digest), "", funnel_url, ""])


def _html(digest: Digest, files: Sequence[Enclosed], funnel_url: str) -> str:
    title, url = escape(digest.title), escape(funnel_url)
    said = "".join(f"<li>{escape(line)}</li>" for line in lines(digest))
    shown = "".join(_picture(each) for each in files if each.content_id)
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title></head>'
        '<body style="font-family:sans-serif;color:#1f2a44;max-width:640px;margin:0 auto;padding:16px">'
        f"<h1>{title}</h1>{_table(digest)}<ul>{said}</ul>{shown}"
        f'<p><a href="{url}">The funnel</a></p></body></html>'
    )


def _table(digest: Digest) -> str:
    word = "week" if digest.kind == "weekly" else "month"
    head = f'<tr><td></td><th scope="col" {_CELL}>this {word}</th><th scope="col" {_CELL}>before</th></tr>'
    now, before = digest.now.stages, digest.before.stages
    rows = "".join(
        f'<tr><th scope="row" {_LABEL}>{NAMES[stage]}</th><td {_CELL}>{now[stage]:,}</td>'
        f"<td {_CELL}>{before[stage]:,}</td></tr>"
        for stage in SHOWN
    )
    return f"<table>{head}{rows}</table>"


def _picture(file: Enclosed) -> str:
    return f'<p><img src="cid:{file.content_id}" alt="{escape(file.title)}" style="max-width:100%"></p>'
