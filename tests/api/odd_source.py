"""A plug-in that somebody else wrote, in a package of its own."""

from __future__ import annotations

from pathlib import Path

CODE = """
import json
from leadworkflows.domain.events import facts_model
from leadworkflows.sources.base import Identity, InboundEvent, PayloadRejected, SignatureRejected

class OddSource:
    name = "odd"
    vendor_retries = True
    broken = True

    def verify(self, request, secret, now):
        if b"verify crashes" in request.body:
            raise KeyError(request.body)
        if request.headers.get("x-odd-signature") != secret:
            raise SignatureRejected("not signed")

    def translate(self, request):
        body = json.loads(request.body)
        if OddSource.broken and body.get("crash"):
            raise KeyError(body["email"])
        if OddSource.broken or not body.get("email"):
            raise PayloadRejected("who", "is missing")
        identity = Identity(email=body["email"])
        facts = facts_model("form_submitted")()
        return [InboundEvent(delivery_id=body["id"], type="form_submitted", identity=identity, facts=facts)]
"""


def install(folder: Path) -> None:
    """As pip would leave it: a module, and metadata that names its entry point."""
    folder.mkdir()
    (folder / "odd_source.py").write_text(CODE)
    metadata = folder / "odd_source-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: odd-source\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text("[leadworkflows.sources]\nodd = odd_source:OddSource\n")
