"""Every page, installed in an application that `create_app` made."""

from __future__ import annotations

from fastapi import FastAPI

from leadworkflows.web import (
    assets,
    funnel,
    lead,
    lead_rights,
    leads,
    live,
    lost,
    outbox,
    policy_page,
    preferences,
    press,
    reasons,
    signin,
    today,
)
from leadworkflows.web.given import Pages, RunUrl
from leadworkflows.web.pulse import Pulse

ROUTERS = (
    assets.router,
    signin.router,
    today.router,
    leads.router,
    funnel.router,
    reasons.router,
    policy_page.router,
    lead.reading,
    lead.selling,
    lead_rights.router,
    live.router,
    outbox.router,
    press.router,
    preferences.router,
)
"""In the order in which addresses are looked for."""


def install(app: FastAPI, run_url: RunUrl) -> None:
    """Add the pages. `app.state.closing` holds what ends answers that go on for ever."""
    app.state.pages = Pages(run_url)
    app.state.pulse = pulse = Pulse(app.state.deps.store)
    app.state.closing = (pulse.close,)
    for router in ROUTERS:
        app.include_router(router)
    lost.install(app)
