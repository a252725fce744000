"""The HTTP edge: webhooks and events in, leads and commands, health.

`create_app(deps)` in `app.py` builds it; `deps.py` says what it needs.
"""
