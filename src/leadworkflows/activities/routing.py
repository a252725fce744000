"""`route.reassign`: who works a lead, when its owner does not."""

from __future__ import annotations

from typing import ClassVar

from leadworkflows.activities.slack import ChannelParams, SlackCardAction


class RouteReassign(SlackCardAction[ChannelParams]):
    """Tells the channel that the lead needs a new owner."""

    name: ClassVar[str] = "route.reassign"
    params_model: type[ChannelParams] = ChannelParams
    template: ClassVar[str] = "reassign"
